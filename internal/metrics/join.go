package metrics

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// The codes of problems.
const (
	// These make the comparison impossible, or part of it.
	RowsDiffer      = "rows-differ"      // the models did not answer the same ids
	LabelsDiffer    = "labels-differ"    // an id has two labels
	SlicesDiffer    = "slices-differ"    // an id is in two slices of one column
	SliceMissing    = "slice-missing"    // a required slice column is not there
	SlicesTooMany   = "slices-too-many"  // a column has too many values to be slices
	MetricUnknown   = "metric-unknown"   // muster does not compute this metric
	MetricUndefined = "metric-undefined" // the data does not fit the metric
	TooFine         = "too-fine"         // worse could not be shown at this confidence with so many comparisons

	// These only warn.
	SliceSuspect     = "slice-suspect"     // worse before the adjustment, not after
	NotDeterministic = "not-deterministic" // the same model gave two answers
)

func impossible(code, message string) result.Problem {
	return result.Problem{Code: code, Severity: result.SeverityDeny, Message: message}
}

// join returns the champion's row for each of the candidate's, or the problems
// that forbid it. It never leaves out a row.
func join(candidate, champion *predictions.Set) ([]int32, []result.Problem) {
	rows := make([]int32, candidate.Len())
	var extra, lost []string
	for i := range rows {
		row, ok := champion.Items.Find(candidate.ID(i))
		if !ok {
			extra = append(extra, candidate.ID(i))
		}
		rows[i] = int32(row)
	}
	for i := range champion.Len() {
		if _, ok := candidate.Items.Find(champion.ID(i)); !ok {
			lost = append(lost, champion.ID(i))
		}
	}
	if len(extra)+len(lost) > 0 {
		return nil, []result.Problem{impossible(RowsDiffer, rowsDifferMessage(candidate, champion, lost, extra))}
	}
	problems := compareLabels(candidate, champion, rows)
	problems = append(problems, compareSlices(candidate, champion, rows)...)
	if len(problems) > 0 {
		return nil, problems
	}
	return rows, nil
}

func rowsDifferMessage(candidate, champion *predictions.Set, lost, extra []string) string {
	msg := fmt.Sprintf("candidate and champion answered different rows (%d and %d)", candidate.Len(), champion.Len())
	if len(lost) > 0 {
		msg += fmt.Sprintf("; the candidate lacks %d that the champion has: id %s", len(lost), input.QuoteList(lost, 3))
	}
	if len(extra) > 0 {
		msg += fmt.Sprintf("; the champion lacks %d that the candidate has: id %s", len(extra), input.QuoteList(extra, 3))
	}
	if candidate.NumericIDs != champion.NumericIDs && len(lost) > 0 && len(extra) > 0 {
		msg += fmt.Sprintf("; ids are numbers on one side and text on the other (%s and %s): write them the same way", input.Quote(extra[0]), input.Quote(lost[0]))
	}
	return msg
}

func compareLabels(candidate, champion *predictions.Set, rows []int32) []result.Problem {
	count, first := 0, 0
	for i, row := range rows {
		if !sameLabel(candidate.LabelAt(i), champion.LabelAt(int(row))) {
			if count == 0 {
				first = i
			}
			count++
		}
	}
	if count == 0 {
		return nil
	}
	return []result.Problem{impossible(LabelsDiffer, fmt.Sprintf("%d of %d labels differ; id %s is %s for the candidate and %s for the champion",
		count, len(rows), input.Quote(candidate.ID(first)), input.Quote(candidate.LabelAt(first)), input.Quote(champion.LabelAt(int(rows[first])))))}
}

// sameLabel takes 2.5 and 2.50 for one label.
func sameLabel(a, b string) bool {
	if a == b {
		return true
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && x == y
}

func compareSlices(candidate, champion *predictions.Set, rows []int32) []result.Problem {
	var problems []result.Problem
	for c, column := range candidate.Columns.Slices {
		other := slices.Index(champion.Columns.Slices, column)
		if other < 0 {
			problems = append(problems, impossible(SlicesDiffer, fmt.Sprintf("the champion's predictions were read without slice column %s", input.Quote(column))))
			continue
		}
		count, first := 0, 0
		for i, row := range rows {
			if candidate.Slice[c].At(i) != champion.Slice[other].At(int(row)) {
				if count == 0 {
					first = i
				}
				count++
			}
		}
		if count > 0 {
			problems = append(problems, impossible(SlicesDiffer, fmt.Sprintf("%d of %d values of slice column %s differ; id %s is %s for the candidate and %s for the champion",
				count, len(rows), input.Quote(column), input.Quote(candidate.ID(first)), input.Quote(candidate.Slice[c].At(first)), input.Quote(champion.Slice[other].At(int(rows[first]))))))
		}
	}
	for _, column := range champion.Columns.Slices {
		if !slices.Contains(candidate.Columns.Slices, column) {
			problems = append(problems, impossible(SlicesDiffer, fmt.Sprintf("the candidate's predictions were read without slice column %s", input.Quote(column))))
		}
	}
	return problems
}
