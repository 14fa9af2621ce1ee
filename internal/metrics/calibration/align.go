package calibration

import (
	"context"
	"fmt"
	"slices"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// align returns the second model's answers in the order of the champion's rows,
// with classes numbered alike in both.
func (s *study) align(ctx context.Context) (*predictions.Set, error) {
	if s.Other == nil {
		return nil, nil
	}
	opts := s.Options
	opts.Resamples = 200
	compared, err := metrics.Compare(ctx, s.Other, s.Champion, s.Specs, opts)
	if err != nil {
		return nil, err
	}
	for _, p := range compared.Problems {
		if p.Severity == result.SeverityDeny {
			return nil, &InvalidError{"the second model cannot be compared with the champion: " + p.Message, "name one that answered the same rows"}
		}
	}
	if shape(s.Champion) != shape(s.Other) {
		return nil, &InvalidError{"the two models did not answer in the same form: one has scores, decisions or values that the other has not", "name a second model whose file has the same columns"}
	}
	rows, err := partners(s.Champion, s.Other)
	if err != nil {
		return nil, err
	}
	champion, other := *s.Champion, *s.Other
	classes := slices.Clone(champion.Classes)
	code := make([]int32, len(other.Classes))
	for i, name := range other.Classes {
		at := slices.Index(classes, name)
		if at < 0 {
			at, classes = len(classes), append(classes, name)
		}
		code[i] = int32(at)
	}
	champion.Classes = classes
	champion.ClassScore = grown(champion.ClassScore, len(classes))
	s.Champion = &champion
	return reordered(&champion, &other, rows, code), nil
}

// shape says which kinds of answers there are.
func shape(set *predictions.Set) [4]int {
	return [4]int{len(set.Score), len(set.Decision), min(len(set.ClassScore), 1), len(set.Value)}
}

// partners finds for each row of the champion's the other's: of an item with
// several answers, the one in the same place.
func partners(champion, other *predictions.Set) ([]int32, error) {
	of := make(map[string][]int32, other.Items.Len())
	for row := range other.Len() {
		of[other.ID(row)] = append(of[other.ID(row)], int32(row))
	}
	rows := make([]int32, champion.Len())
	for row := range rows {
		left := of[champion.ID(row)]
		if len(left) == 0 {
			return nil, unequalRepeats(champion.ID(row))
		}
		rows[row], of[champion.ID(row)] = left[0], left[1:]
	}
	for row := range other.Len() {
		if len(of[other.ID(row)]) > 0 {
			return nil, unequalRepeats(other.ID(row))
		}
	}
	return rows, nil
}

func unequalRepeats(id string) error {
	return &InvalidError{
		fmt.Sprintf("the two models did not answer id %q equally often", id),
		"name a second model with as many answers to each item, or none",
	}
}

// reordered is the champion's table with the other's answers.
func reordered(champion, other *predictions.Set, rows, code []int32) *predictions.Set {
	out := *champion
	take := func(from []float64) []float64 {
		if from == nil {
			return nil
		}
		column := make([]float64, len(rows))
		for i, row := range rows {
			column[i] = from[row]
		}
		return column
	}
	out.Score = take(other.Score)
	if other.Decision != nil {
		out.Decision = make([]int32, len(rows))
		for i, row := range rows {
			out.Decision[i] = code[other.Decision[row]]
		}
	}
	if other.ClassScore != nil {
		out.ClassScore = make([][]float64, len(champion.Classes))
		for class, column := range other.ClassScore {
			out.ClassScore[code[class]] = take(column)
		}
	}
	out.Value = make([][]float64, len(other.Value))
	for i, column := range other.Value {
		out.Value[i] = take(column)
	}
	return &out
}

func grown(columns [][]float64, count int) [][]float64 {
	if columns == nil {
		return nil
	}
	return append(slices.Clone(columns), make([][]float64, count-len(columns))...)
}
