package codeowners_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/maturity/codeowners"
)

func TestTheLastRuleDecides(t *testing.T) {
	rules := codeowners.Read("# who owns what\n* @acme/all\n[Models][2] @acme/models\nsrc/ @your-team @acme/ml\n\\broken[ @x\n/docs/ octocat@example.com\n")
	for file, want := range map[string][]string{
		"README.md": {"@acme/all"}, "src/train.py": {"@acme/ml"}, "docs/a.md": {},
	} {
		r, ok := codeowners.Decides(rules, file)
		if !ok {
			t.Errorf("nobody decides for %s", file)
		}
		if diff := cmp.Diff(want, r.Owners); diff != "" {
			t.Errorf("owners of %s (-want +got):\n%s", file, diff)
		}
	}
	if _, ok := codeowners.Decides(codeowners.Read("[Models] @acme/models\n"), "src/train.py"); ok {
		t.Error("the head of a section decides for a file")
	}
}
