package facts

import (
	"github.com/muster-ci/muster/maturity/claims"
	"github.com/muster-ci/muster/maturity/source"
)

// maxClaims bounds the claims of one criterion.
const maxClaims = 3

// claims makes a fact of each line of the documentation that claims a criterion.
func (b *builder) claims() {
	for _, file := range b.in.Tree.Files {
		if !claims.IsIntroduction(file) || b.in.Tree.Class(file) != source.Docs || !b.mine(file) {
			continue
		}
		for _, c := range b.claimsOf(file) {
			if category := "claim." + c.Criterion; len(b.set.Facts[category]) < maxClaims {
				b.add(Fact{Category: category, Subject: c.Text, Path: file, Line: c.Line, Context: string(source.Docs)})
			}
		}
	}
}

// claimsOf is what a page claims, found once for all projects.
func (b *builder) claimsOf(page string) []claims.Claim {
	found, ok := b.index.claims[page]
	if !ok {
		if b.index.words == nil {
			b.index.words = claims.New(b.in.Phrases)
		}
		found = b.index.words.Find(string(b.in.Tree.Text[page]))
		b.index.claims[page] = found
	}
	return found
}
