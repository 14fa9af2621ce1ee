package rubric_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/facts"
	"github.com/muster-ci/muster/maturity/rubric"
)

// TestBundledRubric keeps the data complete: 44 criteria, three of each level
// core, each with a question, a remedy and a source.
func TestBundledRubric(t *testing.T) {
	r, err := rubric.Bundled()
	if err != nil {
		t.Fatal(err)
	}
	perLevel, core := map[int]int{}, map[int]int{}
	for _, c := range r.Criteria {
		perLevel[c.Level]++
		if c.Core {
			core[c.Level]++
		}
		if c.Question == "" || c.Fix == "" || c.Source == "" || c.Weight <= 0 || len(c.Applies) == 0 {
			t.Errorf("criterion %+v lacks something", c)
		}
		if c.Effort != "low" && c.Effort != "med" && c.Effort != "high" {
			t.Errorf("%s: effort %q", c.ID, c.Effort)
		}
	}
	if diff := cmp.Diff(map[int]int{1: 12, 2: 12, 3: 11, 4: 9}, perLevel); diff != "" {
		t.Errorf("criteria by level (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[int]int{1: 3, 2: 3, 3: 3, 4: 3}, core); diff != "" {
		t.Errorf("core criteria by level (-want +got):\n%s", diff)
	}
}

// What the rest of the process takes of memory is no fault of the rules.
func TestCompileBesideOthers(t *testing.T) {
	r, err := rubric.Bundled()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- r.Compile() }()
	var held [][]byte
	for len(held) < 50 && len(done) == 0 {
		held = append(held, make([]byte, 64<<20)) // nothing is in them, and so they take no memory of the machine
	}
	if err := <-done; err != nil {
		t.Errorf("beside %d MiB: %v", len(held)<<6, err)
	}
}

// TestNothingSeen: without facts no criterion is met but the one that asks for
// nothing to be there, and each says why.
func TestNothingSeen(t *testing.T) {
	r, err := rubric.Bundled()
	if err != nil {
		t.Fatal(err)
	}
	set := &facts.Set{Facts: map[string][]facts.Fact{}, Entries: map[string]facts.Entry{}, Unresolved: []facts.Fact{}}
	answers, err := r.Answer(context.Background(), result.KindTraining, set)
	if err != nil {
		t.Fatal(err)
	}
	for id, a := range answers {
		clean := id == "secrets-hygiene"
		if a.Verdict == result.CriterionMet && !clean || a.Verdict == result.CriterionPartial || a.Reason == "" {
			t.Errorf("%s: %+v", id, a)
		}
	}
	if answers, err = r.Answer(context.Background(), result.KindConsumer, set); err != nil {
		t.Fatal(err)
	}
	if got := answers["training-pipeline"].Verdict; got != result.CriterionNotApplicable {
		t.Errorf("training-pipeline of a consumer is %s, want na", got)
	}
}

const question = `
version: mine
criteria:
  - {id: has-model-card, level: 1, dim: P, w: 1, applies: [training], question: "Is there a model card?", fix: Write one, effort: low, source: ours}
`

// TestAddingACriterionTakesNoCode reads a rubric of one criterion.
func TestAddingACriterionTakesNoCode(t *testing.T) {
	files := fstest.MapFS{
		"mine.yaml": {Data: []byte(question)},
		"mine.rego": {Data: []byte(`package maturity.criteria.has_model_card

answer := {"verdict": "met", "strength": "wired", "reason": "there is one", "evidence": [{"path": f.path, "line": f.line}]} if {
	some f in input.facts.card
} else := {"verdict": "unmet", "strength": "none", "reason": "there is none"}
`)},
		"answers.rego": {Data: []byte("package maturity.answers\n\nby_name[name] := data.maturity.criteria[name].answer\n")},
	}
	r, err := rubric.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	set := &facts.Set{Facts: map[string][]facts.Fact{"card": {{Category: "card", Path: "MODEL_CARD.md", Line: 1}}}}
	answers, err := r.Answer(context.Background(), result.KindTraining, set)
	if err != nil {
		t.Fatal(err)
	}
	want := rubric.Answer{Verdict: "met", Strength: "wired", Reason: "there is one", Evidence: []result.Evidence{{Path: "MODEL_CARD.md", Line: 1}}}
	if diff := cmp.Diff(want, answers["has-model-card"]); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestMistakesAreRefused(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"unknown key": {"a.yaml": {Data: []byte("criteria: [{id: a, levl: 1}]")}},
		"bad rule":    {"a.yaml": {Data: []byte(question)}, "a.rego": {Data: []byte("package maturity.criteria.a\n\nanswer := nothing\n")}},
	} {
		r, err := rubric.Load(files)
		if err == nil {
			err = r.Compile()
		}
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	r, err := rubric.Load(fstest.MapFS{"a.yaml": {Data: []byte(question)}, "answers.rego": {Data: []byte("package maturity.answers\n\nby_name := {}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Answer(context.Background(), result.KindTraining, &facts.Set{}); err == nil || !strings.Contains(err.Error(), "has-model-card") {
		t.Errorf("a criterion without a rule: error %v", err)
	}
}
