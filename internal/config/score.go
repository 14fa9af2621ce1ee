package config

import (
	_ "embed"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// ScoreFile is where a team says how its repository is scored.
const ScoreFile = ".muster/score.yaml"

// ScoreSchema is the JSON Schema of [ScoreFile].
//
//go:embed score.schema.json
var ScoreSchema []byte

// scoreURL is what the schema calls itself.
const scoreURL = "https://muster-ci.github.io/schema/score.yaml/v1.json"

// Score is how a team wants its repository scored.
type Score struct {
	Kind        string       `yaml:"kind"`
	Roots       []ScoreRoot  `yaml:"roots"`
	Shares      Shares       `yaml:"shares"`
	Off         []string     `yaml:"off"`
	Equivalents []Equivalent `yaml:"equivalents"`
	// Companions are clones beside this one, as a path or an address, with "@commit".
	Companions []string `yaml:"companions"`

	source *source
}

// ScoreRoot is a project in the repository.
type ScoreRoot struct {
	Path       string `yaml:"path"`
	Production bool   `yaml:"production"`
}

// Shares are of a level's weight, in per cent; 0 is muster's own.
type Shares struct {
	Own   int `yaml:"own"`
	Below int `yaml:"below"`
}

// Equivalent is something of the team's own that does what a criterion asks for.
type Equivalent struct {
	Criterion string `yaml:"criterion"`
	Path      string `yaml:"path"`
	Pattern   string `yaml:"pattern"`
	Reason    string `yaml:"reason"`
	Line      int    `yaml:"-"`
}

// Line is where the place stands that pointer names; 0 if nothing was read.
func (s *Score) Line(pointer string) int {
	if s.source == nil {
		return 0
	}
	return s.source.problem(pointer, "", "").Line
}

// ProblemAt returns an error about the place that pointer names.
func (s *Score) ProblemAt(pointer, message, hint string) *Error {
	return &Error{Problems: []Problem{s.source.problem(pointer, message, hint)}}
}

// ParseScore reads [ScoreFile]. The path is used in messages; criteria are those that
// there are, and whether they are core. All mistakes come back together as an [Error].
func ParseScore(file string, data []byte, criteria map[string]bool) (*Score, error) {
	score := &Score{}
	src, err := readBeside(file, data, ScoreSchema, scoreURL, score)
	switch {
	case err != nil:
		return nil, err
	case src == nil: // it says nothing
		return score, nil
	}
	score.source = src
	if problems := score.check(criteria); len(problems) > 0 {
		return nil, inOrder(problems)
	}
	return score, nil
}

// check finds the mistakes that no schema can say, and tidies paths.
func (s *Score) check(criteria map[string]bool) []Problem {
	var problems []Problem
	wrong := func(at, message, hint string) { problems = append(problems, s.source.problem(at, message, hint)) }
	for i := range s.Roots {
		at := fmt.Sprintf("/roots/%d/path", i)
		if s.Roots[i].Path = path.Clean(s.Roots[i].Path); leaves(s.Roots[i].Path) {
			wrong(at, "the path leads out of the repository", "name a folder of it")
		}
	}
	for i, id := range s.Off {
		at := fmt.Sprintf("/off/%d", i)
		core, known := criteria[id]
		switch {
		case !known:
			wrong(at, fmt.Sprintf("there is no criterion %q", id), suggest(id, keysOf(criteria)))
		case core:
			wrong(at, id+" is a core criterion: without it there is no such level", "attest an accepted gap in "+AttestFile)
		}
	}
	for i := range s.Equivalents {
		e, at := &s.Equivalents[i], fmt.Sprintf("/equivalents/%d", i)
		e.Line = follow(s.source.values[at]).Line
		if _, known := criteria[e.Criterion]; !known {
			wrong(at+"/criterion", fmt.Sprintf("there is no criterion %q", e.Criterion), suggest(e.Criterion, keysOf(criteria)))
		}
		if e.Path = path.Clean(e.Path); leaves(e.Path) {
			wrong(at+"/path", "the path leads out of the repository", "name a file of it")
		}
		if _, err := regexp.Compile(e.Pattern); err != nil {
			wrong(at+"/pattern", err.Error(), "write a regular expression as RE2 knows them; \\ before a bracket makes it a plain one")
		}
	}
	for i, c := range s.Companions {
		if p, _, _ := strings.Cut(c, "@"); !strings.Contains(c, "://") && (path.IsAbs(p) || strings.HasPrefix(strings.TrimPrefix(path.Clean(p), "../"), "..")) {
			wrong(fmt.Sprintf("/companions/%d", i), "a companion is a clone in the repository or beside it", "write ../name, or the address of its remote")
		}
	}
	return problems
}

// leaves reports whether a clean path leads out of the folder that it starts from.
func leaves(p string) bool { return path.IsAbs(p) || p == ".." || strings.HasPrefix(p, "../") }

func keysOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
