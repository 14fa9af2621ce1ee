package metrics

import (
	"fmt"
	"slices"
	"strconv"

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

// Problem is something that keeps models from being compared, or that a
// reviewer should look at.
type Problem struct {
	Code string
	// Severity is SeverityDeny where the comparison, or this part of it, was
	// impossible: a gate must not pass then. It is SeverityWarn for the rest.
	Severity result.Severity
	Metric   string
	Slice    string
	Message  string
}

func impossible(code, message string) Problem {
	return Problem{Code: code, Severity: result.SeverityDeny, Message: message}
}

// join returns the champion's row for each of the candidate's, or the problems
// that forbid it. It never leaves out a row.
func join(candidate, champion *Predictions) ([]int32, []Problem) {
	rows := make([]int32, candidate.Len())
	var extra, lost []string
	for i, id := range candidate.ids {
		row, ok := champion.index[id]
		if !ok {
			extra = append(extra, id)
		}
		rows[i] = row
	}
	for _, id := range champion.ids {
		if _, ok := candidate.index[id]; !ok {
			lost = append(lost, id)
		}
	}
	if len(extra)+len(lost) > 0 {
		return nil, []Problem{impossible(RowsDiffer, rowsDifferMessage(candidate, champion, lost, extra))}
	}
	problems := compareLabels(candidate, champion, rows)
	problems = append(problems, compareSlices(candidate, champion, rows)...)
	if len(problems) > 0 {
		return nil, problems
	}
	return rows, nil
}

func rowsDifferMessage(candidate, champion *Predictions, lost, extra []string) string {
	msg := fmt.Sprintf("candidate and champion answered different rows (%d and %d)", candidate.Len(), champion.Len())
	if len(lost) > 0 {
		msg += fmt.Sprintf("; the candidate lacks %d that the champion has: id %s", len(lost), quoteList(lost, 3))
	}
	if len(extra) > 0 {
		msg += fmt.Sprintf("; the champion lacks %d that the candidate has: id %s", len(extra), quoteList(extra, 3))
	}
	return msg
}

func compareLabels(candidate, champion *Predictions, rows []int32) []Problem {
	count, first := 0, 0
	for i, row := range rows {
		if !sameLabel(candidate.labels[i], champion.labels[row]) {
			if count == 0 {
				first = i
			}
			count++
		}
	}
	if count == 0 {
		return nil
	}
	return []Problem{impossible(LabelsDiffer, fmt.Sprintf("%d of %d labels differ; id %s is %s for the candidate and %s for the champion",
		count, len(rows), quote(candidate.ids[first]), quote(candidate.labels[first]), quote(champion.labels[rows[first]])))}
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

func compareSlices(candidate, champion *Predictions, rows []int32) []Problem {
	var problems []Problem
	for c, column := range candidate.columns.Slices {
		other := slices.Index(champion.columns.Slices, column)
		if other < 0 {
			problems = append(problems, impossible(SlicesDiffer, fmt.Sprintf("the champion's predictions were read without slice column %s", quote(column))))
			continue
		}
		count, first := 0, 0
		for i, row := range rows {
			if candidate.slices[c][i] != champion.slices[other][row] {
				if count == 0 {
					first = i
				}
				count++
			}
		}
		if count > 0 {
			problems = append(problems, impossible(SlicesDiffer, fmt.Sprintf("%d of %d values of slice column %s differ; id %s is %s for the candidate and %s for the champion",
				count, len(rows), quote(column), quote(candidate.ids[first]), quote(candidate.slices[c][first]), quote(champion.slices[other][rows[first]]))))
		}
	}
	for _, column := range champion.columns.Slices {
		if !slices.Contains(candidate.columns.Slices, column) {
			problems = append(problems, impossible(SlicesDiffer, fmt.Sprintf("the candidate's predictions were read without slice column %s", quote(column))))
		}
	}
	return problems
}
