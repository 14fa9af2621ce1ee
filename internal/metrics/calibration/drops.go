package calibration

import (
	"context"
	"math"
	"slices"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/result"
)

// steps is the number of drops that are planted.
const steps = 10

// tryDrops compares candidates that are worse by more and more. Where the data
// are large the curve follows from the standard errors, and none are made.
func (s *study) tryDrops(ctx context.Context) error {
	strengths := s.strengths()
	count := s.dropTrials()
	s.all = s.done + count*len(strengths)
	for _, strength := range strengths {
		drop, err := s.try(ctx, count, strength)
		if err != nil {
			return err
		}
		s.drops = append(s.drops, drop)
	}
	return nil
}

// strengths are steps of one ratio, from what none of the metrics should show to
// what all should. Where the champion has no worse answers to give, candidates
// get answers to rows of another label.
func (s *study) strengths() []float64 {
	if s.closed || s.EqualOnly {
		return nil
	}
	low, high, reached := s.reach()
	if !reached && !s.lab.numbers && s.lab.elsewhere != nil {
		s.lab.foreign = true
		low, high, _ = s.reach()
	}
	if !(high > low && low > 0) {
		return nil
	}
	var out []float64
	for step := range steps {
		out = append(out, low*math.Pow(high/low, float64(step)/(steps-1)))
	}
	return out
}

// reach is from where to where strengths are of interest, and whether every
// metric can fall as far as should be seen.
func (s *study) reach() (low, high float64, reached bool) {
	low, reached = math.Inf(1), true
	for row, compared := range s.itself.Rows {
		visible := s.visible(row)
		if compared.Slice != "" || !s.counts(compared) || !(visible > 0) {
			continue
		}
		weakest, _ := s.strengthFor(compared, visible/4)
		strongest, can := s.strengthFor(compared, 1.5*max(visible, compared.Margin+visible/2))
		low, high, reached = min(low, weakest), max(high, strongest), reached && can
	}
	return low, high, reached
}

// counts says whether drops are chosen for a metric: for gated ones, or for all
// where none is.
func (s *study) counts(row result.Compared) bool {
	return row.Gated || !slices.ContainsFunc(s.itself.Rows, func(other result.Compared) bool { return other.Gated })
}

// visible is about the smallest drop that the data can show for a row.
func (s *study) visible(row int) float64 {
	if spread := s.equal.spread(row); spread > 0 {
		return (normalQuantile(power) - normalQuantile(s.alpha())) * spread
	}
	lows := s.equal.values(row, func(x seen) float64 { return -x.low })
	slices.Sort(lows)
	if middle := lows[len(lows)/2]; !math.IsInf(middle, 0) {
		return 2 * middle
	}
	return 0
}

// strengthFor finds how much worse the champion has to be made for a metric to
// fall by so much, and whether it can be.
func (s *study) strengthFor(row result.Compared, drop float64) (float64, bool) {
	falls := func(strength float64) bool {
		m := newModel(s.Champion.Len())
		for i := range m.row {
			m.row[i] = int32(i)
		}
		s.lab.worsen(&m, strength, s.lab.random(math.MaxUint64))
		value, err := metrics.Compute(row.Metric, s.lab.write(m))
		return err != nil || turned(row.Better)*(*row.Champion-value) >= drop
	}
	top := s.lab.hardest()
	if !falls(top) {
		return top, false
	}
	low, high := 0.0, top
	for range 30 {
		if middle := (low + high) / 2; falls(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high, true
}

func (s *study) alpha() float64 { return (1 - s.itself.Confidence) / 2 }
