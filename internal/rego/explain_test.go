package rego_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/rego"
)

const explained = `package acme

import data.shared

deny contains finding if {
	some c in shared.gated
	c.verdict == "worse"
	not shared.excused(c)
	finding := {"code": "worse", "metric": c.metric, "message": shared.sentence(c)}
}

deny contains finding if {
	total := sum([file.size | some file in input.files; file.kind == "model"])
	total > input.limits["max size"]
	finding := {"code": "large", "message": "too large"}
}

deny contains finding if {
	input.alone == true
	finding := {"code": "never", "message": "never"}
}

warn contains "late" if object.get(input, ["limits", "late"], false) == false

warn contains "all" if {
	every file in input.files {
		file.size > 0
	}
}

each contains c.metric if {
	some c in input.comparison
	count([file | some file in input.files; file.size == c.looks]) > 0
}

elsewhere contains "other" if shared.other with input as {"size": 1}

info := {"whole"} if input.pipeline == "p"
`

const shared = `package shared

gated contains c if {
	input.champion != null
	some c in input.comparison
	c.gated
}

other if input.size == 1

excused(c) if c.margin > 1

sentence(c) := sprintf("%s fell", [c.text.label])
`

const explainedInput = `{
	"champion": {"digest": "a"}, "pipeline": "p",
	"comparison": [
		{"metric": "auc", "gated": true, "verdict": "better", "margin": 0, "looks": 7, "text": {"label": "AUC"}},
		{"metric": "f1", "gated": true, "verdict": "worse", "margin": 0, "looks": 8, "text": {"label": "F1"}},
		{"metric": "mcc", "gated": false, "verdict": "worse", "margin": 0, "text": {"label": "MCC"}}
	],
	"files": [{"size": 1, "kind": "card"}, {"size": 7, "kind": "model"}, {"size": 8, "kind": "model"}],
	"limits": {"max size": 10}
}`

func explain(t *testing.T, rule string) map[string][]string {
	t.Helper()
	policy, err := rego.Compile([]rego.Module{{Path: "acme.rego", Source: explained}, {Path: "shared.rego", Source: shared}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	question := rego.Question{Package: rego.Package{Name: "acme"}, Rule: rule}
	answers, err := policy.Explain(t.Context(), json.RawMessage(explainedInput), []rego.Question{question})
	if err != nil || answers[0].Err != nil {
		t.Fatal(err, answers[0].Err)
	}
	reads := map[string][]string{}
	for _, evidence := range answers[0].Evidence {
		code, _ := evidence.Value.(string)
		if object, ok := evidence.Value.(map[string]any); ok {
			code, _ = object["code"].(string)
		}
		for _, read := range evidence.Reads {
			text := read.Ref + " = " + read.Value
			if read.Aside {
				text += " (aside)"
			}
			reads[code] = append(reads[code], text)
		}
	}
	return reads
}

func TestExplainSaysWhatWasRead(t *testing.T) {
	got := explain(t, "deny")
	want := map[string][]string{
		"worse": {
			`input.comparison[1].verdict = "worse"`,
			`input.champion = {"digest":"a"}`,
			`input.comparison[1].gated = true`,
			`input.comparison[1].metric = "f1" (aside)`,
			`input.comparison[1].text.label = "F1" (aside)`,
		},
		"large": {
			`input.files[1].kind = "model"`, `input.files[1].size = 7`,
			`input.files[2].kind = "model"`, `input.files[2].size = 8`,
			`input.limits["max size"] = 10`,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What a comprehension found for another value of the outer variable, and what was
// read of another input, led to nothing.
func TestExplainLeavesOutWhatLedToNothing(t *testing.T) {
	want := map[string][]string{
		"auc": {`input.files[1].size = 7`, `input.comparison[0].looks = 7`, `input.comparison[0].metric = "auc" (aside)`},
		"f1":  {`input.files[2].size = 8`, `input.comparison[1].looks = 8`, `input.comparison[1].metric = "f1" (aside)`},
	}
	if diff := cmp.Diff(want, explain(t, "each")); diff != "" {
		t.Error(diff)
	}
	if got := explain(t, "elsewhere"); len(got) > 0 {
		t.Errorf("read %v", got)
	}
}

func TestExplainOtherForms(t *testing.T) {
	want := map[string][]string{
		"late": {`input.limits.late = `},
		"all":  {`input.files[0].size = 1`, `input.files[1].size = 7`, `input.files[2].size = 8`},
	}
	if diff := cmp.Diff(want, explain(t, "warn")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string][]string{"": {`input.pipeline = "p"`}}, explain(t, "info")); diff != "" {
		t.Error(diff)
	}
}
