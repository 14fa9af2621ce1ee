package live_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/muster-ci/muster/internal/report/live"
	"github.com/muster-ci/muster/internal/result"
)

var update = flag.Bool("update", false, "write the golden files anew")

// streams are the recorded events in testdata, by name. Their times begin when
// the clock of a synctest bubble does, so that they are played as they were.
func streams(t *testing.T) map[string][]result.Event {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no streams: %v", err)
	}
	all := map[string][]result.Event{}
	for _, path := range paths {
		all[strings.TrimSuffix(filepath.Base(path), ".jsonl")] = stream(t, path)
	}
	return all
}

func stream(t *testing.T, path string) []result.Event {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var events []result.Event
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var e result.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		events = append(events, e)
	}
	return events
}

func play(view live.View, events []result.Event) {
	for _, e := range events {
		time.Sleep(time.Until(e.Time))
		view.Event(e)
	}
}

func open(t *testing.T, kind live.Kind, opts live.Options) (live.View, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	view, err := live.New(kind, &out, opts)
	if err != nil {
		t.Fatal(err)
	}
	return view, &out
}

func closed(t *testing.T, view live.View) {
	t.Helper()
	if err := view.Close(); err != nil {
		t.Error(err)
	}
}

// visible makes control characters readable in a golden file.
var visible = strings.NewReplacer("\x1b", "␛", "\r", "␍")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got); if it should: go test ./internal/report/live -update\n%s", path, diff)
	}
}

func TestViews(t *testing.T) {
	for name, events := range streams(t) {
		for _, kind := range []live.Kind{live.Plain, live.Quiet, live.GitHub, live.GitLab, live.JSON} {
			t.Run(name+"/"+string(kind), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					view, out := open(t, kind, live.Options{})
					play(view, events)
					closed(t, view)
					golden(t, name+"."+string(kind)+".txt", visible.Replace(out.String()))
				})
			})
		}
	}
}

func TestJSONFollowsItsSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../result/schema/event.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, events := range streams(t) {
		view, out := open(t, live.JSON, live.Options{})
		for _, e := range events {
			view.Event(e)
		}
		closed(t, view)
		count := 0
		for line := range strings.Lines(out.String()) {
			value, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(value); err != nil {
				t.Errorf("%s: %s: %v", name, line, err)
			}
			count++
		}
		if count != len(events) {
			t.Errorf("%s: %d lines for %d events", name, count, len(events))
		}
	}
}

func TestColoursAreLeftOutUnlessAskedFor(t *testing.T) {
	for _, color := range []bool{false, true} {
		for _, kind := range []live.Kind{live.TTY, live.Plain, live.GitHub} {
			view, out := open(t, kind, live.Options{Color: color})
			for _, e := range stream(t, "testdata/fails.jsonl") {
				view.Event(e)
			}
			closed(t, view)
			if got := strings.Contains(out.String(), "\x1b[31m"); got != color {
				t.Errorf("%s, colours %v: red is there: %v", kind, color, got)
			}
		}
	}
}

func TestAnUnknownViewIsRefused(t *testing.T) {
	if _, err := live.New("hologram", &bytes.Buffer{}, live.Options{}); err == nil {
		t.Error("no error")
	}
}

func TestLinesAppearWithinAMoment(t *testing.T) {
	for _, kind := range []live.Kind{live.Plain, live.GitHub, live.GitLab, live.JSON} {
		synctest.Test(t, func(t *testing.T) {
			view, out := open(t, kind, live.Options{})
			view.Event(result.Event{Kind: result.EventLog, Stage: "a", Stream: result.Stdout, Line: "epoch 1"})
			time.Sleep(time.Second)
			synctest.Wait()
			if !strings.Contains(out.String(), "epoch 1") {
				t.Errorf("%s: a second later there is %q", kind, out)
			}
			closed(t, view)
		})
	}
}

func TestInterrupt(t *testing.T) {
	for _, kind := range []live.Kind{live.TTY, live.Plain, live.Quiet, live.GitHub, live.GitLab} {
		view, out := open(t, kind, live.Options{})
		view.Event(result.Event{Kind: result.EventPlan, Stages: []result.PlannedStage{{Name: "a"}}})
		view.Event(result.Event{Kind: result.EventStart, Stage: "a"})
		view.Interrupt()
		view.Event(result.Event{Kind: result.EventEnd, Stage: "a", Result: &result.Stage{Name: "a", Status: result.StageFailed, Error: "context canceled"}})
		view.Event(result.Event{Kind: result.EventDone, Status: result.RunInterrupted})
		closed(t, view)
		got := out.String()
		if !strings.Contains(got, "press Ctrl-C again to kill at once") || !strings.Contains(got, "stopped") {
			t.Errorf("%s does not say that it stops:\n%s", kind, got)
		}
		if strings.Contains(got, "canceled") || strings.Contains(got, "::error") {
			t.Errorf("%s takes what was stopped for a failure:\n%s", kind, got)
		}
	}
}

func TestOpenLinesAreOnlyDrawn(t *testing.T) {
	for _, kind := range []live.Kind{live.Plain, live.Quiet, live.GitHub, live.GitLab, live.JSON} {
		view, out := open(t, kind, live.Options{})
		view.Event(result.Event{Kind: result.EventLog, Stage: "a", Stream: result.Stderr, Line: "\r 10%", Open: true})
		closed(t, view)
		if out.Len() > 0 {
			t.Errorf("%s: %q", kind, out)
		}
	}
}
