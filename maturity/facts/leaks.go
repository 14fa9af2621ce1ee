package facts

import (
	"path"
	"regexp"

	"github.com/muster-ci/muster/maturity/secrets"
	"github.com/muster-ci/muster/maturity/source"
)

// forTests are packages that stand in for services in tests, as Go names them.
var forTests = regexp.MustCompile(`(^|/)(\w+test|testutils?|mocks?|fakes?)/`)

// leaks makes the facts of credentials and state files that were committed.
func (b *builder) leaks() {
	for _, file := range b.in.Tree.Files {
		class := b.in.Tree.Class(file)
		if !b.mine(file) && path.Dir(file) != "." || class == source.Vendored || class == source.Fixture || class == source.Test || forTests.MatchString(file) {
			continue
		}
		if what := secrets.StateFile(file); what != "" && class == source.Source {
			b.leak(file, 1, what)
		}
		for _, f := range b.in.Tree.Secrets[file] {
			b.leak(file, f.Line, f.Kind)
		}
	}
}

func (b *builder) leak(file string, line int, what string) {
	b.add(Fact{Category: "secret", Subject: what, Path: file, Line: line, Context: string(source.Source)})
}
