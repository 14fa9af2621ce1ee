// Package simulation shows how well the comparison of two models works: it draws
// evaluation sets from populations whose true difference is known, has
// [metrics.Compare] compare them, and counts how often the interval holds the
// difference and how often equal models are called worse.
//
// [Grid] lists the populations, [Case.Run] draws from one, [Print] writes the
// table that docs/simulation.md shows. The same seed gives the same counts on any
// number of cores.
package simulation

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// resamples is the number of bootstrap resamples of each comparison: fewer than
// by default, which adds to the noise of the ends but not to their place.
const resamples = 1000

// Case is one population and the number of rows that are drawn from it.
type Case struct {
	// Family is the part of the table that it belongs to, Name tells it from the
	// others there.
	Family, Name string
	// Size is the number of rows, groups, items or queries, as the family says.
	Size int
	// Metrics are compared, each by itself; in one family of slices if Slices is set.
	Metrics []string
	Slices  bool
	// Equal says that neither model is better.
	Equal bool
	// Every is by how much fewer sets are drawn than usual; 0 for as many.
	Every int
	// truth is the difference by metric; 0 where it is not named.
	truth func() (map[string]float64, error)
	draw  func(random *rand.Rand) drawn
}

// drawn is one evaluation set: what the models of either side answered.
type drawn struct{ candidates, champions []*predictions.Set }

// Tally counts what became of the sets that were drawn.
type Tally struct {
	Sets int
	// Known is how many have an interval; in Below of them it lies below the true
	// difference, in Above above it.
	Known, Below, Above int
	// Denied is in how many the candidate was called worse.
	Denied int
	// Reason is why the last set without an interval has none.
	Reason string
}

// Covered is the share of the intervals that hold the true difference.
func (t Tally) Covered() float64 { return 1 - share(t.Below+t.Above, t.Known) }

// Error is the standard error of a share p that was counted over the intervals.
func (t Tally) Error(p float64) float64 { return math.Sqrt(p * (1 - p) / float64(max(t.Known, 1))) }

// DeniedShare is over the sets with an interval, as others cannot be denied.
func (t Tally) DeniedShare() float64 { return share(t.Denied, t.Known) }

func share(count, of int) float64 { return float64(count) / float64(max(of, 1)) }

func (t *Tally) add(o Tally) {
	t.Sets += o.Sets
	t.Known += o.Known
	t.Below += o.Below
	t.Above += o.Above
	t.Denied += o.Denied
	if t.Reason == "" {
		t.Reason = o.Reason
	}
}

// Run draws so many sets and returns the tally of each metric, or the one of all
// slices together.
func (c Case) Run(ctx context.Context, seed uint64, sets int) ([]Tally, error) {
	truth := map[string]float64{}
	if c.truth != nil {
		var err error
		if truth, err = c.truth(); err != nil {
			return nil, fmt.Errorf("compute the true difference of %s: %w", c.Name, err)
		}
	}
	sets = max(sets/max(c.Every, 1), 1)
	total := make([]Tally, len(c.Metrics))
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	workers := runtime.GOMAXPROCS(0)
	for first := range workers {
		group.Go(func() error {
			own := make([]Tally, len(c.Metrics))
			for set := first; set < sets; set += workers {
				if err := c.one(ctx, seed, set, truth, own); err != nil {
					return err
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for i := range total {
				total[i].add(own[i])
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("simulate %s, %s: %w", c.Family, c.Name, err)
	}
	return total, nil
}

// one draws one set and counts.
func (c Case) one(ctx context.Context, seed uint64, set int, truth map[string]float64, tallies []Tally) error {
	name := fnv.New64a()
	_, _ = fmt.Fprintf(name, "%s, %s", c.Family, c.Name)
	random := rand.New(rand.NewPCG(seed^name.Sum64(), uint64(set)))
	d := c.draw(random)
	var specs []metrics.Spec
	for _, metric := range c.Metrics {
		// What is not gated is not adjusted for the others: each metric by itself.
		specs = append(specs, metrics.Spec{Metric: metric, Gated: c.Slices})
	}
	opts := metrics.Options{Resamples: resamples, Seed: uint64(set), SliceMetrics: c.Metrics, SliceMinSize: 30}
	compared, err := compare(ctx, d, specs, opts)
	if err != nil {
		return err
	}
	if compared.Impossible() && !undefined(compared.Problems) {
		return fmt.Errorf("set %d: %s", set, compared.Problems[0].Message)
	}
	for i, metric := range c.Metrics {
		if c.Slices {
			tallies[i].slices(compared.Rows, metric)
		} else {
			tallies[i].count(compared.Rows[i], truth[metric])
		}
	}
	return nil
}

func compare(ctx context.Context, d drawn, specs []metrics.Spec, opts metrics.Options) (*metrics.Comparisons, error) {
	if len(d.candidates) > 1 {
		return metrics.CompareRecipes(ctx, d.candidates, d.champions, specs, opts)
	}
	return metrics.Compare(ctx, d.candidates[0], d.champions[0], specs, opts)
}

// undefined says whether nothing but a metric that a set does not have is wrong:
// few rows may all be of one class.
func undefined(problems []result.Problem) bool {
	for _, p := range problems {
		if p.Severity == result.SeverityDeny && p.Code != metrics.MetricUndefined {
			return false
		}
	}
	return true
}

// count adds one comparison.
func (t *Tally) count(row result.Compared, truth float64) {
	t.Sets++
	if row.Interval == nil {
		t.Reason = row.Note
		return
	}
	t.Known++
	if row.Interval[1] < truth {
		t.Below++
	}
	if row.Interval[0] > truth {
		t.Above++
	}
	if row.Verdict == result.Worse {
		t.Denied++
	}
}

// slices adds the slices of one set: it is denied if any is called worse.
func (t *Tally) slices(rows []result.Compared, metric string) {
	t.Sets++
	denied, known := false, false
	for _, row := range rows {
		if row.Slice != "" && row.Metric == metric {
			known = known || row.Interval != nil
			denied = denied || row.Verdict == result.Worse
		}
	}
	if known {
		t.Known++
	}
	if denied {
		t.Denied++
	}
}
