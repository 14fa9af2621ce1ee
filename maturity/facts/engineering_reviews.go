package facts

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/maturity/codeowners"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/terraform"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// reviews makes the facts of who must agree to a change, and of which checks
// protect a branch: owners of code, rulesets and settings that are kept as files.
// They hold for the whole repository, whatever project of it is scored.
func (b *builder) reviews() {
	for _, file := range b.in.Tree.Files {
		dir, base := path.Dir(file), path.Base(file)
		top := dir == "." || dir == ".github" || dir == "docs" || dir == ".gitlab"
		switch {
		case slices.Contains(codeowners.Files(), file):
			b.reviewers(file)
		case base == "OWNERS" && dir == ".":
			b.approvers(file)
		case base == ".gitreview" && dir == ".":
			b.review(file, 1, "Gerrit takes changes by review", 1)
		case path.Dir(dir) == ".github" && path.Base(dir) == "rulesets" && path.Ext(base) == ".json":
			b.eachDoc(file, func(doc yamldoc.Value) { b.ruleset(file, doc) })
		case file == ".github/settings.yml" || file == ".github/settings.yaml":
			b.eachDoc(file, func(doc yamldoc.Value) { b.settings(file, doc) })
		case file == ".asf.yaml":
			b.eachDoc(file, func(doc yamldoc.Value) { b.apacheSettings(file, doc) })
		case top && (base == ".mergify.yml" || base == "mergify.yml"):
			b.mergify(file)
		case path.Ext(base) == ".tf" && b.in.Tree.Class(file) == source.Source:
			b.terraformProtection(file)
		case isReviewPage(file):
			b.add(Fact{Category: "review.docs", Subject: base, Path: file, Line: 1, Context: string(source.Docs)})
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

// approvers makes a fact of an OWNERS file, by which a bot asks the approvers for
// every change (https://www.kubernetes.dev/docs/guide/owners/).
func (b *builder) approvers(file string) {
	b.eachDoc(file, func(doc yamldoc.Value) {
		if list := doc.Get("approvers"); len(list.Texts()) > 0 {
			b.review(file, list.Line(), "approvers "+strings.Join(list.Texts(), ", "), 1)
		}
	})
}

// review makes a fact of a rule that asks for approvals of changes.
func (b *builder) review(file string, line int, what string, approvals int) {
	b.add(Fact{
		Category: "review.rule", Subject: shorten(what), Path: file, Line: max(line, 1), Context: string(source.Source),
		Detail: map[string]any{"approvals": approvals},
	})
}

// protection makes a fact of checks that a branch requires. Applied is true if
// the service that reads the file puts it into force by itself.
func (b *builder) protection(file string, line int, kind string, checks []string, applied bool) {
	if checks == nil {
		checks = []string{}
	}
	b.add(Fact{
		Category: "protect", Tool: kind, Subject: shorten(kind + " requires " + strings.Join(checks, ", ")), Path: file, Line: max(line, 1),
		Context: string(source.Source), Detail: map[string]any{"checks": checks, "jobs": b.jobsOf(checks), "applied": applied},
	})
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

// ruleset reads an exported ruleset
// (https://docs.github.com/en/rest/repos/rules#create-a-repository-ruleset).
func (b *builder) ruleset(file string, doc yamldoc.Value) {
	if e := doc.Get("enforcement").Text(); e != "active" && e != "" {
		return
	}
	for _, rule := range doc.Get("rules").Items() {
		params := rule.Get("parameters")
		switch rule.Get("type").Text() {
		case "pull_request":
			count := params.Get("required_approving_review_count")
			b.review(file, count.Line(), "ruleset requires "+count.Text()+" approvals", number(count.Text()))
		case "required_status_checks":
			var checks []string
			for _, c := range params.Get("required_status_checks").Items() {
				checks = append(checks, c.Get("context").Text())
			}
			b.protection(file, rule.Line(), "ruleset", checks, false)
		}
	}
}

// settings reads the file of the Settings app (https://github.com/repository-settings/app).
func (b *builder) settings(file string, doc yamldoc.Value) {
	for _, branch := range doc.Get("branches").Items() {
		b.branch(file, branch.Get("protection"), "settings", "required_pull_request_reviews", true)
	}
	for _, set := range doc.Get("rulesets").Items() {
		b.ruleset(file, set)
	}
}

// apacheSettings reads the file by which Apache's infrastructure protects branches
// (https://github.com/apache/infrastructure-asfyaml).
func (b *builder) apacheSettings(file string, doc yamldoc.Value) {
	for _, e := range doc.Get("github", "protected_branches").Entries() {
		b.branch(file, e.Value, ".asf.yaml", "required_pull_request_reviews", true)
	}
}

// branch reads the protection of one branch in the form of GitHub's API.
func (b *builder) branch(file string, v yamldoc.Value, kind, reviews string, applied bool) {
	if count := v.Get(reviews, "required_approving_review_count"); count.Exists() {
		b.review(file, count.Line(), kind+" requires "+count.Text()+" approvals", number(count.Text()))
	}
	required := v.Get("required_status_checks")
	checks := required.Get("contexts").Texts()
	for _, c := range required.Get("checks").Items() {
		checks = append(checks, c.Get("context").Text())
	}
	if required.Exists() {
		b.protection(file, required.Line(), kind, checks, applied)
	}
}

var approvedBy = regexp.MustCompile(`#?approved-reviews-by\s*(>=|>|=)\s*[1-9]`)

// mergify makes a fact of a queue that waits for approvals
// (https://docs.mergify.com/configuration/conditions/).
func (b *builder) mergify(file string) {
	for i, line := range strings.Split(string(b.in.Tree.Text[file]), "\n") {
		if approvedBy.MatchString(line) && !strings.HasPrefix(strings.TrimSpace(line), "# ") {
			b.review(file, i+1, "the merge queue waits for an approval", 1)
			return
		}
	}
}

// terraformProtection makes facts of a protected branch that is a resource of
// Terraform (https://registry.terraform.io/providers/integrations/github/latest/docs);
// whoever applies the folder puts it into force.
func (b *builder) terraformProtection(file string) {
	for _, block := range b.terraform(file) {
		if !block.Is("github_branch_protection", "github_branch_protection_v3", "github_repository_ruleset", "github_organization_ruleset") {
			continue
		}
		var checks []string
		block.All(func(part terraform.Block) {
			if count := part.Attrs["required_approving_review_count"].Text; count != "" {
				b.review(file, block.Line, "Terraform requires "+count+" approvals", number(count))
			}
			checks = append(append(checks, part.Attrs["contexts"].Texts...), part.Attrs["context"].Texts...)
		})
		if len(checks) > 0 {
			b.protection(file, block.Line, "Terraform", checks, false)
		}
	}
}

func number(text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return 0
	}
	return n
}
