package starter

import (
	"strings"
	"testing"
)

// A stage that muster would refuse for a reason that nobody thought of stays as
// a comment, and the others stand.
func TestRepair(t *testing.T) {
	p := &pipeline{}
	p.add("good", "x:1").run = []string{"true"}
	bad := p.add("bad", "x:2")
	bad.run, bad.params = []string{"cat"}, []string{"there is no params file"}
	l := &look{repo: &repo{name: "project"}}
	proposal, err := l.proposal(p, "a test", nil)
	if err != nil {
		t.Fatal(err)
	}
	text := string(proposal.Config)
	if strings.Contains(text, "\n  bad:") || !strings.Contains(text, "\n  good:") || !strings.Contains(text, "# Stage bad was left out: ") || !strings.Contains(text, "Its command: cat") {
		t.Error(text)
	}
	if len(proposal.Notes) != 1 || !strings.Contains(proposal.Notes[0].Message, "stage bad was left out") {
		t.Errorf("notes %v", proposal.Notes)
	}

	only := &pipeline{}
	only.add("bad", "x:1").params = []string{"a"}
	if _, err := l.proposal(only, "a test", nil); err == nil {
		t.Error("nothing is left, and that is no error")
	}
}
