package tracking

import (
	"maps"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/result"
)

// Directions knows which way metrics improve: what the gate says, what muster's
// own metrics are, and what is common.
type Directions struct {
	gate  map[string]result.Direction
	order []string // the gate's metrics, as in the file
}

// NewDirections reads the gate; nil is no gate.
func NewDirections(gate *config.Gate) Directions {
	d := Directions{gate: map[string]result.Direction{}}
	if gate == nil {
		return d
	}
	for _, metric := range gate.Metrics {
		d.order = append(d.order, metric.Name)
		if metric.Better != "" {
			d.gate[metric.Name] = result.Direction(metric.Better)
		}
	}
	return d
}

// Of returns the direction of a metric, or "" if nobody knows it.
func (d Directions) Of(metric string) result.Direction {
	name, _, _ := strings.Cut(metric, "@")
	if better, ok := d.gate[name]; ok {
		return better
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	if definition, ok := metrics.Lookup(last); ok {
		return definition.Better
	}
	return usual(strings.ToLower(last))
}

// usual is the direction of what many libraries call so, with whatever they put
// before it: val_loss, macro_f1, test_rmse.
func usual(name string) result.Direction {
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '_' || r == '-' || r == ' ' || r == '/' })
	lower := []string{"loss", "error", "rmse", "mse", "mae", "mape", "rmsle", "deviance", "brier", "perplexity", "wer", "cer"}
	higher := []string{"accuracy", "acc", "auc", "auroc", "auprc", "f1", "precision", "recall", "sensitivity", "specificity", "r2", "map", "ndcg", "iou", "dice", "bleu", "kappa", "mcc"}
	for _, word := range slices.Backward(words) {
		switch {
		case slices.Contains(lower, word):
			return result.Lower
		case slices.Contains(higher, word):
			return result.Higher
		}
	}
	return ""
}

// infos lists the metrics that any of the runs has: the gate's first, in its
// order, then the others by name.
func (d Directions) infos(runs []result.Summary) []result.MetricInfo {
	names := map[string]bool{}
	for _, run := range runs {
		for name := range run.Metrics {
			names[name] = true
		}
	}
	sorted := slices.Sorted(maps.Keys(names))
	rank := func(metric string) int {
		name, _, _ := strings.Cut(metric, "@")
		if at := slices.Index(d.order, name); at >= 0 {
			return at
		}
		return len(d.order)
	}
	slices.SortStableFunc(sorted, func(a, b string) int { return rank(a) - rank(b) })
	var out []result.MetricInfo
	for _, name := range sorted {
		out = append(out, result.MetricInfo{Name: name, Better: d.Of(name)})
	}
	return out
}
