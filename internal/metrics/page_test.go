package metrics_test

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/metrics"
)

var update = flag.Bool("update", false, "write the table of docs/metrics.md")

// TestMetricsPage keeps the table of docs/metrics.md as the definitions are.
func TestMetricsPage(t *testing.T) {
	const begin, end = "<!-- metrics -->\n", "<!-- /metrics -->\n"
	path := filepath.Join("..", "..", "docs", "metrics.md")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, starts := strings.Cut(string(data), begin)
	table, after, ends := strings.Cut(rest, end)
	if !starts || !ends {
		t.Fatalf("%s has no marks %q and %q", path, begin, end)
	}
	want := metricsTable(t)
	if *update {
		if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, table); diff != "" {
		t.Errorf("run go test ./internal/metrics -run MetricsPage -update (-want +got):\n%s", diff)
	}
}

func metricsTable(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	out.WriteString("| metric | for | better | range | definition | source |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, name := range append(metrics.Known(), "ndcg@10", "top_3_accuracy") {
		d, ok := metrics.Lookup(name)
		if !ok {
			t.Fatalf("%s is unknown", name)
		}
		better := string(d.Better)
		if d.EitherWay {
			better += ", or as `better:` says"
		}
		if d.Reported {
			better += "; shown, never gated"
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s to %s | %s | %s |\n", d.Name, d.Task, better, limit(d.Min), limit(d.Max), cell(d.Formula), cell(d.Source))
	}
	return out.String()
}

func limit(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "∞"
	case math.IsInf(v, -1):
		return "−∞"
	}
	return strings.Replace(number(v), "-", "−", 1)
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
