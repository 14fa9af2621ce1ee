package simulation

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/metrics/statistics"
)

// ofTwoClasses are the metrics that are simulated for two classes.
func ofTwoClasses() []string {
	return []string{"accuracy", "balanced_accuracy", "precision", "recall", "f1", "mcc", "roc_auc", "pr_auc", "log_loss", "brier"}
}

// binormal is the population of two classes: a 1 with the chance prevalence,
// whose score is normal, for a 1 further up by what gives the area. The scores
// that a set has are the probabilities that follow, and as many rows are decided
// 1 as there are ones. The models' noise is correlated.
type binormal struct {
	prevalence          float64
	candidate, champion float64 // areas
	alike               float64
}

// distance is by how much the scores of the classes differ, where the area is Φ(d/√2).
func distance(area float64) float64 { return math.Sqrt2 * statistics.NormalQuantile(area) }

// threshold is where as many rows are decided 1 as there are ones.
func (p binormal) threshold(area float64) float64 {
	d := distance(area)
	low, high := -10.0, 20.0
	for range 60 {
		at := (low + high) / 2
		if p.prevalence*statistics.NormalCDF(d-at)+(1-p.prevalence)*statistics.NormalCDF(-at) > p.prevalence {
			low = at
		} else {
			high = at
		}
	}
	return p.probability(low, d)
}

// probability is that of a 1 with a score.
func (p binormal) probability(score, d float64) float64 {
	return logistic(d*score - d*d/2 + math.Log(p.prevalence/(1-p.prevalence)))
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// draw returns a way to draw sets of so many rows.
func (p binormal) draw(rows int) func(random *rand.Rand) drawn {
	ids := numbered(rows)
	a, b := distance(p.candidate), distance(p.champion)
	above, aboveToo := p.threshold(p.candidate), p.threshold(p.champion)
	return func(random *rand.Rand) drawn {
		l := binary(rows)
		candidate := l.set(ids(), predictions.Columns{Threshold: &above})
		champion := l.set(ids(), predictions.Columns{Threshold: &aboveToo})
		candidate.Score, champion.Score = make([]float64, rows), make([]float64, rows)
		shared, own := math.Sqrt(p.alike), math.Sqrt(1-p.alike)
		for row := range rows {
			l.put(row, random.Float64() < p.prevalence)
			noise := shared * random.NormFloat64()
			candidate.Score[row] = p.probability(a*l.number[row]+noise+own*random.NormFloat64(), a)
			champion.Score[row] = p.probability(b*l.number[row]+noise+own*random.NormFloat64(), b)
		}
		return pair(candidate, champion)
	}
}

// truth is the difference in a sample of half a million rows, of areas by formula.
func (p binormal) truth() func() (map[string]float64, error) {
	return sync.OnceValues(func() (map[string]float64, error) {
		const many = 500_000
		d := p.draw(many)(rand.New(rand.NewPCG(1, 2)))
		truth := map[string]float64{}
		for _, metric := range ofTwoClasses() {
			candidate, err := metrics.Compute(metric, d.candidates[0])
			if err != nil {
				return nil, err
			}
			champion, err := metrics.Compute(metric, d.champions[0])
			if err != nil {
				return nil, err
			}
			truth[metric] = candidate - champion
		}
		truth["roc_auc"] = p.candidate - p.champion
		return truth, nil
	})
}

// twoClasses lists the cases of two classes, equal and not.
func twoClasses(sizes []int) []Case {
	var cases []Case
	for _, prevalence := range []float64{0.05, 0.2, 0.5} {
		for _, area := range []float64{0.7, 0.9, 0.99} {
			for _, alike := range []float64{0.5, 0.95} {
				p := binormal{prevalence, area, area, alike}
				cases = append(cases, p.cases("two classes", sizes, ofTwoClasses())...)
			}
			p := binormal{prevalence, area - 0.3*(1-area), area, 0.5}
			cases = append(cases, p.cases("two classes, the candidate worse", sizes, ofTwoClasses())...)
		}
	}
	return cases
}

// cases are those of one population.
func (p binormal) cases(family string, sizes []int, compared []string) []Case {
	var cases []Case
	truth := p.truth()
	for _, size := range sizes {
		c := Case{
			Family: family, Size: size, Metrics: compared, Equal: p.candidate == p.champion, draw: p.draw(size),
			Name: fmt.Sprintf("n %d, prevalence %v, AUC %v, correlation %v", size, p.prevalence, p.champion, p.alike),
		}
		if !c.Equal {
			c.truth = truth
		}
		if size > 2000 && !c.Equal {
			continue // the truth is known no better than such a set knows it
		}
		if size > 2000 {
			c.Every = 8
		} else if size > 200 {
			c.Every = min(size/250, 4)
		}
		cases = append(cases, c)
	}
	return cases
}

// threeClasses lists cases of decisions among three classes, the last of which is rare.
func threeClasses(sizes []int) []Case {
	var cases []Case
	for _, rare := range []float64{0.05, 0.2} {
		for _, signal := range []float64{1, 3} {
			for _, size := range sizes {
				cases = append(cases, Case{
					Family: "three classes", Size: size, Equal: true, draw: drawThree(size, rare, signal),
					Name:    fmt.Sprintf("n %d, rarest class %v, signal %v", size, rare, signal),
					Metrics: []string{"f1_macro", "f1_weighted", "balanced_accuracy", "mcc"},
				})
			}
		}
	}
	return cases
}

func drawThree(rows int, rare, signal float64) func(random *rand.Rand) drawn {
	ids := numbered(rows)
	return func(random *rand.Rand) drawn {
		l := labels{class: make([]int32, rows), classes: []string{"a", "b", "c"}}
		candidate := l.set(ids(), predictions.Columns{Prediction: "decision"})
		champion := l.set(ids(), predictions.Columns{Prediction: "decision"})
		candidate.Decision, champion.Decision = make([]int32, rows), make([]int32, rows)
		for row := range rows {
			switch u := random.Float64(); {
			case u < rare:
				l.class[row] = 2
			case u < 0.4:
				l.class[row] = 1
			}
			mine, theirs := [3]float64{}, [3]float64{}
			for class := range mine {
				shared := 0.7 * random.NormFloat64()
				mine[class], theirs[class] = shared+0.7*random.NormFloat64(), shared+0.7*random.NormFloat64()
			}
			mine[l.class[row]] += signal
			theirs[l.class[row]] += signal
			candidate.Decision[row], champion.Decision[row] = largest(mine), largest(theirs)
		}
		return pair(candidate, champion)
	}
}

func largest(values [3]float64) int32 {
	at := 0
	for i, v := range values {
		if v > values[at] {
			at = i
		}
	}
	return int32(at)
}
