package metrics

import (
	"context"
	"errors"
	"fmt"

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
// Overall rows keep what their spec requires. Slices are gated against being
// worse, so they require not-worse, whatever the metric requires overall.
//
// What is wrong with the data comes back as problems; the error is for wrong
// specs or options, and for a context that ended.
func Compare(ctx context.Context, candidate, champion *predictions.Set, specs []Spec, opts Options) (*Comparisons, error) {
	c, err := newComparer(candidate, champion, specs, opts)
	if err != nil {
		return nil, fmt.Errorf("compare models: %w", err)
	}
	c.join()
	c.addOverall()
	c.addSlices()
	if err := c.estimate(ctx); err != nil {
		return nil, fmt.Errorf("compare models: %w", err)
	}
	c.adjust()
	return c.finish(), nil
}

// comparer carries one comparison through its steps.
type comparer struct {
	candidate, champion *predictions.Set
	mine, theirs        *sample // the same by sample; theirs is nil without a champion
	specs               []Spec
	opts                Options
	// joined are the champion's rows in the candidate's order; nil if the models cannot be compared.
	joined []int32
	// why says why there is no comparison.
	why      string
	groups   []*group
	entries  []*entry
	problems []result.Problem
}

// group is a set of rows that are resampled together: all, or a slice.
type group struct {
	slice    string
	required bool
	// candidate and champion are the same examples in the same order.
	candidate, champion []int32
}

// family says with which other comparisons one is adjusted.
type family int

const (
	alone   family = iota // shown only
	main                  // overall metrics and required slices
	further               // the other slices
)

// entry is one comparison on its way.
type entry struct {
	spec       Spec
	definition Definition
	group      *group
	family     family
	pair       *pair // nil if there is nothing to estimate
	estimate   estimate
	row        result.Compared
	notes      []string
}

func newComparer(candidate, champion *predictions.Set, specs []Spec, opts Options) (*comparer, error) {
	if candidate == nil {
		return nil, errors.New("there are no predictions of the candidate")
	}
	if len(specs) == 0 {
		return nil, errors.New("no metrics are named")
	}
	c := &comparer{candidate: candidate, champion: champion, mine: newSample(candidate, candidate.Weight)}
	if champion != nil {
		c.theirs = newSample(champion, champion.Weight)
	}
	seen := make(map[string]bool)
	for _, spec := range specs {
		filled, err := spec.withDefaults()
		if err != nil {
			return nil, fmt.Errorf("metric %s: %w", input.Quote(spec.Metric), err)
		}
		if seen[spec.Metric] {
			return nil, fmt.Errorf("metric %s is named twice", input.Quote(spec.Metric))
		}
		seen[spec.Metric] = true
		c.specs = append(c.specs, filled)
	}
	var err error
	c.opts, err = opts.withDefaults(c.specs)
	return c, err
}

// join finds each row's partner.
func (c *comparer) join() {
	if c.champion == nil {
		c.why = "no champion to compare with"
		return
	}
	rows, problems := join(c.candidate, c.champion)
	if len(problems) > 0 {
		c.problems = append(c.problems, problems...)
		c.why = "not compared: " + problems[0].Code
		return
	}
	c.joined = rows
}

// addOverall adds the comparisons over all rows.
func (c *comparer) addOverall() {
	all := &group{candidate: make([]int32, c.candidate.Len()), champion: c.joined}
	for row := range all.candidate {
		all.candidate[row] = int32(row)
	}
	c.groups = append(c.groups, all)
	for _, spec := range c.specs {
		definition, err := LookupIn(c.candidate, spec.Metric)
		if err != nil {
			problem := impossible(MetricUnknown, err.Error())
			problem.Metric = spec.Metric
			c.problems = append(c.problems, problem)
			continue
		}
		e := c.newEntry(spec, definition, all)
		if spec.Gated && !definition.Reported {
			e.family = main
		}
		if err := c.measure(e); err != nil {
			problem := impossible(MetricUndefined, err.Error())
			problem.Metric = spec.Metric
			c.problems = append(c.problems, problem)
			e.notes = append(e.notes, "could not be computed")
		}
		c.entries = append(c.entries, e)
	}
}

func (c *comparer) newEntry(spec Spec, definition Definition, g *group) *entry {
	if definition.EitherWay && spec.Better != "" {
		definition.Better = spec.Better
	}
	return &entry{spec: spec, definition: definition, group: g, row: result.Compared{
		Metric: spec.Metric, Slice: g.slice, Better: definition.Better, Unit: definition.Unit, N: len(g.candidate),
		Require: spec.Require, Gated: spec.Gated && !definition.Reported && c.champion != nil,
		Verdict: result.Inconclusive, Method: "none",
	}}
}

// measure computes the metric of both models.
func (c *comparer) measure(e *entry) error {
	prepared, value, err := e.definition.on(c.mine.part(e.group.candidate))
	if err != nil {
		return fmt.Errorf("candidate: %w", err)
	}
	e.row.Candidate = &value
	e.row.Margin = e.spec.Margin.Absolute(0) // a percentage needs a champion
	if c.joined == nil {
		e.notes = append(e.notes, c.why)
		if c.champion == nil {
			e.row.Method = "none: first model"
		}
		return nil
	}
	other, before, err := e.definition.on(c.theirs.part(e.group.champion))
	if err != nil {
		return fmt.Errorf("champion: %w", err)
	}
	difference := value - before
	e.row.Champion, e.row.Diff = &before, &difference
	e.row.Margin = e.spec.Margin.Absolute(before)
	e.pair = &pair{candidate: prepared, champion: other, rows: len(e.group.candidate), sign: 1, proportion: e.definition.proportion}
	if e.definition.Better == result.Lower {
		e.pair.sign = -1
	}
	return nil
}

// finish gives the verdicts and puts everything in order.
func (c *comparer) finish() *Comparisons {
	out := &Comparisons{
		Data: c.candidate.Digest(), N: c.candidate.Len(), Adjustment: c.adjustment(),
		Confidence: c.opts.Confidence, Resamples: c.opts.Resamples, Seed: c.opts.Seed,
	}
	for _, e := range c.entries {
		if e.pair != nil {
			c.conclude(e)
		}
		out.Rows = append(out.Rows, e.finished())
	}
	out.Problems = c.problems
	return out
}
