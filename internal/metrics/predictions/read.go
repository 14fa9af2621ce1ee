package predictions

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/muster-ci/muster/internal/metrics/input"
)

// Read reads predictions: CSV (RFC 4180, UTF-8, with a header; commas or tabs),
// JSON lines or Parquet, each of them also compressed with gzip. What a file is
// its first bytes say, not its name. It has one row for each evaluated example,
// or several with numbers of their own where Columns.Repeat names those. Columns
// that are not named are left out. Whatever could be misread is refused: the
// error is a [*input.FileError], unless reading itself went wrong. name is what
// errors call the file.
//
// A file is read in pieces, on all cores, whose number changes no result. What is
// Parquet must be at hand as a whole: a regular file is used where it lies,
// anything else is kept in memory.
func Read(r io.Reader, name string, columns Columns) (*Set, error) {
	in, whole := bufio.NewReaderSize(r, 1<<16), r
	start, err := peek(in, name)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(start, []byte("\x1f\x8b")) {
		packed, err := gzip.NewReader(in)
		if err != nil {
			return nil, gzipError(name, err)
		}
		in, whole = bufio.NewReaderSize(&gzipReader{packed, name}, 1<<16), nil
		if start, err = peek(in, name); err != nil {
			return nil, err
		}
	}
	if bytes.HasPrefix(start, []byte(magic)) {
		file, size, err := atHand(whole, in, name)
		if err != nil {
			return nil, err
		}
		return readParquet(name, columns, file, size)
	}
	return readPlain(in, start, name, columns)
}

// readPlain reads a file that is not compressed.
func readPlain(in *bufio.Reader, start []byte, name string, columns Columns) (*Set, error) {
	switch {
	case len(start) == 0:
		return nil, isEmpty(name)
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		return nil, &input.FileError{Path: name, Line: 1, Msg: "is UTF-16", Hint: "write it as UTF-8"}
	case bytes.HasPrefix(start, []byte("\x1f\x8b")):
		return nil, &input.FileError{Path: name, Msg: "is compressed twice", Hint: "compress it once"}
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		if _, err := in.Discard(3); err != nil {
			return nil, readError(name, err)
		}
	}
	b := &blocks{in: in, size: blockSize, longest: longest, line: 1}
	switch start = bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\xef\xbb\xbf")), " \t\r\n"); {
	case bytes.HasPrefix(start, []byte("{")):
		return readObjects(name, columns, b)
	case isArray(start):
		return nil, &input.FileError{Path: name, Line: 1, Msg: "is a JSON array", Hint: "write JSON lines: one object on each line, and nothing around them"}
	}
	b.quoted = true
	return readTable(name, columns, b)
}

// isArray says whether a text is a list of objects.
func isArray(start []byte) bool {
	rest, list := bytes.CutPrefix(start, []byte("["))
	return list && bytes.HasPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte("{"))
}

// peek returns the first bytes.
func peek(in *bufio.Reader, name string) ([]byte, error) {
	start, err := in.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, readError(name, err)
	}
	return start, nil
}

// gzipReader says of which file it is that the compression is broken.
type gzipReader struct {
	*gzip.Reader
	name string
}

func (g *gzipReader) Read(p []byte) (int, error) {
	n, err := g.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = gzipError(g.name, err)
	}
	return n, err
}

func gzipError(name string, err error) error {
	e := &input.FileError{Path: name, Msg: fmt.Sprintf("is no whole gzip file (%v)", err), Hint: "write it again"}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		e.Msg = "ends in the middle of its gzip data"
		e.Hint = "it was cut off: write it again, and close it"
	case !errors.Is(err, gzip.ErrChecksum) && !errors.Is(err, gzip.ErrHeader) && !isCorrupt(err):
		return fmt.Errorf("read %s: %w", name, err)
	}
	return e
}

func isCorrupt(err error) bool {
	_, ok := errors.AsType[flate.CorruptInputError](err)
	return ok
}
