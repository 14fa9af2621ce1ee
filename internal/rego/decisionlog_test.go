package rego_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/plugins/logs"

	"github.com/muster-ci/muster/internal/rego"
)

func event(t *testing.T, input string) rego.Event {
	t.Helper()
	made, err := rego.NewEvent(map[string]string{"id": "tumour", "version": rego.Version()}, map[string]string{"policies": "r7"},
		json.RawMessage(input), map[string]any{"verdict": "deny"}, 3*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

// Every field is one that OPA itself writes, and OPA's own type has all of it.
func TestEventIsOneOfOPA(t *testing.T) {
	line, err := event(t, "{\n \"a\": \"<b>\"\n}").Line()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Count(line, []byte("\n")) != 1 || !bytes.Contains(line, []byte(`"<b>"`)) {
		t.Errorf("line: %q", line)
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	var got logs.EventV1
	if err := decoder.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if len(got.DecisionID) != 36 || got.Bundles["policies"].Revision != "r7" || got.Path != "muster/gate" || got.Labels["id"] != "tumour" ||
		got.Input == nil || got.Result == nil || got.Timestamp.IsZero() || got.NDBuiltinCache != nil || got.Metrics["timer_rego_query_eval_ns"] != 3e6 {
		t.Errorf("got %+v", got)
	}
}

func TestAppendLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "decision-log.jsonl")
	const many = 40
	var group sync.WaitGroup
	for i := range many {
		group.Go(func() {
			if err := rego.AppendLog(path, event(t, fmt.Sprintf(`{"i": %d, "long": %q}`, i, strings.Repeat("x", 100_000)))); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	all := lines(t, path)
	if len(all) != many {
		t.Fatalf("%d lines", len(all))
	}
	for _, line := range all {
		if !json.Valid([]byte(line)) {
			t.Fatalf("not JSON: %.100s", line)
		}
	}
}

// What a crash cut short spoils no other line.
func TestAppendLogAfterACrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "decision-log.jsonl")
	if err := os.WriteFile(path, []byte("{\"whole\": 1}\n{\"cut sho"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := rego.AppendLog(path, event(t, `{}`)); err != nil {
		t.Fatal(err)
	}
	all := lines(t, path)
	if len(all) != 3 || !json.Valid([]byte(all[0])) || !json.Valid([]byte(all[2])) {
		t.Errorf("lines: %q", all)
	}
}

func TestLogIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "decision-log.jsonl")
	long := fmt.Sprintf("{\"long\": %q}", strings.Repeat("x", 12<<20))
	for range 6 {
		if err := rego.AppendLog(path, event(t, long)); err != nil {
			t.Fatal(err)
		}
	}
	if now, aside := len(lines(t, path)), len(lines(t, path+".1")); now != 2 || aside != 2 {
		t.Errorf("%d lines now, %d aside", now, aside)
	}
}
