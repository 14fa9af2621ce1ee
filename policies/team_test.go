package policies_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

// team returns a folder with one policy in it.
func team(source string) fstest.MapFS {
	return fstest.MapFS{"team.rego": {Data: []byte(source)}}
}

// teamCase is a policy and what comes of it.
type teamCase struct {
	source  string
	verdict result.Verdict
	want    []string
}

// decideWith adds each policy to the bundled ones, which have nothing to say about the input.
func decideWith(t *testing.T, tests map[string]teamCase) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			in := input()
			in.Gate.Policies = "policies/"
			got, err := policies.Evaluate(t.Context(), team(test.source), in)
			if err != nil {
				t.Fatal(err)
			}
			if got.Verdict != test.verdict {
				t.Errorf("verdict is %s, want %s", got.Verdict, test.verdict)
			}
			if diff := cmp.Diff(test.want, summary(got.Findings), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			for _, finding := range got.Findings {
				if finding.Policy != "policies/team.rego" {
					t.Errorf("finding %s comes from %q", finding.Code, finding.Policy)
				}
			}
		})
	}
}

func TestTeamPolicies(t *testing.T) {
	decideWith(t, map[string]teamCase{
		"denies": {
			`package acme.size

deny contains {"code": "too-many-files", "message": sprintf("The model has %d files.", [n])} if {
	n := count(input.candidate.files)
	n < 5
}`,
			result.Deny,
			[]string{"deny too-many-files: The model has 0 files."},
		},
		"warns and informs, with a message alone": {
			`package acme

warn contains "careful"

info contains sprintf("made from %s", [input.run.git.commit])`,
			result.Pass,
			[]string{"warn policy: careful", "info policy: made from " + digest("c")[:40]},
		},
		"says that it cannot know": {
			`package acme

warn contains {"code": "no-card", "message": "No model card.", "metric": "roc_auc", "undecided": true}`,
			result.Undecided,
			[]string{"deny no-card (undecided): No model card."},
		},
		"uses the library": {
			`package acme

import data.muster.lib

deny contains "worse" if {
	some c in lib.overall
	c.difference < 0.01
}`,
			result.Deny,
			[]string{"deny policy: worse"},
		},
		"says the same twice": {
			`package acme

deny contains "no"

deny contains {"code": "policy", "message": "no"}`,
			result.Deny,
			[]string{"deny policy: no"},
		},
		"has nothing to say": {"package acme\n\ndeny contains \"x\" if input.pipeline == \"other\"\n", result.Pass, nil},
		"a misspelt rule": {
			"package acme\n\ndenny contains \"x\"\n",
			result.Pass,
			[]string{"warn policy-unused: policies/team.rego defines no deny, warn or info rule, and nothing that does uses it: it decides nothing."},
		},
	})
}

// Whatever is no finding leaves the gate undecided.
func TestBrokenTeamPolicies(t *testing.T) {
	decideWith(t, map[string]teamCase{
		"an undefined rule": {
			"package acme\n\ndeny := [\"x\"] if input.pipeline == \"other\"\n",
			result.Undecided,
			[]string{"deny policy-error (undecided): Policy acme.deny is undefined; write it as a set: deny contains {…} if {…}."},
		},
		"a boolean": {
			"package acme\n\ndeny if input.pipeline == \"tumour\"\n",
			result.Undecided,
			[]string{"deny policy-error (undecided): Policy acme.deny is true and not a set of findings; write it as: deny contains {…} if {…}."},
		},
		"false": {
			"package acme\n\ndefault deny := false\n\ndeny if input.pipeline == \"other\"\n",
			result.Undecided,
			[]string{"deny policy-error (undecided): Policy acme.deny is false and not a set of findings; write it as: deny contains {…} if {…}."},
		},
		"an object": {
			"package acme\n\ndeny[x] := 1 if some x in [\"a\"]\n",
			result.Undecided,
			[]string{"deny policy-error (undecided): Policy acme.deny is an object and not a set of findings; write it as: deny contains {…} if {…}."},
		},
		"a number among the findings": {
			"package acme\n\ndeny contains 7\n",
			result.Undecided,
			[]string{"deny policy-error (undecided): Policy acme.deny has a value that is no finding: it is a number; give {\"code\": …, \"message\": …}, or the message alone."},
		},
		"a finding without code": {
			"package acme\n\nwarn contains {\"message\": \"x\"}\n",
			result.Undecided,
			[]string{"deny policy-error (undecided): Policy acme.warn has a value that is no finding: its code is missing, not a text."},
		},
		"a finding whose message is empty": {
			"package acme\n\nwarn contains {\"code\": \"x\", \"message\": \" \"}\n",
			result.Undecided,
			[]string{"deny policy-error (undecided): Policy acme.warn has a value that is no finding: its message is an empty text, not a text."},
		},
		"a finding whose slice is a list": {
			"package acme\n\nwarn contains {\"code\": \"x\", \"message\": \"y\", \"slice\": [1]}\n",
			result.Undecided,
			[]string{"deny policy-error (undecided): Policy acme.warn has a value that is no finding: its slice is a list, not a text."},
		},
		"undecided that is a text": {
			"package acme\n\nwarn contains {\"code\": \"x\", \"message\": \"y\", \"undecided\": \"no\"}\n",
			result.Undecided,
			[]string{"deny policy-error (undecided): Policy acme.warn has a value that is no finding: its undecided is a text, not true or false."},
		},
		"a built-in that fails": {
			"package acme\n\ndeny contains \"x\" if to_number(input.pipeline) > 1\n",
			result.Undecided,
			[]string{"deny policy-error (undecided): Policy acme.deny cannot be evaluated: policies/team.rego:3: eval_builtin_error: to_number: strconv.ParseFloat: parsing \"tumour\": invalid syntax."},
		},
		"two values for one rule": {
			"package acme\n\ndeny contains name\n\nname := \"a\"\n\nname := input.pipeline\n",
			result.Undecided,
			[]string{"deny policy-error (undecided): Policy acme.deny cannot be evaluated: policies/team.rego:7: eval_conflict_error: rule data.acme.name produced conflicting values: \"a\" at policies/team.rego:5 \"tumour\" at policies/team.rego:7."},
		},
	})
}

func TestHelperFilesAreUsed(t *testing.T) {
	files := fstest.MapFS{
		"a.rego":      {Data: []byte("package acme.a\n\nimport data.acme.lib\n\ndeny contains lib.message\n")},
		"lib/b.rego":  {Data: []byte("package acme.lib\n\nimport data.acme.deeper\n\nmessage := deeper.message\n")},
		"lib/c.rego":  {Data: []byte("package acme.deeper\n\nmessage := \"no\"\n")},
		"a_test.rego": {Data: []byte("package acme.a_test\n\nthis is no Rego\n")},
		"README.md":   {Data: []byte("# About")},
	}
	got, err := policies.Evaluate(t.Context(), files, input())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"deny policy: no"}, summary(got.Findings)); diff != "" {
		t.Error(diff)
	}
}

func TestLoadRefuses(t *testing.T) {
	tests := map[string]struct{ source, want string }{
		"no Rego":                         {"deny", "policies/team.rego:1:1:"},
		"a bundled package":               {"package muster.gate.regressions\n\ninconclusive(_) := \"fine\"\n", "package muster.gate.regressions is reserved"},
		"a package beside the bundled":    {"package muster.gate.mine\n\ndeny contains \"x\"\n", "package muster.gate.mine is reserved"},
		"the library":                     {"package muster.lib\n\nblocked := false\n", "package muster.lib is reserved"},
		"the root":                        {"package muster\n\ngate := {}\n", "package muster is reserved"},
		"a package with a name in quotes": {"package muster[\"a-b\"]\n\ndeny contains \"x\"\n", "is reserved"},
		"a field that the input has not":  {"package acme\n\ndeny contains \"x\" if input.candidat.digest == \"a\"\n", "policies/team.rego:3:22: undefined ref: input.candidat"},
		"a field of comparisons":          {"package acme\n\ndeny contains \"x\" if input.comparison[_].verdct == \"worse\"\n", "undefined ref: input.comparison[_].verdct"},
		"the clock":                       {"package acme\n\ndeny contains \"x\" if time.now_ns() > 1\n", "undefined function time.now_ns"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := policies.Load(team(test.source), "policies")
			var mistakes *rego.CompileError
			if !errors.As(err, &mistakes) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want a CompileError with %q", err, test.want)
			}
		})
	}
	if _, err := policies.Load(os.DirFS(filepath.Join(t.TempDir(), "missing")), "policies"); err == nil {
		t.Error("a folder that is not there was accepted")
	}
}
