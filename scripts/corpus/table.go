package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/muster-ci/muster/internal/result"
)

type options struct {
	verbose   bool
	criterion string
}

// counts is a confusion matrix: positive is "met".
type counts struct{ tp, fp, fn, tn int }

func (c *counts) add(want, got bool) {
	switch {
	case want && got:
		c.tp++
	case want:
		c.fn++
	case got:
		c.fp++
	default:
		c.tn++
	}
}

func (c counts) precision() string { return ratio(c.tp, c.tp+c.fp) }
func (c counts) recall() string    { return ratio(c.tp, c.tp+c.fn) }
func (c counts) agreement() string { return ratio(c.tp+c.tn, c.tp+c.tn+c.fp+c.fn) }

func ratio(a, b int) string {
	if b == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(a)/float64(b))
}

// table gathers what agrees and what does not.
type table struct {
	opts   options
	by     map[string]*counts
	order  []string
	all    counts
	levels []string
	exact  int
	far    int
	kinds  int
	rated  int
	differ []string
}

func newTable(opts options) *table { return &table{opts: opts, by: map[string]*counts{}} }

func (t *table) add(want expected, got result.Assessment) {
	rated := want.Kind == result.KindTraining || want.Kind == result.KindConsumer || want.Kind == result.KindLibrary
	root := result.Root{Kind: got.Kind, Level: got.Level}
	for _, r := range got.Roots {
		if r.Path == got.Root {
			root = r
		}
	}
	t.level(want, root)
	if !rated {
		return
	}
	for _, c := range root.Criteria {
		if t.by[c.ID] == nil {
			t.by[c.ID] = &counts{}
			t.order = append(t.order, c.ID)
		}
		w, ok := want.Answers[c.ID]
		if !ok || w.Verdict == "unsure" || w.Verdict == "na" {
			continue
		}
		isMet := c.Verdict == result.CriterionMet
		t.by[c.ID].add(w.Verdict == "met", isMet)
		t.all.add(w.Verdict == "met", isMet)
		if (w.Verdict == "met") != isMet || t.opts.criterion == c.ID {
			t.differ = append(t.differ, difference(want, w, c))
		}
	}
}

func difference(want expected, w answer, c result.Criterion) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n  people: %s: %s\n  muster: %s: %s\n", want.Repository, c.ID, w.Verdict, w.Evidence, c.Verdict, c.Reason)
	for _, e := range c.Evidence {
		fmt.Fprintf(&b, "          %s:%d %s\n", e.Path, e.Line, e.Note)
	}
	return b.String()
}

func (t *table) level(want expected, root result.Root) {
	if root.Kind == want.Kind {
		t.kinds++
	}
	t.rated++
	mark := ""
	switch {
	case want.Level == nil && root.Level == nil, want.Level != nil && root.Level != nil && *want.Level == *root.Level:
		t.exact++
	default:
		mark = "differs"
		if want.Level == nil || root.Level == nil || *want.Level-*root.Level > 1 || *root.Level-*want.Level > 1 {
			t.far++
			mark = "differs by more than one"
		}
	}
	t.levels = append(t.levels, fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\t%s", want.Repository, want.Kind, root.Kind, level(want.Level), level(want.Reviewer), level(root.Level), mark))
}

func level(l *int) string {
	if l == nil {
		return "-"
	}
	return strconv.Itoa(*l)
}

// print writes the whole table; missing is how many repositories were not found.
func (t *table) print(w io.Writer, missing int) {
	if t.opts.verbose || t.opts.criterion != "" {
		for _, d := range t.differ {
			if t.opts.criterion == "" || strings.Contains(d, "  "+t.opts.criterion+"\n") {
				fmt.Fprintln(w, d)
			}
		}
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "repository\tkind\tmuster\tlevel\treviewer\tmuster\t")
	for _, line := range t.levels {
		fmt.Fprintln(tw, line)
	}
	fmt.Fprintln(tw)
	fmt.Fprintln(tw, "criterion\tmet, said so\tnot met, said met\tmet, not said\tnot met, said so\tprecision\trecall")
	for _, id := range t.order {
		c := t.by[id]
		fmt.Fprintf(tw, "%s\t%d\t%d\t%d\t%d\t%s\t%s\n", id, c.tp, c.fp, c.fn, c.tn, c.precision(), c.recall())
	}
	c := t.all
	fmt.Fprintf(tw, "all\t%d\t%d\t%d\t%d\t%s\t%s\n", c.tp, c.fp, c.fn, c.tn, c.precision(), c.recall())
	tw.Flush()
	fmt.Fprintf(w, "\n%s of the answers agree; level exact on %d of %d, off by more than one on %d; kind right on %d\n",
		c.agreement(), t.exact, t.rated, t.far, t.kinds)
	if missing > 0 {
		fmt.Fprintf(w, "%d repositories of the answers were not found at their commit\n", missing)
	}
}
