package predictions

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/muster-ci/muster/internal/metrics/input"
)

// role is what a column is for.
type role uint8

const (
	roleID role = iota
	roleLabel
	roleDecision
	roleScore
	roleClassScore
	roleSlice
	roleGroup
	roleTime
	roleWeight
	roleRepeat
	roleValue
)

// field is a column that is wanted.
type field struct {
	role role
	name string // in the file
	what string // in messages
	at   int    // place in the file
	// index is the place among the fields of its role.
	index int
}

// plan says which columns of a file are read, and as what.
type plan struct {
	path    string
	columns Columns
	fields  []field
	// classes are the canonical names of the classes that have a column of scores.
	classes []string
	// first is the line of the first row.
	first int
	// records says that a file has no lines, but numbered rows.
	records bool
	// numbers is set once the labels are known to be many numbers; it spares the
	// readers that come later a dictionary and changes no result.
	numbers atomic.Bool
}

// heading is what a file says of its columns.
type heading struct {
	path  string
	line  int // 0 if the file has no lines
	names []string
	// first is the line of the first row.
	first int
}

// newPlan finds the columns.
func newPlan(columns Columns, head heading) (*plan, error) {
	columns = columns.found(head.names)
	p := &planner{heading: head, plan: &plan{path: head.path, columns: columns.withDefaults(), first: head.first, records: head.line == 0}}
	steps := []func(given Columns) error{p.id, p.labelAndScore, p.sliceColumns, p.dependence, p.values}
	for _, step := range steps {
		if err := step(columns); err != nil {
			return nil, err
		}
	}
	return p.plan, nil
}

// planner makes a plan.
type planner struct {
	heading
	plan *plan
}

func (p *planner) id(Columns) error { return p.add(roleID, p.plan.columns.ID, "id", "id", 0) }

// labelAndScore finds what the model was to answer and what it answered. Where
// nobody named them, one of the two is enough: a grade needs no label, and a
// decision no score.
func (p *planner) labelAndScore(given Columns) error {
	columns := &p.plan.columns
	if columns.Score == "" {
		columns.Score = "score"
	}
	classes := p.classColumns()
	scored := p.has(columns.Score) || len(classes) > 0
	answered := scored || len(columns.Values) > 0
	labelled := p.has(columns.Label)
	switch {
	case given.Unanswered:
		return p.add(roleLabel, columns.Label, "label", "label", 0)
	case given.Unlabelled:
	case !labelled && given.Label == "" && given.Score == "" && !answered && given.Prediction == "" && !p.misspelt("label"):
		return p.neither()
	case labelled || given.Label != "" || !answered || given.Prediction != "" || p.misspelt("label"):
		if err := p.add(roleLabel, columns.Label, "label", "label", 0); err != nil {
			return err
		}
	}
	if given.Prediction != "" {
		if err := p.add(roleDecision, given.Prediction, "prediction", "prediction", 0); err != nil {
			return err
		}
	}
	switch {
	case p.has(columns.Score):
	case len(classes) > 0:
		return p.addClasses(classes)
	case given.Score == "" && (given.Prediction != "" || len(columns.Values) > 0):
		return nil
	}
	return p.add(roleScore, columns.Score, "score", "score", 0)
}

// misspelt says whether a column is called almost like one that would be
// optional if nothing were.
func (p *planner) misspelt(name string) bool {
	return slices.ContainsFunc(p.names, func(other string) bool {
		return strings.EqualFold(other, name) || strings.EqualFold(other, name+"s")
	})
}

// neither is the mistake of a file that has nothing to measure.
func (p *planner) neither() error {
	if len(p.names) == 1 && strings.ContainsAny(p.names[0], ";\t") {
		return p.missing(p.plan.columns.Label, "label")
	}
	columns := p.plan.columns
	return &input.FileError{
		Path: p.path, Line: p.line, Column: columns.Label,
		Msg:  fmt.Sprintf("there is no column %s and no column %s; the columns are %s", input.Quote(columns.Label), input.Quote(columns.Score), input.QuoteList(p.names, 20)),
		Hint: "write these columns, or name the right ones as `label:` and `score:` under predictions",
	}
}

// classColumns returns the places of score_A, score_B, … or score.A, score.B, …;
// they are no scores of classes if there is a column score, or only one of them.
func (p *planner) classColumns() []int {
	var places []int
	for at, name := range p.names {
		if p.class(name) != "" {
			places = append(places, at)
		}
	}
	if p.has(p.plan.columns.Score) || len(places) < 2 {
		return nil
	}
	return places
}

// class returns the class of a column of scores, or "".
func (p *planner) class(name string) string {
	rest, ok := strings.CutPrefix(name, p.plan.columns.Score)
	if !ok || rest == "" || (rest[0] != '_' && rest[0] != '.') {
		return ""
	}
	return canonicalLabel(rest[1:])
}

func (p *planner) addClasses(places []int) error {
	for _, at := range places {
		name := p.names[at]
		if err := p.add(roleClassScore, name, input.Quote(name), "score", len(p.plan.classes)); err != nil {
			return err
		}
		class := p.class(name)
		if other := slices.Index(p.plan.classes, class); other >= 0 {
			return &input.FileError{
				Path: p.path, Line: p.line, Column: name,
				Msg:  fmt.Sprintf("%s and %s are scores of one class, %s", input.Quote(p.names[places[other]]), input.Quote(name), input.Quote(class)),
				Hint: "leave one of them out",
			}
		}
		p.plan.classes = append(p.plan.classes, class)
	}
	return nil
}

func (p *planner) sliceColumns(Columns) error {
	for i, name := range p.plan.columns.Slices {
		if strings.Contains(name, "=") {
			// "a=b" with value "c" and "a" with value "b=c" would be one slice.
			return &input.FileError{Path: p.path, Column: name, Msg: fmt.Sprintf("slice column %s has = in its name", input.Quote(name)), Hint: "rename the column"}
		}
		if err := p.add(roleSlice, name, input.Quote(name), "slices", i); err != nil {
			return err
		}
	}
	return nil
}

// dependence finds the columns that say how rows depend on one another.
func (p *planner) dependence(given Columns) error {
	for _, c := range []struct {
		role       role
		name, what string
	}{
		{roleGroup, given.Group, "group"},
		{roleTime, given.Time, "time"},
		{roleWeight, given.Weight, "weight"},
		{roleRepeat, given.Repeat, "repeat"},
	} {
		if c.name == "" {
			continue
		}
		if err := p.add(c.role, c.name, c.what, c.what, 0); err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) values(Columns) error {
	for i, name := range p.plan.columns.Values {
		if err := p.add(roleValue, name, input.Quote(name), "values", i); err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) has(name string) bool { return slices.Contains(p.names, name) }

// add finds a column; setting is its key in muster.yaml.
func (p *planner) add(role role, name, what, setting string, index int) error {
	at := slices.Index(p.names, name)
	if at < 0 {
		return p.missing(name, setting)
	}
	if slices.Contains(p.names[at+1:], name) {
		return &input.FileError{
			Path: p.path, Line: p.line, Column: name,
			Msg:  fmt.Sprintf("two columns are named %s", input.Quote(name)),
			Hint: "rename one of them",
		}
	}
	p.plan.fields = append(p.plan.fields, field{role: role, name: name, what: what, at: at, index: index})
	return nil
}

func (p *planner) missing(want, setting string) *input.FileError {
	e := &input.FileError{Path: p.path, Line: p.line, Column: want}
	e.Msg = fmt.Sprintf("there is no column %s; the columns are %s", input.Quote(want), input.QuoteList(p.names, 20))
	meant := input.Nearest(want, p.names)
	switch {
	case len(p.names) == 1 && strings.ContainsAny(p.names[0], ";\t"):
		e.Hint = "separate the columns with commas"
	case setting == "values" && meant != "": // a metric of the gate's, or a flag: there is no such key
		e.Hint = fmt.Sprintf("did you mean %s? If so, name that in its place", input.Quote(meant))
	case setting == "values":
		e.Hint = "write that column, or name another in its place"
	case meant != "":
		e.Hint = fmt.Sprintf("did you mean %s? If so, say `%s: %s` under predictions", input.Quote(meant), setting, input.Quote(meant))
	default:
		e.Hint = fmt.Sprintf("write that column, or name the right one as `%s:` under predictions", setting)
	}
	return e
}

// field returns the field with a role, if there is one.
func (p *plan) field(role role) (field, bool) {
	at := slices.IndexFunc(p.fields, func(f field) bool { return f.role == role })
	if at < 0 {
		return field{}, false
	}
	return p.fields[at], true
}

// count returns how many fields have a role.
func (p *plan) count(role role) int {
	n := 0
	for _, f := range p.fields {
		if f.role == role {
			n++
		}
	}
	return n
}

// classified says whether labels are classes, however many numbers they are:
// decisions and scores of classes are named by the same dictionary.
func (p *plan) classified() bool {
	return p.count(roleDecision)+p.count(roleClassScore) > 0
}
