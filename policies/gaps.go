package policies

import (
	"fmt"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// Gap is how far the candidate's values of one metric lie apart on the slices of
// one column. Only slices of at least min_size rows count: with fewer, the worst
// of many is worst by chance.
type Gap struct {
	Metric string           `json:"metric"`
	Column string           `json:"column"`
	Better result.Direction `json:"better" jsonschema:"enum=higher,enum=lower"`
	Worst  GapSide          `json:"worst"`
	Best   GapSide          `json:"best"`
	// Difference is how far they lie apart, Allowed how far they may; both in the metric's unit.
	Difference float64 `json:"difference"`
	Allowed    float64 `json:"allowed"`
	// Before is how far the champion's values lie apart on the slices of that
	// column; absent where it is not known.
	Before *float64 `json:"before,omitempty"`
	Text   GapText  `json:"text"`
}

// GapSide is one of the two slices that lie furthest apart.
type GapSide struct {
	Slice string  `json:"slice"`
	Value float64 `json:"value"`
	N     int     `json:"n"`
}

// GapText is a gap in words.
type GapText struct {
	// Gap is all of it: "ROC AUC is 0.850 for site=north (60 rows) and 0.950 for site=south (120 rows): 0.100 apart, and 0.05 is allowed".
	Gap string `json:"gap"`
	// Noise says how far the gap is to be trusted.
	Noise string `json:"noise"`
	// Passes is the value of the worst slice that would have passed.
	Passes string `json:"passes"`
}

// gapsOf finds the gaps, where the gate bounds them.
func gapsOf(in Input) []Gap {
	gaps := []Gap{}
	if in.Gate.Slices.Gap == nil {
		return gaps
	}
	type group struct{ metric, column string }
	rows := map[group][]result.Compared{}
	var order []group
	for _, c := range in.Comparison {
		column, _, isSlice := strings.Cut(c.Slice, "=")
		if !isSlice || c.Against != "" || c.Data != "" || c.Candidate == nil || c.N < in.Gate.Slices.MinSize {
			continue
		}
		key := group{c.Metric, column}
		if rows[key] == nil {
			order = append(order, key)
		}
		rows[key] = append(rows[key], c)
	}
	for _, key := range order {
		if len(rows[key]) > 1 {
			gaps = append(gaps, newGap(key.column, rows[key], *in.Gate.Slices.Gap))
		}
	}
	return gaps
}

func newGap(column string, rows []result.Compared, limit Margin) Gap {
	worst, best := extremes(rows, candidateOf)
	gap := Gap{
		Metric: worst.Metric, Column: column, Better: worst.Better,
		Worst:      GapSide{worst.Slice, *worst.Candidate, worst.N},
		Best:       GapSide{best.Slice, *best.Candidate, best.N},
		Difference: apart(*worst.Candidate, *best.Candidate),
		Allowed:    limit.absolute(*best.Candidate),
	}
	if !slices.ContainsFunc(rows, func(c result.Compared) bool { return c.Champion == nil }) {
		low, high := extremes(rows, championOf)
		before := apart(*low.Champion, *high.Champion)
		gap.Before = &before
	}
	gap.Text = gap.describe()
	return gap
}

func candidateOf(c result.Compared) float64 { return *c.Candidate }
func championOf(c result.Compared) float64  { return *c.Champion }

// extremes returns the rows with the worst and the best value; of equal ones the first.
func extremes(rows []result.Compared, value func(result.Compared) float64) (worst, best result.Compared) {
	worst, best = rows[0], rows[0]
	for _, c := range rows[1:] {
		turn := 1.0
		if c.Better == result.Lower {
			turn = -1
		}
		if turn*value(c) < turn*value(worst) {
			worst = c
		}
		if turn*value(c) > turn*value(best) {
			best = c
		}
	}
	return worst, best
}

func apart(a, b float64) float64 {
	if a > b {
		return a - b
	}
	return b - a
}

// absolute is the margin in the unit of the value that it is a percentage of.
func (m Margin) absolute(value float64) float64 {
	if !m.Percent {
		return m.Value
	}
	return m.Value / 100 * apart(value, 0)
}

func (g Gap) describe() GapText {
	decimals := distinctDecimals(g.Worst.Value, g.Best.Value, 3)
	decimals = max(decimals, distinctDecimals(g.Difference, g.Allowed, decimals))
	side := func(s GapSide) string {
		return fmt.Sprintf("%s for %s (%s)", fixed(s.Value, decimals), printable(s.Slice), rows(s.N))
	}
	text := GapText{
		Gap: fmt.Sprintf("%s is %s and %s: %s apart, and %s is allowed",
			label(g.Metric), side(g.Worst), side(g.Best), fixed(g.Difference, decimals), short(g.Allowed)),
		Noise: fmt.Sprintf("these are the values as measured, without an interval; %s are the fewer", rows(min(g.Worst.N, g.Best.N))),
	}
	if g.Before != nil {
		text.Noise = fmt.Sprintf("the champion's lie %s apart; %s", fixed(*g.Before, decimals), text.Noise)
	}
	limit, better := g.Best.Value-g.Allowed, result.Higher
	if g.Better == result.Lower {
		limit, better = g.Best.Value+g.Allowed, result.Lower
	}
	within := func(value float64) bool { return apart(value, g.Best.Value)-g.Allowed <= 1e-9 }
	text.Passes = atLeast(label(g.Metric)+" for "+printable(g.Worst.Slice), limit, better, decimals, within)
	return text
}
