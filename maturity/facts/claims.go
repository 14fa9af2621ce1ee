package facts

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/source"
)

// Phrases are the words that documentation has for a criterion, by its id.
type Phrases map[string][]string

// maxClaims bounds the claims of one criterion.
const maxClaims = 3

var (
	// hedged are lines that claim nothing: wishes, denials, plans.
	hedged = regexp.MustCompile(`(?i)\b(no|not|never|without|lacks?|missing|todo|planned|plans?|future|roadmap|soon|wip|optional(ly)?|could|should|would|may|instead of|next steps?|ideas?)\b|n't\b|- \[ \]`)
	// plans are headings below which everything is a plan.
	plans = regexp.MustCompile(`(?i)^#+ .*(road ?map|to-?do|future|next|limitation|improve|idea|what is missing|backlog|out of scope|non-goals)`)
	title = regexp.MustCompile(`^#{1,6} `)
)

// claims makes a fact of each line of the documentation that claims a
// criterion. Code blocks, plans and denials claim nothing.
func (b *builder) claims() {
	words := map[string]*regexp.Regexp{}
	for id, list := range b.in.Phrases {
		words[id] = phrase(list)
	}
	for _, file := range b.in.Tree.Files {
		if isIntroduction(file) && b.mine(file) {
			b.claimsOf(file, string(b.in.Tree.Text[file]), words)
		}
	}
}

func (b *builder) claimsOf(file, text string, words map[string]*regexp.Regexp) {
	fenced, planned := false, false
	for i, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
			fenced = !fenced
		case title.MatchString(line):
			planned = plans.MatchString(line)
		}
		if fenced || planned || hedged.MatchString(line) {
			continue
		}
		for _, id := range slices.Sorted(maps.Keys(words)) {
			found := words[id].FindString(line)
			if found == "" || len(b.set.Facts["claim."+id]) >= maxClaims {
				continue
			}
			b.add(Fact{Category: "claim." + id, Subject: found, Path: file, Line: i + 1, Context: string(source.Docs)})
		}
	}
}

// isIntroduction reports whether a page speaks for the project as it is: a
// README outside of folders with instructions for tools.
func isIntroduction(file string) bool {
	base := strings.ToLower(path.Base(file))
	return (strings.HasPrefix(base, "readme.") || base == "readme") && !strings.HasPrefix(file, ".") && source.Classify(file) == source.Docs
}

// phrase matches one of the phrases as whole words.
func phrase(list []string) *regexp.Regexp {
	quoted := make([]string, len(list))
	for i, p := range list {
		quoted[i] = regexp.QuoteMeta(p)
	}
	return regexp.MustCompile(`(?i)\b(?:` + strings.Join(quoted, "|") + `)\b`)
}
