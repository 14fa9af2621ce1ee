package metrics_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// read reads predictions that must be right.
func read(tb testing.TB, text string, columns predictions.Columns) *predictions.Set {
	tb.Helper()
	p, err := predictions.Read(strings.NewReader(text), "predictions.csv", columns)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// table is predictions in the making: one row for each label.
type table struct {
	labels, scores []float64
	slice          []string // column "part"; may be nil
	hard           []string // column "decision"; may be nil
	// Further columns that say how rows depend, named as what they are; may be nil.
	group, repeat []string
	time, weight  []float64
	ids           []string // r00000, r00001 … if nil
}

// predictions writes the table as CSV and reads it back.
func (d table) predictions(tb testing.TB) *predictions.Set {
	tb.Helper()
	var buffer bytes.Buffer
	w := csv.NewWriter(&buffer)
	columns := predictions.Columns{}
	header := []string{"id", "label", "score"}
	if d.slice != nil {
		header = append(header, "part")
		columns.Slices = []string{"part"}
	}
	if d.hard != nil {
		header = append(header, "decision")
		columns.Prediction = "decision"
	}
	further := d.further()
	for _, column := range further {
		header = append(header, column.name)
		*column.set(&columns) = column.name
	}
	_ = w.Write(header)
	for i := range d.labels {
		row := []string{d.id(i), number(d.labels[i]), number(d.scores[i])}
		if d.slice != nil {
			row = append(row, d.slice[i])
		}
		if d.hard != nil {
			row = append(row, d.hard[i])
		}
		for _, column := range further {
			row = append(row, column.values[i])
		}
		_ = w.Write(row)
	}
	w.Flush()
	return read(tb, buffer.String(), columns)
}

func (d table) id(i int) string {
	if d.ids != nil {
		return d.ids[i]
	}
	return fmt.Sprintf("r%05d", i)
}

type furtherColumn struct {
	name   string
	values []string
	set    func(*predictions.Columns) *string
}

// further lists the columns that say how rows depend.
func (d table) further() []furtherColumn {
	texts := func(values []float64) []string {
		var out []string
		for _, v := range values {
			out = append(out, number(v))
		}
		return out
	}
	all := []furtherColumn{
		{"user", d.group, func(c *predictions.Columns) *string { return &c.Group }},
		{"try", d.repeat, func(c *predictions.Columns) *string { return &c.Repeat }},
		{"when", texts(d.time), func(c *predictions.Columns) *string { return &c.Time }},
		{"worth", texts(d.weight), func(c *predictions.Columns) *string { return &c.Weight }},
	}
	return slices.DeleteFunc(all, func(c furtherColumn) bool { return c.values == nil })
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// hits are predictions for accuracy in which all but the given rows are right.
func hits(tb testing.TB, n int, wrong ...int) *predictions.Set {
	tb.Helper()
	d := table{labels: make([]float64, n), scores: make([]float64, n)}
	for _, row := range wrong {
		d.scores[row] = 1
	}
	return d.predictions(tb)
}

// span lists the rows from low to below high.
func span(low, high int) []int {
	var rows []int
	for i := low; i < high; i++ {
		rows = append(rows, i)
	}
	return rows
}

// simulated draws labels and the scores of two models on them: noise is how
// much each model errs on its own.
func simulated(random *rand.Rand, n int, candidate, champion float64) (table, table) {
	const shared = 0.3 // noise that both have
	a := table{labels: make([]float64, n), scores: make([]float64, n)}
	b := table{labels: a.labels, scores: make([]float64, n)}
	for i := range n {
		a.labels[i] = float64(random.IntN(2))
		signal := 2*a.labels[i] - 1 + shared*random.NormFloat64()
		a.scores[i] = logistic(signal + candidate*random.NormFloat64())
		b.scores[i] = logistic(signal + champion*random.NormFloat64())
	}
	return a, b
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// gated is the usual spec of a metric.
func gated(metric string, margin float64) metrics.Spec {
	return metrics.Spec{Metric: metric, Margin: metrics.Margin{Value: margin}, Gated: true}
}

// compare compares and expects no error.
func compare(tb testing.TB, candidate, champion *predictions.Set, specs []metrics.Spec, opts metrics.Options) *metrics.Comparisons {
	tb.Helper()
	got, err := metrics.Compare(tb.Context(), candidate, champion, specs, opts)
	if err != nil {
		tb.Fatal(err)
	}
	return got
}

// row finds a comparison.
func row(tb testing.TB, c *metrics.Comparisons, metric, slice string) result.Compared {
	tb.Helper()
	for _, r := range c.Rows {
		if r.Metric == metric && r.Slice == slice {
			return r
		}
	}
	tb.Fatalf("there is no row for %s %s", metric, slice)
	return result.Compared{}
}

// codes lists the codes of the problems.
func codes(c *metrics.Comparisons) []string {
	var out []string
	for _, p := range c.Problems {
		out = append(out, p.Code)
	}
	return out
}
