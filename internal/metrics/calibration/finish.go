package calibration

import (
	"fmt"
	"math"
	"slices"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/result"
)

// finish puts everything into the document.
func (s *study) finish() result.Calibration {
	out := s.out
	out.Schema = result.SchemaOf[result.Calibration]()
	out.Rows = []result.Calibrated{}
	out.Champion = result.Side{Name: s.Champion.Name, Predictions: []string{}, Rows: s.Champion.Len()}
	out.Receipt = result.Receipt{
		EvaluationData: s.itself.Data, Rows: s.itself.N, Independence: s.itself.Independence, Confidence: s.itself.Confidence, Resamples: s.trialOptions().Resamples, Seed: s.itself.Seed,
	}
	out.Assumed.Source, out.Assumed.Units = "model", "rows"
	if s.Other != nil {
		out.Assumed.Source = "other"
	}
	if s.stopped {
		out.Reason = stoppedReason(out)
		return out
	}
	out.Assumed = s.assumed()
	denied := 0
	for _, one := range s.equal.trials {
		if one.denied {
			denied++
		}
	}
	trials := len(s.equal.trials)
	out.Gate = chance(float64(denied)/float64(trials), trials)
	out.Supported = true
	for row := range s.itself.Rows {
		calibrated := s.row(row)
		out.Supported = out.Supported && !calibrated.TooFine
		out.Rows = append(out.Rows, calibrated)
	}
	out.Reason = reason(out)
	return out
}

func (s *study) assumed() result.Assumption {
	a := result.Assumption{Source: "other", Units: s.lab.units.name, Count: len(s.lab.units.rows)}
	made := "the second model's answers"
	if s.lab.other == nil {
		a.Source, a.Correlation = "model", &s.Correlation
		made = "answers that the champion gave to rows of the same label and near in rank"
		if s.lab.numbers {
			made = "errors that the champion made elsewhere, near in rank"
		}
	}
	a.Method = fmt.Sprintf("%s, exchanged with the champion's for each of the %s by the toss of a coin; ", made, a.Units)
	switch {
	case s.closed:
		a.Method += "shares follow from the standard errors"
	case s.lab.numbers:
		a.Method += "drops: errors grown"
	case s.lab.foreign:
		a.Method += "drops: answers to rows of another label"
	default:
		a.Method += "drops: answers to rows of the same label that the champion found harder"
	}
	share := 0.0
	for _, one := range s.equal.trials {
		share += one.disagreement
	}
	if share /= float64(len(s.equal.trials)); !math.IsNaN(share) {
		a.Disagreement = &share
	}
	return a
}

// row is what the data can carry for one metric, overall or on a slice.
func (s *study) row(row int) result.Calibrated {
	asked := s.itself.Rows[row]
	first := s.equal.trials[0].rows[row]
	out := result.Calibrated{
		Metric: asked.Metric, Slice: asked.Slice, Better: asked.Better, Unit: asked.Unit, Value: asked.Champion,
		N: asked.N, Groups: first.groups, Margin: asked.Margin, Percent: s.percent(asked), Require: asked.Require, Gated: asked.Gated,
		Method: first.method,
	}
	if asked.Slice != "" && asked.Blind && !asked.Gated { // too small to be compared at all
		out.Note = asked.Note
		return out
	}
	if spread := s.equal.spread(row); spread > 0 {
		out.Spread = &spread
	}
	s.falseDenials(row, &out)
	s.supports(row, &out)
	if !out.Gated { // what would be if it were, at the margin that is proposed
		out.Denied, out.Worse = nil, nil
	}
	if !s.EqualOnly {
		s.curve(row, &out)
	}
	if detectable := typical(s.equal.values(row, func(x seen) float64 { return x.detectable })); out.Detectable == nil && !math.IsNaN(detectable) {
		out.Detectable = &detectable
	}
	out.Blind = out.Gated && out.Margin > 0 && (out.Detectable == nil || *out.Detectable > 5*out.Margin)
	return out
}

// percent is the margin as it was given, if as a percentage.
func (s *study) percent(row result.Compared) *float64 {
	margin := metrics.Margin{}
	for _, spec := range s.Specs {
		if spec.Metric == row.Metric {
			margin = spec.Margin
		}
	}
	if row.Slice != "" && s.Options.SliceMargin != nil {
		margin = *s.Options.SliceMargin
	}
	if !margin.Percent {
		return nil
	}
	return &margin.Value
}

// falseDenials says what becomes of equal candidates.
func (s *study) falseDenials(row int, out *result.Calibrated) {
	trials := len(s.equal.trials)
	worse := chance(s.equal.share(row, func(x seen) bool { return x.worse }), trials)
	denied := chance(s.equal.share(row, func(x seen) bool { return x.denied }), trials)
	if se := s.standardError(row); s.closed && se > 0 {
		p := s.formula(se, out, 0)
		worse, denied = result.Chance{Denied: p.Worse}, result.Chance{Denied: p.Denied}
	}
	out.Worse, out.Denied = &worse, &denied
}

// supports finds the smallest margin at which equal candidates pass as often as
// they should, and what would have to be for the one that is asked for.
func (s *study) supports(row int, out *result.Calibrated) {
	lows := s.equal.values(row, func(x seen) float64 { return max(-x.low, 0) })
	slices.Sort(lows)
	least := lows[int(math.Ceil(passes*float64(len(lows))))-1]
	if se := s.standardError(row); s.closed && se > 0 {
		least = (normalQuantile(passes) - normalQuantile(s.alpha())) * se
	}
	if math.IsInf(least, 0) || math.IsNaN(least) {
		out.Note = s.equal.trials[0].rows[row].note
		out.TooFine = out.Gated && out.Require == result.NonInferior
		return
	}
	supported := sayable(least)
	if out.Percent != nil && out.Value != nil && *out.Value != 0 {
		percent := sayable(100 * least / math.Abs(*out.Value))
		out.SupportsPercent = &percent
		supported = percent / 100 * math.Abs(*out.Value)
	}
	out.Supports = &supported
	if out.Require != result.NonInferior || least <= out.Margin {
		return
	}
	out.TooFine = out.Gated
	if out.Gated && out.Margin > 0 {
		times := least / out.Margin
		if out.Spread != nil { // an exact bound shrinks with the number itself
			times *= times
		}
		if needs := float64(len(s.lab.units.rows)) * times; needs < 1e12 {
			out.Needs = int(roundUp(needs))
		}
	}
}

// standardError is the typical one of the comparisons.
func (s *study) standardError(row int) float64 {
	detectable := typical(s.equal.values(row, func(x seen) float64 { return x.detectable }))
	if math.IsNaN(detectable) {
		return 0
	}
	return detectable / (normalQuantile(power) - normalQuantile(s.alpha()))
}

// typical is the median of the values that are known; NaN if half are not.
func typical(values []float64) float64 {
	known := slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	if len(known)*2 <= len(values) {
		return math.NaN()
	}
	slices.Sort(known)
	return known[len(known)/2]
}

// sayable rounds up to a number that a person would write.
func sayable(x float64) float64 {
	if !(x > 0) {
		return 0
	}
	exponent := math.Floor(math.Log10(x))
	for _, digits := range []float64{1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10} {
		if v := decimal(digits, exponent); v >= x*(1-1e-9) {
			return v
		}
	}
	return decimal(10, exponent)
}
