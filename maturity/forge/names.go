package forge

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/muster-ci/muster/maturity/ci"
)

// expression is one of a workflow: its value is known only to the host.
var expression = regexp.MustCompile(`\$\{\{.*?\}\}`)

// maxName bounds the names that are looked at.
const maxName = 200

// Names reports whether a check, or a job of a run, is called after a job of a file:
// by its name or ID; with the values of a matrix in brackets ("test (3.12)"), or the
// number of parallel ones ("test 1/3", "test: [a, b]"); for a job that calls another
// pipeline, with that one's job behind a slash ("checks / test").
// Sources: GitHub, "Troubleshooting required status checks"; GitLab, "parallel:matrix".
func Names(job ci.Job, check string) bool {
	name := cmp.Or(job.Name, job.ID)
	if len(name) > maxName || strings.TrimSpace(expression.ReplaceAllString(name, "")) == "" {
		return false // a name that only the host knows could be any
	}
	var form strings.Builder
	form.WriteString("^")
	from := 0
	for _, at := range expression.FindAllStringIndex(name, -1) {
		form.WriteString(regexp.QuoteMeta(name[from:at[0]]) + ".+")
		from = at[1]
	}
	form.WriteString(regexp.QuoteMeta(name[from:]))
	form.WriteString(`( \(.*\)| \d+/\d+|: \[.*\])?`)
	if job.Uses != "" {
		form.WriteString(`( / .+)?`)
	}
	form.WriteString("$")
	re, err := regexp.Compile(form.String())
	return err == nil && re.MatchString(check)
}
