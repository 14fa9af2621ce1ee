package calibration

import (
	"fmt"
	"math"
	"strconv"

	"github.com/muster-ci/muster/internal/result"
)

// curve is how often drops were seen, and from which size on.
func (s *study) curve(row int, out *result.Calibrated) {
	if out.Slice != "" {
		return // a drop on all rows is another one on each slice
	}
	if se := s.standardError(row); s.closed && se > 0 {
		visible := (normalQuantile(power) - normalQuantile(s.alpha())) * se
		for step := range steps + 1 {
			out.Curve = append(out.Curve, s.formula(se, out, float64(step)/5*max(visible, out.Margin)))
		}
	} else {
		out.Curve = s.counted(row, out)
	}
	out.Detectable = first(out.Curve, func(p result.Power) float64 { return p.Shown })
	out.DeniedFrom = first(out.Curve, func(p result.Power) float64 { return p.Denied })
}

// counted is the curve as it was simulated; it begins with the equal candidates.
func (s *study) counted(row int, out *result.Calibrated) []result.Power {
	var curve []result.Power
	for _, t := range append([]*tally{s.equal}, s.drops...) {
		drop := -mean(t.values(row, func(x seen) float64 { return x.difference }))
		if t == s.equal {
			drop = 0
		} else if drop <= 0 {
			return nil // worse answers are no worse by this metric
		}
		curve = append(curve, result.Power{
			Drop: drop, Trials: len(t.trials),
			Shown:  t.share(row, func(x seen) bool { return x.shown }),
			Worse:  t.share(row, func(x seen) bool { return x.worse }),
			Denied: t.share(row, s.denies(out)),
		})
	}
	return curve
}

// denies says what the gate denies of a metric; of one that is not gated, what it
// would at the margin that the data can support.
func (s *study) denies(row *result.Calibrated) func(seen) bool {
	switch {
	case row.Gated:
		return func(x seen) bool { return x.denied }
	case row.Supports == nil:
		return func(seen) bool { return false }
	}
	return func(x seen) bool { return x.low < -*row.Supports }
}

// first is the drop at which a share comes to the power that is asked for; nil
// if it does not. Between two points it is read off where a normal variable's
// share would be, on the line between their quantiles (probit interpolation,
// Finney 1971, Probit Analysis). The shares are taken to rise: what lies below an
// earlier one is chance.
func first(curve []result.Power, share func(result.Power) float64) *float64 {
	last, at := 0.0, 0.0
	for i, p := range curve {
		now := max(share(p), last)
		if now >= power {
			drop := p.Drop
			if i > 0 {
				low, high := quantile(last, p.Trials), quantile(now, p.Trials)
				drop = at + (p.Drop-at)*(normalQuantile(power)-low)/(high-low)
			}
			return &drop
		}
		last, at = now, p.Drop
	}
	return nil
}

// quantile is that of a share of so many trials, none and all of which are not
// taken for certain.
func quantile(share float64, trials int) float64 {
	edge := 1e-9
	if trials > 0 {
		edge = 0.5 / float64(trials)
	}
	return normalQuantile(min(max(share, edge), 1-edge))
}

// formula is what follows for a drop if the difference is normal about it with a
// known standard error: it is shown where d ≤ −z·se, worse where that holds at
// the level that Holm's procedure asks of the smallest p and d < −m, and not
// inferior where d − z·se ≥ −m.
func (s *study) formula(se float64, row *result.Calibrated, drop float64) result.Power {
	z, strict := -normalQuantile(s.alpha()), -normalQuantile(s.level(row))
	margin := row.Margin
	if !row.Gated && row.Supports != nil {
		margin = *row.Supports
	}
	below := func(d float64) float64 { return normalCDF((d + drop) / se) }
	p := result.Power{Drop: drop, Shown: below(-z * se), Worse: below(-max(strict*se, margin))}
	switch row.Require {
	case result.NotWorse:
		p.Denied = p.Worse
	case result.RequireBetter:
		p.Denied = below(z * se)
	default:
		p.Denied = max(p.Worse, below(z*se-margin))
	}
	return p
}

// level is the smallest level that Holm's procedure asks of a row.
func (s *study) level(row *result.Calibrated) float64 {
	members := 0
	for _, other := range s.itself.Rows {
		if other.Gated && (other.Slice == "") == (row.Slice == "") {
			members++
		}
	}
	return s.alpha() / 2 / float64(max(members, 1))
}

// decimal is digits·10^exponent without the digits that multiplying would add.
func decimal(digits, exponent float64) float64 {
	v, err := strconv.ParseFloat(fmt.Sprintf("%ge%d", digits, int(exponent)), 64)
	if err != nil {
		return digits * math.Pow(10, exponent)
	}
	return v
}

// roundUp leaves two digits.
func roundUp(x float64) float64 {
	step := math.Pow(10, math.Max(math.Floor(math.Log10(x))-1, 0))
	return math.Ceil(x/step) * step
}
