package metrics_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// anchored returns the row against the anchor.
func anchored(t *testing.T, c *metrics.Comparisons, metric string) result.Compared {
	t.Helper()
	at := slices.IndexFunc(c.Rows, func(r result.Compared) bool { return r.Metric == metric && r.Against == "anchor" })
	if at < 0 {
		t.Fatalf("no row of %s against the anchor", metric)
	}
	return c.Rows[at]
}

// passes says whether the gate would let a candidate pass that need not be worse.
func passes(c *metrics.Comparisons) bool {
	return !c.Impossible() && !slices.ContainsFunc(c.Rows, func(r result.Compared) bool {
		return r.Verdict == result.Worse || r.Verdict == result.Inconclusive && r.Require == result.NonInferior
	})
}

// chain has ten models, each of which would be worse than the champion by 0.9
// margins, ask to be the champion, and returns how many were let in.
func chain(t *testing.T, anchor bool) int {
	t.Helper()
	const n, margin, step = 10_000, 0.05, 450
	wrong := func(version int) *predictions.Set { return hits(t, n, span(0, version*step)...) }
	var opts metrics.Options
	if anchor {
		opts.Anchor = wrong(0)
	}
	champion := 0
	for range 10 {
		if !passes(compare(t, wrong(champion+1), wrong(champion), []metrics.Spec{gated("accuracy", margin)}, opts)) {
			break
		}
		champion++
	}
	return champion
}

// Ten merges, each not worse by more than the margin, lose nine margins together;
// the anchor stops them at two.
func TestCreepStops(t *testing.T) {
	if let := chain(t, false); let != 10 {
		t.Errorf("without an anchor %d of 10 pass, so this chain shows nothing", let)
	}
	if let := chain(t, true); let != 2 {
		t.Errorf("with an anchor %d pass, want 2: 1.8 of 2 margins are lost, and the next would be 2.7", let)
	}
}

func TestVerdictsAgainstTheAnchor(t *testing.T) {
	creep := metrics.Margin{Value: 0.03}
	percent := metrics.Margin{Value: 1, Percent: true}
	tests := map[string]struct {
		lost    int // rows of 1000 that the anchor has right and the candidate has not
		margin  metrics.Margin
		creep   *metrics.Margin
		allowed float64
		want    result.Outcome
	}{
		"within twice the margin":          {18, metrics.Margin{Value: 0.01}, nil, 0.02, result.Inconclusive},
		"beyond twice the margin":          {40, metrics.Margin{Value: 0.01}, nil, 0.02, result.Worse},
		"beyond, but within its own creep": {25, metrics.Margin{Value: 0.01}, &creep, 0.03, result.Inconclusive},
		"beyond its own creep":             {50, metrics.Margin{Value: 0.01}, &creep, 0.03, result.Worse},
		"percentages are of the anchor's":  {40, percent, nil, 0.02, result.Worse},
		"no drop is allowed":               {20, metrics.Margin{}, nil, 0, result.Worse},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			candidate := hits(t, 1000, span(0, test.lost)...)
			spec := metrics.Spec{Metric: "accuracy", Margin: test.margin, Creep: test.creep, Require: result.NotWorse, Gated: true}
			c := compare(t, candidate, candidate, []metrics.Spec{spec}, metrics.Options{Anchor: hits(t, 1000)})
			got := anchored(t, c, "accuracy")
			if got.Verdict != test.want || got.Margin != test.allowed || got.Require != result.NotWorse || !got.Gated {
				t.Errorf("%s with %v allowed, require %s: %+v", got.Verdict, got.Margin, got.Require, got)
			}
			if *got.Champion != 1 || *got.PAdjusted < 2**got.P {
				t.Errorf("the anchor has %v, p %v adjusted %v", *got.Champion, *got.P, *got.PAdjusted)
			}
		})
	}
}

// The anchor's rows share half of α with the overall metrics and the required slices.
func TestTheAnchorIsOneFamilyWithTheOverallMetrics(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	good, bad := simulated(random, 400, 0.2, 0.6)
	specs := []metrics.Spec{gated("accuracy", 0), gated("roc_auc", 0)}
	alone := compare(t, bad.predictions(t), good.predictions(t), specs, metrics.Options{})
	with := compare(t, bad.predictions(t), good.predictions(t), specs, metrics.Options{Anchor: good.predictions(t)})
	if want := "Holm: half of α over 4 overall, anchor and required, half over 0 further slices"; with.Adjustment != want {
		t.Errorf("adjustment is %q", with.Adjustment)
	}
	for _, spec := range specs {
		before, after, anchor := row(t, alone, spec.Metric, ""), row(t, with, spec.Metric, ""), anchored(t, with, spec.Metric)
		if *after.P != *before.P || *after.PAdjusted < *before.PAdjusted {
			t.Errorf("%s: p %v → %v, adjusted %v → %v", spec.Metric, *before.P, *after.P, *before.PAdjusted, *after.PAdjusted)
		}
		if *anchor.P != *after.P || *anchor.Diff != *after.Diff {
			t.Errorf("%s: the anchor is the champion's like, and differs: %+v", spec.Metric, anchor)
		}
		if anchor.Blind {
			t.Errorf("%s: the row against the anchor says that the gate is blind", spec.Metric)
		}
	}
}

func TestWhereThereIsNothingToHoldAgainstTheAnchor(t *testing.T) {
	model, anchor := hits(t, 100), hits(t, 100, 1)
	specs := []metrics.Spec{gated("accuracy", 0.1)}
	for name, c := range map[string]*metrics.Comparisons{
		"the same model":           compare(t, model, model, specs, metrics.Options{Anchor: anchor, SameModel: true}),
		"the first model":          compare(t, model, nil, specs, metrics.Options{Anchor: anchor}),
		"a metric that only shows": compare(t, model, model, []metrics.Spec{{Metric: "accuracy"}}, metrics.Options{Anchor: anchor}),
	} {
		if len(c.Rows) != 1 || len(c.Problems) != 0 {
			t.Errorf("%s: %+v, %+v", name, c.Rows, c.Problems)
		}
	}
}

// Rows that the anchor did not answer are a problem, and no reason to leave it out.
func TestAnAnchorThatAnsweredOtherRows(t *testing.T) {
	for name, anchor := range map[string]*predictions.Set{
		"rows":   hits(t, 99),
		"labels": labelled(t, 100, 1),
	} {
		c := compare(t, hits(t, 100), hits(t, 100), []metrics.Spec{gated("accuracy", 0.1)}, metrics.Options{Anchor: anchor})
		if !c.Impossible() || c.Problems[0].Code != metrics.AnchorDiffers || !strings.Contains(c.Problems[0].Message, "anchor") || strings.Contains(c.Problems[0].Message, "champion") {
			t.Errorf("%s: problems %+v", name, c.Problems)
		}
		if got := row(t, c, "accuracy", ""); got.Champion == nil {
			t.Errorf("%s: the champion is not compared any more: %+v", name, got)
		}
	}
}

func TestACreepThatAllowsEverything(t *testing.T) {
	for _, creep := range []metrics.Margin{{Value: 1}, {Value: -1}} {
		spec := gated("accuracy", 0.01)
		spec.Creep = &creep
		_, err := metrics.Compare(t.Context(), hits(t, 10), hits(t, 10), []metrics.Spec{spec}, metrics.Options{})
		if err == nil || !strings.Contains(err.Error(), "creep") {
			t.Errorf("creep %v: error is %v", creep, err)
		}
	}
}

// labelled are predictions of which every row has the same label.
func labelled(t *testing.T, n int, label float64) *predictions.Set {
	t.Helper()
	return table{labels: slices.Repeat([]float64{label}, n), scores: make([]float64, n)}.predictions(t)
}
