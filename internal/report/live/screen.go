package live

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// screen shows a run in a terminal. What has ended stays, a line each, and
// scrolls up; below it the stages that run, with the end of their logs, and
// those that wait are drawn anew several times a second.
//
// It reads nothing from the terminal, and changes its modes only while it draws
// a frame, in one piece: whatever ends the program, and be it kill -9, leaves
// nothing to repair.
type screen struct {
	out  io.Writer
	size func() (columns, rows int)
	palette
	retold bool

	mu      sync.Mutex
	stages  []*row // in the plan's order
	named   map[string]*row
	names   int // columns of the longest name
	began   time.Time
	stopped bool
	above   bytes.Buffer // what stays and is not written yet
	loop    *loop        // nil between runs

	// drawing is held while a frame is made and written; what follows belongs to it.
	drawing sync.Mutex
	drawn   []int // the widths of the lines that the next frame is drawn over
	frame   int
	err     error
}

// row is a stage.
type row struct {
	name      string
	needs     []string
	began     time.Time // zero while it waits
	reason    string
	outcome   *result.Stage // nil until it has ended
	tail      tail
	transfers []transfer
}

func (r *row) running() bool { return !r.began.IsZero() && r.outcome == nil }
func (r *row) failed() bool {
	return r.outcome != nil && r.outcome.Status == result.StageFailed
}

// tail is the end of a stage's log.
type tail struct {
	lines [longestTail]string
	count int
	open  bool // whether the last one is written over by the next
}

// longestTail is how much of a log is shown at most.
const longestTail = 8

func (t *tail) add(line string, open bool) {
	if !t.open {
		t.count++
	}
	t.lines[(t.count-1)%longestTail], t.open = line, open
}

// last returns up to n lines, the latest last.
func (t *tail) last(n int) []string {
	n = min(n, t.count, longestTail)
	lines := make([]string, n)
	for i := range lines {
		lines[i] = t.lines[(t.count-n+i)%longestTail]
	}
	return lines
}

// transfer is something that is downloaded or uploaded.
type transfer struct {
	what        string
	done, total int64
	// The rate is measured from here.
	since time.Time
	from  int64
	rate  float64 // bytes a second
}

// newScreen makes the view; opts.Size may be nil.
func newScreen(w io.Writer, opts Options) *screen {
	size := opts.Size
	if size == nil {
		size = func() (int, int) { return 80, 24 }
	}
	return &screen{out: w, size: size, palette: palette(opts.Color), retold: opts.Retold}
}

func (v *screen) Event(e result.Event) {
	if e.Kind == result.EventDone {
		v.finish()
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.loop == nil {
		v.begin(e.Time)
	}
	switch e.Kind {
	case result.EventPlan:
		for _, stage := range e.Stages {
			v.row(stage.Name).needs = stage.Needs
		}
	case result.EventStart:
		row := v.active(e)
		row.reason, row.transfers = report.Plain(e.Reason), nil // what was fetched before is here
	case result.EventLog:
		v.active(e).tail.add(e.Line, e.Open)
	case result.EventProgress:
		v.active(e).progress(e)
	case result.EventEnd:
		v.end(v.row(e.Stage), *e.Result)
	}
}

// begin starts drawing.
func (v *screen) begin(now time.Time) {
	v.stages, v.named, v.names, v.began = nil, map[string]*row{}, 0, now
	v.loop = start(v.draw)
}

func (v *screen) row(name string) *row {
	r, known := v.named[name]
	if !known {
		r = &row{name: report.Plain(name)}
		v.named[name], v.stages = r, append(v.stages, r)
		v.names = max(v.names, columns(r.name))
	}
	return r
}

// active finds the stage of an event, which shows that it does not wait any more.
func (v *screen) active(e result.Event) *row {
	r := v.row(e.Stage)
	if r.began.IsZero() {
		r.began = e.Time
	}
	return r
}

// progress takes note of how far a transfer is; one that is complete goes.
func (r *row) progress(e result.Event) {
	at := slices.IndexFunc(r.transfers, func(t transfer) bool { return t.what == e.What })
	if e.Total > 0 && e.Done >= e.Total {
		if at >= 0 {
			r.transfers = slices.Delete(r.transfers, at, at+1)
		}
		return
	}
	if at < 0 {
		r.transfers = append(r.transfers, transfer{what: e.What, since: e.Time, from: e.Done})
		at = len(r.transfers) - 1
	}
	r.transfers[at].advance(e)
}

func (t *transfer) advance(e result.Event) {
	const window = 2 * time.Second
	t.done, t.total = e.Done, e.Total
	elapsed := e.Time.Sub(t.since)
	if t.rate == 0 || elapsed >= window {
		t.rate = float64(t.done-t.from) / max(elapsed.Seconds(), 0.1)
	}
	if elapsed >= window {
		t.since, t.from = e.Time, t.done
	}
}

// end lets a stage's line stay. One that failed, and those that it took along,
// wait for the end of the run, so that its last words are the last on the screen.
func (v *screen) end(r *row, outcome result.Stage) {
	r.outcome, r.transfers = &outcome, nil
	if outcome.Status == result.StageRan || outcome.Status == result.StageCached {
		v.stay(r)
	}
}

// stay has a line of a stage written once and for all. Why one failed is not cut to the terminal.
func (v *screen) stay(r *row) {
	width, _ := v.size()
	width = max(width, 10) - 1
	cut := width
	if r.failed() {
		cut = max(width, longestWord)
	}
	v.above.WriteString(v.outcome(r, width, cut).text + "\n")
}

func (v *screen) Interrupt() {
	v.mu.Lock()
	v.stopped = true
	v.above.WriteString(v.paint(amber, interrupted) + "\n")
	idle := v.loop == nil
	v.mu.Unlock()
	if idle {
		v.draw(true)
	}
}

// finish ends the drawing of a run and leaves what is worth keeping.
func (v *screen) finish() {
	v.mu.Lock()
	running := v.loop
	v.mu.Unlock()
	if running == nil {
		return
	}
	running.stop() // not with the lock held, which drawing takes
	v.mu.Lock()
	v.conclude()
	v.loop = nil
	v.mu.Unlock()
	v.draw(true)
}

// conclude lets stay what did not succeed: first what was not run, of which a
// few stand for many, then what failed.
func (v *screen) conclude() {
	const few = 8
	var skipped, failed []*row
	for _, r := range v.stages {
		switch {
		case r.failed():
			failed = append(failed, r)
		case r.outcome != nil && r.outcome.Status == result.StageSkipped:
			skipped = append(skipped, r)
		}
	}
	shown := skipped
	if len(skipped) > few {
		shown = skipped[:few-1]
	}
	for _, r := range shown {
		v.stay(r)
	}
	if more := len(skipped) - len(shown); more > 0 {
		v.above.WriteString(v.paint(dim, fmt.Sprintf("- %d more were skipped", more)) + "\n")
	}
	for _, r := range failed {
		v.stay(r)
		v.lastWords(r)
	}
}

// lastWords lets the end of a failed stage's log stay: as it was seen, or else as the outcome has it.
func (v *screen) lastWords(r *row) {
	if v.retold || v.stopped {
		return
	}
	lines := r.tail.last(longestTail)
	if len(lines) == 0 {
		lines = logTail(*r.outcome)
	}
	for _, line := range lines {
		v.above.WriteString("  " + v.paint(dim, fromStdout) + " " + fit(shown(line), longestWord) + "\n")
	}
}

func (v *screen) Close() error {
	v.finish()
	v.drawing.Lock()
	defer v.drawing.Unlock()
	return v.err
}

// loop calls a function several times a second until it is stopped.
type loop struct{ quit, ended chan struct{} }

// rate is the time between two frames.
const rate = 100 * time.Millisecond

func start(draw func(last bool)) *loop {
	l := &loop{quit: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(l.ended)
		ticker := time.NewTicker(rate)
		defer ticker.Stop()
		for {
			select {
			case <-l.quit:
				return
			case <-ticker.C:
				draw(false)
			}
		}
	}()
	return l
}

func (l *loop) stop() {
	close(l.quit)
	<-l.ended
}
