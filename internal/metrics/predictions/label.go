package predictions

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/muster-ci/muster/internal/metrics/input"
)

// LabelError says that predictions and labels are not about the same items.
type LabelError struct{ Message string }

func (e *LabelError) Error() string { return e.Message }

// WithLabels returns the predictions with labels that were read by themselves
// ([Columns.Unanswered]), joined by id. Each item must have its label, and each
// label its prediction, else the error is a [*LabelError]: a model that leaves out
// hard rows is not the better one. Labels that the predictions have are not looked at.
func (s *Set) WithLabels(labels *Set) (*Set, error) {
	items, lost, extra := Match(s, labels)
	if err := s.unmatched(labels, lost, extra); err != nil {
		return nil, err
	}
	out := *s
	out.Columns.Label, out.Columns.Unlabelled = labels.Columns.Label, false
	out.Label, out.LabelNumber = nil, nil
	row := func(i int) int32 { return items[s.item(i)] }
	switch {
	case labels.Label != nil:
		out.takeClasses(labels, row)
	case s.Decision != nil || s.ClassScore != nil:
		return nil, &LabelError{fmt.Sprintf("the labels in %s are many numbers, and the predictions in %s are of classes", labels.Name, s.Name)}
	case labels.LabelNumber != nil:
		out.LabelNumber = make([]float64, s.Len())
		for i := range out.LabelNumber {
			out.LabelNumber[i] = labels.LabelNumber[row(i)]
		}
	default:
		return nil, errors.New("join labels: there are none")
	}
	out.digest = sync.OnceValue(out.computeDigest)
	return &out, nil
}

// unmatched says which ids only one of the two has.
func (s *Set) unmatched(labels *Set, lost, extra []int) error {
	switch {
	case len(extra) > 0:
		return &LabelError{fmt.Sprintf("%d of %d items of %s have no label in %s, the first is id %s", len(extra), s.Items.Len(), s.Name, labels.Name, input.Quote(s.Items.At(extra[0])))}
	case len(lost) > 0:
		return &LabelError{fmt.Sprintf("%d of %d ids of %s have no prediction in %s, the first is %s", len(lost), labels.Items.Len(), labels.Name, s.Name, input.Quote(labels.Items.At(lost[0])))}
	}
	return nil
}

// takeClasses takes over labels that are classes; row gives the label's row for each of the set's.
func (s *Set) takeClasses(labels *Set, row func(int) int32) {
	var all dictionary
	recodes := [2][]int32{all.merge(labels.Classes), all.merge(s.Classes)}
	scores := s.ClassScore
	s.Classes, s.ClassScore = all.names, nil
	if scores != nil {
		s.ClassScore = make([][]float64, len(all.names))
		for i, column := range scores {
			s.ClassScore[recodes[1][i]] = column
		}
	}
	if s.Decision != nil {
		s.Decision = slices.Clone(s.Decision)
		recode(s.Decision, recodes[1])
	}
	s.Label = make([]int32, s.Len())
	for i := range s.Label {
		s.Label[i] = recodes[0][labels.Label[row(i)]]
	}
	s.LabelNumber = numbers(s)
}
