package facts

import (
	"strings"

	"github.com/muster-ci/muster/maturity/codeowners"
	"github.com/muster-ci/muster/maturity/source"
)

// ownerRules are the rules of a file of code owners.
func (b *builder) ownerRules(file string) []codeowners.Rule {
	return codeowners.Read(string(b.in.Tree.Text[file]))
}

// reviewers makes a fact of each rule by which a host asks owners for a review.
func (b *builder) reviewers(file string) {
	for _, r := range b.ownerRules(file) {
		context := string(source.Source)
		if len(r.Owners) == 0 {
			context = "declared"
		}
		b.add(Fact{
			Category: "owners", Subject: shorten(r.Pattern + " " + strings.Join(r.Owners, " ")), Path: file, Line: r.Line, Context: context,
			Detail: map[string]any{"pattern": r.Pattern, "owners": r.Owners},
		})
	}
}

// ownership makes a fact of each rule of the code owners' file that decides for
// code that trains or serves.
func (b *builder) ownership() {
	for _, file := range codeowners.Files() {
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
				if r, ok := codeowners.Decides(rules, f.Path); ok && f.Context == string(source.Source) {
					b.add(Fact{
						Category: "ownership", Subject: role + " code", Path: file, Line: r.Line, Context: string(source.Source),
						Detail: map[string]any{"role": role, "owners": r.Owners},
					})
				}
			}
		}
		if len(rules) > 0 {
			b.add(Fact{Category: "ownership.file", Subject: "code owners", Path: file, Line: rules[0].Line, Context: string(source.Source)})
		}
		return
	}
}

// ownerHandles are the owners that the files of code owners name, in lower case.
func (b *builder) ownerHandles() []string {
	var out []string
	for _, file := range codeowners.Files() {
		for _, r := range b.ownerRules(file) {
			for _, owner := range r.Owners {
				out = append(out, strings.ToLower(owner))
			}
		}
	}
	return out
}
