package facts

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
	for _, file := range b.in.Tree.Files {
		if !isIntroduction(file) || b.in.Tree.Class(file) != source.Docs || !b.mine(file) {
			continue
		}
		found, ok := b.index.claims[file]
		if !ok {
			found = b.index.vocabulary(b.in.Phrases).claims(file, string(b.in.Tree.Text[file]))
			b.index.claims[file] = found
		}
		for _, f := range found {
			if len(b.set.Facts[f.Category]) < maxClaims {
				b.add(f)
			}
		}
	}
}

// vocabulary finds the phrases of all criteria in a line.
type vocabulary struct {
	ids    []string
	words  map[string]*regexp.Regexp // by criterion
	begins map[string][]string       // criteria by the first words of their phrases
}

// vocabulary prepares the phrases, once.
func (x *index) vocabulary(phrases Phrases) *vocabulary {
	if x.words != nil {
		return x.words
	}
	v := &vocabulary{ids: slices.Sorted(maps.Keys(phrases)), words: map[string]*regexp.Regexp{}, begins: map[string][]string{}}
	for _, id := range v.ids {
		v.words[id] = phrase(phrases[id])
		for _, p := range phrases[id] {
			if words := words(p); len(words) > 0 {
				v.begins[words[0]] = append(v.begins[words[0]], id)
			}
		}
	}
	x.words = v
	return v
}

// words are the words of a line in small letters.
func words(line string) []string {
	return strings.FieldsFunc(strings.ToLower(line), func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// candidates are the criteria of which a phrase may begin in a line, sorted.
func (v *vocabulary) candidates(line string) []string {
	var ids []string
	for _, w := range words(line) {
		ids = append(ids, v.begins[w]...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// claims finds what a page claims.
func (v *vocabulary) claims(file, text string) []Fact {
	var out []Fact
	fenced, planned := false, false
	for i, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
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
				out = append(out, Fact{Category: "claim." + id, Subject: found, Path: file, Line: i + 1, Context: string(source.Docs)})
			}
		}
	}
	return out
}

// isIntroduction reports whether a page speaks for the project as it is, by its name: a
// README outside of folders with instructions for tools.
func isIntroduction(file string) bool {
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
