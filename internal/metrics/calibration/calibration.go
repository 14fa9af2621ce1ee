// Package calibration asks what a gate can see with the data that it has: it
// makes candidates that are known to be as good as the champion, and others that
// are known to be worse, and counts what [metrics.Compare] says of them.
//
// A [Request] goes in, a result.Calibration comes out; nothing is read or
// printed. docs/calibrate.md says what is assumed.
package calibration

import (
	"context"
	"fmt"
	"sync"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

const (
	// DefaultCorrelation is how alike two models of one quality are taken to
	// answer, where there is no second one to look at.
	DefaultCorrelation = 0.8
	// fewestTrials is the number of candidates below which a share means little.
	fewestTrials = 20
	// mostTrials bounds the work.
	mostTrials = 100_000

	// passes is the share of equal candidates that a margin must let pass, and
	// power the share of worse ones in which a drop counts as seen.
	passes = 0.95
	power  = 0.8
)

// Request says what is to be calibrated.
type Request struct {
	Champion *predictions.Set
	// Other is a second model on the same rows, whose differences from the champion
	// are taken; nil if there is none.
	Other   *predictions.Set
	Specs   []metrics.Spec
	Options metrics.Options
	// Trials is how many equal candidates are made; 0 for a number by the size of the data.
	Trials int
	// Correlation is that of the champion's answers and an equal candidate's among
	// rows of one label, from 0 up to below 1; see [result.Assumption].
	Correlation float64
	// EqualOnly leaves drops out: what margins there are to be had is known without them.
	EqualOnly bool
	// Progress hears how many of all candidates have been compared; nil if nobody listens.
	Progress func(done, all int)
}

// InvalidError says that a request makes no sense.
type InvalidError struct{ Message, Advice string }

func (e *InvalidError) Error() string { return e.Message }

// Hint says what to do.
func (e *InvalidError) Hint() string { return e.Advice }

// Calibrate finds out what the data can carry. The same request gives the same
// answer on any number of cores. What is wrong with the data is among the
// problems of the result, and Same is false then.
func Calibrate(ctx context.Context, request Request) (result.Calibration, error) {
	if err := request.check(); err != nil {
		return result.Calibration{}, err
	}
	s := &study{Request: request}
	steps := []func(context.Context) error{
		s.compareWithItself,
		s.prepare,
		s.tryEqual,
		s.tryDrops,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return result.Calibration{}, fmt.Errorf("calibrate: %w", err)
		}
		if s.stopped {
			break
		}
	}
	return s.finish(), nil
}

func (r Request) check() error {
	switch {
	case r.Trials != 0 && r.Trials < fewestTrials, r.Trials > mostTrials:
		return &InvalidError{fmt.Sprintf("%d trials are not between %d and %d", r.Trials, fewestTrials, mostTrials), "leave the number out for one by the size of the data"}
	case !(r.Correlation >= 0 && r.Correlation < 1):
		return &InvalidError{
			fmt.Sprintf("a correlation of %v is not from 0 up to below 1", r.Correlation),
			"0 is a model whose mistakes have nothing to do with the champion's, 0.9 one that answers much alike; a model that answers exactly alike cannot be told apart",
		}
	}
	return nil
}

// study carries one calibration through its steps.
type study struct {
	Request
	lab *lab
	// itself is the champion against itself, byte for byte.
	itself  *metrics.Comparisons
	stopped bool // the data do not allow for more
	equal   *tally
	drops   []*tally
	closed  bool // shares are from formulas, the data being large
	out     result.Calibration
	// done of all candidates have been compared.
	progress  sync.Mutex
	done, all int
}

// compareWithItself holds the gate to its promise: the same bytes are equivalent.
func (s *study) compareWithItself(ctx context.Context) error {
	opts := s.Options
	opts.SameModel = true
	itself, err := metrics.Compare(ctx, s.Champion, s.Champion, s.Specs, opts)
	if err != nil {
		return err
	}
	s.itself, s.out.Same = itself, !itself.Impossible()
	for _, row := range itself.Rows {
		if row.Verdict != result.Equivalent || row.Diff == nil || *row.Diff != 0 {
			s.out.Same = false
		}
	}
	s.out.Problems, s.stopped = itself.Problems, !s.out.Same
	return nil
}

// prepare lays out from what candidates are made.
func (s *study) prepare(ctx context.Context) error {
	other, err := s.align(ctx)
	if err != nil {
		return err
	}
	s.lab = newLab(s.Request, other)
	return nil
}

// tryEqual compares equal candidates with the champion.
func (s *study) tryEqual(ctx context.Context) (err error) {
	s.closed = len(s.lab.units.rows) > closedFrom || s.Champion.Len() > manyRows
	s.all = s.trials()
	if !s.closed && !s.EqualOnly {
		s.all += steps * s.dropTrials()
	}
	s.equal, err = s.try(ctx, s.trials(), 0)
	return err
}
