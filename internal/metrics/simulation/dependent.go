package simulation

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// grouped lists cases of groups whose rows share what makes them hard.
func grouped(sizes []int) []Case {
	var cases []Case
	for _, spread := range []float64{0, 0.5, 1} {
		for _, size := range sizes {
			cases = append(cases, Case{
				Family: "groups", Size: size, Equal: true, draw: drawGroups(size, spread),
				Name:    fmt.Sprintf("%d groups, spread of sizes %v", size, spread),
				Metrics: []string{"score", "accuracy", "roc_auc", "pr_auc", "f1", "log_loss"},
			})
		}
	}
	return cases
}

// drawGroups draws groups of five rows, or of lognormal size.
func drawGroups(groups int, spread float64) func(random *rand.Rand) drawn {
	return func(random *rand.Rand) drawn {
		column := predictions.Texts{Names: names(groups)}
		for group := range groups {
			for range max(1, int(math.Round(5*math.Exp(spread*random.NormFloat64())))) {
				column.Code = append(column.Code, int32(group))
			}
		}
		rows := len(column.Code)
		l := binary(rows)
		ids := numbered(rows)()
		candidate, champion := l.set(ids, predictions.Columns{Group: "group"}), l.set(ids, predictions.Columns{Group: "group"})
		candidate.Group, champion.Group = &column, &column
		candidate.Score, champion.Score = make([]float64, rows), make([]float64, rows)
		mine, theirs := normals(random, groups), normals(random, groups)
		for row, group := range column.Code {
			l.put(row, random.Float64() < 0.4)
			signal := 1.5 * (2*l.number[row] - 1)
			candidate.Score[row] = logistic(signal + mine[group] + random.NormFloat64())
			champion.Score[row] = logistic(signal + theirs[group] + random.NormFloat64())
		}
		return pair(candidate, champion)
	}
}

func normals(random *rand.Rand, count int) []float64 {
	out := make([]float64, count)
	for i := range out {
		out[i] = random.NormFloat64()
	}
	return out
}

// series lists cases of rows in time whose difficulty lasts: AR(1).
func series(sizes []int) []Case {
	var cases []Case
	for _, memory := range []float64{0, 0.5, 0.9} {
		for _, size := range sizes {
			c := Case{
				Family: "time", Size: size, Equal: true, draw: drawSeries(size, memory),
				Name:    fmt.Sprintf("%d times, memory %v", size, memory),
				Metrics: []string{"score", "mae", "rmse"},
			}
			if size > 500 {
				c.Every = min(size/500, 8)
			}
			cases = append(cases, c)
		}
	}
	return cases
}

func drawSeries(rows int, memory float64) func(random *rand.Rand) drawn {
	ids := numbered(rows)
	return func(random *rand.Rand) drawn {
		l := labels{number: make([]float64, rows)}
		candidate, champion := l.set(ids(), predictions.Columns{Time: "time"}), l.set(ids(), predictions.Columns{Time: "time"})
		time := make([]float64, rows)
		for row := range time {
			time[row] = float64(row)
		}
		candidate.Time, champion.Time = time, time
		candidate.Score, champion.Score = lasting(random, rows, memory), lasting(random, rows, memory)
		return pair(candidate, champion)
	}
}

// lasting draws a stationary AR(1) series with variance 1.
func lasting(random *rand.Rand, rows int, memory float64) []float64 {
	out := normals(random, rows)
	for row := 1; row < rows; row++ {
		out[row] = memory*out[row-1] + math.Sqrt(1-memory*memory)*out[row]
	}
	return out
}

// weighted lists cases of rows that count differently.
func weighted(sizes []int) []Case {
	var cases []Case
	p := binormal{0.3, 0.85, 0.85, 0.5}
	for _, spread := range []float64{0.5, 1} {
		for _, size := range sizes {
			draw := p.draw(size)
			cases = append(cases, Case{
				Family: "weights", Size: size, Equal: true,
				Name:    fmt.Sprintf("n %d, spread of weights %v", size, spread),
				Metrics: []string{"accuracy", "roc_auc", "pr_auc", "f1", "log_loss"},
				draw: func(random *rand.Rand) drawn {
					d := draw(random)
					weight := make([]float64, size)
					for row := range weight {
						weight[row] = math.Exp(spread * random.NormFloat64())
					}
					for _, set := range []*predictions.Set{d.candidates[0], d.champions[0]} {
						set.Columns.Weight, set.Weight = "weight", weight
					}
					return d
				},
			})
		}
	}
	return cases
}

// ranked lists cases of queries with ten rows each.
func ranked(sizes []int) []Case {
	var cases []Case
	for _, size := range sizes {
		cases = append(cases, Case{
			Family: "queries", Size: size, Equal: true, draw: drawQueries(size),
			Name: fmt.Sprintf("%d queries", size), Metrics: []string{"ndcg", "ndcg@3"},
		})
	}
	return cases
}

func drawQueries(queries int) func(random *rand.Rand) drawn {
	const each = 10
	ids := numbered(queries * each)
	return func(random *rand.Rand) drawn {
		rows := queries * each
		l := labels{number: make([]float64, rows)}
		candidate, champion := l.set(ids(), predictions.Columns{Group: "query"}), l.set(ids(), predictions.Columns{Group: "query"})
		column := predictions.Texts{Names: names(queries), Code: make([]int32, rows)}
		candidate.Group, champion.Group = &column, &column
		candidate.Score, champion.Score = make([]float64, rows), make([]float64, rows)
		for row := range rows {
			column.Code[row] = int32(row / each)
			l.number[row] = float64(max(random.IntN(6)-2, 0))
			shared := l.number[row] + random.NormFloat64()
			candidate.Score[row], champion.Score[row] = shared+random.NormFloat64(), shared+random.NormFloat64()
		}
		return pair(candidate, champion)
	}
}

// repeated lists cases of items that were answered several times.
func repeated(sizes []int) []Case {
	var cases []Case
	for _, size := range sizes {
		cases = append(cases, Case{
			Family: "repeats", Size: size, Equal: true, draw: drawRepeats(size),
			Name: fmt.Sprintf("%d items", size), Metrics: []string{"score"},
		})
	}
	return cases
}

// drawRepeats draws three graded answers to each item, right or wrong.
func drawRepeats(items int) func(random *rand.Rand) drawn {
	return func(random *rand.Rand) drawn {
		hard := normals(random, items)
		return pair(answers(random, hard), answers(random, hard))
	}
}

// answers are one model's to items some of which are harder than others.
func answers(random *rand.Rand, hard []float64) *predictions.Set {
	var text strings.Builder
	text.WriteString("id,try,score\n")
	own := normals(random, len(hard))
	for item := range hard {
		for try := range 3 {
			right := 0
			if random.NormFloat64() < 0.5+hard[item]+0.5*own[item] {
				right = 1
			}
			fmt.Fprintf(&text, "%d,%d,%d\n", item, try, right)
		}
	}
	// No set without labels that is written like this is refused.
	set, _ := predictions.Read(strings.NewReader(text.String()), "drawn", predictions.Columns{Repeat: "try"})
	return set
}

// recipes lists cases of models with several seeds.
func recipes(sizes []int) []Case {
	var cases []Case
	for _, seeds := range []int{5, 10} {
		for _, spread := range []float64{0, 0.1, 0.3} {
			for _, size := range sizes {
				cases = append(cases, Case{
					Family: "recipes", Size: size, Equal: true, draw: drawRecipes(size, seeds, spread),
					Name:    fmt.Sprintf("n %d, %d seeds, spread between seeds %v", size, seeds, spread),
					Metrics: []string{"accuracy", "roc_auc", "log_loss"},
				})
			}
		}
	}
	return cases
}

// drawRecipes draws models whose distance between the classes varies by seed.
func drawRecipes(rows, seeds int, spread float64) func(random *rand.Rand) drawn {
	ids := numbered(rows)
	return func(random *rand.Rand) drawn {
		l := binary(rows)
		for row := range rows {
			l.put(row, random.Float64() < 0.4)
		}
		item := normals(random, rows)
		side := func() []*predictions.Set {
			var models []*predictions.Set
			for range seeds {
				signal := 0.8 + spread*random.NormFloat64()
				set := l.set(ids(), predictions.Columns{})
				set.Score = make([]float64, rows)
				for row := range rows {
					set.Score[row] = logistic(signal*(2*l.number[row]-1) + 0.7*item[row] + 0.7*random.NormFloat64())
				}
				models = append(models, set)
			}
			return models
		}
		return drawn{side(), side()}
	}
}

// sliced lists cases of 20 slices, for which false denials are counted by set.
func sliced(sizes []int) []Case {
	var cases []Case
	p := binormal{0.4, 0.85, 0.85, 0.5}
	for _, size := range sizes {
		draw := p.draw(20 * size)
		for _, metric := range []string{"accuracy", "roc_auc", "f1", "log_loss"} {
			cases = append(cases, Case{
				Family: "20 slices", Size: size, Equal: true, Slices: true, Metrics: []string{metric},
				Name: fmt.Sprintf("%s, %d rows a slice", metric, size), Every: 2,
				draw: func(random *rand.Rand) drawn {
					d := draw(random)
					column := predictions.Texts{Names: names(20), Code: make([]int32, 20*size)}
					for row := range column.Code {
						column.Code[row] = int32(row % 20)
					}
					for _, set := range []*predictions.Set{d.candidates[0], d.champions[0]} {
						set.Columns.Slices, set.Slice = []string{"part"}, []predictions.Texts{column}
					}
					return d
				},
			})
		}
	}
	return cases
}
