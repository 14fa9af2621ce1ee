package rego

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// maxLogLine is how long one line of a decision log may be, in bytes. It is more
// than any input that policies can be asked about in their limits.
const maxLogLine = 64 << 20

// LoggedEvent is a line of a decision log, as it is read back. Result is left as
// it is: another program may have written the log.
type LoggedEvent struct {
	Labels    map[string]string `json:"labels"`
	Path      string            `json:"path"`
	Input     json.RawMessage   `json:"input"`
	Result    json.RawMessage   `json:"result"`
	Timestamp time.Time         `json:"timestamp"`
}

// ReadLog calls each for every line of a decision log with its number, counted
// from 1: with the event, or with what is wrong with the line, such as one that a
// crash cut short. Empty lines are left out. It ends at the first error that each
// returns, or where the log cannot be read.
func ReadLog(r io.Reader, each func(line int, event LoggedEvent, wrong error) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	for number := 1; ; number++ {
		line, tooLong, err := readLine(in)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read decision log: %w", err)
		}
		line = bytes.TrimSpace(line)
		if len(line) > 0 || tooLong {
			event, wrong := parseLine(line, tooLong)
			if err := each(number, event, wrong); err != nil {
				return err
			}
		}
		if err != nil {
			return nil //nolint:nilerr // the end of the log
		}
	}
}

// readLine reads up to the end of a line. Of one that is too long the rest is skipped.
func readLine(in *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > maxLogLine {
			line, tooLong = nil, true
		}
		if !tooLong {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}

func parseLine(line []byte, tooLong bool) (LoggedEvent, error) {
	var event LoggedEvent
	if tooLong {
		return event, fmt.Errorf("the line is longer than %d MiB", maxLogLine>>20)
	}
	if err := json.Unmarshal(line, &event); err != nil {
		if _, torn := errors.AsType[*json.SyntaxError](err); torn {
			return event, fmt.Errorf("the line is no JSON, or was cut short: %w", err)
		}
		return event, fmt.Errorf("the line is no event of a decision log: %w", err)
	}
	if len(event.Input) == 0 || len(event.Result) == 0 {
		return event, errors.New("the line has no input and result: it is no event of a decision log, or was masked")
	}
	return event, nil
}
