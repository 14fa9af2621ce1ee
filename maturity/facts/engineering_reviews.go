package facts

import (
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/codeowners"
	"github.com/muster-ci/muster/maturity/settings"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// reviews makes the facts of who must agree to a change, and of which checks
// protect a branch: owners of code, rulesets and settings that are kept as files.
// They hold for the whole repository, whatever project of it is scored.
func (b *builder) reviews() {
	for _, file := range b.in.Tree.Files {
		switch {
		case slices.Contains(codeowners.Files(), file):
			b.reviewers(file)
		case path.Ext(file) == ".tf" && b.in.Tree.Class(file) != source.Source:
		case settings.MayProtect(file):
			for _, p := range settings.Protections(b.protecting(file)) {
				b.protection(file, p)
			}
		case isReviewPage(file):
			b.add(Fact{Category: "review.docs", Subject: path.Base(file), Path: file, Line: 1, Context: string(source.Docs)})
		}
	}
}

// isReviewPage reports whether a file tells contributors how changes are made.
func isReviewPage(file string) bool {
	lower := strings.ToLower(file)
	base := strings.TrimSuffix(path.Base(lower), path.Ext(lower))
	return base == "contributing" && !strings.Contains(path.Dir(lower), "/") || base == "pull_request_template" ||
		strings.Contains(lower, "pull_request_template/") || strings.Contains(lower, "merge_request_templates/")
}

// protecting is a file that protects a branch, read; whatever its name, it is YAML
// or JSON where it is no Terraform.
func (b *builder) protecting(file string) settings.File {
	f := b.configuration(file)
	if path.Ext(file) != ".tf" {
		f.Documents = b.in.Tree.Documents(file)
	}
	return f
}

// protection makes a fact of a rule that asks for approvals of changes, or of checks
// that a branch requires.
func (b *builder) protection(file string, p settings.Protection) {
	f := Fact{Path: file, Line: max(p.Line, 1), Context: string(source.Source)}
	if p.Checks == nil {
		f.Category, f.Subject, f.Detail = "review.rule", shorten(p.What), map[string]any{"approvals": p.Approvals}
	} else {
		f.Category, f.Tool, f.Subject = "protect", p.What, shorten(p.What+" requires "+strings.Join(p.Checks, ", "))
		f.Detail = map[string]any{"checks": p.Checks, "jobs": b.jobsOf(p.Checks), "applied": p.Applied}
	}
	b.add(f)
}

// jobsOf returns the jobs that report under the names of checks: a check is
// called as its job is, with the values of a matrix behind it.
func (b *builder) jobsOf(checks []string) []string {
	out := []string{}
	for _, pl := range b.in.Pipelines {
		b.eachDoc(pl.Path, func(doc yamldoc.Value) {
			for _, job := range pl.Jobs {
				name := doc.Get("jobs", job.ID, "name").Text()
				if name == "" {
					name = job.ID
				}
				bare, _, _ := strings.Cut(name, "${{")
				bare = strings.TrimRight(bare, " (-/")
				if slices.ContainsFunc(checks, func(c string) bool {
					return c == name || bare != "" && strings.HasPrefix(c, bare+" (") || bare != name && bare != "" && strings.HasPrefix(c, bare) || strings.HasPrefix(c, name+" / ")
				}) {
					out = append(out, pl.Path+"#"+job.ID)
				}
			}
		})
	}
	return out
}
