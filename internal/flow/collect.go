package flow

import (
	"context"
	"errors"
	"time"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

// Collect puts the project's last results together as one report, and scores the
// repository as it is. A decision or
// promotion that is about another run than the last one is left out: it would
// say something about a model that is no longer the candidate.
func Collect(ctx context.Context, p *Project, now time.Time) (result.Report, error) {
	report, err := collectRun(p, "last", now)
	if err != nil {
		return report, err
	}
	assessment, err := Score(ctx, p.Dir)
	report.Assessment = &assessment
	return report, err
}

// CollectRun puts together what is known of one run, which may be an earlier
// one: the repository's score is not of it.
func CollectRun(p *Project, ref string, now time.Time) (result.Report, error) {
	report, err := collectRun(p, ref, now)
	if err == nil && report.Run == nil {
		err = stages.ErrNoRun
	}
	return report, err
}

func collectRun(p *Project, ref string, now time.Time) (result.Report, error) {
	report := result.Report{
		Schema: result.SchemaOf[result.Report](), Pipeline: p.Config.Name, Created: now.UTC().Truncate(time.Second),
	}
	run, err := p.Folder.LoadRun(ref, p.Config.Name)
	switch {
	case ref == "last" && errors.Is(err, stages.ErrNoRun):
	case err != nil:
		return report, err
	default:
		report.Run = &run
		if run.Git != nil {
			report.Commit = run.Git.Commit
		}
	}
	if report.Decision, err = optional[result.Decision](p, DecisionFile); err != nil {
		return report, err
	}
	if d := report.Decision; d != nil && !sameCandidate(d.Candidate, run.Candidate) {
		report.Decision = nil
	}
	if report.Promotion, err = optional[result.Promotion](p, PromotionFile); err != nil {
		return report, err
	}
	if m := report.Promotion; m != nil && (report.Decision == nil || m.Digest != report.Decision.Candidate.Digest) {
		report.Promotion = nil
	}
	addIllustration(p, &report)
	return report, nil
}

// sameCandidate reports whether both are the same model, made and measured the same way.
func sameCandidate(a, b *result.Model) bool {
	return a != nil && b != nil && a.Digest == b.Digest && a.TrainingKey == b.TrainingKey && a.EvaluationKey == b.EvaluationKey
}

// optional loads a result that may not have been made.
func optional[T result.Document](p *Project, name string) (*T, error) {
	doc, err := load[T](p, "", name)
	if errors.Is(err, ErrNotThere) {
		return nil, nil
	}
	return &doc, err
}
