package flow

import (
	"context"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity"
)

// Scoring scores a repository, as it lies there and as it was.
type Scoring struct {
	// Dir is a folder of the repository; no muster.yaml is needed.
	Dir     string
	Options maturity.Options
	// Cache is the folder in which scores of commits are kept; empty for none.
	Cache string
	// Build is the muster that scores; a score of another one is not taken from the cache.
	Build string
	// Step is told which part of how many begins; nil for nobody.
	Step func(part, of int, what string)
	// scorer is made when it is needed first: compiling the rubric takes its time.
	scorer *maturity.Scorer
}

// Score assesses the maturity of the repository at dir.
func Score(ctx context.Context, dir string) (result.Assessment, error) {
	return (&Scoring{Dir: dir}).Score(ctx)
}

// Score assesses what lies in the folder.
func (s *Scoring) Score(ctx context.Context) (result.Assessment, error) {
	return s.load().Score(ctx, s.Dir, s.Options)
}

// Explain says how the answer to a criterion came about.
func (s *Scoring) Explain(ctx context.Context, id string) (result.Rationale, error) {
	return s.load().Explain(ctx, s.Dir, id, s.Options)
}

func (s *Scoring) load() *maturity.Scorer {
	if s.scorer == nil {
		s.scorer = maturity.New()
	}
	return s.scorer
}

func (s *Scoring) step(part, of int, what string) {
	if s.Step != nil {
		s.Step(part, of, what)
	}
}
