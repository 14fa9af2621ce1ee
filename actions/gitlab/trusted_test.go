package gitlab_test

import (
	"strings"
	"testing"
)

// The policy's jobs that the page shows: one trains as the change says, the other takes
// its model, runs nothing of the change, and decides.
func TestTrustedMode(t *testing.T) {
	text := local.ReplaceAllString(block(t, docsPage(t), 2), "${1}local: templates/$2.yml")
	text = strings.Replace(text, "version: v1.2.3", "engine: none", 1)
	text = strings.Replace(text, ".muster-policy-dind", ".muster-policy-none", 1)
	p := newProject(t, "", map[string]string{".gitlab-ci.yml": text})
	p.must("git", "checkout", "--quiet", "-b", "change")
	p.write("skill.txt", "0.5\n")
	p.commit()
	out, err := p.change()
	if err == nil {
		t.Errorf("a worse model passes:\n%s", out)
	}
	mustContain(t, out, "muster-policy-train", "denied", "roc_auc")

	p.write("skill.txt", "1.3\n")
	p.commit()
	if out, err = p.change(); err != nil {
		t.Errorf("a better model: %v\n%s", err, out)
	}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "muster-policy ") && strings.Contains(line, "train • started") {
			t.Errorf("the job that decides has trained: %s", line)
		}
	}
	mustNotContain(t, p.versions(), "v2")
}
