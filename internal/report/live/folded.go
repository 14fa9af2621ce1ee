package live

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// folding is what a CI host makes of its log.
type folding interface {
	// open and close stand around what belongs to one stage. No two of a run have one number.
	open(name string, number int, at time.Time, collapsed bool) string
	close(name string, number int, at time.Time) string
	// annotate marks a failure where the host shows such, with the end of the
	// log; it is empty where the host does not.
	annotate(stage result.Stage) string
}

// folded writes the log of a job in folds, one a stage. Stages run side by side
// but folds cannot: one stage is in front and is shown as it runs; what others
// print meanwhile waits, and comes whole when it is their turn.
type folded struct {
	*output
	palette
	host    folding
	stopped bool
	began   int
	ended   int
	planned int
	// pending are the stages of which not all is shown, in the order in which
	// they began; front is one of them.
	pending []*fold
	front   *fold
	told    transfers
	pulse   *time.Timer
	silent  bool
}

// fold is a stage whose log is not shown to its end.
type fold struct {
	name      string
	number    int
	began     time.Time
	endedAt   time.Time
	outcome   *result.Stage // nil while it runs
	printed   bool          // whether there is anything to fold
	annotated bool
	waiting   spool
}

func newFolded(w io.Writer, opts Options, host folding) *folded {
	return &folded{output: newOutput(w), palette: palette(opts.Color), host: host, told: transfers{}}
}

func (v *folded) Event(e result.Event) {
	if e.Open {
		return
	}
	v.Lock()
	defer v.Unlock()
	switch e.Kind {
	case result.EventPlan:
		v.planned, v.ended = len(e.Stages), 0
		v.beat()
	case result.EventStart:
		v.print(v.fold(e), fromMuster, because("started", e.Reason))
	case result.EventLog:
		v.print(v.fold(e), streamMark(e.Stream), shown(e.Line))
	case result.EventProgress:
		if v.told.due(e) {
			v.print(v.fold(e), fromMuster, report.Plain(e.What)+" "+transferred(e.Done, e.Total))
		}
	case result.EventEnd:
		v.end(e)
	case result.EventDone:
		v.rest()
	}
	if e.Kind == result.EventLog {
		v.soon()
		return
	}
	v.now()
}

// fold finds the stage of an event; the first one that appears goes to the front.
func (v *folded) fold(e result.Event) *fold {
	for _, f := range v.pending {
		if f.name == e.Stage && f.outcome == nil {
			return f
		}
	}
	v.began++
	f := &fold{name: e.Stage, number: v.began, began: e.Time}
	v.pending = append(v.pending, f)
	return f
}

// print adds a line to a stage's log: now, if the stage is in front.
func (v *folded) print(f *fold, mark, text string) {
	f.printed = true
	if v.front == nil {
		v.bringForward(f)
	}
	line := mark + " " + text + "\n"
	if v.front != f {
		f.waiting.add(line)
		return
	}
	v.silent = false
	_, _ = v.WriteString(line)
}

func (v *folded) bringForward(f *fold) {
	v.front = f
	_, _ = v.WriteString(v.host.open(report.Plain(f.name), f.number, f.began, false))
	v.pour(f)
}

func (v *folded) pour(f *fold) {
	v.silent = false
	if err := f.waiting.pour(v); err != nil {
		fmt.Fprintf(v, "%s a part of this log is left out here: %v\n", fromMuster, err)
	}
}

// end shows what became of a stage: at once if nothing else is in front,
// otherwise in its turn; only a failure is told at once in any case.
func (v *folded) end(e result.Event) {
	f := v.fold(e)
	f.outcome, f.endedAt = e.Result, e.Time
	v.ended++
	if f.outcome.Status == result.StageFailed && !v.stopped && f != v.front {
		f.annotated = true
		_, _ = v.WriteString(v.host.annotate(*f.outcome))
	}
	switch v.front {
	case f:
		_, _ = v.WriteString(v.host.close(report.Plain(f.name), f.number, f.endedAt))
		v.conclude(f)
		v.turn()
	case nil:
		v.turn()
	}
}

// turn shows the stages that have ended, and brings the eldest that runs to the front.
func (v *folded) turn() {
	v.front = nil
	ended := slices.DeleteFunc(slices.Clone(v.pending), func(f *fold) bool { return f.outcome == nil })
	slices.SortStableFunc(ended, func(a, b *fold) int { return a.endedAt.Compare(b.endedAt) })
	for _, f := range ended {
		v.whole(f)
	}
	for _, f := range v.pending {
		if f.printed {
			v.bringForward(f)
			return
		}
	}
}

// whole shows a stage that has ended while another was in front.
func (v *folded) whole(f *fold) {
	if f.printed {
		name := report.Plain(f.name)
		_, _ = v.WriteString(v.host.open(name, f.number, f.began, f.outcome.Status != result.StageFailed))
		v.pour(f)
		_, _ = v.WriteString(v.host.close(name, f.number, f.endedAt))
	}
	v.conclude(f)
}

// conclude writes how a stage has ended, below its fold, where it is seen.
func (v *folded) conclude(f *fold) {
	v.pending = slices.DeleteFunc(v.pending, func(other *fold) bool { return other == f })
	sign, color := mark(f.outcome.Status)
	fmt.Fprintf(v, "%s %s: %s\n", v.paint(color, sign), report.Plain(f.name), ending(*f.outcome, v.stopped))
	if f.outcome.Status != result.StageFailed || v.stopped || f.annotated {
		return
	}
	_, _ = v.WriteString(v.host.annotate(*f.outcome))
}

// rest closes what a run left open that broke off.
func (v *folded) rest() {
	if v.pulse != nil {
		v.pulse.Stop()
		v.pulse = nil
	}
	for _, f := range v.pending {
		if f != v.front {
			_, _ = v.WriteString(v.host.open(report.Plain(f.name), f.number, f.began, false))
			v.pour(f)
		}
		_, _ = v.WriteString(v.host.close(report.Plain(f.name), f.number, time.Now()))
	}
	v.pending, v.front = nil, nil
}

// beat has a sign of life written whenever nothing else was for a while.
func (v *folded) beat() {
	const silence = 30 * time.Second
	v.silent = true
	v.pulse = time.AfterFunc(silence, func() {
		v.Lock()
		defer v.Unlock()
		if v.pulse == nil {
			return
		}
		if v.silent {
			v.signOfLife()
		}
		v.beat()
	})
}

func (v *folded) signOfLife() {
	var running []string
	for _, f := range v.pending {
		if f.outcome == nil {
			running = append(running, report.Plain(f.name)+" for "+since(f.began, time.Now()))
		}
	}
	if len(running) == 0 {
		return
	}
	fmt.Fprintf(v, "%s running: %s; %d of %d stages have ended\n", fromMuster, strings.Join(running, ", "), v.ended, v.planned)
	v.now()
}

func (v *folded) Interrupt() {
	v.Lock()
	defer v.Unlock()
	v.stopped = true
	_, _ = v.WriteString(v.paint(amber, interrupted) + "\n")
	v.now()
}

func (v *folded) Close() error {
	v.Lock()
	v.rest()
	v.Unlock()
	return v.output.Close()
}
