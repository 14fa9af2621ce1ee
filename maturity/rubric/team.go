package rubric

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/internal/result"
)

// Folder is where a team's criteria lie in its repository.
const Folder = ".muster/rubric"

// teamLimits are what one rule of a team may take: whoever scores a repository of
// somebody else's must not wait for it.
func teamLimits() rego.Limits { return rego.Limits{Time: 3 * time.Second, Memory: 128 << 20} }

// Watched reports whether rules of a team are asked. What they take of memory is watched,
// and cannot be told from what anything beside them takes.
func (r *Rubric) Watched() bool { return r.team != nil }

// Change is what a team changed of the rubric, and where it says so.
type Change struct {
	Path string
	Line int
	What string
}

// With returns the rubric as a team has it: criteria added or changed by the YAML and
// Rego files of fsys, which is the team's folder if it has one, and some left out. A rule of a team is
// the rule "answer" of the package "team.<id>", with _ for -; what it gives counts in
// place of the bundled one. Mistakes in the files are a [config.Error].
func (r *Rubric) With(fsys fs.FS, off []string) (*Rubric, []Change, error) {
	out := *r
	out.Criteria = slices.DeleteFunc(slices.Clone(r.Criteria), func(c Criterion) bool { return slices.Contains(off, c.ID) })
	if fsys == nil {
		return &out, nil, nil
	}
	var changes []Change
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, nil, fmt.Errorf("list criteria: %w", err)
	}
	for _, name := range names {
		made, err := out.change(fsys, name)
		if err != nil {
			return nil, nil, err
		}
		changes = append(changes, made...)
	}
	modules, err := rego.Modules(fsys)
	if err != nil {
		return nil, nil, asConfig(err)
	}
	made, err := out.rules(modules)
	if err != nil {
		return nil, nil, err
	}
	return &out, append(changes, made...), nil
}

// change reads a file of criteria: what it says of one that there is replaces that part.
func (r *Rubric) change(fsys fs.FS, name string) ([]Change, error) {
	at := path.Join(Folder, name)
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read criteria: %w", err)
	}
	var strict struct {
		Criteria []Criterion `yaml:"criteria"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&strict); err != nil {
		return nil, config.Malformed(at, data, err, "a file of criteria is as those in maturity/rubric of muster")
	}
	var loose struct {
		Criteria []yaml.Node `yaml:"criteria"`
	}
	if err := yaml.Unmarshal(data, &loose); err != nil {
		return nil, config.Malformed(at, data, err, "")
	}
	var changes []Change
	for i, node := range loose.Criteria {
		was := slices.IndexFunc(r.Criteria, func(c Criterion) bool { return c.ID == strict.Criteria[i].ID })
		next := Criterion{}
		if was >= 0 {
			next = r.Criteria[was]
		}
		if err := node.Decode(&next); err != nil {
			return nil, config.Malformed(at, data, err, "")
		}
		if wrong := r.wrong(was, next); wrong != "" {
			return nil, &config.Error{Problems: []config.Problem{{Path: at, Line: node.Line, Column: node.Column, Message: wrong, Hint: "see docs/maturity.md, \"Your own criteria\""}}}
		}
		what := "criterion " + next.ID + " is changed"
		if was >= 0 {
			r.Criteria[was] = next
		} else {
			what, r.Criteria = "criterion "+next.ID+" is added", append(r.Criteria, next)
		}
		changes = append(changes, Change{Path: at, Line: node.Line, What: what})
	}
	return changes, nil
}

// topLevel is the highest level, and heaviest the weight that a criterion may have.
const (
	topLevel = 4
	heaviest = 3
)

// wrong says what a criterion lacks, or takes from a bundled one that levels rest on.
func (r *Rubric) wrong(was int, c Criterion) string {
	switch {
	case c.ID == "" || strings.Trim(c.ID, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return fmt.Sprintf("%q is no id of a criterion: use small letters, digits and -", c.ID)
	case c.Level < 1 || c.Level > topLevel:
		return fmt.Sprintf("criterion %s: level %d is none of 1 to %d", c.ID, c.Level, topLevel)
	case c.Weight <= 0 || c.Weight > heaviest:
		return fmt.Sprintf("criterion %s: a weight w is above 0 and at most %d", c.ID, heaviest)
	case c.Question == "" || c.Fix == "" || len(c.Applies) == 0:
		return fmt.Sprintf("criterion %s needs question, fix and applies", c.ID)
	case c.Effort != "low" && c.Effort != "med" && c.Effort != "high":
		return fmt.Sprintf("criterion %s: effort is low, med or high", c.ID)
	case was < 0 && c.Core:
		return fmt.Sprintf("criterion %s: what a level cannot do without is muster's to say: leave core out", c.ID)
	case was >= 0 && (c.Core != r.Criteria[was].Core || c.Level != r.Criteria[was].Level):
		return fmt.Sprintf("criterion %s: level and core of a bundled criterion cannot be changed", c.ID)
	}
	return ""
}

// rules compiles a team's rules. They see the bundled ones, and cannot change them.
func (r *Rubric) rules(modules []rego.Module) ([]Change, error) {
	for i := range modules {
		modules[i].Path = path.Join(Folder, modules[i].Path)
	}
	r.asked = map[string]string{}
	if len(modules) == 0 {
		return nil, r.answered()
	}
	if err := r.Compile(); err != nil { // what it takes would be counted with the team's
		return nil, err
	}
	policy, err := rego.Compile(modules, nil, rego.Reserve("maturity", "\x00"), rego.Beside(r.library), rego.Within(teamLimits()))
	if err != nil {
		return nil, asConfig(err)
	}
	var changes []Change
	for _, pkg := range policy.Packages("answer") {
		for _, c := range r.Criteria {
			if pkg.Name == teamPackage(c.ID) {
				r.asked[c.ID] = pkg.Name
				changes = append(changes, Change{Path: pkg.Files[0], Line: 1, What: "the rule of " + c.ID + " is the team's"})
			}
		}
		if !slices.ContainsFunc(r.Criteria, func(c Criterion) bool { return pkg.Name == teamPackage(c.ID) }) {
			return nil, &config.Error{Problems: []config.Problem{{
				Path: pkg.Files[0], Line: 1, Column: 1, Message: "package " + pkg.Name + " answers no criterion",
				Hint: "name it team.ID, with _ for -, after a criterion that is there or that a .yaml file beside it adds",
			}}}
		}
	}
	r.team = policy
	return changes, r.answered()
}

// answered finds criteria without a rule.
func (r *Rubric) answered() error {
	for _, c := range r.Criteria {
		if r.asked[c.ID] == "" && !r.bundled[c.ID] {
			return &config.Error{Problems: []config.Problem{{
				Path: Folder, Message: "criterion " + c.ID + " has no rule", Hint: "write one: package " + teamPackage(c.ID) + ", rule answer",
			}}}
		}
	}
	return nil
}

func teamPackage(id string) string { return "team." + strings.ReplaceAll(id, "-", "_") }

// asConfig gives mistakes in Rego the form of those in other files.
func asConfig(err error) error {
	wrong, ok := errors.AsType[*rego.CompileError](err)
	if !ok {
		return err
	}
	out := &config.Error{}
	for _, p := range wrong.Problems {
		out.Problems = append(out.Problems, config.Problem{Path: p.Path, Line: p.Line, Column: p.Column, Message: p.Message, Hint: "mend the rule; docs/maturity.md says what it may use"})
	}
	return out
}

// ask puts a team's rules in place of the bundled answers. A rule that fails, or takes
// too much, leaves its criterion open.
func (r *Rubric) ask(ctx context.Context, input any, answers map[string]Answer) error {
	if r.team == nil {
		return nil
	}
	var questions []rego.Question
	var ids []string
	for _, c := range r.Criteria {
		if pkg := r.asked[c.ID]; pkg != "" && answers[c.ID].Verdict == "" {
			questions = append(questions, rego.Question{Package: rego.Package{Name: pkg}, Rule: "answer"})
			ids = append(ids, c.ID)
		}
	}
	given, err := r.team.Ask(ctx, input, questions)
	if err != nil {
		return fmt.Errorf("evaluate the team's rules: %w", err)
	}
	for i, id := range ids {
		answers[id] = Answer{Verdict: result.CriterionUnknown, Strength: result.StrengthNone, Reason: "the team's rule was not evaluated: another takes too long"}
		if i < len(given) {
			answers[id] = teamAnswer(given[i])
		}
	}
	return nil
}

// The bounds of what a team's rule may say.
const (
	maxReason   = 300
	maxEvidence = 10
)

// teamAnswer reads what a team's rule gave.
func teamAnswer(given rego.Answer) Answer {
	open := func(why string) Answer {
		return Answer{Verdict: result.CriterionUnknown, Strength: result.StrengthNone, Reason: "the team's rule gives no answer: " + shorten(why)}
	}
	switch {
	case given.Err != nil:
		return open(given.Err.Error())
	case !given.Defined:
		return open("it is not defined here")
	}
	a, err := decode(given.Value)
	if err != nil {
		return open(err.Error())
	}
	verdicts := []result.CriterionVerdict{result.CriterionMet, result.CriterionPartial, result.CriterionUnmet, result.CriterionNotApplicable, result.CriterionUnknown}
	strengths := []result.Strength{result.StrengthNone, result.StrengthDeclared, result.StrengthWired, result.StrengthProven}
	if !slices.Contains(verdicts, a.Verdict) || !slices.Contains(strengths, a.Strength) {
		return open(fmt.Sprintf("verdict %q with strength %q", a.Verdict, a.Strength))
	}
	a.Reason, a.Evidence = shorten(a.Reason), a.Evidence[:min(len(a.Evidence), maxEvidence)]
	for i := range a.Evidence {
		a.Evidence[i].Note, a.Evidence[i].URL = shorten(a.Evidence[i].Note), ""
	}
	return a
}

func shorten(text string) string {
	if runes := []rune(text); len(runes) > maxReason {
		return string(runes[:maxReason-1]) + "…"
	}
	return text
}
