package predictions

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"

	"github.com/muster-ci/muster/internal/metrics/input"
)

const (
	// blockSize is about how much of a file is parsed at once.
	blockSize = 1 << 20
	// longest is the length that a record may have.
	longest = 64 << 20
)

// block is a piece of a file that ends where a record ends.
type block struct {
	text string
	line int // of its first character
	cut  bool
}

// blocks cuts a file into pieces.
type blocks struct {
	in            io.Reader
	size, longest int
	// quoted says that a newline between quotes is part of the record.
	quoted bool

	rest []byte
	line int
	end  bool
}

// next returns the next block; io.EOF if there is none. A record that is longer
// than is allowed comes as a block that is cut, and is the last.
func (b *blocks) next() (block, error) {
	for want := b.size; ; want *= 2 {
		if err := b.fill(want); err != nil {
			return block{}, err
		}
		if b.end {
			if len(b.rest) == 0 {
				return block{}, io.EOF
			}
			return b.take(len(b.rest)), nil
		}
		if end := b.boundary(); end > 0 {
			return b.take(end), nil
		}
		if len(b.rest) >= b.longest {
			cut := b.take(len(b.rest))
			cut.cut, b.end = true, true
			return cut, nil
		}
	}
}

// fill reads until so much is there, or the file ends.
func (b *blocks) fill(want int) error {
	if b.end {
		return nil
	}
	if cap(b.rest) < want {
		b.rest = append(make([]byte, 0, want), b.rest...)
	}
	for len(b.rest) < want {
		n, err := b.in.Read(b.rest[len(b.rest):want])
		b.rest = b.rest[:len(b.rest)+n]
		if errors.Is(err, io.EOF) {
			b.end = true
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// take returns the first bytes as a block.
func (b *blocks) take(n int) block {
	taken := block{text: string(b.rest[:n]), line: b.line}
	b.line += bytes.Count(b.rest[:n], []byte{'\n'})
	b.rest = b.rest[:copy(b.rest, b.rest[n:])]
	return taken
}

// boundary returns where the last whole record ends; 0 if none does. Wherever
// the quotes are as they must be, a newline ends a record if an even number of
// them is before it. Where they are not, the record with the first mistake is
// whole all the same, or this block is the last.
func (b *blocks) boundary() int {
	odd := b.quoted && bytes.Count(b.rest, []byte{'"'})%2 == 1
	for i, character := range slices.Backward(b.rest) {
		switch character {
		case '"':
			odd = odd != b.quoted
		case '\n':
			if !odd {
				return i + 1
			}
		}
	}
	return 0
}

// readError says that the file could not be read, if the reason is not that the
// file is wrong.
func readError(path string, err error) error {
	if _, wrong := errors.AsType[*input.FileError](err); wrong {
		return err
	}
	return fmt.Errorf("read %s: %w", path, err)
}

// parse has every block of a file parsed.
func (a *assembler) parse(b *blocks, parse func(block) *part) error {
	return a.collect(func() (func() *part, error) {
		piece, err := b.next()
		return func() *part { return parse(piece) }, err
	})
}

// collect does pieces of work, several at a time, until next returns io.EOF, and
// puts the parts together in order. The error is the first mistake in the file.
func (a *assembler) collect(next func() (func() *part, error)) error {
	var waiting []chan *part
	oldest := func() error {
		p := <-waiting[0]
		waiting = waiting[1:]
		return a.add(p)
	}
	var failed, ended error
	for failed == nil {
		var work func() *part
		if work, ended = next(); ended != nil {
			break
		}
		done := make(chan *part, 1)
		waiting = append(waiting, done)
		go func() { done <- work() }()
		if len(waiting) > runtime.GOMAXPROCS(0) {
			failed = oldest()
		}
	}
	for len(waiting) > 0 && failed == nil {
		failed = oldest()
	}
	for _, done := range waiting {
		<-done // nothing runs on when this returns
	}
	if failed == nil && !errors.Is(ended, io.EOF) {
		failed = readError(a.plan.path, ended)
	}
	return failed
}

// tooLong is the mistake of a record that does not end.
func tooLong(limit int) *fault {
	return &fault{fmt.Sprintf("a record is longer than %d MiB", limit>>20), "write one record for each example; is a quote not closed?"}
}
