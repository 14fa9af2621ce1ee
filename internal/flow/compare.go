package flow

import (
	"cmp"
	"context"
	"io"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

// Compare holds what two models answered against one another, and decides
// nothing: the gate does.
type Compare struct {
	// Project is nil where there is no muster.yaml. Else its columns and its gate
	// section count for whatever the other fields leave open.
	Project *Project
	// Columns that are empty are the project's, or those of convention.
	Columns predictions.Columns
	// Metrics are the metrics to compare; if there are none, the gate's, and
	// without a gate all that the data can give, ungated.
	Metrics []metrics.Spec
	// Lower names columns of values of which less is better.
	Lower []string
	// Require is what gated metrics must show; empty for what the gate says.
	Require result.Require
	// Recipe asks which way of training is better, not which model: each side has
	// the predictions of several models that differ in nothing but their seed.
	Recipe bool
	// Options that are zero are the gate's, or the defaults.
	Options metrics.Options
	// Plots is the folder that plots go to; empty for none.
	Plots string
	// Stdin is what the name - stands for.
	Stdin io.Reader
	// Version is muster's own, for the receipt.
	Version string
}

// samePredictions warns that both sides are the same file. That is not the same
// model: two models may answer alike, and the next row may tell them apart.
const samePredictions = "same-predictions"

// comparing is what the steps of a comparison hand on to one another.
type comparing struct {
	columns             predictions.Columns
	candidate, champion source
	mine, theirs        answers
	// specs are what is compared; chosen says that nobody named them.
	specs    []metrics.Spec
	chosen   bool
	opts     metrics.Options
	compared *metrics.Comparisons
	problems []result.Problem
}

// Do compares the candidate with the champion, each named as a file, a folder, a
// pattern, a version, an alias or a run. What keeps them from being compared are
// problems in the result; the error is for a side that cannot be read, and for
// metrics or options that make no sense.
func (c Compare) Do(ctx context.Context, champion, candidate string) (result.Comparison, error) {
	s := &comparing{}
	if err := c.find(ctx, s, champion, candidate); err != nil {
		return result.Comparison{}, err
	}
	if doc, ok, err := c.onlyNumbers(s); ok || err != nil {
		return doc, err
	}
	steps := []func(context.Context, *comparing) error{c.read, c.choose, c.compare}
	for _, step := range steps {
		if err := step(ctx, s); err != nil {
			return result.Comparison{}, err
		}
	}
	doc := c.conclude(s)
	return doc, c.plot(s, &doc)
}

// read reads both sides at once.
func (c Compare) read(ctx context.Context, s *comparing) error {
	s.columns = c.columns()
	var err error
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		s.theirs, err = s.champion.read(ctx, s.columns)
		return err
	})
	s.mine, err = s.candidate.read(ctx, s.columns)
	// The champion's mistake comes first, as it does on the command line, whichever was found first.
	if first := group.Wait(); first != nil {
		return first
	}
	if err != nil {
		return err
	}
	return c.joinLabels(&s.theirs, &s.mine)
}

// columns are those of the project, but for those that the caller names.
func (c Compare) columns() predictions.Columns {
	columns := c.Columns
	if c.Project == nil {
		return columns
	}
	own := stages.PredictionColumns(c.Project.Config)
	columns.Unlabelled = c.labels() != nil
	columns.ID, columns.Label = cmp.Or(columns.ID, own.ID), cmp.Or(columns.Label, own.Label)
	columns.Score, columns.Prediction = cmp.Or(columns.Score, own.Score), cmp.Or(columns.Prediction, own.Prediction)
	columns.Group, columns.Time = cmp.Or(columns.Group, own.Group), cmp.Or(columns.Time, own.Time)
	columns.Weight, columns.Repeat = cmp.Or(columns.Weight, own.Weight), cmp.Or(columns.Repeat, own.Repeat)
	if columns.Threshold == nil {
		columns.Threshold = own.Threshold
	}
	if columns.Slices == nil {
		columns.Slices = own.Slices
	}
	if columns.Values == nil && len(c.Metrics) == 0 { // else the gate's metrics do not count
		columns.Values = own.Values
	}
	return columns
}

// compare computes and compares the metrics.
func (c Compare) compare(ctx context.Context, s *comparing) error {
	s.opts.SameModel = s.sameModel()
	compared, err := c.measure(ctx, s)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		return &CompareError{Message: err.Error()}
	}
	s.compared = compared
	s.problems = append(s.problems, compared.Problems...)
	s.leaveOut()
	if s.sameAnswers() && !s.opts.SameModel {
		s.problems = append(s.problems, result.Problem{
			Code: samePredictions, Severity: result.SeverityWarn,
			Message: "both sides are the same predictions, byte for byte; two models may answer alike, so the bound is that of models that were never seen to differ",
		})
	}
	return nil
}

func (c Compare) measure(ctx context.Context, s *comparing) (*metrics.Comparisons, error) {
	if c.Recipe {
		return metrics.CompareRecipes(ctx, s.mine.sets, s.theirs.sets, s.specs, s.opts)
	}
	return metrics.Compare(ctx, s.mine.sets[0], s.theirs.sets[0], s.specs, s.opts)
}

// sameModel reports whether both sides are known to be one model.
func (s *comparing) sameModel() bool {
	return s.candidate.side.Model != "" && s.candidate.side.Model == s.champion.side.Model
}

func (s *comparing) sameAnswers() bool { return slices.Equal(s.mine.digests, s.theirs.digests) }

// conclude writes the document.
func (c Compare) conclude(s *comparing) result.Comparison {
	doc := result.Comparison{
		Schema:    result.SchemaOf[result.Comparison](),
		Candidate: s.candidate.sideOf(s.mine), Champion: s.champion.sideOf(s.theirs),
		Comparison: s.compared.Rows, Problems: s.problems,
		Receipt: result.Receipt{
			EvaluationData: s.compared.Data, Rows: s.compared.N, Independence: s.compared.Independence,
			Confidence: s.compared.Confidence, Resamples: s.compared.Resamples, Seed: s.compared.Seed,
			Adjustment: s.compared.Adjustment, Question: "artefact", Muster: c.Version,
		},
	}
	if c.Recipe {
		doc.Receipt.Question = "recipe"
	}
	if c.Project != nil && c.Project.Config.Gate != nil && len(c.Metrics) == 0 {
		doc.Receipt.Gate = gateDigest(c.Project.Config)
	}
	if doc.Comparison == nil {
		doc.Comparison = []result.Compared{}
	}
	if !slices.ContainsFunc(doc.Comparison, func(row result.Compared) bool { return row.Gated }) {
		doc.Receipt.Adjustment = "" // there is nothing to adjust
	}
	doc.Verdict = overallVerdict(doc)
	doc.Reason = reason(doc, s.opts.SameModel)
	return doc
}
