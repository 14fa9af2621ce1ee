package live_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/muster-ci/muster/internal/report/live"
	"github.com/muster-ci/muster/internal/result"
)

func started(stage string) result.Event { return result.Event{Kind: result.EventStart, Stage: stage} }

func logged(stage, line string) result.Event {
	return result.Event{Kind: result.EventLog, Stage: stage, Stream: result.Stdout, Line: line}
}

func ended(stage string) result.Event {
	return result.Event{Kind: result.EventEnd, Stage: stage, Result: &result.Stage{Name: stage, Status: result.StageRan}}
}

func TestASilentJobShowsSignsOfLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		view, out := open(t, live.GitHub, live.Options{})
		view.Event(result.Event{Kind: result.EventPlan, Stages: []result.PlannedStage{{Name: "train"}, {Name: "test"}}})
		start := started("train")
		start.Time = time.Now()
		view.Event(start)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if got := strings.Count(out.String(), "running: train for"); got < 2 || got > 30 {
			t.Errorf("%d signs of life in ten minutes:\n%s", got, out)
		}
		view.Event(ended("train"))
		view.Event(result.Event{Kind: result.EventDone})
		before := out.Len()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if out.Len() != before {
			t.Errorf("it goes on after the end: %q", out.String()[before:])
		}
		closed(t, view)
	})
}

// What waits behind the stage in front takes no memory, whatever it is.
func TestWaitingLogsDoNotFillTheMemory(t *testing.T) {
	const lines = 200_000
	text := strings.Repeat("x", 200)
	view, out := open(t, live.GitLab, live.Options{})
	view.Event(started("front"))
	view.Event(started("behind"))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range lines {
		view.Event(logged("behind", text))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("40 MB of log take %d bytes of memory", grown)
	}
	view.Event(ended("front"))
	view.Event(ended("behind"))
	closed(t, view)
	if got := strings.Count(out.String(), "│ "+text+"\n"); got != lines {
		t.Errorf("%d of %d lines came out", got, lines)
	}
}

func TestALogThatCannotWaitIsSaidToBeIncomplete(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "gone"))
	view, out := open(t, live.GitHub, live.Options{})
	view.Event(started("front"))
	for range 1000 {
		view.Event(logged("behind", strings.Repeat("y", 1000)))
	}
	view.Event(ended("front"))
	view.Event(ended("behind"))
	closed(t, view)
	if got := out.String(); !strings.Contains(got, "a part of this log is left out here") || !strings.Contains(got, "✓ behind") {
		t.Errorf("nothing is said:\n%.2000s", got)
	}
}

func TestARunThatBreaksOffLeavesNoFoldOpen(t *testing.T) {
	view, out := open(t, live.GitHub, live.Options{})
	view.Event(started("a"))
	view.Event(started("b"))
	view.Event(logged("b", "b was here"))
	closed(t, view)
	got := out.String()
	if strings.Count(got, "::group::") != 2 || strings.Count(got, "::endgroup::") != 2 || !strings.Contains(got, "b was here") {
		t.Errorf("got:\n%s", got)
	}
}

// No line of a log, and no name, reaches a job's runner as a command.
func FuzzNothingInALogIsACommand(f *testing.F) {
	for _, seed := range []string{"::error::x", " ::stop-commands::x", "\r::add-mask::x", "##[group]x", "\x1b]0;x\x07::x", "a\n::b::c", "\u2028::x::", "\u200b::x::"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range []live.Kind{live.GitHub, live.GitLab} {
			view, out := open(t, kind, live.Options{})
			start := started(text)
			start.Reason = text
			view.Event(start)
			view.Event(logged(text, text))
			view.Event(logged("behind", text))
			view.Event(result.Event{Kind: result.EventProgress, Stage: text, What: text})
			view.Event(result.Event{Kind: result.EventEnd, Stage: text, Result: &result.Stage{Name: text, Status: result.StageFailed, Error: text + "\n" + text}})
			view.Event(ended("behind"))
			closed(t, view)
			if err := harmless(kind, out.String()); err != nil {
				t.Error(err)
			}
		}
	})
}

// harmless checks that a job's log holds muster's commands, and nothing else that acts.
func harmless(kind live.Kind, log string) error {
	commands := map[string]int{}
	for line := range strings.Lines(log) {
		line = strings.TrimSuffix(line, "\n")
		if kind == live.GitLab {
			line = strings.NewReplacer("\x1b[0Ksection_start:", "", "\x1b[0Ksection_end:", "", "\r\x1b[0K", "").Replace(line)
		}
		if rest, found := strings.CutPrefix(strings.TrimSpace(line), "::"); found {
			name, _, _ := strings.Cut(rest, ":")
			commands[name]++
		}
		if strings.Contains(line, "##[") || strings.ContainsFunc(line, unicode.IsControl) {
			return fmt.Errorf("%s: the line %q acts", kind, line)
		}
	}
	for name, count := range commands {
		known := name == "group" || name == "endgroup" || strings.HasPrefix(name, "error title=stage ")
		if kind == live.GitLab || !known || count > 2 { // two stages, one of which fails
			return fmt.Errorf("%s: the log has the commands %v:\n%s", kind, commands, log)
		}
	}
	return nil
}
