package policies_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

// The gate leaves out the checks of the bundled policies that are made here.
func TestBundledPoliciesPassEveryCheck(t *testing.T) {
	data, err := os.ReadFile("input.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema any
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	modules, err := rego.Modules(os.DirFS("lib"))
	if err != nil || len(modules) == 0 {
		t.Fatalf("%d modules, error %v", len(modules), err)
	}
	policy, err := rego.Compile(modules, nil, rego.InputSchema(schema))
	if err != nil {
		t.Fatal(err)
	}
	library, err := rego.NewLibrary("muster", modules).Compile()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(policy.Packages(), library.Packages()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(policy.Annotations(), library.Annotations()); diff != "" {
		t.Error(diff)
	}
}

// A team's policy sees of the bundled ones what it refers to, however it does so.
func TestTeamSeesTheBundledPolicies(t *testing.T) {
	worse := compared("", 0.961, 0.921, -0.058, -0.022, result.Worse)
	for name, source := range map[string]string{
		"by name":        "deny contains \"seen\" if count(data.muster.gate.regressions.deny) == 1",
		"by import":      "import data.muster.gate\n\ndeny contains \"seen\" if count(gate.regressions.deny) == 1",
		"by a computed":  "deny contains \"seen\" if {\n\tsome name in [\"regressions\"]\n\tcount(data.muster.gate[name].deny) == 1\n}",
		"in a reference": "deny contains \"seen\" if {\"n\": 1}[[\"n\" | some _ in data.muster.gate.regressions.deny][0]] == 1",
		"in all of data": "deny contains \"seen\" if {\n\tsome name\n\tdata[name].gate.regressions.deny[_].code == \"metric-worse\"\n\tname != \"acme\"\n}",
		"in a with":      "deny contains \"seen\" if data.muster.lib.same_model with input.candidate.digest as \"x\" with input.champion.digest as \"x\"",
	} {
		t.Run(name, func(t *testing.T) {
			in := input()
			in.Comparison = []result.Compared{worse}
			got, err := policies.Evaluate(t.Context(), team("package acme\n\n"+source+"\n"), in)
			if err != nil {
				t.Fatal(err)
			}
			seen := false
			for _, finding := range got.Findings {
				seen = seen || finding.Message == "seen"
			}
			if !seen || got.Verdict != result.Deny {
				t.Errorf("verdict %s, findings %q", got.Verdict, summary(got.Findings))
			}
		})
	}
}
