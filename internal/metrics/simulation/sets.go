package simulation

import (
	"strconv"
	"sync"

	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// numbered are ids for so many rows. They are made once for each number.
func numbered(rows int) func() predictions.IDs {
	return sync.OnceValue(func() predictions.IDs {
		names := make([]string, rows)
		for row := range names {
			names[row] = strconv.Itoa(row)
		}
		return predictions.NewIDs(names)
	})
}

// names are the texts of a column with so many different ones.
func names(count int) []string {
	out := make([]string, count)
	for i := range out {
		out[i] = strconv.Itoa(i)
	}
	return out
}

// labels are those of a set: as classes, as numbers, or both.
type labels struct {
	class   []int32
	number  []float64
	classes []string
}

// binary are labels 0 and 1.
func binary(rows int) labels {
	return labels{make([]int32, rows), make([]float64, rows), []string{"0", "1"}}
}

func (l labels) put(row int, one bool) {
	if one {
		l.class[row], l.number[row] = 1, 1
	}
}

// set is what one model answered.
func (l labels) set(ids predictions.IDs, columns predictions.Columns) *predictions.Set {
	columns.ID, columns.Label, columns.Score = "id", "label", "score"
	return &predictions.Set{
		Name: "drawn", Columns: columns, Items: ids, NumericIDs: true,
		Classes: l.classes, Label: l.class, LabelNumber: l.number,
	}
}

// pair is a set of one model a side.
func pair(candidate, champion *predictions.Set) drawn {
	return drawn{[]*predictions.Set{candidate}, []*predictions.Set{champion}}
}
