// Package codeowners reads files of code owners (CODEOWNERS) as the hosts do: which
// rule decides for a file, and whom it names beside the stand-ins of a sample.
package codeowners

import (
	"regexp"
	"slices"
	"strings"

	"github.com/hmarr/codeowners"
)

// Files are the places where hosts look for code owners, in their order.
func Files() []string {
	return []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"}
}

// Rule is one rule of a file of code owners.
type Rule struct {
	Pattern string
	Line    int
	// Owners are those that are no sample, never nil.
	Owners []string
	rule   codeowners.Rule
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

// Read reads a file of code owners line by line, so that a broken one costs no other.
func Read(text string) []Rule {
	var out []Rule
	for i, line := range strings.Split(text, "\n") {
		head := section.FindStringIndex(line)
		if head != nil {
			line = "* " + line[head[1]:]
		}
		rules, err := codeowners.ParseFile(strings.NewReader(line))
		if err != nil || len(rules) == 0 {
			continue
		}
		r := Rule{Pattern: rules[0].RawPattern(), Line: i + 1, Owners: []string{}, rule: rules[0], section: head != nil}
		for _, o := range rules[0].Owners {
			if !nobody.MatchString(o.Value) {
				r.Owners = append(r.Owners, o.String())
			}
		}
		out = append(out, r)
	}
	return out
}

// Decides returns the rule that names the owners of a file: the last that fits.
func Decides(rules []Rule, file string) (Rule, bool) {
	for _, r := range slices.Backward(rules) {
		if fits, err := r.rule.Match(file); err == nil && fits && !r.section {
			return r, true
		}
	}
	return Rule{}, false
}
