package maturity_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/maturity"
)

// TestClaims lists what a README says and nothing backs. Plans, denials, code
// and what is really there are no such claims.
func TestClaims(t *testing.T) {
	archive := txtar.Parse([]byte(`
-- README.md --
# Churn

Our MLOps platform has **model monitoring** and a model registry.
There is no canary yet. We should add alerting.

` + "```" + `
make canary  # A/B testing
` + "```" + `

Every change runs the unit tests.

## Roadmap

Continuous training on new data.

## Running

Train with ` + "`python src/train.py`" + `. Releases pass a quality gate.
-- docs/notes/README.md --
Automatic retraining is part of each release.
-- .claude/README.md --
Use A/B testing.
-- src/train.py --
` + trains + `
-- tests/test_train.py --
from src.train import main

def test_main():
    assert main() is None
`))
	var got []string
	for _, e := range score(t, unpack(t, archive), maturity.Options{}).Roots[0].Claims {
		got = append(got, fmt.Sprintf("%s:%d %s", e.Path, e.Line, e.Note[:16]))
	}
	want := []string{
		`README.md:3 "model registry"`,
		`README.md:18 "quality gate", `,
		`README.md:3 "model monitorin`,
		`docs/notes/README.md:1 "Automatic retra`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}
