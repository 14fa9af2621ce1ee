package flow

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// isText reports whether a file holds one row a line.
func isText(name string) bool {
	return slices.Contains([]string{".csv", ".tsv", ".jsonl", ".ndjson", ".txt"}, kind(name))
}

// lineSet holds lines by their hashes, and whether they were found.
type lineSet map[uint64]bool

// lineSeed makes the hashes of one process; nothing keeps them.
var lineSeed = maphash.MakeSeed()

// shortLine is the length from which a line is unlikely to be somewhere by
// chance; longLine is the longest that is looked at.
const (
	shortLine = 20
	longLine  = 1 << 20
	maxLines  = 5_000_000
)

// errUnsearched says that a file was not read to its end.
var errUnsearched = errors.New("it cannot be searched")

// uniqueLines are the lines that stand once in the files, without headers.
func (g Gate) uniqueLines(ctx context.Context, files []result.File) (lineSet, error) {
	unique, twice := lineSet{}, map[uint64]bool{}
	for _, file := range files {
		header := strings.HasPrefix(kind(file.Path), ".csv") || strings.HasPrefix(kind(file.Path), ".tsv")
		err := g.eachLine(ctx, file, func(line []byte) error {
			if header || len(line) < shortLine {
				header = false
				return nil
			}
			sum := maphash.Bytes(lineSeed, line)
			if _, again := unique[sum]; again {
				twice[sum] = true
			}
			unique[sum] = false
			if len(unique) > maxLines {
				return errUnsearched
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for sum := range twice {
		delete(unique, sum)
	}
	return unique, nil
}

// searchLines counts the lines of a set that a file holds and no file before held.
func (g Gate) searchLines(ctx context.Context, file result.File, wanted lineSet) (int, error) {
	found := 0
	err := g.eachLine(ctx, file, func(line []byte) error {
		if len(line) < shortLine {
			return nil
		}
		sum := maphash.Bytes(lineSeed, line)
		if before, is := wanted[sum]; is && !before {
			wanted[sum] = true
			found++
		}
		return nil
	})
	return found, err
}

func (g Gate) countLines(ctx context.Context, file result.File) (int, error) {
	n := 0
	err := g.eachLine(ctx, file, func([]byte) error { n++; return nil })
	return n, err
}

// eachLine visits the lines of a file that a run read, without what surrounds
// them; a line that is too long is none. What cannot be read to its end is
// [errUnsearched].
func (g Gate) eachLine(ctx context.Context, file result.File, visit func([]byte) error) error {
	content, err := g.open(file)
	if err != nil {
		return fmt.Errorf("%s: %w (%w)", file.Path, errUnsearched, err)
	}
	defer content.Close()
	in := bufio.NewReaderSize(content, longLine)
	for read := 0; ; {
		line, err := in.ReadSlice('\n')
		read += len(line)
		long := errors.Is(err, bufio.ErrBufferFull)
		for errors.Is(err, bufio.ErrBufferFull) && read <= maxSearched {
			var rest []byte
			rest, err = in.ReadSlice('\n')
			read += len(rest)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !long && len(line) > 0 {
			if err := visit(bytes.TrimSpace(line)); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil || read > maxSearched: // packed, it may be much more than its size says
			return fmt.Errorf("%s: %w", file.Path, errUnsearched)
		}
	}
}

// open opens a file as a run read it: from the store if a stage made it, else in
// the working copy.
func (g Gate) open(file result.File) (io.ReadCloser, error) {
	store, err := g.Project.Folder.Store()
	if err != nil {
		return nil, err
	}
	var content io.ReadCloser
	if store.Has(file.SHA256) {
		content, err = store.Open(file.SHA256)
	} else {
		content, err = os.Open(filepath.Join(g.Project.Dir, filepath.FromSlash(file.Path)))
	}
	if err != nil || !strings.HasSuffix(file.Path, ".gz") {
		return content, err
	}
	unpacked, err := gzip.NewReader(content)
	if err != nil {
		return nil, errors.Join(err, content.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{unpacked, content}, nil
}
