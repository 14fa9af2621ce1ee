package flow

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/result"
)

func TestByMargin(t *testing.T) {
	tests := map[string]struct {
		better       result.Direction
		margin       metrics.Margin
		mine, theirs float64
		want         result.Outcome
	}{
		"better":                               {result.Higher, metrics.Margin{Value: 0.01}, 0.92, 0.91, result.Better},
		"the same":                             {result.Higher, metrics.Margin{}, 0.91, 0.91, result.Equivalent},
		"within the margin":                    {result.Higher, metrics.Margin{Value: 0.01}, 0.905, 0.91, result.Equivalent},
		"exactly the margin, but for rounding": {result.Higher, metrics.Margin{Value: 0.01}, 0.9, 0.91, result.Equivalent},
		"beyond the margin":                    {result.Higher, metrics.Margin{Value: 0.01}, 0.8999, 0.91, result.Worse},
		"no drop is allowed":                   {result.Higher, metrics.Margin{}, 0.9099, 0.91, result.Worse},
		"lower is better, and it is":           {result.Lower, metrics.Margin{Value: 10, Percent: true}, 40, 44, result.Better},
		"lower is better, within":              {result.Lower, metrics.Margin{Value: 10, Percent: true}, 44, 40, result.Equivalent},
		"lower is better, beyond":              {result.Lower, metrics.Margin{Value: 10, Percent: true}, 44.1, 40, result.Worse},
		"a percentage of what is negative":     {result.Lower, metrics.Margin{Value: 10, Percent: true}, -9, -10, result.Equivalent},
		"a difference beyond numbers":          {result.Higher, metrics.Margin{}, math.MaxFloat64, -math.MaxFloat64, result.Inconclusive},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			row := byMargin(metrics.Spec{Metric: "m", Better: test.better, Margin: test.margin, Require: result.NonInferior}, test.mine, test.theirs)
			if row.Verdict != test.want || !row.Gated || row.Interval != nil || row.P != nil || row.Note == "" {
				t.Errorf("%s: %+v", row.Verdict, row)
			}
			if row.Diff != nil && *row.Diff != test.mine-test.theirs {
				t.Errorf("difference %v", *row.Diff)
			}
		})
	}
}

// A change must not be its own baseline: in a change request HEAD is the base's.
func TestHeadIsTheBasesInAChange(t *testing.T) {
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", dir, "-c", "user.name=ann", "-c", "user.email=ann@example.org"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	run("init", "--quiet", "--initial-branch=main")
	for _, name := range []string{"base", "change"} {
		if err := os.WriteFile(filepath.Join(dir, "file"), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
		run("add", "file")
		run("commit", "--quiet", "--message", name)
	}
	run("update-ref", "refs/remotes/origin/fetched", "HEAD~1")
	repo, err := git.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	commit := func(revision string) string {
		t.Helper()
		commit, err := repo.Commit(t.Context(), revision)
		if err != nil {
			t.Fatal(err)
		}
		return commit
	}
	base, head := commit("main~1"), commit("main")
	for _, test := range []struct{ ruler, ref, want string }{
		{"", "HEAD", head},
		{"", "HEAD~1", base},
		{"", "main", head},
		{"", "fetched", base},
		{base, "HEAD", base},
		{base, "@", base},
		{head, "HEAD~1", base},
		{base, "target", base},
	} {
		got, err := refCommit(t.Context(), repo, ruler{commit: test.ruler, branch: "target"}, test.ref)
		if err != nil || got != test.want {
			t.Errorf("%s with a ruler of %.7q is %.7s (%v), want %.7s", test.ref, test.ruler, got, err, test.want)
		}
	}
	if got, err := refCommit(t.Context(), repo, ruler{commit: base, branch: "target"}, "main"); err == nil {
		t.Errorf("the change itself is its baseline: %s", got)
	}
	for _, ref := range []string{"nothing", "--help", ""} {
		if got, err := refCommit(t.Context(), repo, ruler{}, ref); err == nil {
			t.Errorf("%q is %s", ref, got)
		}
	}
}

func TestAttempts(t *testing.T) {
	entry := func(serial int, change, candidate string) result.Attempt {
		return result.Attempt{Serial: serial, Change: change, Candidate: candidate, Champion: "c", RulerKey: "r", Gate: "g"}
	}
	before := []result.Attempt{entry(1, "#1", "a"), entry(2, "#2", "b"), entry(3, "#1", "d"), entry(4, "#3", "a")}
	now := entry(0, "#1", "e")
	if got := attemptsOf(append(before[:4:4], now), now); got != 3 {
		t.Errorf("a new decision of #1 is attempt %d, want 3", got)
	}
	if got := attemptsOf(before, before[2]); got != 2 {
		t.Errorf("decision 3 was attempt %d of #1, want 2", got)
	}
	for name, test := range map[string]struct {
		now  result.Attempt
		want int // serial, or 0
	}{
		"asked again":                  {entry(0, "#2", "b"), 2},
		"of two, this change's own":    {entry(0, "#3", "a"), 4},
		"asked by another change":      {entry(0, "#9", "b"), 2},
		"another candidate":            {entry(0, "#2", "x"), 0},
		"against another champion":     {result.Attempt{Change: "#2", Candidate: "b", Champion: "x", RulerKey: "r", Gate: "g"}, 0},
		"by another ruler":             {result.Attempt{Change: "#2", Candidate: "b", Champion: "c", RulerKey: "x", Gate: "g"}, 0},
		"through another gate section": {result.Attempt{Change: "#2", Candidate: "b", Champion: "c", RulerKey: "r", Gate: "x"}, 0},
	} {
		found := (&ledger{before: before, now: test.now}).sameDecision()
		if (found == nil) != (test.want == 0) || found != nil && found.Serial != test.want {
			t.Errorf("%s: found %+v, want decision %d", name, found, test.want)
		}
	}
}

// Only what the gate saw and did not like is tried again.
func TestRetries(t *testing.T) {
	earlier := result.Attempt{
		Serial: 1, Change: "#1", Candidate: "a", TrainingKey: "k", Recipe: "p", RulerKey: "r", Gate: "g", Verdict: result.Deny, Codes: []string{"metric-worse"},
	}
	now := result.Attempt{Candidate: "b", TrainingKey: "l", Recipe: "p", RulerKey: "r", Gate: "g"}
	tests := map[string]struct {
		change func(earlier, now *result.Attempt)
		want   bool
	}{
		"another seed": {func(_, _ *result.Attempt) {}, true},
		"the same key, though no recipe is known": {func(e, n *result.Attempt) { e.Recipe, n.Recipe, n.TrainingKey = "", "", "k" }, true},
		"denied and undecided":                    {func(e, _ *result.Attempt) { e.Verdict = result.Undecided }, true},
		"another recipe":                          {func(_, n *result.Attempt) { n.Recipe = "q" }, false},
		"the same model":                          {func(_, n *result.Attempt) { n.Candidate = "a" }, false},
		"another gate":                            {func(_, n *result.Attempt) { n.Gate = "h" }, false},
		"another ruler":                           {func(_, n *result.Attempt) { n.RulerKey = "s" }, false},
		"it had passed":                           {func(e, _ *result.Attempt) { e.Verdict, e.Codes = result.Pass, nil }, false},
		"it was only undecided":                   {func(e, _ *result.Attempt) { e.Verdict, e.Codes = result.Undecided, nil }, false},
		"no key and no recipe is known":           {func(e, n *result.Attempt) { *e, *n = withoutKeys(*e), withoutKeys(*n) }, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e, n := earlier, now
			test.change(&e, &n)
			tr := &trial{ledger: &ledger{before: []result.Attempt{e}, now: n}}
			tr.retried()
			if got := len(tr.problems) == 1 && tr.problems[0].Code == "seed-retry"; got != test.want {
				t.Errorf("problems %+v", tr.problems)
			}
		})
	}
}

func withoutKeys(a result.Attempt) result.Attempt {
	a.TrainingKey, a.Recipe = "", ""
	return a
}
