package metrics

import (
	"fmt"
	"math"

	"github.com/muster-ci/muster/internal/metrics/statistics"
)

// What decides between the methods.
const (
	// largeRows is the number of rows from which the normal interval takes the place of the bootstrap.
	largeRows = 20_000
	// fewRows is the number of rows below which no interval is computed, as for groups.
	fewRows = 30
	// sameValue is the relative difference that is taken for rounding.
	sameValue = 1e-12
)

// pair is one metric of both models on the same rows. Differences are turned so
// that above 0 the candidate is better.
type pair struct {
	candidate, champion statistic
	rows                int
	sign                float64 // −1 where lower is better
	proportion          bool
}

func (p *pair) difference(weights []float64) float64 {
	return p.sign * (p.candidate.value(weights) - p.champion.value(weights))
}

// estimate is what the data say about a difference, turned as in pair.
type estimate struct {
	statistics.Interval
	// known says that there is an interval and a p; else reason says why not.
	known  bool
	reason string
	method string
}

func (p *pair) unknown(reason string) estimate {
	return estimate{Interval: statistics.Interval{Difference: p.difference(nil), P: 1}, reason: reason, method: "none"}
}

// direct gives the estimate where no resampling is needed, or is of no use.
func (p *pair) direct(confidence float64) (estimate, bool) {
	alpha := (1 - confidence) / 2
	if p.proportion {
		return p.proportions(alpha), true
	}
	if p.rows < fewRows {
		return p.unknown(fmt.Sprintf("%d rows, fewer than %d: too few for an interval", p.rows, fewRows)), true
	}
	switch differing := p.differing(); {
	case differing == 0:
		return p.unknown("no row shows a difference between the models, which bounds nothing here"), true
	case math.Exp(-float64(differing)) > alpha:
		// So many resamples hold none of these rows that the interval's end
		// would be exactly 0, whatever the data.
		return p.unknown(fmt.Sprintf("the models differ in %d of %d rows: too few for an interval", differing, p.rows)), true
	}
	if p.rows < largeRows {
		return estimate{}, false
	}
	return p.normal(alpha), true
}

// differing counts the rows on which the models can be told apart.
func (p *pair) differing() int {
	candidate, champion := p.candidate.effects(), p.champion.effects()
	largest := 0.0
	for i := range candidate {
		largest = max(largest, math.Abs(candidate[i]), math.Abs(champion[i]))
	}
	count := 0
	for i := range candidate {
		if math.Abs(candidate[i]-champion[i]) > sameValue*largest {
			count++
		}
	}
	return count
}

// proportions compares shares of rows: Tango's interval, and where all rows
// agree about the difference the exact bound on how many others there can be.
func (p *pair) proportions(alpha float64) estimate {
	var gained, lost float64
	candidate, champion := p.candidate.effects(), p.champion.effects()
	for i := range candidate {
		gained += indicator(candidate[i] > champion[i])
		lost += indicator(candidate[i] < champion[i])
	}
	n := float64(p.rows)
	if gained+lost == 0 || gained == n || lost == n {
		return estimate{Interval: statistics.ExactBound((gained-lost)/n, n, alpha), known: true, method: "exact bound"}
	}
	return estimate{Interval: statistics.Tango(gained, lost, n, alpha), known: true, method: "paired score interval (Tango)"}
}

// influence returns the difference's, by row.
func (p *pair) influence() []float64 {
	out, champion := p.candidate.influence(), p.champion.influence()
	for i := range out {
		out[i] = p.sign * (out[i] - champion[i])
	}
	return out
}

// normal is the interval for many rows.
func (p *pair) normal(alpha float64) estimate {
	x, ok := statistics.Normal(p.difference(nil), p.influence(), float64(p.rows), alpha)
	if !ok || !p.tells(x.SE) {
		return p.unknown("every row shows the same difference, which bounds nothing here")
	}
	return estimate{Interval: x, known: true, method: "influence function, normal interval"}
}

// resampled is the estimate from bootstrap replicates, resamples of which were drawn.
func (p *pair) resampled(replicates []float64, resamples int, alpha float64) estimate {
	if undefined := resamples - len(replicates); undefined*100 > resamples {
		return p.unknown("too few rows of one class for an interval")
	}
	b := statistics.NewBCa(replicates, p.difference(nil), statistics.Acceleration(p.influence()))
	x, ok := b.Interval(alpha)
	if !ok || !p.tells(x.SE) {
		return p.unknown("every row shows the same difference, which bounds nothing here")
	}
	return estimate{Interval: x, known: true, method: fmt.Sprintf("paired bootstrap, BCa, %d resamples", resamples)}
}

// tells is false for a spread that is nothing but rounding.
func (p *pair) tells(se float64) bool {
	return se > sameValue*max(math.Abs(p.candidate.value(nil)), math.Abs(p.champion.value(nil)))
}
