package facts

import (
	"regexp"
	"slices"
	"strings"

	"github.com/hmarr/codeowners"

	"github.com/muster-ci/muster/maturity/source"
)

// ownersFiles are the places where hosts look for code owners, in their order.
var ownersFiles = []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"}

// ownerRule is one rule of a file of code owners.
type ownerRule struct {
	rule codeowners.Rule
	line int
	// owners are those that are no sample.
	owners []string
	// section is true for the head of a section of GitLab's, whose owners stand
	// for its rules.
	section bool
}

var (
	// section is the head of a section of GitLab's form of CODEOWNERS, whose owners may follow
	// (https://docs.gitlab.com/user/project/codeowners/reference/).
	section = regexp.MustCompile(`^\^?\[[^\]]+\](\[\d+\])?`)
	// nobody are owners that a sample names.
	nobody = regexp.MustCompile(`(?i)^(your|my|some|the)[-_]?|^(user(name)?|owner|org(anization)?|team|example|placeholder|octocat|doctocat|todo|changeme|foo|bar|github|global-owner|js-owner)\d*([-_/]|$)|example\.(com|org)$|/(your|my)[-_]`)
)

// ownerRules reads a file of code owners line by line, so that a broken one
// costs no other.
func (b *builder) ownerRules(file string) []ownerRule {
	var out []ownerRule
	for i, line := range strings.Split(string(b.in.Tree.Text[file]), "\n") {
		head := section.FindStringIndex(line)
		if head != nil {
			line = "* " + line[head[1]:]
		}
		rules, err := codeowners.ParseFile(strings.NewReader(line))
		if err != nil || len(rules) == 0 {
			continue
		}
		r := ownerRule{rule: rules[0], line: i + 1, owners: []string{}, section: head != nil}
		for _, o := range rules[0].Owners {
			if !nobody.MatchString(o.Value) {
				r.owners = append(r.owners, o.String())
			}
		}
		out = append(out, r)
	}
	return out
}

// reviewers makes a fact of each rule by which a host asks owners for a review.
func (b *builder) reviewers(file string) {
	for _, r := range b.ownerRules(file) {
		context := string(source.Source)
		if len(r.owners) == 0 {
			context = "declared"
		}
		b.add(Fact{
			Category: "owners", Subject: shorten(r.rule.RawPattern() + " " + strings.Join(r.owners, " ")), Path: file, Line: r.line, Context: context,
			Detail: map[string]any{"pattern": r.rule.RawPattern(), "owners": r.owners},
		})
	}
}

// ownership makes a fact of each rule of the code owners' file that decides for
// code that trains or serves.
func (b *builder) ownership() {
	for _, file := range ownersFiles {
		if !b.in.Tree.Has(file) {
			continue
		}
		rules := b.ownerRules(file)
		for _, category := range []string{"train", "train.remote", "serve"} {
			role := "training"
			if category == "serve" {
				role = "serving"
			}
			for _, f := range b.set.Facts[category] {
				if r, ok := decides(rules, f.Path); ok && f.Context == string(source.Source) {
					b.add(Fact{
						Category: "ownership", Subject: role + " code", Path: file, Line: r.line, Context: string(source.Source),
						Detail: map[string]any{"role": role, "owners": r.owners},
					})
				}
			}
		}
		if len(rules) > 0 {
			b.add(Fact{Category: "ownership.file", Subject: "code owners", Path: file, Line: rules[0].line, Context: string(source.Source)})
		}
		return
	}
}

// decides returns the rule that names the owners of a file: the last that fits.
func decides(rules []ownerRule, file string) (ownerRule, bool) {
	for _, r := range slices.Backward(rules) {
		if fits, err := r.rule.Match(file); err == nil && fits && !r.section {
			return r, true
		}
	}
	return ownerRule{}, false
}

// ownerHandles are the owners that the files of code owners name, in lower case.
func (b *builder) ownerHandles() []string {
	var out []string
	for _, file := range ownersFiles {
		for _, r := range b.ownerRules(file) {
			for _, owner := range r.owners {
				out = append(out, strings.ToLower(owner))
			}
		}
	}
	return out
}
