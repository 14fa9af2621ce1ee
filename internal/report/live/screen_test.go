package live_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/vt"

	"github.com/muster-ci/muster/internal/report/live"
	"github.com/muster-ci/muster/internal/result"
)

// terminal is a terminal of some size, that keeps what was written to it.
type terminal struct {
	*vt.Emulator
	columns, rows atomic.Int64

	mu     sync.Mutex
	frames [][]byte
	at     []time.Time
}

func newTerminal(columns, rows int) *terminal {
	s := &terminal{Emulator: vt.NewEmulator(columns, rows)}
	s.columns.Store(int64(columns))
	s.rows.Store(int64(rows))
	return s
}

func (s *terminal) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frames, s.at = append(s.frames, bytes.Clone(p)), append(s.at, time.Now())
	return s.Emulator.Write(p)
}

func (s *terminal) size() (columns, rows int) { return int(s.columns.Load()), int(s.rows.Load()) }

func (s *terminal) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var text strings.Builder
	for line := range strings.Lines(s.Emulator.String()) {
		text.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return strings.TrimRight(text.String(), "\n") + "\n"
}

// moments are when one looks at the screen: never just after a frame that an event may have missed.
var moments = map[string][]time.Duration{
	"passes":  {1650 * time.Millisecond, 4750 * time.Millisecond, 6450 * time.Millisecond, 70 * time.Second, 80 * time.Second},
	"fails":   {350 * time.Millisecond, 750 * time.Millisecond, 1250 * time.Millisecond, 3 * time.Second},
	"hostile": {750 * time.Millisecond, 2 * time.Second},
}

func TestScreen(t *testing.T) {
	for name, events := range streams(t) {
		for _, size := range []struct{ columns, rows int }{{80, 24}, {40, 12}, {12, 6}} {
			t.Run(fmt.Sprintf("%s/%dx%d", name, size.columns, size.rows), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					screen := newTerminal(size.columns, size.rows)
					golden(t, fmt.Sprintf("%s.tty.%dx%d.txt", name, size.columns, size.rows), film(t, screen, events, moments[name]))
					checkFrames(t, screen)
				})
			})
		}
	}
}

// film plays a stream and looks at the screen at some moments.
func film(t *testing.T, screen *terminal, events []result.Event, moments []time.Duration) string {
	t.Helper()
	view, err := live.New(live.TTY, screen, live.Options{Size: screen.size})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var text strings.Builder
	for _, moment := range moments {
		until := began.Add(moment)
		for len(events) > 0 && events[0].Time.Before(until) {
			play(view, events[:1])
			events = events[1:]
		}
		time.Sleep(time.Until(until))
		synctest.Wait()
		fmt.Fprintf(&text, "== after %s\n%s", moment, screen)
	}
	closed(t, view)
	return text.String()
}

// checkFrames wants every frame to be shown at once, to leave the cursor as it
// was, and to come at most ten times a second.
func checkFrames(t *testing.T, screen *terminal) {
	t.Helper()
	for i, frame := range screen.frames {
		if !bytes.HasPrefix(frame, []byte("\x1b[?2026h\x1b[?25l")) || !bytes.HasSuffix(frame, []byte("\x1b[?25h\x1b[?2026l")) {
			t.Fatalf("frame %d is not whole: %q", i, frame)
		}
		if i >= 10 && screen.at[i].Sub(screen.at[i-10]) < 900*time.Millisecond {
			t.Fatalf("frames %d to %d come within %s", i-10, i, screen.at[i].Sub(screen.at[i-10]))
		}
	}
}

func TestANarrowerTerminalIsDrawnOverWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		screen := newTerminal(80, 24)
		view, err := live.New(live.TTY, screen, live.Options{Size: screen.size})
		if err != nil {
			t.Fatal(err)
		}
		plan := result.Event{Kind: result.EventPlan, Time: time.Now(), Stages: []result.PlannedStage{{Name: "train"}}}
		view.Event(plan)
		view.Event(result.Event{Kind: result.EventStart, Time: time.Now(), Stage: "train"})
		view.Event(logged("train", strings.Repeat("x", 60)))
		time.Sleep(150 * time.Millisecond)
		synctest.Wait()
		screen.columns.Store(40) // the line of the log, 64 columns, now takes two rows
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		last := screen.frames[len(screen.frames)-1]
		if !bytes.Contains(last, []byte("\r\x1b[4A")) {
			t.Errorf("three lines, one of them broken in two, are not drawn over: %q", last)
		}
		closed(t, view)
	})
}

// stuck is a terminal that takes nothing until it is let go, as after Ctrl-S.
type stuck struct {
	mu     sync.Mutex
	let    chan struct{}
	frames [][]byte
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.let
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frames = append(s.frames, bytes.Clone(p))
	return len(p), nil
}

func TestAStuckTerminalDoesNotHoldUpTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		screen := &stuck{let: make(chan struct{})}
		view, err := live.New(live.TTY, screen, live.Options{})
		if err != nil {
			t.Fatal(err)
		}
		view.Event(result.Event{Kind: result.EventPlan, Stages: []result.PlannedStage{{Name: "a"}, {Name: "b"}}})
		time.Sleep(time.Second) // the first frame is stuck
		for i := range 100_000 {
			view.Event(logged("a", fmt.Sprint("line ", i)))
		}
		view.Event(ended("a"))
		close(screen.let)
		view.Event(ended("b"))
		view.Event(result.Event{Kind: result.EventDone})
		closed(t, view)
		all := string(slices.Concat(screen.frames...))
		if !strings.Contains(all, "✓ a") || !strings.Contains(all, "✓ b") {
			t.Errorf("outcomes are missing: %q", all)
		}
		if got := len(screen.frames); got > 5 {
			t.Errorf("%d frames were made for a terminal that took none", got)
		}
	})
}
