package predictions

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/muster-ci/muster/internal/metrics/input"
)

// Names returns the names of a table's columns: of the formats that [Read] knows,
// with predictions in them or not. Only the head of a file of text is read; in JSON
// lines that is its first object, whose nested keys are dotted. Parquet must be at
// hand as for [Read]. The error is a [*input.FileError] if this is no such table.
func Names(r io.Reader, name string) ([]string, error) {
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
		return parquetNames(name, file, size)
	}
	if bytes.HasPrefix(start, []byte("\xef\xbb\xbf")) {
		if _, err := in.Discard(3); err != nil {
			return nil, readError(name, err)
		}
		start = start[3:]
	}
	return plainNames(name, in, bytes.HasPrefix(bytes.TrimLeft(start, " \t\r\n"), []byte("{")))
}

// plainNames reads the first block of text that is not blank.
func plainNames(name string, in io.Reader, objects bool) ([]string, error) {
	b := &blocks{in: in, size: blockSize, longest: longest, line: 1, quoted: !objects}
	for {
		first, err := b.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil, isEmpty(name)
		case err != nil:
			return nil, readError(name, err)
		case strings.TrimSpace(first.text) == "":
			continue
		case first.cut:
			return nil, &input.FileError{Path: name, Line: first.line, Msg: "has a first record that is too long"}
		case objects:
			return objectNames(name, first)
		}
		return tableNames(name, first)
	}
}

func tableNames(name string, b block) ([]string, error) {
	t := &table{path: name, comma: separator(b.text)}
	names, err := t.reader(b.text).Read()
	if err != nil {
		return nil, t.wrong(names, b.line-1, err)
	}
	for i := range names {
		names[i] = strings.Clone(strings.TrimSpace(names[i]))
	}
	return names, nil
}

func objectNames(name string, b block) ([]string, error) {
	o := &objects{path: name}
	var names []string
	err := eachLine(b, func(line int, text string) error {
		if fault := o.check(text); fault != nil {
			return o.fault(line, fault)
		}
		scan(text, func(key string, c cell) {
			if c.kind != nested || c.text == "[" {
				names = append(names, strings.Clone(key))
			}
		})
		return io.EOF // the first is enough
	})
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return names, nil
}

func parquetNames(name string, in io.ReaderAt, size int64) (names []string, err error) {
	f := &parquetFile{path: name, in: in, size: size}
	// The library reads what anybody may have written.
	defer func() {
		if panicked := recover(); panicked != nil {
			names, err = nil, f.corrupt(fmt.Errorf("%v", panicked))
		}
	}()
	if err := f.footer(); err != nil {
		return nil, err
	}
	if err := f.schema(); err != nil {
		return nil, err
	}
	for _, leaf := range f.leaves {
		names = append(names, leaf.name)
	}
	return names, nil
}
