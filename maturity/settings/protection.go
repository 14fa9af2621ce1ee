package settings

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/terraform"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// Protection is a rule that asks for approvals of changes, or for checks.
type Protection struct {
	// What is the rule's text where it asks for approvals, and who asks for checks.
	What string
	Line int
	// Approvals is how many are asked for.
	Approvals int
	// Checks are those that a branch requires, nil for a rule about approvals.
	Checks []string
	// Applied is true if the service that reads the file puts checks into force by itself.
	Applied bool
}

// protections gathers what one file asks for.
type protections []Protection

// MayProtect reports whether a file may have such rules, by its path.
func MayProtect(file string) bool { return protecting(file) != nil }

// Protections are the rules of a file about approvals and checks.
func Protections(f File) []Protection {
	var out protections
	if read := protecting(f.Name); read != nil {
		read(&out, f)
	}
	return out
}

// protecting is how a file is read by which a branch is protected, nil for any other.
func protecting(file string) func(*protections, File) {
	dir, base := path.Dir(file), path.Base(file)
	switch {
	case base == "OWNERS" && dir == ".":
		return eachDocument((*protections).approvers)
	case base == ".gitreview" && dir == ".":
		return func(p *protections, _ File) { p.review(1, "Gerrit takes changes by review", 1) }
	case path.Dir(dir) == ".github" && path.Base(dir) == "rulesets" && path.Ext(base) == ".json":
		return eachDocument((*protections).ruleset)
	case file == ".github/settings.yml" || file == ".github/settings.yaml":
		return eachDocument((*protections).settings)
	case file == ".asf.yaml":
		return eachDocument((*protections).apacheSettings)
	case slices.Contains([]string{".", ".github", "docs", ".gitlab"}, dir) && (base == ".mergify.yml" || base == "mergify.yml"):
		return func(p *protections, f File) { p.mergify(string(f.Text)) }
	case path.Ext(base) == ".tf":
		return func(p *protections, f File) { p.terraform(f.Blocks) }
	}
	return nil
}

func eachDocument(read func(*protections, yamldoc.Value)) func(*protections, File) {
	return func(p *protections, f File) {
		for _, doc := range f.Documents {
			read(p, doc)
		}
	}
}

func (p *protections) review(line int, what string, approvals int) {
	*p = append(*p, Protection{What: what, Line: line, Approvals: approvals})
}

func (p *protections) checks(line int, by string, checks []string, applied bool) {
	if checks == nil {
		checks = []string{}
	}
	*p = append(*p, Protection{What: by, Line: line, Checks: checks, Applied: applied})
}

// approvers reads an OWNERS file, by which a bot asks the approvers for
// every change (https://www.kubernetes.dev/docs/guide/owners/).
func (p *protections) approvers(doc yamldoc.Value) {
	if list := doc.Get("approvers"); len(list.Texts()) > 0 {
		p.review(list.Line(), "approvers "+strings.Join(list.Texts(), ", "), 1)
	}
}

// ruleset reads an exported ruleset
// (https://docs.github.com/en/rest/repos/rules#create-a-repository-ruleset).
func (p *protections) ruleset(doc yamldoc.Value) {
	if e := doc.Get("enforcement").Text(); e != "active" && e != "" {
		return
	}
	for _, rule := range doc.Get("rules").Items() {
		params := rule.Get("parameters")
		switch rule.Get("type").Text() {
		case "pull_request":
			count := params.Get("required_approving_review_count")
			p.review(count.Line(), "ruleset requires "+count.Text()+" approvals", Number(count.Text()))
		case "required_status_checks":
			var checks []string
			for _, c := range params.Get("required_status_checks").Items() {
				checks = append(checks, c.Get("context").Text())
			}
			p.checks(rule.Line(), "ruleset", checks, false)
		}
	}
}

// settings reads the file of the Settings app (https://github.com/repository-settings/app).
func (p *protections) settings(doc yamldoc.Value) {
	for _, branch := range doc.Get("branches").Items() {
		p.branch(branch.Get("protection"), "settings", "required_pull_request_reviews", true)
	}
	for _, set := range doc.Get("rulesets").Items() {
		p.ruleset(set)
	}
}

// apacheSettings reads the file by which Apache's infrastructure protects branches
// (https://github.com/apache/infrastructure-asfyaml).
func (p *protections) apacheSettings(doc yamldoc.Value) {
	for _, e := range doc.Get("github", "protected_branches").Entries() {
		p.branch(e.Value, ".asf.yaml", "required_pull_request_reviews", true)
	}
}

// branch reads the protection of one branch in the form of GitHub's API.
func (p *protections) branch(v yamldoc.Value, kind, reviews string, applied bool) {
	if count := v.Get(reviews, "required_approving_review_count"); count.Exists() {
		p.review(count.Line(), kind+" requires "+count.Text()+" approvals", Number(count.Text()))
	}
	required := v.Get("required_status_checks")
	checks := required.Get("contexts").Texts()
	for _, c := range required.Get("checks").Items() {
		checks = append(checks, c.Get("context").Text())
	}
	if required.Exists() {
		p.checks(required.Line(), kind, checks, applied)
	}
}

var approvedBy = regexp.MustCompile(`#?approved-reviews-by\s*(>=|>|=)\s*[1-9]`)

// mergify reads a queue that waits for approvals
// (https://docs.mergify.com/configuration/conditions/).
func (p *protections) mergify(text string) {
	for i, line := range strings.Split(text, "\n") {
		if approvedBy.MatchString(line) && !strings.HasPrefix(strings.TrimSpace(line), "# ") {
			p.review(i+1, "the merge queue waits for an approval", 1)
			return
		}
	}
}

// terraform reads a protected branch that is a resource of Terraform
// (https://registry.terraform.io/providers/integrations/github/latest/docs);
// whoever applies the folder puts it into force.
func (p *protections) terraform(blocks []terraform.Block) {
	for _, block := range blocks {
		if !block.Is("github_branch_protection", "github_branch_protection_v3", "github_repository_ruleset", "github_organization_ruleset") {
			continue
		}
		var checks []string
		block.All(func(part terraform.Block) {
			if count := part.Attrs["required_approving_review_count"].Text; count != "" {
				p.review(block.Line, "Terraform requires "+count+" approvals", Number(count))
			}
			checks = append(append(checks, part.Attrs["contexts"].Texts...), part.Attrs["context"].Texts...)
		})
		if len(checks) > 0 {
			p.checks(block.Line, "Terraform", checks, false)
		}
	}
}
