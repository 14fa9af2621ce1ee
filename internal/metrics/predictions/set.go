package predictions

import (
	"cmp"
	"slices"

	"github.com/muster-ci/muster/internal/metrics/input"
)

// Columns names the columns of a predictions file. ID, Label and Score take the
// conventional names id, label and score where they are empty; the others are
// absent unless they are named.
type Columns struct {
	ID, Label, Score string
	// Prediction is the column with the model's hard decision; then a score is not needed.
	Prediction string
	// Threshold is the score from which the decision is 1, where there is no column of decisions; 0.5 if nil.
	Threshold *float64
	// Slices are columns whose values divide the rows into slices.
	Slices []string
	// Group says which rows belong together: of one user, document, patient, query.
	Group string
	// Time orders rows that depend on their neighbours in time: numbers, or RFC 3339.
	Time string
	// Weight is how much a row counts, a finite number from 0.
	Weight string
	// Repeat tells several answers to one item apart; an id may then occur more than once.
	Repeat string
	// Values are columns of numbers that are metrics of their own, one value a row.
	Values []string
	// Maybe are columns that are among Values if the file has them, and else are not missed.
	Maybe []string
	// Unlabelled leaves a column of labels alone: they come from another file.
	Unlabelled bool
	// Unanswered reads ids and labels only.
	Unanswered bool
}

// withDefaults fills in the conventional names and drops slices named twice.
func (c Columns) withDefaults() Columns {
	name := func(field *string, usual string) {
		if *field == "" {
			*field = usual
		}
	}
	name(&c.ID, "id")
	name(&c.Label, "label")
	c.Slices, c.Values = once(c.Slices), once(c.Values)
	return c
}

// found takes what may be there for what is there, or not.
func (c Columns) found(names []string) Columns {
	c.Values = slices.Clone(c.Values)
	for _, name := range c.Maybe {
		if slices.Contains(names, name) {
			c.Values = append(c.Values, name)
		}
	}
	c.Maybe = nil
	return c
}

func once(names []string) []string {
	var out []string
	for _, name := range names {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// Set is one model's answers by column: what is at row i of one column belongs
// to what is at row i of the others. Nobody changes a set once it is read. A
// column that the file does not have is nil.
type Set struct {
	// Name is what errors call the file.
	Name    string
	Columns Columns

	// Items are the ids, one for each row, or for several rows if there are repeats.
	Items IDs
	// Item is the item of each row; nil if every row is an item of its own.
	Item []int32
	// NumericIDs says that the file had numbers as ids, or texts that all are
	// whole numbers without zeros in front.
	NumericIDs bool

	// Classes are the canonical texts that labels and decisions are; Label and
	// Decision are places in it. Label is nil if labels are many numbers.
	Classes  []string
	Label    []int32
	Decision []int32
	// LabelNumber is nil unless every label is a finite number.
	LabelNumber []float64
	// Score is what the model answered: the probability of label 1, a number, a grade.
	Score []float64
	// ClassScore has a column of probabilities for each of Classes; nil for a class without one.
	ClassScore [][]float64

	// Slice has a column for each of Columns.Slices.
	Slice []Texts
	// Group is nil, or names the group of each row.
	Group  *Texts
	Weight []float64
	// Time orders the rows; what it counts does not matter.
	Time []float64
	// Value has a column for each of Columns.Values.
	Value [][]float64

	first int // line of the first row
	// records says that rows are counted, not lines.
	records bool
	lines   []int32
	repeat  Texts
	digest  func() string
}

// Texts is a column of few different texts: Code is a place in Names.
type Texts struct {
	Names []string
	Code  []int32
}

// At returns the text of a row.
func (t Texts) At(row int) string { return t.Names[t.Code[row]] }

// Len returns the number of rows.
func (s *Set) Len() int {
	if s.Item != nil {
		return len(s.Item)
	}
	return s.Items.Len()
}

// ID returns the id of a row.
func (s *Set) ID(row int) string {
	if s.Item != nil {
		row = int(s.Item[row])
	}
	return s.Items.At(row)
}

// LabelAt returns the label of a row in its canonical form, or "" if there are no labels.
func (s *Set) LabelAt(row int) string {
	switch {
	case s.Label != nil:
		return s.Classes[s.Label[row]]
	case s.LabelNumber != nil:
		return wholeNumber(realText(s.LabelNumber[row]))
	}
	return ""
}

// RepeatAt returns what tells a row from the other answers to its item, or "".
func (s *Set) RepeatAt(row int) string {
	if s.repeat.Code == nil {
		return ""
	}
	return s.repeat.At(row)
}

// Line returns the line or record of the file that a row is from, counted from
// 1. A set that was made in memory has the lines of a table with a header.
func (s *Set) Line(row int) int {
	if s.lines == nil {
		return row + cmp.Or(s.first, 2)
	}
	return int(s.lines[row])
}

// ErrorAt is a mistake in one row.
func (s *Set) ErrorAt(row int, column, msg, hint string) *input.FileError {
	return &input.FileError{Path: s.Name, Line: s.Line(row), Column: column, Msg: msg, Hint: hint}
}

// ErrorOf is a mistake of the whole file.
func (s *Set) ErrorOf(column, msg, hint string) *input.FileError {
	return &input.FileError{Path: s.Name, Column: column, Msg: msg, Hint: hint}
}
