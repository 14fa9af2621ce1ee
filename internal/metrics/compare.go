package metrics

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// Comparisons is what the data say about candidate and champion.
type Comparisons struct {
	// Rows has the overall metrics in the order of the specs, then the slices.
	Rows []result.Compared
	// Problems are in a fixed order; one of severity deny means that the gate must not pass.
	Problems []result.Problem
	// Data is the digest of the candidate's evaluation data, N its number of rows.
	Data string
	N    int
	// Independence says what was taken to be independent.
	Independence string
	// Confidence, Resamples, Seed and Adjustment are for the receipt; Resamples is the least number.
	Confidence float64
	Resamples  int
	Seed       uint64
	Adjustment string
}

// Impossible says whether a problem keeps the gate from passing.
func (c *Comparisons) Impossible() bool {
	for _, p := range c.Problems {
		if p.Severity == result.SeverityDeny {
			return true
		}
	}
	return false
}

// Compare computes each metric of both models, overall and on slices, and gives
// every difference an interval and a verdict. Without a champion (nil) the rows
// hold the candidate's values only and are not gated.
//
// With an anchor in the options each gated metric has a second row over all rows,
// Against the anchor. Overall rows keep what their spec requires. Slices are gated against being
// worse, so they require not-worse, whatever the metric requires overall.
//
// What is wrong with the data comes back as problems; the error is for wrong
// specs or options, and for a context that ended.
func Compare(ctx context.Context, candidate, champion *predictions.Set, specs []Spec, opts Options) (*Comparisons, error) {
	if candidate == nil {
		return nil, errors.New("compare models: there are no predictions of the candidate")
	}
	c := &comparer{candidateSets: []*predictions.Set{candidate}}
	if champion != nil {
		c.championSets = []*predictions.Set{champion}
	}
	return c.compare(ctx, specs, opts)
}

// compare takes the sets through the steps of a comparison.
func (c *comparer) compare(ctx context.Context, specs []Spec, opts Options) (*Comparisons, error) {
	if err := c.configure(specs, opts); err != nil {
		return nil, fmt.Errorf("compare models: %w", err)
	}
	c.join()
	c.addOverall()
	c.addAnchor()
	if err := c.measure(ctx); err != nil {
		return nil, fmt.Errorf("compare models: %w", err)
	}
	c.addSlices()
	for _, step := range []func(context.Context) error{c.measure, c.resample, c.refine} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("compare models: %w", err)
		}
	}
	c.adjust()
	c.conclude()
	return c.finish(), nil
}

// comparer carries one comparison through its steps. Each side has several sets
// only where recipes are compared, one for each seed.
type comparer struct {
	candidateSets, championSets []*predictions.Set
	recipe                      bool
	specs                       []Spec
	opts                        Options

	// The sets, laid over the items of the first candidate.
	candidates, champions []*side
	// anchors is the anchor, if there is one; see anchor.go.
	anchors    []*side
	dependence dependence
	// why says why there is no comparison; then there are no champions.
	why      string
	entries  []*entry
	problems []result.Problem
}

// family says with which other comparisons one is adjusted.
type family int

const (
	alone   family = iota // shown only
	main                  // overall metrics, those against the anchor, and required slices
	further               // the other slices
)

// entry is one comparison on its way.
type entry struct {
	spec       Spec
	definition Definition
	subset     *subset
	family     family
	err        error // why the metric could not be computed
	measured   bool
	small      bool  // too few rows to compare
	compared   bool  // there are values of both sides
	pair       *pair // kept only until there is an estimate
	block      int   // length of blocks of time
	replicates []float64
	drawn      int  // how many resamples there are
	beyond     bool // an end of the interval lies beyond all resamples
	estimate   estimate
	row        result.Compared
	notes      []string
}

// configure checks what is asked for.
func (c *comparer) configure(specs []Spec, opts Options) error {
	if len(specs) == 0 {
		return errors.New("no metrics are named")
	}
	seen := make(map[string]bool)
	for _, spec := range specs {
		filled, err := spec.withDefaults()
		if err != nil {
			return fmt.Errorf("metric %s: %w", input.Quote(spec.Metric), err)
		}
		if seen[spec.Metric] {
			return fmt.Errorf("metric %s is named twice", input.Quote(spec.Metric))
		}
		seen[spec.Metric] = true
		c.specs = append(c.specs, filled)
	}
	var err error
	c.opts, err = opts.withDefaults(c.specs)
	return err
}

// join lays the sets over one another.
func (c *comparer) join() {
	first, _, _ := lay(c.candidateSets[0], c.candidateSets[0])
	c.candidates = []*side{first}
	c.forbid(first.agreesWithItself())
	var mixed []result.Problem
	c.dependence, mixed = dependenceOf(first)
	c.forbid(mixed)
	others, problems := layAll(c.candidateSets[1:], first, championSide)
	c.forbid(problems)
	champions, problems := layAll(c.championSets, first, championSide)
	c.forbid(problems)
	switch {
	case len(c.championSets) == 0:
		c.why = "no champion to compare with"
	case c.why == "":
		c.candidates, c.champions = append(c.candidates, others...), champions
	}
	c.joinAnchor(first)
	for _, s := range slices.Concat(c.candidates, c.champions, c.anchors) {
		s.all = newSample(s.set, s.weights())
	}
}

// forbid notes problems that leave nothing to compare.
func (c *comparer) forbid(problems []result.Problem) {
	if len(problems) == 0 {
		return
	}
	c.problems = append(c.problems, problems...)
	if c.why == "" {
		c.why = "not compared: " + problems[0].Code
	}
}

// addOverall adds the comparisons over all rows.
func (c *comparer) addOverall() {
	all := c.newSubset("", nil, c.champions)
	for _, spec := range c.specs {
		definition, err := LookupIn(c.candidates[0].set, spec.Metric)
		if err != nil {
			problem := impossible(MetricUnknown, err.Error())
			problem.Metric = spec.Metric
			c.problems = append(c.problems, problem)
			continue
		}
		e := c.newEntry(spec, definition, all)
		if e.row.Gated {
			e.family = main
		}
		c.entries = append(c.entries, e)
	}
}

func (c *comparer) newEntry(spec Spec, definition Definition, s *subset) *entry {
	if definition.EitherWay && spec.Better != "" {
		definition.Better = spec.Better
	}
	e := &entry{spec: spec, definition: definition, subset: s, row: result.Compared{
		Metric: spec.Metric, Slice: s.slice, Better: definition.Better, Unit: definition.Unit, N: s.n,
		Require: spec.Require, Gated: spec.Gated && !definition.Reported && len(c.championSets) > 0,
		Verdict: result.Inconclusive, Method: "none",
	}}
	if c.dependence.kind != rows {
		e.row.Groups = s.units
	}
	return e
}

// finish puts everything together.
func (c *comparer) finish() *Comparisons {
	first := c.candidateSets[0]
	out := &Comparisons{
		Data: first.Digest(), N: first.Len(), Independence: c.dependence.String(), Adjustment: c.adjustment(),
		Confidence: c.opts.Confidence, Resamples: c.opts.Resamples, Seed: c.opts.Seed, Problems: c.problems,
	}
	for _, e := range c.entries {
		out.Rows = append(out.Rows, e.finished())
	}
	return out
}
