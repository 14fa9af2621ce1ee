package stages

import (
	"bytes"
	"io"
	"sync"

	"github.com/muster-ci/muster/internal/result"
)

// EventKind says what an event tells.
type EventKind string

// The kinds of events, in the order in which a stage sends them.
const (
	EventPlan  EventKind = "plan"  // a run begins; Stages are its stages
	EventStart EventKind = "start" // a stage is executed; what is restored never starts
	EventLog   EventKind = "log"   // a line of its log
	EventEnd   EventKind = "end"   // its outcome is known
)

// Event is one thing that happened in a run: the one stream that every view of it renders.
type Event struct {
	Kind   EventKind     `json:"event"`
	Run    string        `json:"run,omitempty"`
	Stages []string      `json:"stages,omitempty"`
	Stage  string        `json:"stage,omitempty"`
	Line   string        `json:"line,omitempty"`
	Result *result.Stage `json:"result,omitempty"`
}

// Listener takes events, one at a time.
type Listener func(Event)

// serialised makes a listener that may be called from several goroutines.
func serialised(listen Listener) Listener {
	if listen == nil {
		return func(Event) {}
	}
	var mu sync.Mutex
	return func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		listen(e)
	}
}

// maxLine bounds a line of the live log; a longer one is shown in pieces, so
// that a stage that never ends its line does not fill the memory.
const maxLine = 16 << 10

// logWriter keeps every byte in the log file, and sends each line as an event.
type logWriter struct {
	file  io.Writer
	stage string
	send  Listener

	mu   sync.Mutex
	line []byte
	last [][]byte // the last lines, for the message of a failure
}

// tail is how many lines of a failed stage's log are worth repeating.
const tail = 8

func (w *logWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n, err := w.file.Write(p); err != nil {
		return n, err
	}
	for rest := p; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n')
		take := min(len(rest), maxLine-len(w.line))
		if end >= 0 && end < take {
			w.line = append(w.line, rest[:end]...)
			w.flush()
			rest = rest[end+1:]
			continue
		}
		w.line = append(w.line, rest[:take]...)
		rest = rest[take:]
		if len(w.line) >= maxLine {
			w.flush()
		}
	}
	return len(p), nil
}

// end sends what stands after the last line feed.
func (w *logWriter) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.line) > 0 {
		w.flush()
	}
}

func (w *logWriter) flush() {
	line := bytes.TrimSuffix(w.line, []byte("\r"))
	w.send(Event{Kind: EventLog, Stage: w.stage, Line: string(line)})
	w.last = append(w.last, bytes.Clone(line))
	if len(w.last) > tail {
		w.last = w.last[1:]
	}
	w.line = w.line[:0]
}

// lastLines returns the end of the log.
func (w *logWriter) lastLines() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(bytes.Join(w.last, []byte("\n")))
}
