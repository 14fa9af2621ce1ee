package metrics

import (
	"math"
	"slices"

	"github.com/muster-ci/muster/internal/metrics/statistics"
)

// differing counts the units in which the models can be told apart by a metric.
func (p *pair) differing(metric string) float64 {
	switch {
	case p.table != nil && metric == "recall": // no other rows matter
		return p.table.differing["1"]
	case p.table != nil:
		return total(p.table.differing)
	}
	candidate, champion := p.subset.candidates[0], p.subset.champions[0]
	a, b := p.candidates[0].effects(), p.champions[0].effects()
	if len(a) != len(b) || candidate.repeated || champion.repeated {
		// Several answers to an item count as one.
		a, b = candidate.means(a, p.subset.units), champion.means(b, p.subset.units)
		return unlike(a, b, nil, p.subset.units)
	}
	return unlike(candidate.counted(a), candidate.counted(b), candidate.unit, p.subset.units)
}

// effects returns by place what a side's rows show of the model.
func (m *measured) effects() []float64 {
	if m.ofRows != nil {
		return m.ofRows.effects()
	}
	return m.stat.effects()
}

// counted puts 0 where a row has no weight.
func (p *placed) counted(effects []float64) []float64 {
	if p.sample.weight == nil {
		return effects
	}
	out := make([]float64, len(effects))
	for place, v := range effects {
		if p.sample.weight[place] > 0 {
			out[place] = v
		}
	}
	return out
}

// unlike counts the units with a place at which two columns differ by more
// than rounding.
func unlike(a, b []float64, unit []int32, units int) float64 {
	largest := 0.0
	for i := range a {
		largest = max(largest, math.Abs(a[i]), math.Abs(b[i]))
	}
	differ := func(i int) bool { return math.Abs(a[i]-b[i]) > sameValue*largest }
	count := 0
	if unit == nil {
		for i := range a {
			if differ(i) {
				count++
			}
		}
		return float64(count)
	}
	seen := make([]bool, units)
	for i, u := range unit {
		if !seen[u] && differ(i) {
			seen[u] = true
			count++
		}
	}
	return float64(count)
}

// proportions compares shares of rows: Tango's interval, and where all rows
// agree about the difference the exact bound on how many others there can be.
func (p *pair) proportions(alpha float64) estimate {
	var gained, lost float64
	if p.table != nil {
		gained, lost = p.table.gained, p.table.lost
	} else {
		candidate, champion := p.candidates[0].stat.effects(), p.champions[0].stat.effects()
		for i := range candidate {
			gained += indicator(candidate[i] > champion[i])
			lost += indicator(candidate[i] < champion[i])
		}
	}
	n := float64(p.subset.units)
	if gained+lost == 0 || gained == n || lost == n {
		return estimate{Interval: statistics.ExactBound((gained-lost)/n, n, alpha), known: true, method: "exact bound"}
	}
	return estimate{Interval: statistics.Tango(gained, lost, n, alpha), known: true, method: "paired score interval (Tango)"}
}

// unchanged is for models that cannot be told apart on any row: the exact bound
// on what other rows could show, where the metric has one.
func (p *pair) unchanged(metric string, alpha float64) estimate {
	strata := p.strata(metric)
	if len(strata) == 0 {
		return p.unknown(nothingDiffers)
	}
	return estimate{Interval: statistics.Unchanged(alpha, strata...), known: true, method: "exact bound"}
}

// strata are the kinds of rows by which a metric could change, see [statistics.Unchanged].
func (p *pair) strata(metric string) []statistics.Stratum {
	n := float64(p.subset.units)
	if !p.subset.plain {
		return nil
	}
	classes := p.labels()
	switch metric {
	case "brier":
		if _, binary := classes["1"]; binary && p.subset.candidates[0].sample.whole.binary() {
			return []statistics.Stratum{{Rows: n, Weight: 1}}
		}
		return []statistics.Stratum{{Rows: n, Weight: 2}}
	case "roc_auc":
		return []statistics.Stratum{{Rows: min(classes["0"], classes["1"]), Weight: 1}}
	case "recall":
		if classes["1"] > 0 {
			return []statistics.Stratum{{Rows: classes["1"], Weight: 1}}
		}
	case "precision", "f1":
		return p.decided(metric)
	case "balanced_accuracy":
		var strata []statistics.Stratum
		for _, name := range sortedKeys(classes) {
			strata = append(strata, statistics.Stratum{Rows: classes[name], Weight: 1 / float64(len(classes))})
		}
		return strata
	case "precision_micro", "recall_micro", "f1_micro", "recall_weighted":
		return []statistics.Stratum{{Rows: n, Weight: 1}} // for one label a row they are the accuracy
	}
	return nil
}

// decided are the rows decided for class 1, of which precision is a share, or
// for F1 those decided for it or labelled so.
func (p *pair) decided(metric string) []statistics.Stratum {
	c, ok := p.candidates[0].stat.(*contingency)
	if !ok {
		return nil
	}
	m, one := c.once(), c.classes.one()
	stratum := statistics.Stratum{Rows: m.decisions[one], Weight: 1}
	if metric == "f1" {
		stratum = statistics.Stratum{Rows: m.decisions[one] + m.labels[one] - m.right[one], Weight: 2}
	}
	if stratum.Rows == 0 {
		return nil
	}
	return []statistics.Stratum{stratum}
}

// labels counts the rows of each class.
func (p *pair) labels() map[string]float64 {
	s := p.subset.candidates[0].sample
	counts := make(map[string]float64)
	for place := range s.len() {
		counts[s.set.LabelAt(s.row(place))]++
	}
	return counts
}

func sortedKeys(counts map[string]float64) []string {
	var names []string
	for name := range counts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// total adds up whole numbers, in any order.
func total(counts map[string]float64) float64 {
	all := 0.0
	for _, count := range counts {
		all += count
	}
	return all
}
