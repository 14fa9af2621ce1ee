package simulation

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Bounds are what is asked of the methods.
const (
	LeastCovered = 0.93
	MostCovered  = 0.97
	MostDenied   = 0.05
)

// Cell is one metric of one case and what became of its sets.
type Cell struct {
	Case   Case
	Metric string
	Tally  Tally
}

// Run draws from each case and tells of every one that is done.
func Run(ctx context.Context, cases []Case, seed uint64, sets int, done func(Case)) ([]Cell, error) {
	var cells []Cell
	for _, c := range cases {
		tallies, err := c.Run(ctx, seed, sets)
		if err != nil {
			return nil, err
		}
		for i, metric := range c.Metrics {
			cells = append(cells, Cell{c, metric, tallies[i]})
		}
		done(c)
	}
	return cells, nil
}

// enough says whether most sets have an interval, 40 at least. Where a guard
// refuses most, those that it lets through are no fair sample.
func (c Cell) enough() bool { return c.Tally.Known >= max((c.Tally.Sets+1)/2, 40) }

// Low and High say by how many standard errors of the simulation the coverage
// lies below the least and above the most, Denials that of false denials above
// the most; 0 where it does not, or where too few sets have an interval.
func (c Cell) Low() float64 {
	if !c.enough() || c.Case.Slices {
		return 0
	}
	return max(LeastCovered-c.Tally.Covered(), 0) / c.Tally.Error(LeastCovered)
}

// High is for coverage above the most.
func (c Cell) High() float64 {
	if !c.enough() || c.Case.Slices {
		return 0
	}
	return max(c.Tally.Covered()-MostCovered, 0) / c.Tally.Error(MostCovered)
}

// Denials is for false denials.
func (c Cell) Denials() float64 {
	if !c.enough() || !c.Case.Equal {
		return 0
	}
	return max(c.Tally.DeniedShare()-MostDenied, 0) / c.Tally.Error(MostDenied)
}

// Wide says that the metric is known to be held more often than it should: shares
// of rows, which only take a few values, areas near 1, and recipes whose seeds
// make no difference.
func (c Cell) Wide() bool {
	return slices.Contains([]string{"accuracy", "balanced_accuracy", "precision", "recall", "f1", "f1_macro", "f1_weighted", "mcc"}, c.Metric) ||
		strings.Contains(c.Case.Name, "AUC 0.99") || strings.HasSuffix(c.Case.Name, "spread between seeds 0")
}

// line is the cells of one family, metric and size.
type line struct {
	family, metric string
	size           int
	cells          []Cell
}

// lines puts cells together, in the order in which they come.
func lines(cells []Cell) []line {
	var out []line
	for _, c := range cells {
		i := slices.IndexFunc(out, func(l line) bool {
			return l.family == c.Case.Family && l.metric == c.Metric && l.size == c.Case.Size
		})
		if i < 0 {
			i = len(out)
			out = append(out, line{c.Case.Family, c.Metric, c.Case.Size, nil})
		}
		out[i].cells = append(out[i].cells, c)
	}
	slices.SortStableFunc(out, func(a, b line) int {
		first := func(family, metric string) int {
			return slices.IndexFunc(cells, func(c Cell) bool {
				return c.Case.Family == family && (metric == "" || c.Metric == metric)
			})
		}
		if a.family != b.family {
			return first(a.family, "") - first(b.family, "")
		}
		return first(a.family, a.metric) - first(b.family, b.metric)
	})
	return out
}

// Print writes the table in Markdown, a part for each family, and then the cells
// that are out of bounds by more than chance.
func Print(w io.Writer, cells []Cell) error {
	p := &printer{w: w}
	family := ""
	for _, l := range lines(cells) {
		if l.family != family {
			family = l.family
			p.print("\n### %s\n\n", headline(family))
			if l.cells[0].Case.Slices {
				p.print("| metric | rows a slice | sets | any slice denied | error |\n| --- | ---: | ---: | ---: | ---: |\n")
			} else {
				p.print("| metric | size | cells | sets | no interval | covered | lowest | highest | below | above | missed, of all | denied, most |\n" +
					"| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
			}
		}
		l.print(p)
	}
	p.outside(cells)
	return p.err
}

func headline(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

type printer struct {
	w   io.Writer
	err error
}

func (p *printer) print(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (l line) print(p *printer) {
	var all Tally
	lowest, highest, denied, missed := 1.0, 0.0, -1.0, 0.0
	for _, c := range l.cells {
		all.add(c.Tally)
		missed = max(missed, share(c.Tally.Below+c.Tally.Above, c.Tally.Sets))
		if !c.enough() {
			continue
		}
		lowest, highest = min(lowest, c.Tally.Covered()), max(highest, c.Tally.Covered())
		if c.Case.Equal {
			denied = max(denied, c.Tally.DeniedShare())
		}
	}
	if l.cells[0].Case.Slices {
		p.print("| %s | %d | %d | %s | %s |\n", l.metric, l.size, all.Sets, percent(all.DeniedShare()), percent(all.Error(all.DeniedShare())))
		return
	}
	ends := []string{"–", "–", "–", "–", "–"}
	if all.Known >= 40 {
		ends[0], ends[3], ends[4] = percent(all.Covered()), percent(share(all.Below, all.Known)), percent(share(all.Above, all.Known))
	}
	if highest > 0 {
		ends[1], ends[2] = percent(lowest), percent(highest)
	}
	most := "–"
	if denied >= 0 {
		most = percent(denied)
	}
	p.print("| %s | %d | %d | %d | %s | %s | %s | %s | %s | %s | %s | %s |\n", l.metric, l.size, len(l.cells), all.Sets,
		percent(share(all.Sets-all.Known, all.Sets)), ends[0], ends[1], ends[2], ends[3], ends[4], percent(missed), most)
}

func percent(v float64) string { return strconv.FormatFloat(100*v, 'f', 1, 64) }

// outside lists what is out of bounds by more than two standard errors.
func (p *printer) outside(cells []Cell) {
	const chance = 2
	for _, part := range []struct {
		title string
		by    func(Cell) float64
		value func(Tally) float64
	}{
		{"Covered less than 93 %", Cell.Low, Tally.Covered},
		{"Covered more than 97 %", Cell.High, Tally.Covered},
		{"Denied more than 5 % though equal", Cell.Denials, Tally.DeniedShare},
	} {
		p.print("\n### %s, by more than two standard errors of the simulation\n\n", part.title)
		count := 0
		for _, c := range cells {
			if part.by(c) <= chance {
				continue
			}
			if count++; count == 1 {
				p.print("| family | cell | metric | sets | intervals | %% | error |\n| --- | --- | --- | ---: | ---: | ---: | ---: |\n")
			}
			v := part.value(c.Tally)
			p.print("| %s | %s | %s | %d | %d | %s | %s |\n", c.Case.Family, c.Case.Name, c.Metric, c.Tally.Sets, c.Tally.Known, percent(v), percent(c.Tally.Error(v)))
		}
		if count == 0 {
			p.print("None.\n")
		}
	}
}
