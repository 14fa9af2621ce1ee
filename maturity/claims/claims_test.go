package claims_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/maturity/claims"
)

func TestFind(t *testing.T) {
	v := claims.New(claims.Phrases{"tests": {"unit tests", "tested"}, "drift": {"drift detection"}})
	for text, want := range map[string][]claims.Claim{
		"It has Unit Tests.":                     {{Criterion: "tests", Text: "Unit Tests", Line: 1}},
		"# A\n\nDrift detection, and tested":     {{Criterion: "drift", Text: "Drift detection", Line: 3}, {Criterion: "tests", Text: "tested", Line: 3}},
		"There are no unit tests yet.":           nil,
		"```\nunit tests\n```":                   nil,
		"## Roadmap\nunit tests\n## Use\ntested": {{Criterion: "tests", Text: "tested", Line: 4}},
		"untested":                               nil,
	} {
		if diff := cmp.Diff(want, v.Find(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	for file, want := range map[string]bool{"README.md": true, "a/readme": true, ".github/README.md": false, "docs/guide.md": false} {
		if claims.IsIntroduction(file) != want {
			t.Errorf("%s introduces: %t", file, !want)
		}
	}
}
