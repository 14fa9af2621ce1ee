package maturity_test

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/maturity"
)

// TestBuildsOfClouds scores a repository whose only CI is a build of a cloud:
// what starts it cannot be told, unless Terraform shows it.
func TestBuildsOfClouds(t *testing.T) {
	const build = "-- cloudbuild.yaml --\nsteps: [{name: 'python:3.12', entrypoint: pytest, args: [tests]}]\n" +
		"-- src/pkg/__init__.py --\n-- src/pkg/train.py --\nfrom sklearn.linear_model import Ridge\ndef fit(x, y):\n    return Ridge().fit(x, y)\nif __name__ == '__main__':\n    fit([[1]], [1])\n" +
		"-- tests/test_train.py --\nfrom pkg.train import fit\ndef test_fit():\n    assert fit([[1], [2]], [1, 2]) is not None\n"
	const trigger = "-- infra/main.tf --\nresource \"google_cloudbuild_trigger\" \"t\" {\n  filename = \"cloudbuild.yaml\"\n  github {\n    push { branch = \"^main$\" }\n  }\n}\n"
	for name, tt := range map[string]struct{ archive, want string }{
		"nothing shows it":   {build, "unknown"},
		"Terraform shows it": {build + trigger, "met"},
		"it is disabled":     {build + strings.Replace(trigger, "filename", "disabled = true\n  filename", 1), "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			a := score(t, unpack(t, txtar.Parse([]byte(tt.archive))), maturity.Options{})
			for _, c := range a.Roots[0].Criteria {
				if c.ID == "ci-test-gate" && string(c.Verdict) != tt.want {
					t.Errorf("ci-test-gate is %s (%s), want %s", c.Verdict, c.Reason, tt.want)
				}
			}
		})
	}
}
