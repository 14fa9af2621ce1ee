// Command benchmark measures muster beside what it replaces, each pair in one
// run, and prints a table. "make bench" builds what it needs and calls it.
//
// It says whether a row is within what docs/benchmarks.md promises, and fails
// only if something could not be measured: a busy machine is no defect.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"text/tabwriter"
)

// row is one line of the table.
type row struct {
	what, against string
	ours, theirs  measure
	// limit is the most that ours may be of theirs; 0 if that is only told.
	limit float64
	// seconds is the most time that ours may take; 0 for any.
	seconds float64
	// bound is the most memory that ours may take, or space on the disk, in bytes; 0 for any.
	bound int64
}

// bench is one thing that is measured.
type bench struct {
	name string
	run  func(ctx context.Context, place *place) ([]row, error)
}

// place is where a benchmark works.
type place struct {
	dir    string
	muster string // the binary
	rounds int
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	muster := flag.String("muster", "bin/muster", "the binary that is measured")
	rounds := flag.Int("rounds", 5, "how often each is measured; the table has the medians")
	only := flag.String("only", "", "measure only what has this in its name")
	flag.Parse()
	if err := run(ctx, *muster, *rounds, *only); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, muster string, rounds int, only string) error {
	muster, err := filepath.Abs(muster)
	if err != nil {
		return err
	}
	fmt.Printf("%s, %d processors, load %s, %s\n", machine(), runtime.NumCPU(), load(), firstLine(output(ctx, muster, "version")))
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer table.Flush() // also what was measured before an error
	fmt.Fprintln(table, "what\tmuster\tpeer\tratio\tat most\t\tagainst")
	for _, b := range benches() {
		if !strings.Contains(b.name, only) {
			continue
		}
		fmt.Fprintln(os.Stderr, "measuring:", b.name)
		rows, err := measureIn(ctx, b, &place{muster: muster, rounds: rounds})
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
		for _, r := range rows {
			r.print(table)
		}
	}
	return nil
}

// measureIn gives the benchmark a folder of its own.
func measureIn(ctx context.Context, b bench, p *place) ([]row, error) {
	dir, err := os.MkdirTemp("", "muster-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	p.dir = dir
	return b.run(ctx, p)
}

func (r row) print(table *tabwriter.Writer) {
	ratio, limit := "", ""
	if r.theirs.seconds > 0 {
		ratio = fmt.Sprintf("%.3g", r.ratio())
	}
	if r.limit > 0 {
		limit = strconv.FormatFloat(r.limit, 'f', -1, 64)
	}
	if r.seconds > 0 {
		limit += fmt.Sprintf(" %g s", r.seconds)
	}
	if r.bound > 0 {
		limit += fmt.Sprintf(" %.0f MB", float64(r.bound)/1e6)
	}
	limit = strings.TrimSpace(limit)
	fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.what, r.ours, r.theirs.time(), ratio, limit, r.mark(), r.against)
}

func (r row) ratio() float64 { return r.ours.seconds / r.theirs.seconds }

func (r row) mark() string {
	switch {
	case r.limit == 0 && r.seconds == 0 && r.bound == 0:
		return ""
	case r.limit > 0 && r.ratio() > r.limit, r.seconds > 0 && r.ours.seconds > r.seconds, r.bound > 0 && r.ours.memory > r.bound:
		return "MISSED"
	default:
		return "ok"
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// machine names the processor.
func machine() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(data)) {
			if name, ok := strings.CutPrefix(line, "model name"); ok {
				return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
			}
		}
	}
	return runtime.GOOS + "/" + runtime.GOARCH
}

// load is how many processes wanted a processor in the last minute: with more
// than a few tenths, the table says little.
func load() string {
	data, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(data), " ")
	return first
}
