package forge_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/facts"
	"github.com/muster-ci/muster/maturity/forge"
)

func TestWeb(t *testing.T) {
	for remote, want := range map[string]string{
		"https://github.com/acme/tumours.git":             "https://github.com/acme/tumours",
		"https://x-access-token:s3@github.com/acme/t":     "https://github.com/acme/t",
		"git@github.com:acme/tumours.git":                 "https://github.com/acme/tumours",
		"ssh://git@git.acme.example:2222/ml/tumours.git/": "https://git.acme.example/ml/tumours",
		"http://127.0.0.1:8080/acme/tumours":              "http://127.0.0.1:8080/acme/tumours",
		"https://gitlab.com/acme/ml/tumours":              "https://gitlab.com/acme/ml/tumours",
		"/srv/git/tumours.git":                            "",
		"../tumours":                                      "",
		"file:///srv/git/tumours.git":                     "",
		"javascript://github.com/acme/t":                  "",
		"ext::sh -c x":                                    "",
		"https://github.com/only":                         "",
		"":                                                "",
	} {
		if got := forge.Web(remote); got != want {
			t.Errorf("%q is %q, want %q", remote, got, want)
		}
	}
}

func TestLink(t *testing.T) {
	for _, test := range []struct {
		web, file string
		line      int
		want      string
	}{
		{"https://github.com/acme/t", "src/a b.py", 3, "https://github.com/acme/t/blob/5b3b/src/a%20b.py#L3"},
		{"https://github.com/acme/t", "a#b?.py", 0, "https://github.com/acme/t/blob/5b3b/a%23b%3F.py"},
		{"https://gitlab.acme.example/x/t", "a.py", 3, "https://gitlab.acme.example/x/t/-/blob/5b3b/a.py#L3"},
		{"https://codeberg.org/acme/t", "a.py", 3, "https://codeberg.org/acme/t/src/commit/5b3b/a.py#L3"},
		{"https://bitbucket.org/acme/t", "a.py", 3, "https://bitbucket.org/acme/t/src/5b3b/a.py#lines-3"},
	} {
		if got := forge.Link(test.web, "5b3b", test.file, test.line); got != test.want {
			t.Errorf("%s is %s, want %s", test.file, got, test.want)
		}
	}
}

// The name of a check is that of the job, in full: trap 22 of the rubric.
func TestNames(t *testing.T) {
	for _, test := range []struct {
		job   ci.Job
		check string
		want  bool
	}{
		{ci.Job{ID: "test"}, "test", true},
		{ci.Job{ID: "test"}, "tests", false},
		{ci.Job{ID: "test"}, "CI / test", false},
		{ci.Job{ID: "test"}, "test (3.12, ubuntu)", true},
		{ci.Job{ID: "test", Name: "Unit tests"}, "test", false},
		{ci.Job{ID: "test", Name: "Unit tests"}, "Unit tests", true},
		{ci.Job{ID: "test", Name: "py ${{ matrix.python }} on ${{ matrix.os }}"}, "py 3.12 on ubuntu-latest", true},
		{ci.Job{ID: "test", Name: "py ${{ matrix.python }}"}, "lint 3.12", false},
		{ci.Job{ID: "test", Name: "${{ matrix.name }}"}, "anything", false},
		{ci.Job{ID: "call", Uses: "./.github/workflows/x.yml"}, "call / test", true},
		{ci.Job{ID: "call"}, "call / test", false},
		{ci.Job{ID: "test"}, "test 2/5", true},
		{ci.Job{ID: "test"}, "test: [a, b]", true},
		{ci.Job{}, "", false},
	} {
		if got := forge.Names(test.job, test.check); got != test.want {
			t.Errorf("job %+v, check %q: %t", test.job, test.check, got)
		}
	}
}

// TestAdd gives each job what the forge tells of it, and of no other.
func TestAdd(t *testing.T) {
	now := time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)
	at := func(days int) time.Time { return now.AddDate(0, 0, -days) }
	entry := func(path, id string, triggers ...ci.Trigger) facts.Entry {
		return facts.Entry{ID: path + "#" + id, Kind: "ci-job", Path: path, Triggers: triggers}
	}
	set := &facts.Set{Facts: map[string][]facts.Fact{}, Entries: map[string]facts.Entry{
		"ci.yml#test": entry("ci.yml", "test"), "ci.yml#deploy": entry("ci.yml", "deploy"), "old.yml#train": entry("old.yml", "train"),
		"new.yml#x": entry("new.yml", "x"), "dvc": {ID: "dvc", Kind: "pipeline", Path: "ci.yml"},
	}}
	pipelines := []*ci.Pipeline{
		{Path: "ci.yml", Jobs: []ci.Job{{ID: "test", Name: "Tests"}, {ID: "deploy", If: "github.ref == 'refs/heads/main'"}}},
		{Path: "old.yml", Jobs: []ci.Job{{ID: "train"}}},
		{Path: "new.yml", Jobs: []ci.Job{{ID: "x"}}},
	}
	forge.Add(set, &result.ForgeFacts{
		Host: "github", Repository: "https://github.com/acme/t", Branch: "main",
		Workflows: []result.ForgeWorkflow{{Path: "ci.yml", State: "active"}, {Path: "old.yml", State: "disabled_inactivity"}},
		Runs: []result.ForgeRun{
			{Path: "ci.yml", Event: "push", Passed: false, At: at(1), Jobs: []result.ForgeJob{{Name: "Tests (3.12)", Ran: true, Passed: true}, {Name: "Tests (3.13)", Ran: true}, {Name: "deploy"}}},
			{Path: "ci.yml", Event: "push", Passed: true, At: at(2)}, // its jobs are not known
		},
		Protection: &result.ForgeProtection{Checks: []string{"Tests (3.12)", "lint"}},
	}, pipelines, now)
	run := func(passed bool, age int) facts.Run {
		return facts.Run{Passed: passed, Event: "push", Age: age, Time: at(age).Format(time.RFC3339)}
	}
	if diff := cmp.Diff([]facts.Run{run(false, 1), run(true, 2)}, set.Entries["ci.yml#test"].Runs); diff != "" {
		t.Errorf("runs of the tests (-want +got):\n%s", diff)
	}
	if runs := set.Entries["ci.yml#deploy"].Runs; len(runs) != 0 || !set.Entries["ci.yml#deploy"].Known {
		t.Errorf("a job with a condition ran: %v", runs)
	}
	if off := set.Entries["old.yml#train"].Off; off != "the forge has switched it off (disabled inactivity)" {
		t.Errorf("off is %q", off)
	}
	if e := set.Entries["new.yml#x"]; e.Known || e.Off != "" {
		t.Errorf("what the forge does not know is %+v", e)
	}
	if e := set.Entries["dvc"]; e.Known {
		t.Error("what is no job has runs")
	}
	checks := map[string]int{}
	for _, f := range set.Facts["forge.check"] {
		checks[f.Subject] = len(f.Entries)
	}
	if diff := cmp.Diff(map[string]int{"the check Tests (3.12) is required": 1, "the check lint is required": 0}, checks); diff != "" {
		t.Errorf("checks (-want +got):\n%s", diff)
	}
}

// Timers that are kept on the forge, all switched off.
func TestNoSchedules(t *testing.T) {
	set := &facts.Set{Facts: map[string][]facts.Fact{}, Entries: map[string]facts.Entry{
		"a": {ID: "a", Kind: "ci-job", Path: ".gitlab-ci.yml", Triggers: []ci.Trigger{ci.Schedule}},
		"b": {ID: "b", Kind: "ci-job", Path: ".gitlab-ci.yml", Triggers: []ci.Trigger{ci.Schedule, ci.Push}},
	}}
	none := 0
	forge.Add(set, &result.ForgeFacts{Host: "gitlab", Workflows: []result.ForgeWorkflow{{Path: ".gitlab-ci.yml", State: "active"}}, Schedules: &none}, nil, time.Now())
	if set.Entries["a"].Off == "" || set.Entries["b"].Off != "" {
		t.Errorf("off: %q, %q", set.Entries["a"].Off, set.Entries["b"].Off)
	}
}
