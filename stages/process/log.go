package process

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/muster-ci/muster/stages"
)

// log carries what a command prints to the task's writers. It has pipes of its
// own, so that what holds them open after the command's end does not hold it up.
type log struct {
	stdout, stderr *stream
	// broken gets the first error of a writer.
	broken chan error
}

// errLog says that nobody takes what the command prints.
var errLog = errors.New("write log")

type stream struct {
	r, w   *os.File
	to     io.Writer
	copied chan struct{}
}

func openLog(task stages.Task) (*log, error) {
	l := &log{broken: make(chan error, 2)}
	for _, one := range []struct {
		into **stream
		to   io.Writer
	}{{&l.stdout, task.Stdout}, {&l.stderr, task.Stderr}} {
		r, w, err := os.Pipe()
		if err != nil {
			l.close()
			return nil, fmt.Errorf("open log: %w", err)
		}
		*one.into = &stream{r: r, w: w, to: one.to, copied: make(chan struct{})}
	}
	return l, nil
}

func (l *log) streams() []*stream {
	var open []*stream
	for _, s := range []*stream{l.stdout, l.stderr} {
		if s != nil {
			open = append(open, s)
		}
	}
	return open
}

// started is called once the command has the pipes: then this end is not needed any more.
func (l *log) started() {
	for _, s := range l.streams() {
		s.w.Close()
		go func() {
			defer close(s.copied)
			if _, err := io.Copy(s.to, s.r); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				l.broken <- fmt.Errorf("%w: %w", errLog, err)
			}
		}()
	}
}

// logPatience is how long the rest of the log may take after the command's end.
// Only a process that was not found holds it open for so long.
const logPatience = 2 * time.Second

// finish waits for the rest of the log. Nothing is written to it afterwards.
func (l *log) finish() error {
	for _, s := range l.streams() {
		if s.w.Close() == nil { // the command was never started, so nothing is copied
			continue
		}
		if err := s.r.SetReadDeadline(time.Now().Add(logPatience)); err != nil {
			return fmt.Errorf("close log: %w", err)
		}
		<-s.copied
	}
	select {
	case err := <-l.broken:
		return err
	default:
		return nil
	}
}

func (l *log) close() {
	for _, s := range l.streams() {
		s.r.Close()
		s.w.Close()
	}
}
