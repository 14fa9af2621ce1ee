package metrics

import (
	"fmt"
	"math"
	"strings"

	"github.com/muster-ci/muster/internal/metrics/statistics"
	"github.com/muster-ci/muster/internal/result"
)

// power is that with which the smallest detectable drop would be seen.
const power = 0.8

// conclude gives the verdicts.
func (c *comparer) conclude() {
	for _, e := range c.entries {
		if e.compared {
			c.concludeEntry(e)
		}
	}
}

// concludeEntry fills in what the estimate says, and the verdict.
func (c *comparer) concludeEntry(e *entry) {
	if c.opts.SameModel {
		e.row.Verdict, e.row.Method = result.Equivalent, "none: the same model"
		e.notes = append(e.notes, "the same model")
		if *e.row.Diff != 0 {
			e.notes = append(e.notes, "it gave two answers: the evaluation is not deterministic")
			c.problems = append(c.problems, result.Problem{
				Code: NotDeterministic, Severity: result.SeverityWarn, Metric: e.spec.Metric, Slice: e.subset.slice,
				Message: "candidate and champion are the same model and gave different answers: the evaluation is not deterministic",
			})
		}
		return
	}
	if x := &e.estimate; x.known && !finite(x.Low, x.High, x.P, statistics.Detectable(x.SE, c.opts.alpha(), power)) {
		*x = estimate{Interval: x.Interval, reason: beyondNumbers, method: "none"}
	}
	x := e.estimate
	e.row.Method = x.method
	if !x.known {
		e.notes = append(e.notes, x.reason)
		c.concludeDrop(e)
		return
	}
	e.row.P = &x.P
	e.row.Interval = &[2]float64{x.Low, x.High}
	if e.row.Better == result.Lower {
		e.row.Interval = &[2]float64{-x.High, -x.Low}
	}
	c.sight(e)
	e.row.Verdict = e.verdict(c.opts.alpha())
	if e.row.Verdict == result.Inconclusive {
		e.notes = append(e.notes, c.cannotTell(e))
	}
	c.suspect(e)
}

// concludeDrop is for what has no interval: it can be worse, and nothing else.
func (c *comparer) concludeDrop(e *entry) {
	if e.estimate.P == 1 {
		return
	}
	e.row.P = &e.estimate.P
	if e.worse(c.opts.alpha()) {
		e.row.Verdict = result.Worse
	}
	c.suspect(e)
}

// worse says whether a drop beyond the margin is no chance.
func (e *entry) worse(alpha float64) bool {
	p := e.estimate.P
	if e.row.PAdjusted != nil {
		p = *e.row.PAdjusted
	}
	return p <= alpha && e.estimate.Difference < -e.row.Margin
}

// verdict is the table of gate.md, in its order.
func (e *entry) verdict(alpha float64) result.Outcome {
	x := e.estimate
	switch {
	case e.worse(alpha):
		return result.Worse
	case x.Low > 0:
		return result.Better
	case x.Low >= -e.row.Margin:
		return result.Equivalent
	}
	return result.Inconclusive
}

// sight says how small a drop the data would show with 80 % power.
func (c *comparer) sight(e *entry) {
	m := e.row.Margin
	if e.estimate.SE > 0 {
		smallest := statistics.Detectable(e.estimate.SE, c.opts.alpha(), power)
		e.row.Detectable = &smallest
		e.row.Blind = m > 0 && smallest > 5*m
	} else {
		// No spread was seen: the bound itself is what could be hidden.
		e.row.Blind = m > 0 && e.estimate.Difference-e.estimate.Low > 5*m
	}
	// What is blind to the anchor is so to the champion, whose row says it.
	e.row.Blind = e.row.Blind && e.subset.against == ""
	if e.row.Blind {
		e.notes = append(e.notes, "blind: a drop of five margins would not show")
	}
}

// suspect marks what is worse only before the adjustment.
func (c *comparer) suspect(e *entry) {
	x := e.estimate
	if e.row.Verdict == result.Worse || x.P > c.opts.alpha() || x.Difference >= -e.row.Margin {
		return
	}
	note := "worse at the whole of α, and not at the half that is left beside slices"
	if members := c.members(e.family); members > 1 {
		note = fmt.Sprintf("worse before the adjustment for %d comparisons, not after", members)
	}
	e.notes = append(e.notes, note)
	if e.subset.slice != "" {
		c.problems = append(c.problems, result.Problem{Code: SliceSuspect, Severity: result.SeverityWarn, Metric: e.spec.Metric, Slice: e.subset.slice, Message: note})
	}
}

// cannotTell says about how many rows, or groups, would settle it, if the
// difference stayed what it is.
func (c *comparer) cannotTell(e *entry) string {
	level := c.opts.alpha()
	if e.row.PAdjusted != nil && *e.row.PAdjusted > 0 {
		level *= e.estimate.P / *e.row.PAdjusted
	}
	needed, ok := statistics.UnitsNeeded(e.estimate.Interval, e.row.Margin, level, e.subset.units)
	if !ok {
		return "cannot tell"
	}
	units := float64(needed)
	step := math.Pow(10, math.Floor(math.Log10(units))-1)
	return fmt.Sprintf("cannot tell; about %.0f %s would", math.Ceil(units/step)*step, c.dependence.unitName())
}

// finished returns the row with its notes.
func (e *entry) finished() result.Compared {
	e.row.Note = strings.Join(e.notes, "; ")
	return e.row
}
