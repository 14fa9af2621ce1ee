package stages

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages/mask"
)

// Listener takes the events of a run, one at a time.
type Listener func(result.Event)

// serialised makes a listener that may be called from several goroutines, and
// that says when each event happened.
func serialised(listen Listener) Listener {
	if listen == nil {
		return func(result.Event) {}
	}
	var mu sync.Mutex
	return func(e result.Event) {
		mu.Lock()
		defer mu.Unlock()
		e.Time = time.Now().UTC()
		listen(e)
	}
}

// maxLine bounds a line of the live log; a longer one is shown in pieces, so
// that a stage that never ends its line does not fill the memory.
const maxLine = 16 << 10

// tail is how many lines of a failed stage's log are worth repeating.
const tail = 8

// stageLog takes all that a stage prints: every byte goes to the log file, in
// the order in which it came, and each line becomes an event that says from
// which stream it is.
type stageLog struct {
	stage string
	send  Listener
	mask  *mask.Masker // nil if there is nothing to hide

	mu   sync.Mutex
	file io.Writer
	last []string // the last lines, for the message of a failure
	open []*logStream
}

// stream returns a writer for one of the stage's streams, which hides secrets
// before anything else sees them.
func (l *stageLog) stream(name string) *logStream {
	l.mu.Lock()
	defer l.mu.Unlock()
	stream := &logStream{log: l, name: name}
	if l.mask != nil {
		stream.mask = l.mask.Writer(writerFunc(stream.put))
	}
	l.open = append(l.open, stream)
	return stream
}

// end sends what stands after the last line feed of each stream.
func (l *stageLog) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, stream := range l.open {
		if stream.mask != nil {
			_ = stream.mask.Flush() // a log file that cannot be written to has failed the stage by now
		}
		if len(stream.line) > 0 {
			stream.flush(len(stream.line))
		}
	}
}

// lastLines returns the end of the log.
func (l *stageLog) lastLines() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.last, "\n")
}

var _ Meter = (*logStream)(nil)

// logStream is one stream of a stage's log.
type logStream struct {
	log  *stageLog
	name string
	line []byte       // what stands after the last line feed
	told time.Time    // when an open line was last sent
	mask *mask.Writer // nil if there is nothing to hide
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func (w *logStream) Write(p []byte) (int, error) {
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	if w.mask != nil {
		return w.mask.Write(p)
	}
	return w.put(p)
}

// put takes what may be seen.
func (w *logStream) put(p []byte) (int, error) {
	if n, err := w.log.file.Write(p); err != nil {
		return n, err
	}
	// One string for all lines: a stage may print millions.
	for rest := string(p); len(rest) > 0; {
		end := strings.IndexByte(rest, '\n')
		take := min(len(rest), maxLine-len(w.line))
		switch {
		case end >= 0 && end < take && len(w.line) == 0:
			w.send(rest[:end])
			rest = rest[end+1:]
		case end >= 0 && end < take:
			w.line = append(w.line, rest[:end]...)
			w.flush(len(w.line))
			rest = rest[end+1:]
		default:
			w.line = append(w.line, rest[:take]...)
			rest = rest[take:]
			if len(w.line) >= maxLine {
				w.flush(w.piece())
			}
		}
	}
	w.preview()
	return len(p), nil
}

// Progress tells how far a download or an upload has come.
func (w *logStream) Progress(what string, done, total int64) {
	w.log.send(result.Event{Kind: result.EventProgress, Stage: w.log.stage, What: what, Done: done, Total: total})
}

// piece is how much of a line that is too long is sent: a progress bar that
// writes over itself is not cut in the middle.
func (w *logStream) piece() int {
	if at := bytes.LastIndexByte(w.line, '\r'); at > 0 {
		return at
	}
	return len(w.line)
}

// flush sends the first n bytes of the line.
func (w *logStream) flush(n int) {
	w.send(string(w.line[:n]))
	w.line = append(w.line[:0], w.line[n:]...)
}

func (w *logStream) send(line string) {
	line = strings.TrimSuffix(line, "\r")
	l := w.log
	l.send(result.Event{Kind: result.EventLog, Stage: l.stage, Stream: w.name, Line: line})
	l.last = append(l.last, line)
	if len(l.last) > tail {
		l.last = l.last[1:]
	}
}

// preview sends a line that has no end yet, now and then, to whoever draws: a
// progress bar has no line feed until it is full.
func (w *logStream) preview() {
	const interval = 100 * time.Millisecond
	if len(w.line) == 0 || time.Since(w.told) < interval {
		return
	}
	w.told = time.Now()
	l := w.log
	l.send(result.Event{Kind: result.EventLog, Stage: l.stage, Stream: w.name, Line: string(w.line), Open: true})
}
