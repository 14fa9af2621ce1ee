package simulation

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// errors is the population of predicted numbers: normal labels, and errors of two
// models that are normal, or have longer tails by a spread that both models share
// in a row.
type errors struct {
	tails  string
	spread func(random *rand.Rand) float64
	// absolute is the mean of the absolute error, square of its square, both where
	// the normal part is 1.
	absolute, square float64
}

// families of errors.
func tails() []errors {
	return []errors{
		{"normal", func(*rand.Rand) float64 { return 1 }, math.Sqrt(2 / math.Pi), 1},
		{"Laplace", func(r *rand.Rand) float64 { return math.Sqrt(2 * r.ExpFloat64()) }, 1, 2},
		student(5),
		student(3),
	}
}

// student errors are t with so many degrees of freedom, an odd number.
func student(freedom int) errors {
	nu := float64(freedom)
	upper, _ := math.Lgamma((nu + 1) / 2)
	lower, _ := math.Lgamma(nu / 2)
	return errors{
		fmt.Sprintf("t with %d degrees of freedom", freedom),
		func(r *rand.Rand) float64 {
			sum := 0.0
			for range freedom {
				z := r.NormFloat64()
				sum += float64(z * z)
			}
			return math.Sqrt(nu / sum)
		},
		2 * math.Sqrt(nu) * math.Exp(upper-lower) / math.Sqrt(math.Pi) / (nu - 1), nu / (nu - 2),
	}
}

const labelVariance = 9

// truth is by formula, for errors times scale against errors.
func (e errors) truth(scale float64) map[string]float64 {
	return map[string]float64{
		"rmse": (scale - 1) * math.Sqrt(e.square),
		"mae":  (scale - 1) * e.absolute,
		"r2":   (1 - scale*scale) * e.square / labelVariance,
	}
}

func (e errors) draw(rows int, scale float64) func(random *rand.Rand) drawn {
	ids := numbered(rows)
	return func(random *rand.Rand) drawn {
		l := labels{number: make([]float64, rows)}
		candidate, champion := l.set(ids(), predictions.Columns{}), l.set(ids(), predictions.Columns{})
		candidate.Score, champion.Score = make([]float64, rows), make([]float64, rows)
		for row := range rows {
			l.number[row] = math.Sqrt(labelVariance) * random.NormFloat64()
			spread, shared := e.spread(random), math.Sqrt(0.7)*random.NormFloat64()
			candidate.Score[row] = l.number[row] + scale*spread*(shared+math.Sqrt(0.3)*random.NormFloat64())
			champion.Score[row] = l.number[row] + spread*(shared+math.Sqrt(0.3)*random.NormFloat64())
		}
		return pair(candidate, champion)
	}
}

// regression lists the cases of predicted numbers.
func regression(sizes []int) []Case {
	var cases []Case
	for _, e := range tails() {
		for _, scale := range []float64{1, 1.1} {
			for _, size := range sizes {
				c := Case{
					Family: "numbers, errors " + e.tails, Size: size, Equal: scale == 1, draw: e.draw(size, scale),
					Name: fmt.Sprintf("n %d, errors %v times", size, scale), Metrics: []string{"rmse", "mae", "r2"},
					truth: func() (map[string]float64, error) { return e.truth(scale), nil },
				}
				if size > 2000 {
					c.Every = 8
				} else if size > 200 {
					c.Every = min(size/250, 4)
				}
				cases = append(cases, c)
			}
		}
	}
	return cases
}
