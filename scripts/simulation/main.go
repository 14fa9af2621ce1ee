// Command simulation shows how well the comparison of two models works: it draws
// evaluation sets from populations whose difference is known and prints, in
// Markdown, how often the intervals hold it and how often equal models are called
// worse. "make simulate" calls it; docs/simulation.md has what it printed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/muster-ci/muster/internal/metrics/simulation"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	seed := flag.Uint64("seed", 1, "what the sets are drawn from")
	trials := flag.Int("trials", 400, "how many sets are drawn from each population of few rows; fewer of many")
	only := flag.String("only", "", "simulate only the families that have this in their name")
	least := flag.Int("least", 0, "simulate only cases from this size on")
	most := flag.Int("most", 20_000, "simulate only cases up to this size")
	all := flag.String("cells", "", "also write every cell, as CSV, to this file")
	flag.Parse()
	if err := run(ctx, *seed, *trials, *only, *least, *most, *all); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, seed uint64, trials int, only string, least, most int, all string) error {
	var cases []simulation.Case
	for _, c := range simulation.Grid() {
		if strings.Contains(c.Family, only) && c.Size >= least && c.Size <= most {
			cases = append(cases, c)
		}
	}
	done := 0
	cells, err := simulation.Run(ctx, cases, seed, trials, func(c simulation.Case) {
		done++
		fmt.Fprintf(os.Stderr, "%d of %d: %s, %s\n", done, len(cases), c.Family, c.Name)
	})
	if err != nil {
		return err
	}
	if all != "" {
		if err := writeCells(all, cells); err != nil {
			return err
		}
	}
	return simulation.Print(os.Stdout, cells)
}

func writeCells(path string, cells []simulation.Cell) error {
	var text strings.Builder
	text.WriteString("family,cell,metric,sets,intervals,covered,below,above,denied,equal,why\n")
	for _, c := range cells {
		t := c.Tally
		fmt.Fprintf(&text, "%q,%q,%s,%d,%d,%.4f,%d,%d,%.4f,%t,%q\n", c.Case.Family, c.Case.Name, c.Metric, t.Sets, t.Known, t.Covered(), t.Below, t.Above, t.DeniedShare(), c.Case.Equal, t.Reason)
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		return fmt.Errorf("write cells: %w", err)
	}
	return nil
}
