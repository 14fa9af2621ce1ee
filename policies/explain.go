package policies

import (
	"maps"
	"slices"
	"strings"
)

// Explanation says what a finding's code means and what can be done.
type Explanation struct {
	Code, Title, Description string
	// Path is the module that says so, Line where, and Package whose rule it is.
	Path    string
	Line    int
	Package string
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
		code, _ := annotation.Custom["code"].(string)
		add(Explanation{Code: code, Title: annotation.Title, Description: annotation.Description, Path: annotation.Path, Line: annotation.Line, Package: annotation.Package})
		codes, _ := annotation.Custom["codes"].(map[string]any)
		for code, description := range codes {
			text, _ := description.(string)
			add(Explanation{Code: code, Title: annotation.Title, Description: text, Path: annotation.Path, Line: annotation.Line, Package: annotation.Package})
		}
	}
	var all []Explanation
	for _, code := range slices.Sorted(maps.Keys(found)) {
		all = append(all, found[code])
	}
	return all
}
