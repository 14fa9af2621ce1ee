package flow

import (
	"math"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/result"
)

// What rows say of numbers that nobody can compute again.
const (
	methodNumbers = "none: numbers alone"
	noteNumbers   = "numbers without rows: no interval"
)

// splitSpecs sets apart the metrics that muster can compute from the candidate's
// predictions from those that the evaluate stage wrote as numbers.
func splitSpecs(t *trial) (computed, written []metrics.Spec) {
	for _, spec := range t.specs {
		if _, err := metrics.LookupIn(t.mine, spec.Metric); err == nil {
			computed = append(computed, spec)
		} else if _, ok := t.run.Metrics[spec.Metric]; ok {
			written = append(written, spec)
		} else {
			computed = append(computed, spec) // the comparison says what is wrong with it
		}
	}
	return computed, written
}

// compareNumbers holds what the evaluate stage wrote of the candidate against what
// it wrote of the champion, and of the anchor. A side that lacks a number has no
// row, which the policies find missing.
func (t *trial) compareNumbers(written []metrics.Spec) {
	for _, spec := range written {
		mine := t.run.Metrics[spec.Metric]
		if t.champion == nil {
			t.add(numberAlone(spec, mine, t.mine.Len()))
			continue
		}
		if theirs, ok := t.theirs.numbers[spec.Metric]; ok {
			t.add(t.numberRow(spec, mine, theirs, ""))
		}
		if t.anchor == nil {
			continue
		}
		anchors, ok := t.anchor.numbers[spec.Metric]
		if !ok {
			t.undecided("anchor-cannot-run", "the evaluate stage wrote no %s for the anchor %s", spec.Metric, t.receipt.Anchor)
			continue
		}
		anchored := spec
		anchored.Margin, anchored.Require = spec.Allowance(), result.NotWorse
		t.add(t.numberRow(anchored, mine, anchors, "anchor"))
	}
}

// add puts a row before the slices, beside the other overall ones.
func (t *trial) add(row result.Compared) {
	rows := t.compared.Rows
	at := 0
	for at < len(rows) && rows[at].Slice == "" {
		at++
	}
	t.compared.Rows = append(rows[:at:at], append([]result.Compared{row}, rows[at:]...)...)
}

func (t *trial) numberRow(spec metrics.Spec, mine, theirs float64, against string) result.Compared {
	row := byMargin(spec, mine, theirs)
	row.N, row.Against = t.mine.Len(), against
	if t.sameModel() && against == "" { // as for what muster computes
		row.Verdict, row.Method = result.Equivalent, "none: the same model"
	}
	return row
}

// numberAlone is the row of a first model.
func numberAlone(spec metrics.Spec, mine float64, n int) result.Compared {
	return result.Compared{
		Metric: spec.Metric, Better: spec.Better, Candidate: &mine, N: n, Margin: spec.Margin.Absolute(0),
		Method: "none: first model", Require: spec.Require, Verdict: result.Inconclusive, Note: "no champion to compare with",
	}
}

// byMargin compares two numbers. Nothing is known of chance, so the margin alone
// gives the verdict: worse is what lies beyond it, better what lies above 0.
func byMargin(spec metrics.Spec, mine, theirs float64) result.Compared {
	difference := mine - theirs
	row := result.Compared{
		Metric: spec.Metric, Better: spec.Better, Candidate: &mine, Champion: &theirs, Diff: &difference,
		Margin: spec.Margin.Absolute(theirs), Method: methodNumbers, Gated: true, Require: spec.Require, Note: noteNumbers,
	}
	gain := difference
	if spec.Better == result.Lower {
		gain = -difference
	}
	rounding := 1e-12 * max(math.Abs(mine), math.Abs(theirs)) // 0.91 − 0.9 is a little more than 0.01
	switch {
	case math.IsNaN(difference) || math.IsInf(difference, 0) || math.IsInf(row.Margin, 0):
		row.Diff, row.Margin, row.Verdict, row.Note = nil, 0, result.Inconclusive, "the difference is beyond the largest number"
	case gain < -row.Margin-rounding:
		row.Verdict = result.Worse
	case gain > 0:
		row.Verdict = result.Better
	default:
		row.Verdict = result.Equivalent
	}
	return row
}
