package metrics

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// Spec says how one metric is gated.
type Spec struct {
	Metric string
	// Better may be empty: the metric's own direction.
	Better result.Direction
	// Min and Max are for the policy, which sees the candidate's value; they
	// are only checked here for making sense.
	Min, Max *float64
	Margin   Margin
	// Creep is the drop from the anchor that is allowed; nil for twice the margin.
	Creep *Margin
	// Require may be empty: non-inferior.
	Require result.Require
	// Gated is false for a metric that is only shown.
	Gated bool
}

// Margin is the drop that is allowed: in the metric's own unit, or as a
// percentage of the champion's value.
type Margin struct {
	Value   float64
	Percent bool
}

// ParseMargin reads "0.01" or "2%".
func ParseMargin(text string) (Margin, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	value, err := strconv.ParseFloat(number, 64)
	margin := Margin{Value: value, Percent: percent}
	if err != nil || margin.check() != nil {
		return Margin{}, fmt.Errorf("margin %s is neither a number from 0 nor a percentage such as 2%%", input.Quote(text))
	}
	return margin, nil
}

// String returns the margin as ParseMargin reads it.
func (m Margin) String() string {
	text := strconv.FormatFloat(m.Value, 'g', -1, 64)
	if m.Percent {
		return text + "%"
	}
	return text
}

// Absolute returns the margin in the metric's own unit.
func (m Margin) Absolute(champion float64) float64 {
	if m.Percent {
		return m.Value / 100 * math.Abs(champion)
	}
	return m.Value
}

func (m Margin) check() error {
	if !(m.Value >= 0) || math.IsInf(m.Value, 0) {
		return fmt.Errorf("margin %s is not a finite number from 0", m)
	}
	return nil
}

// fits refuses a margin that no drop could exceed, as 2 where 2% was meant.
func (m Margin) fits(d Definition) error {
	if m.Percent || !(m.Value >= d.Max-d.Min) {
		return nil
	}
	return fmt.Errorf("margin %s allows every drop, for the metric goes from %v to %v; a percentage is written as %s%%", m, d.Min, d.Max, m)
}

// withDefaults fills in what is empty and refuses what makes no sense. A metric
// that muster does not know is left to the caller.
func (s Spec) withDefaults() (Spec, error) {
	if err := s.Margin.check(); err != nil {
		return s, err
	}
	if s.Creep != nil {
		if err := s.Creep.check(); err != nil {
			return s, fmt.Errorf("creep: %w", err)
		}
	}
	if s.Require == "" {
		s.Require = result.NonInferior
	}
	if !slices.Contains([]result.Require{result.NonInferior, result.NotWorse, result.RequireBetter}, s.Require) {
		return s, fmt.Errorf("require %s is unknown", input.Quote(string(s.Require)))
	}
	for _, limit := range []*float64{s.Min, s.Max} {
		if limit != nil && (math.IsNaN(*limit) || math.IsInf(*limit, 0)) {
			return s, errors.New("min and max must be finite")
		}
	}
	if s.Min != nil && s.Max != nil && *s.Min > *s.Max {
		return s, fmt.Errorf("min %v is above max %v: nothing could pass", *s.Min, *s.Max)
	}
	definition, known := Lookup(s.Metric)
	if !known {
		return s, nil
	}
	if err := s.Margin.fits(definition); err != nil {
		return s, err
	}
	if s.Creep != nil {
		if err := s.Creep.fits(definition); err != nil {
			return s, fmt.Errorf("creep: %w", err)
		}
	}
	if s.Better == "" {
		s.Better = definition.Better
	}
	if s.Better != definition.Better && !definition.EitherWay {
		// Turned round, every regression would pass.
		return s, fmt.Errorf("better: %s is wrong, for this metric %s is better", s.Better, definition.Better)
	}
	return s, nil
}

// Options say how the models are compared. Zero values take the defaults.
type Options struct {
	// Confidence is that of the two-sided intervals; 0.95 by default.
	Confidence float64
	// Resamples is the least number of bootstrap resamples; 2000 by default.
	// Where a decision needs finer tails, more are drawn.
	Resamples int
	Seed      uint64
	// SliceMinSize is the number of rows below which a slice is only listed; 50 by default.
	SliceMinSize int
	// SliceMargin is the margin on slices; by default that of the metric.
	SliceMargin *Margin
	// SliceMetrics are the metrics that are compared on slices; by default the
	// first that is not only shown.
	SliceMetrics []string
	// RequiredSlices are slice columns that must be there; they share α with the overall metrics.
	RequiredSlices []string
	// Anchor is what the anchor answered; nil if there is none, or if it is the champion.
	Anchor *predictions.Set
	// SameModel says that both digests are the same.
	SameModel bool
}

func (o Options) withDefaults(specs []Spec) (Options, error) {
	if o.Confidence == 0 {
		o.Confidence = 0.95
	}
	if o.Resamples == 0 {
		o.Resamples = 2000
	}
	if o.SliceMinSize == 0 {
		o.SliceMinSize = 50
	}
	if !(o.Confidence >= 0.5 && o.Confidence <= 0.9999) {
		return o, fmt.Errorf("confidence %v is not between 0.5 and 0.9999", o.Confidence)
	}
	if o.Resamples < 200 || o.Resamples > maxResamples {
		return o, fmt.Errorf("resamples %d is not between 200 and %d", o.Resamples, maxResamples)
	}
	if o.SliceMinSize < 1 {
		return o, fmt.Errorf("slices.min_size %d is below 1", o.SliceMinSize)
	}
	if o.SliceMargin != nil {
		if err := o.SliceMargin.check(); err != nil {
			return o, fmt.Errorf("slices: %w", err)
		}
	}
	if len(o.SliceMetrics) == 0 {
		o.SliceMetrics = []string{firstCompared(specs)}
	}
	for _, metric := range o.SliceMetrics {
		if !slices.ContainsFunc(specs, func(s Spec) bool { return s.Metric == metric }) {
			return o, fmt.Errorf("slices.metrics names %s, which is not among the metrics", input.Quote(metric))
		}
		if d, known := Lookup(metric); known && o.SliceMargin != nil {
			if err := o.SliceMargin.fits(d); err != nil {
				return o, fmt.Errorf("slices: %s: %w", input.Quote(metric), err)
			}
		}
	}
	return o, nil
}

// firstCompared is the first metric that can be gated: by one that is only shown
// no slice would be.
func firstCompared(specs []Spec) string {
	for _, spec := range specs {
		if definition, _ := Lookup(spec.Metric); !definition.Reported {
			return spec.Metric
		}
	}
	return specs[0].Metric
}

// alpha is the one-sided level.
func (o Options) alpha() float64 { return (1 - o.Confidence) / 2 }
