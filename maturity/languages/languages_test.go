package languages_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/muster-ci/muster/maturity/languages"
)

func TestTrainingNeedsALibrary(t *testing.T) {
	for _, tt := range []struct {
		file, text string
		line       int
	}{
		{"a.R", "library(ranger)\n# ranger(y)\nm <- ranger(y ~ ., d)\n", 3},
		{"a.R", "m <- train(d)\n", 0},
		{"a.R", "m <- glm(y ~ x)\n", 1},
		{"a.jl", "using Flux\nFlux.train!(m)\n", 2},
		{"A.java", "import weka.classifiers.Trees;\n// t.buildClassifier(d)\nt.buildClassifier(d);\n", 3},
		{"a.sql", "select 1;\ncreate or replace model m\n", 2},
	} {
		if line, _ := languages.Of(tt.file).Training(tt.text); line != tt.line {
			t.Errorf("%s trains at line %d, want %d:\n%s", tt.file, line, tt.line, tt.text)
		}
	}
	if languages.Of("a.py") != nil {
		t.Error("Python is read by a parser")
	}
}

func TestUses(t *testing.T) {
	got := languages.Of("a.R").Uses("library(mlflow)\nmlflow_log_metric('a', 1)\nmlflow_log_metric('b', 1)\nset.seed(1)\n")
	want := []languages.Use{
		{Tool: "MLflow", Category: "tracking", Line: 2, Text: "mlflow_log_metric('a', 1)"}, {Tool: "R", Category: "seed", Line: 4, Text: "set.seed(1)"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("uses (-want +got):\n%s", diff)
	}
}

func TestCountTests(t *testing.T) {
	for _, tt := range []struct {
		file, text string
		want       languages.Tests
	}{
		{"tests/a.R", "# test_that(x)\ntest_that('a', expect_equal(1, 1))\nit('b', { skip('no') })\n", languages.Tests{Line: 1, Count: 2, Asserting: 1, Skipped: 1}},
		{"test/runtests.jl", "@test 1 == 1\n", languages.Tests{Line: 1, Count: 1, Asserting: 1}},
		{"src/test/A.java", "@Test void a() { assertEquals(1, 1); }\n@Test void b() {}\n", languages.Tests{Line: 1, Count: 2, Asserting: 1}},
		{"a.test.ts", "import x\nit('a', () => expect(1).toBe(1))\n", languages.Tests{Line: 2, Count: 1, Asserting: 1}},
	} {
		got, ok := languages.CountTests(tt.file, tt.text)
		if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(languages.Tests{}, "Code")); diff != "" || !ok {
			t.Errorf("%s (-want +got):\n%s", tt.file, diff)
		}
	}
	for _, file := range []string{"a.py", "empty.R"} {
		if got, ok := languages.CountTests(file, "x = 1\n"); ok {
			t.Errorf("%s has tests: %+v", file, got)
		}
	}
}
