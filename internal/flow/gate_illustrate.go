package flow

import (
	"math"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/result"
)

// IllustrationFile is what the report draws beside the last decision.
const IllustrationFile = "illustration.json"

// illustrate writes down what the answers of both models look like, and what was
// promoted before. The history is that of the ruler's registry, whatever the
// change's own configuration names.
func (g Gate) illustrate(t *trial, decision result.Decision) error {
	doc := newIllustration(decision)
	if t.mine != nil && t.compared != nil {
		doc.Curves = &result.CurvePair{Candidate: rounded(metrics.Curves(t.mine))}
		if t.theirs.set != nil {
			doc.Curves.Champion = rounded(metrics.Curves(t.theirs.set))
		}
	}
	for _, p := range t.facts.history {
		doc.History = append(doc.History, result.PastChampion{Version: p.Version, At: p.At, Override: p.Override, Metrics: p.Metrics, Data: p.Data})
	}
	return save(g.Project, IllustrationFile, doc)
}

// newIllustration is an empty one of that decision.
func newIllustration(d result.Decision) result.Illustration {
	doc := result.Illustration{Schema: result.SchemaOf[result.Illustration](), Decided: d.Created}
	if d.Candidate != nil {
		doc.Model = d.Candidate.Digest
	}
	if d.Champion != nil {
		doc.Against = d.Champion.Digest
	}
	return doc
}

// rounded keeps of each point what a plot can show: it has some hundred dots a side.
func rounded(c result.Curves) result.Curves {
	for _, curve := range [][]result.Point{c.ROC, c.PrecisionRecall} {
		for i, p := range curve {
			curve[i] = result.Point{X: math.Round(p.X*1e4) / 1e4, Y: math.Round(p.Y*1e4) / 1e4}
		}
	}
	return c
}

// addIllustration gives a report what its page draws. A report without it is as
// good, so that what cannot be read, or is of another decision, is left out.
func addIllustration(p *Project, report *result.Report) {
	if report.Decision == nil {
		return
	}
	doc, err := optional[result.Illustration](p, IllustrationFile)
	if err != nil || doc == nil {
		return
	}
	want := newIllustration(*report.Decision)
	if doc.Decided.Equal(want.Decided) && doc.Model == want.Model && doc.Against == want.Against {
		report.Curves, report.History = doc.Curves, doc.History
	}
}
