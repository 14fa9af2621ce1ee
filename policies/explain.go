package policies

import (
	"maps"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// Explanation says what a finding's code means and what can be done.
type Explanation struct {
	Code, Title, Description string
	// Path is the module that says so, Line where, and Package whose rule it is.
	Path    string
	Line    int
	Package string
	// Waivable reports whether a waiver can let such a finding pass: it denies, and
	// what it denies is known.
	Waivable bool
}

// Explain returns what the METADATA comments, of muster and of the team, say
// about a code.
func (s *Set) Explain(code string) (title, description string, ok bool) {
	for _, explanation := range s.Explanations() {
		if explanation.Code == code {
			return explanation.Title, explanation.Description, true
		}
	}
	return "", "", false
}

// Explanations returns everything that METADATA comments say, sorted by code.
// A rule says it under `custom: code`; one that has several codes, such as
// those of problems that muster found itself, lists them under `custom: codes`.
// `custom: waiver: false` says that no waiver is of use: nothing is denied, or the
// gate does not know what it must.
func (s *Set) Explanations() []Explanation {
	found := map[string]Explanation{}
	add := func(e Explanation) {
		if _, known := found[e.Code]; e.Code != "" && !known { // muster's own come first
			e.Description = strings.TrimSpace(e.Description)
			found[e.Code] = e
		}
	}
	annotations := s.bundled.Annotations()
	if s.own != nil {
		annotations = append(annotations, s.own.Annotations()...)
	}
	for _, annotation := range annotations {
		e := Explanation{Title: annotation.Title, Path: annotation.Path, Line: annotation.Line, Package: annotation.Package}
		explain := func(code, description string) {
			e.Code, e.Description = code, description
			e.Waivable = annotation.Custom["waiver"] != false && result.Waivable(code)
			add(e)
		}
		code, _ := annotation.Custom["code"].(string)
		explain(code, annotation.Description)
		codes, _ := annotation.Custom["codes"].(map[string]any)
		for code, description := range codes {
			text, _ := description.(string)
			explain(code, text)
		}
	}
	var all []Explanation
	for _, code := range slices.Sorted(maps.Keys(found)) {
		all = append(all, found[code])
	}
	return all
}
