package calibration

import (
	"context"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/result"
)

const (
	// closedFrom is the number of units above which formulas take the place of
	// counts: the mean of so many is normal. manyRows is that of rows, whatever the units.
	closedFrom = 5_000
	manyRows   = 50_000
	// slowFrom is the number of rows above which there are fewer trials.
	slowFrom = 1_000
	// dropPart is how many equal candidates there are for one of each drop.
	dropPart = 4
	// trialResamples is asked for in trials: fewer are not drawn at 95 %, and more
	// change the ends of an interval by a small part of its width.
	trialResamples = 800
)

// trials is how many equal candidates are made: where there are formulas, only
// as many as tell the standard errors.
func (s *study) trials() int {
	switch {
	case s.Trials > 0:
		return s.Trials
	case s.closed:
		return max(fewestTrials, min(100, 4_000_000/s.Champion.Len()))
	case s.Champion.Len() > slowFrom:
		return 200
	default:
		return 400
	}
}

// dropTrials is how many candidates are made for each drop.
func (s *study) dropTrials() int { return max(s.trials()/dropPart, fewestTrials) }

// tally is what became of candidates of one strength.
type tally struct {
	strength float64
	trials   []trial
}

// trial is what the gate made of one candidate.
type trial struct {
	rows   []seen
	denied bool
	// disagreement is the share of rows decided differently; NaN if answers are no decisions.
	disagreement float64
}

// seen is one row of a comparison, turned so that above 0 the candidate is better.
type seen struct {
	difference float64
	// low is the interval's lower end, −∞ if there is none.
	low                  float64
	detectable           float64 // NaN if it is not known
	shown, worse, denied bool
	method, note         string
	groups               int
}

// try compares so many candidates of a strength with the champion. Trial t
// depends on the seed and on t alone.
func (s *study) try(ctx context.Context, count int, strength float64) (*tally, error) {
	t := &tally{strength: strength, trials: make([]trial, count)}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), count) {
		group.Go(func() {
			for ctx.Err() == nil {
				at := int(next.Add(1)) - 1
				if at >= count {
					return
				}
				one, err := s.one(ctx, uint64(at), strength)
				if err != nil {
					cancel(err)
					return
				}
				t.trials[at] = one
				s.advance()
			}
		})
	}
	group.Wait()
	return t, context.Cause(ctx)
}

// advance tells whoever listens.
func (s *study) advance() {
	if s.Progress == nil {
		return
	}
	s.progress.Lock()
	defer s.progress.Unlock()
	s.done++
	s.Progress(s.done, s.all)
}

func (s *study) one(ctx context.Context, number uint64, strength float64) (trial, error) {
	worse, equal := s.lab.pair(number, strength)
	candidate, champion := s.lab.write(worse), s.lab.write(equal)
	compared, err := metrics.Compare(ctx, candidate, champion, s.Specs, s.trialOptions())
	if err != nil {
		return trial{}, err
	}
	out := trial{denied: compared.Impossible(), disagreement: math.NaN()}
	if share, decided := disagreement(candidate, champion); decided {
		out.disagreement = share
	}
	alpha := (1 - compared.Confidence) / 2
	for _, row := range compared.Rows {
		one := see(row, alpha)
		out.denied = out.denied || one.denied && row.Gated
		out.rows = append(out.rows, one)
	}
	return out, nil
}

// trialOptions are those of the gate with fewer resamples, unless it names a number itself.
func (s *study) trialOptions() metrics.Options {
	opts := s.Options
	if opts.Resamples == 0 {
		opts.Resamples = trialResamples
	}
	return opts
}

func see(row result.Compared, alpha float64) seen {
	turn := turned(row.Better)
	s := seen{low: math.Inf(-1), detectable: math.NaN(), worse: row.Verdict == result.Worse, method: row.Method, note: row.Note, groups: row.Groups}
	if row.Diff != nil {
		s.difference = turn * *row.Diff
	}
	if row.Interval != nil {
		s.low = min(turn*row.Interval[0], turn*row.Interval[1])
	}
	if row.Detectable != nil {
		s.detectable = *row.Detectable
	}
	s.shown = row.P != nil && *row.P <= alpha
	s.denied = denies(row.Require, row.Verdict)
	return s
}

// denies says what a requirement does not let pass.
func denies(require result.Require, verdict result.Outcome) bool {
	switch require {
	case result.NotWorse:
		return verdict == result.Worse
	case result.RequireBetter:
		return verdict != result.Better
	default:
		return verdict == result.Worse || verdict == result.Inconclusive
	}
}

func turned(better result.Direction) float64 {
	if better == result.Lower {
		return -1
	}
	return 1
}

// share counts trials in which something holds for a row.
func (t *tally) share(row int, holds func(seen) bool) float64 {
	count := 0
	for _, one := range t.trials {
		if holds(one.rows[row]) {
			count++
		}
	}
	return float64(count) / float64(len(t.trials))
}

// chance is a share with the standard error that so few trials leave.
func chance(share float64, trials int) result.Chance {
	n := float64(trials)
	smoothed := (share*n + 1) / (n + 2) // so that 0 of n is not taken for certain
	return result.Chance{Trials: trials, Denied: share, Error: math.Sqrt(smoothed * (1 - smoothed) / n)}
}

// values lists something of a row over the trials.
func (t *tally) values(row int, of func(seen) float64) []float64 {
	out := make([]float64, len(t.trials))
	for i, one := range t.trials {
		out[i] = of(one.rows[row])
	}
	return out
}

// spread is the standard deviation of the difference, whose mean is 0.
func (t *tally) spread(row int) float64 {
	sum := 0.0
	for _, one := range t.trials {
		sum += float64(one.rows[row].difference * one.rows[row].difference)
	}
	return math.Sqrt(sum / float64(len(t.trials)))
}
