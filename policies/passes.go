package policies

import (
	"fmt"
	"math"

	"github.com/muster-ci/muster/internal/result"
)

// noise is what arithmetic adds to numbers that people write with a few decimals.
const noise = 1e-12

// passes says which value of the metric would have passed, if the interval were
// as wide as it is. It is empty where the comparison passed, and where that
// cannot be said: without an interval nobody knows what the data could show.
func passes(c result.Compared, difference float64, decimals int) string {
	needed, within := neededDifference(c, difference)
	if within == nil {
		return ""
	}
	turn := 1.0
	if c.Better == result.Lower {
		turn = -1
	}
	where := ""
	if c.Slice != "" {
		where = " for " + printable(c.Slice)
	}
	value := *c.Champion + turn*needed
	if top, bounded := bound(c.Metric); bounded && c.Better == result.Higher && value > top {
		return fmt.Sprintf("no %s%s: the data needs more rows", label(c.Metric), where)
	}
	if c.Better == result.Lower && value < 0 && *c.Champion >= 0 {
		return fmt.Sprintf("no %s%s: the data needs more rows", label(c.Metric), where)
	}
	return atLeast(label(c.Metric), value, c.Better, decimals, func(v float64) bool {
		return within(turn * (v - *c.Champion))
	}) + where
}

// neededDifference is the least improvement that passes, in the direction in
// which more is better, and the test that a rounded value must still pass. The
// test is nil where nothing was wrong, or where nothing is known that passes.
func neededDifference(c result.Compared, difference float64) (needed float64, within func(float64) bool) {
	require := c.Require
	if c.Against == "anchor" {
		require = result.NotWorse // creep denies what is worse than the anchor, and nothing else
	}
	failed := c.Verdict == result.Worse || c.Verdict == result.Inconclusive || (require == result.RequireBetter && c.Verdict == result.Equivalent)
	if !failed {
		return 0, nil
	}
	if require == result.NotWorse {
		if c.Verdict != result.Worse {
			return 0, nil
		}
		return -c.Margin, func(d float64) bool { return d >= -c.Margin-noise }
	}
	reach, known := reachOf(c, difference)
	switch {
	case !known:
		return 0, nil
	case require == result.RequireBetter:
		return reach, func(d float64) bool { return d > reach+noise }
	default:
		return reach - c.Margin, func(d float64) bool { return d-reach >= -c.Margin-noise }
	}
}

// reachOf is how far the interval reaches below the difference, where more is better.
func reachOf(c result.Compared, difference float64) (float64, bool) {
	switch {
	case c.Interval == nil:
		return 0, false
	case c.Better == result.Lower:
		return c.Interval[1] - difference, true
	default:
		return difference - c.Interval[0], true
	}
}

// atLeast writes a limit with so many decimals, or as many as it takes, so that
// the number that is printed passes itself.
func atLeast(label string, limit float64, better result.Direction, decimals int, within func(float64) bool) string {
	words, step := "at least", 1.0
	if better == result.Lower {
		words, step = "at most", -1
	}
	scale := math.Pow10(decimals)
	for _, units := range []float64{math.Round(limit * scale), math.Round(limit*scale) + step, math.Round(limit*scale) + 2*step} {
		if value := units / scale; within(value) {
			return fmt.Sprintf("%s of %s %s", label, words, fixed(value, decimals))
		}
	}
	return fmt.Sprintf("%s of %s %s", label, words, exact(limit))
}

// bound returns the most that a metric can be, if there is such a number.
func bound(metric string) (float64, bool) {
	switch metric {
	case "accuracy", "balanced_accuracy", "precision", "recall", "f1", "mcc", "roc_auc", "pr_auc", "r2", "ndcg":
		return 1, true
	default:
		return 0, false
	}
}
