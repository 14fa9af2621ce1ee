package flow

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/objects"
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

// foundLines finds the texts that a run read, and reads their lines.
type foundLines struct {
	store *objects.Store
	// dirs are where they may lie: the ruler's folder, the working copy.
	dirs []string
	// places are where contents were found, by their digest.
	places map[string]string
}

// uniqueLines are the lines that stand once in the files, without headers.
func (f *foundLines) uniqueLines(ctx context.Context, files []result.File) (lineSet, error) {
	unique, twice := lineSet{}, map[uint64]bool{}
	for _, file := range files {
		header := strings.HasPrefix(kind(file.Path), ".csv") || strings.HasPrefix(kind(file.Path), ".tsv")
		err := f.eachLine(ctx, file, func(line []byte) error {
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
func (f *foundLines) searchLines(ctx context.Context, file result.File, wanted lineSet) (int, error) {
	found := 0
	err := f.eachLine(ctx, file, func(line []byte) error {
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

func (f *foundLines) countLines(ctx context.Context, file result.File) (int, error) {
	n := 0
	err := f.eachLine(ctx, file, func([]byte) error { n++; return nil })
	return n, err
}

// eachLine visits the lines of a file that a run read, without what surrounds
// them; a line that is too long is none. What cannot be read to its end is
// [errUnsearched].
func (f *foundLines) eachLine(ctx context.Context, file result.File, visit func([]byte) error) error {
	content, err := f.open(file)
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

// open opens a file as a run read it: by its content, from the store or from one of
// the folders. What lies there and is something else now is not what was read.
func (f *foundLines) open(file result.File) (io.ReadCloser, error) {
	content, err := f.openContent(file)
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

func (f *foundLines) openContent(file result.File) (io.ReadCloser, error) {
	if f.store.Has(file.SHA256) {
		return f.store.Open(file.SHA256)
	}
	if place, known := f.places[file.SHA256]; known {
		return os.Open(place)
	}
	for _, dir := range f.dirs {
		place := filepath.Join(dir, filepath.FromSlash(file.Path))
		if digest, err := fileDigest(place); err == nil && digest == file.SHA256 {
			f.places[file.SHA256] = place
			return os.Open(place)
		}
	}
	return nil, errors.New("it is not what the run read any more")
}

// fileDigest is the SHA-256 of a regular file that is not too large to be searched.
func fileDigest(place string) (string, error) {
	if info, err := os.Stat(place); err != nil || !info.Mode().IsRegular() || info.Size() > maxSearched {
		return "", errUnsearched // a pipe would never end
	}
	file, err := os.Open(place)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, file)
	return hex.EncodeToString(sum.Sum(nil)), err
}
