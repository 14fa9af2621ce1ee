package facts

import (
	"regexp"

	"github.com/muster-ci/muster/maturity/source"
)

// several are the words by which folders and files of tests say that they
// exercise several parts together.
var several = regexp.MustCompile(`(?i)(^|[/_.-])(integration|e2e|end[_-]?to[_-]?end|functional|smoke|system)(s?[/_.-]|_?tests?[/_.-])`)

// namedTogether says by which part of its path a file of tests exercises
// several parts together, or "".
func namedTogether(file string) string {
	if m := several.FindStringSubmatch(file); m != nil {
		return "tests that are named " + m[2]
	}
	return ""
}

// together makes a fact of a test that exercises several parts together. Holds
// is true if it asserts something about the project's own code.
func (b *builder) together(file string, line int, how string, holds bool) {
	b.add(Fact{
		Category: "test.together", Subject: how, Path: file, Line: line, Context: string(source.Test),
		Detail: map[string]any{"holds": holds},
	})
}
