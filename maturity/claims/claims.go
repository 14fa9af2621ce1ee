// Package claims finds what documentation claims: the lines of a page that name a
// criterion in its own words, code blocks, plans and denials left out.
package claims

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/muster-ci/muster/maturity/source"
)

// Phrases are the words that documentation has for a criterion, by its id.
type Phrases map[string][]string

var (
	// hedged are lines that claim nothing: wishes, denials, plans.
	hedged = regexp.MustCompile(`(?i)\b(no|not|never|without|lacks?|missing|todo|planned|plans?|future|roadmap|soon|wip|optional(ly)?|could|should|would|may|instead of|next steps?|ideas?)\b|n't\b|- \[ \]`)
	// plans are headings below which everything is a plan.
	plans = regexp.MustCompile(`(?i)^#+ .*(road ?map|to-?do|future|next|limitation|improve|idea|what is missing|backlog|out of scope|non-goals)`)
	title = regexp.MustCompile(`^#{1,6} `)
)

// Claim is a line that claims a criterion.
type Claim struct {
	// Criterion is its id, Text the phrase as it stands there.
	Criterion, Text string
	Line            int
}

// Vocabulary finds the phrases of all criteria in a line.
type Vocabulary struct {
	ids    []string
	words  map[string]*regexp.Regexp // by criterion
	begins map[string][]string       // criteria by the first words of their phrases
}

// New prepares the phrases.
func New(phrases Phrases) *Vocabulary {
	v := &Vocabulary{ids: slices.Sorted(maps.Keys(phrases)), words: map[string]*regexp.Regexp{}, begins: map[string][]string{}}
	for _, id := range v.ids {
		v.words[id] = phrase(phrases[id])
		for _, p := range phrases[id] {
			if words := words(p); len(words) > 0 {
				v.begins[words[0]] = append(v.begins[words[0]], id)
			}
		}
	}
	return v
}

// words are the words of a line in small letters.
func words(line string) []string {
	return strings.FieldsFunc(strings.ToLower(line), func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// candidates are the criteria of which a phrase may begin in a line, sorted.
func (v *Vocabulary) candidates(line string) []string {
	var ids []string
	for _, w := range words(line) {
		ids = append(ids, v.begins[w]...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Find finds what a page claims, line by line.
func (v *Vocabulary) Find(text string) []Claim {
	var out []Claim
	fenced, planned := false, false
	for i, line := range strings.Split(text, "\n") {
		switch {
		case source.IsFence(line):
			fenced = !fenced
		case strings.HasPrefix(line, "#") && title.MatchString(line):
			planned = plans.MatchString(line)
		}
		if fenced || planned {
			continue
		}
		ids := v.candidates(line)
		if len(ids) == 0 || hedged.MatchString(line) {
			continue
		}
		for _, id := range ids {
			if found := v.words[id].FindString(line); found != "" {
				out = append(out, Claim{Criterion: id, Text: found, Line: i + 1})
			}
		}
	}
	return out
}

// IsIntroduction reports whether a page speaks for the project as it is, by its name: a
// README outside of folders with instructions for tools.
func IsIntroduction(file string) bool {
	base := strings.ToLower(path.Base(file))
	return (strings.HasPrefix(base, "readme.") || base == "readme") && !strings.HasPrefix(file, ".")
}

// phrase matches one of the phrases as whole words.
func phrase(list []string) *regexp.Regexp {
	quoted := make([]string, len(list))
	for i, p := range list {
		quoted[i] = regexp.QuoteMeta(p)
	}
	return regexp.MustCompile(`(?i)\b(?:` + strings.Join(quoted, "|") + `)\b`)
}
