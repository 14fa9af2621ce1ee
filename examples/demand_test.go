package examples_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/result"
)

// trained is what stands on train's parameters.
const trained = "train@seed=1 train@seed=2 train@seed=3 ensemble evaluate integration"

// A regression with a model for each seed, and a service beside an integration
// test: what comes out is the same again, and a change runs what depends on it.
func TestDemandRegression(t *testing.T) {
	c := newCopy(t, "demand-regression", python)
	// Which of its images the engine has already, an earlier run of this test decides.
	first, ran := c.run()
	if !strings.HasSuffix(ran, "test data prepare "+trained) {
		t.Errorf("ran %q", ran)
	}
	passed := map[string]int{}
	for _, stage := range first.Stages {
		if tests := stage.Tests; tests != nil && tests.Failed+tests.Skipped == 0 {
			passed[stage.Name] = tests.Passed
		}
	}
	if want := map[string]int{"test": 28, "integration": 3}; !maps.Equal(passed, want) {
		t.Errorf("tests passed: %v, want %v", passed, want)
	}
	if _, ran := c.run(); ran != "" {
		t.Errorf("nothing changed, and %q ran", ran)
	}
	c.call(0, "models", "init")
	c.call(0, "gate")
	c.call(0, "promote")
	c.checkPreviews()
	c.call(0, "run", "--quiet", "--check", "train@seed=2") // exit code 3 if it is not reproducible

	c.edit("params.yaml", "[calendar, weather]", "[calendar, weather, price, recent]")
	if _, ran := c.run(); ran != trained {
		t.Errorf("a parameter of train changed, and %q ran", ran)
	}
	decision := decode[result.Decision](c, c.call(0, "gate", "--format", "json"))
	if row := decision.Comparison[0]; row.Metric != "rmse" || row.Slice != "" || row.Verdict != result.Better {
		t.Errorf("with more features: %+v", row)
	}
	if left := c.containers(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// checkPreviews wants each change to reach what stands on it, and no more.
func (c *copyOf) checkPreviews() {
	c.Helper()
	for _, change := range []struct{ name, from, to, run, depends string }{
		{"store/store.py", "LARGEST_ROW = 1 << 20", "LARGEST_ROW = 1 << 21", "store test", "integration"},
		{"muster.yaml", "seed: [1, 2, 3]", "seed: [1, 2, 3, 4]", "train@seed=4", "ensemble evaluate integration"},
		{"tests/integration/test_serving.py", "head(40)", "head(41)", "integration", ""},
		{"src/data.py", "loaves: float  #", "loaves: float  # sold", "test data", "prepare " + trained},
	} {
		c.edit(change.name, change.from, change.to)
		run, depends := c.preview()
		if run != change.run || depends != change.depends {
			c.Errorf("%s changed: run %q, depends %q", change.name, run, depends)
		}
		c.edit(change.name, change.to, change.from)
	}
	if run, depends := c.preview(); run+depends != "" {
		c.Errorf("all is as before: run %q, depends %q", run, depends)
	}
}

// preview says which stages would run, and which may.
func (c *copyOf) preview() (run, depends string) {
	c.Helper()
	names := map[result.Action][]string{}
	for _, stage := range decode[result.Preview](c, c.call(0, "run", "--dry-run", "--format", "json")).Stages {
		names[stage.Action] = append(names[stage.Action], stage.Name)
	}
	return strings.Join(names[result.ActionRun], " "), strings.Join(names[result.ActionDepends], " ")
}
