package stages_test

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
	"github.com/muster-ci/muster/stages/process"
)

// printer is an executor whose stages print, and do nothing else.
type printer struct {
	process.Process
	print func(stdout, stderr io.Writer) error
}

func (p printer) Run(_ context.Context, task stages.Task) (stages.Outcome, error) {
	return stages.Outcome{}, p.print(task.Stdout, task.Stderr)
}

// printed runs a stage that prints, and returns the events of its log and the log that was kept.
func printed(t *testing.T, write func(stdout, stderr io.Writer) error) (logs []result.Event, kept string) {
	t.Helper()
	p := newProject(t, "version: 1\nstages: {say: {run: say}}\n", nil)
	p.runner.Executor = printer{print: write}
	p.runner.Listen = func(e result.Event) {
		if e.Kind == result.EventLog {
			logs = append(logs, e)
		}
	}
	run := p.run(result.RunPassed)
	return logs, p.read(filepath.FromSlash(run.Stages[0].Log))
}

// lines are the lines that have an end, of one stream.
func lines(logs []result.Event, stream string) []string {
	list := []string{}
	for _, e := range logs {
		if e.Stream == stream && !e.Open {
			list = append(list, e.Line)
		}
	}
	return list
}

func TestLogLinesDoNotDependOnHowTheyArrive(t *testing.T) {
	const long = 40 << 10
	tests := map[string]struct {
		text string
		want []string
	}{
		"lines":              {"a\nbc\nd\n", []string{"a", "bc", "d"}},
		"no end":             {"a\nb", []string{"a", "b"}},
		"empty lines":        {"\n\na\n\n", []string{"", "", "a", ""}},
		"nothing":            {"", []string{}},
		"of Windows":         {"a\r\nb\r\n", []string{"a", "b"}},
		"a bar":              {"\r 1%\r50%\r99%\nb\n", []string{"\r 1%\r50%\r99%", "b"}},
		"no text":            {"\xff\x00\n\xfe\n", []string{"\xff\x00", "\xfe"}},
		"a long line":        {strings.Repeat("x", long) + "\nb\n", []string{strings.Repeat("x", 16<<10), strings.Repeat("x", 16<<10), strings.Repeat("x", 8<<10), "b"}},
		"as long as a piece": {strings.Repeat("x", 16<<10) + "\nb\n", []string{strings.Repeat("x", 16<<10), "", "b"}},
	}
	for name, test := range tests {
		for _, chunk := range []int{1, 3, 4096, 1 << 20} {
			logs, kept := printed(t, func(stdout, _ io.Writer) error {
				for text := []byte(test.text); len(text) > 0; {
					n := min(chunk, len(text))
					if _, err := stdout.Write(text[:n]); err != nil {
						return err
					}
					text = text[n:]
				}
				return nil
			})
			if diff := cmp.Diff(test.want, lines(logs, result.Stdout)); diff != "" {
				t.Errorf("%s, %d bytes at a time: %s", name, chunk, diff)
			}
			if kept != test.text {
				t.Errorf("%s, %d bytes at a time: the log that was kept differs", name, chunk)
			}
		}
	}
}

func TestStreamsOfALogDoNotMix(t *testing.T) {
	logs, kept := printed(t, func(stdout, stderr io.Writer) error {
		for _, part := range []struct {
			to   io.Writer
			text string
		}{{stdout, "loss "}, {stderr, "warn"}, {stdout, "0.5\n"}, {stderr, "ing\n"}} {
			if _, err := io.WriteString(part.to, part.text); err != nil {
				return err
			}
		}
		return nil
	})
	if diff := cmp.Diff([]string{"loss 0.5"}, lines(logs, result.Stdout)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"warning"}, lines(logs, result.Stderr)); diff != "" {
		t.Error(diff)
	}
	if kept != "loss warn0.5\ning\n" {
		t.Errorf("kept is %q", kept)
	}
}

// A progress bar has no line feed until it is full: who draws sees it all the
// same, and a piece of it that is sent ends with a state that is whole.
func TestAProgressBarIsSeenBeforeItsLineEnds(t *testing.T) {
	const state = "\r 50%|#####     | 12/24 [00:10<00:10, 1.2it/s]"
	logs, _ := printed(t, func(_, stderr io.Writer) error {
		for range 1000 {
			if _, err := io.WriteString(stderr, state); err != nil {
				return err
			}
		}
		return nil
	})
	if first := logs[0]; !first.Open || first.Line != state || first.Stream != result.Stderr {
		t.Errorf("first comes %+v", first)
	}
	for _, line := range lines(logs, result.Stderr) {
		if !strings.HasSuffix(line, state) {
			t.Errorf("a piece ends with %q", line[max(0, len(line)-60):])
		}
	}
}

// Whatever runs stages, the stream says what will come, what becomes of each
// stage, and that it is over: a view that draws depends on it.
func TestEveryStreamIsWhole(t *testing.T) {
	p := trainingProject(t)
	var events []result.Event
	p.runner.Listen = func(e result.Event) { events = append(events, e) }
	run := p.run(result.RunPassed)
	checkStream(t, "a run", events, result.RunPassed)
	events = nil
	if _, err := p.runner.Evaluate(t.Context(), run, *run.Candidate); err != nil {
		t.Fatal(err)
	}
	checkStream(t, "the evaluation of a champion", events, result.RunPassed)
	events = nil
	if _, err := p.runner.Check(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	checkStream(t, "a check", events, result.RunPassed)
	events = nil
	p.write("code.txt", "changed")
	p.runner.Executor = printer{print: func(io.Writer, io.Writer) error { return nil }} // no outputs
	p.run(result.RunFailed)
	checkStream(t, "a run that fails", events, result.RunFailed)
}

func checkStream(t *testing.T, what string, events []result.Event, want result.RunStatus) {
	t.Helper()
	if len(events) < 2 || events[0].Kind != result.EventPlan || events[0].Run == "" {
		t.Fatalf("%s: it does not begin with a plan: %+v", what, events)
	}
	if last := events[len(events)-1]; last.Kind != result.EventDone || last.Status != want || last.Run != events[0].Run {
		t.Errorf("%s: it ends with %+v", what, last)
	}
	open := map[string]bool{}
	for _, stage := range events[0].Stages {
		open[stage.Name] = true
	}
	for i, e := range events {
		if e.Time.IsZero() || i > 0 && e.Time.Before(events[i-1].Time) {
			t.Errorf("%s: event %d has the time %s", what, i, e.Time)
		}
		if e.Stage != "" && !open[e.Stage] {
			t.Errorf("%s: event %d is of stage %s, which was not planned or has ended", what, i, e.Stage)
		}
		if e.Kind == result.EventEnd {
			delete(open, e.Stage)
		}
	}
	if len(open) > 0 {
		t.Errorf("%s: nothing says what became of %v", what, open)
	}
}
