package metrics

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/muster-ci/muster/internal/result"
)

// measure computes the metrics of all entries that have not been measured, and
// estimates what needs no resampling.
func (c *comparer) measure(ctx context.Context) error {
	var open []*entry
	for _, e := range c.entries {
		if !e.measured {
			open = append(open, e)
		}
	}
	tasks := tasksOf(open)
	err := each(ctx, len(tasks), func(i int) {
		left := false
		for _, e := range tasks[i] {
			if e.measured, e.err = true, c.measureEntry(e); e.err == nil && e.pair != nil {
				c.estimate(e)
			}
			left = left || e.pair != nil
		}
		if !left {
			tasks[i][0].subset.release()
		}
	})
	if err != nil {
		return err
	}
	for _, e := range open {
		if said := e.subset.against != "" && c.undefined(e.spec.Metric); e.err != nil && !e.small && !said {
			problem := impossible(MetricUndefined, e.err.Error())
			problem.Metric, problem.Slice = e.spec.Metric, e.subset.slice
			c.problems = append(c.problems, problem)
			e.notes = append(e.notes, "could not be computed")
		}
	}
	return nil
}

// tasksOf divides the work: the metrics on all rows are one piece each, those on
// a slice are one together, so that few slices are laid out at a time.
func tasksOf(open []*entry) [][]*entry {
	var tasks [][]*entry
	for _, e := range open {
		last := len(tasks) - 1
		if last >= 0 && e.subset.slice != "" && tasks[last][0].subset == e.subset {
			tasks[last] = append(tasks[last], e)
		} else {
			tasks = append(tasks, []*entry{e})
		}
	}
	return tasks
}

// measureEntry computes the metric of both models.
func (c *comparer) measureEntry(e *entry) error {
	e.row.Margin = e.spec.Margin.Absolute(0) // a percentage needs a champion
	p, err := c.newPair(e)
	if err != nil {
		return err
	}
	value := averageOf(p.candidates)
	if !finite(value) {
		return e.notFinite()
	}
	e.row.Candidate = &value
	if c.why != "" {
		e.notes = append(e.notes, c.why)
		if len(c.championSets) == 0 {
			e.row.Method = "none: first model"
		}
		return nil
	}
	before := averageOf(p.champions)
	difference, margin := value-before, e.spec.Margin.Absolute(before)
	if !finite(before, difference, margin) {
		return e.notFinite()
	}
	e.row.Champion, e.row.Diff, e.row.Margin = &before, &difference, margin
	if e.small && !c.opts.SameModel {
		return nil
	}
	e.compared = true
	if !c.opts.SameModel {
		e.pair = p
	}
	return nil
}

// notFinite is for numbers so large that their sum, difference or share is none.
func (e *entry) notFinite() error {
	return fmt.Errorf("compute %s: %w", e.definition.shown(), e.subset.candidates[0].sample.set.ErrorOf("",
		"the mean, its difference from the champion's, or the margin is not finite", "scale the values down"))
}

func finite(values ...float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
}

// pair is one metric of both models on the same items. Differences are turned so
// that above 0 the candidate is better. A side has several models only where
// recipes are compared.
type pair struct {
	subset                *subset
	candidates, champions []*measured
	sign                  float64   // −1 where lower is better
	table                 *table    // where it is computed from one
	moves                 []float64 // what influence returns, once it was asked for
}

// measured is a metric of one model on a subset.
type measured struct {
	rows  layout // nil where it is computed from a table
	stat  statistic
	value float64
	// ofRows is the metric by row where stat is by cell.
	ofRows statistic
}

// layout says what of a sample is of which unit.
type layout interface {
	// sums adds up by unit what the places have, by their weights.
	sums(values []float64, units int) []float64
	// total is the weight of all places.
	total() float64
}

// newPair prepares a metric on the rows of a subset.
func (c *comparer) newPair(e *entry) (*pair, error) {
	s := e.subset
	p := &pair{subset: s, sign: 1}
	if e.row.Better == result.Lower {
		p.sign = -1
	}
	for i, on := range slices.Concat(s.candidates, s.champions) {
		m, err := p.measure(i, on, e.definition)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.who(i), err)
		}
		if i < len(s.candidates) {
			p.candidates = append(p.candidates, m)
		} else {
			p.champions = append(p.champions, m)
		}
	}
	return p, nil
}

// who names side i.
func (s *subset) who(i int) string {
	if i < len(s.candidates) {
		return "candidate"
	}
	if s.against != "" {
		return s.against
	}
	return championSide
}

// measure prepares a metric on the rows of side i: on its cells, if decisions
// are all that it needs.
func (p *pair) measure(i int, on *placed, d Definition) (*measured, error) {
	if d.EitherWay { // it may be a column that stands elsewhere in this set, or is not there
		here, err := LookupIn(on.sample.set, d.Name)
		if err != nil {
			return nil, err
		}
		d = here
	}
	stat, err := d.prepared(on.sample)
	if err != nil {
		return nil, fmt.Errorf("compute %s: %w", d.Name, err)
	}
	m := &measured{rows: on, stat: stat}
	if rows, ok := stat.(*contingency); ok {
		m.ofRows = rows
		if table := p.subset.table(); table != nil {
			p.table = table
			m.rows, m.stat = nil, rows.collapsed(table.side(i), table.counts)
		} else if cells := on.cells(); cells != nil {
			m.rows, m.stat = cells, rows.collapsed(cells.decided, cells.weight)
		}
	}
	m.value = m.stat.value(nil)
	if math.IsNaN(m.value) || math.IsInf(m.value, 0) {
		return nil, fmt.Errorf("compute %s: %w", d.Name, on.sample.set.ErrorOf("", "the result is not finite", "scale labels and scores down"))
	}
	return m, nil
}

func averageOf(models []*measured) float64 {
	sum := 0.0
	for _, m := range models {
		sum += m.value
	}
	return sum / float64(len(models))
}

func (p *pair) difference() float64 {
	return p.sign * (averageOf(p.candidates) - averageOf(p.champions))
}

// influence returns by unit how much the difference changes with it, scaled so
// that the difference is about its true value plus the mean. It is computed once,
// and nobody writes to it.
func (p *pair) influence() []float64 {
	if p.moves != nil {
		return p.moves
	}
	out := make([]float64, p.subset.units)
	for i, m := range slices.Concat(p.candidates, p.champions) {
		scale := p.sign * float64(p.subset.units) / m.rows.total() / float64(len(p.candidates))
		if i >= len(p.candidates) {
			scale = -p.sign * float64(p.subset.units) / m.rows.total() / float64(len(p.champions))
		}
		for unit, sum := range m.rows.sums(m.stat.influence(), len(out)) {
			out[unit] += float64(scale * sum)
		}
	}
	p.moves = out
	return out
}

// influenceByCell is the influence of a row of each cell of the table.
func (p *pair) influenceByCell() []float64 {
	out := make([]float64, len(p.table.counts))
	champion := p.champions[0].stat.influence()
	for cell, v := range p.candidates[0].stat.influence() {
		out[cell] = p.sign * (v - champion[cell])
	}
	return out
}
