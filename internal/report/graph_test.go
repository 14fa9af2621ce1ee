package report_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// graphs are the plans in testdata/graph, by name.
func graphs(t *testing.T) map[string]result.Graph {
	t.Helper()
	docs := map[string]result.Graph{}
	for _, name := range []string{"plain", "hostile", "matrix"} {
		path := filepath.Join("testdata", "graph", name+".json")
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if docs[name], err = result.Decode[result.Graph](data, path); err != nil {
			t.Fatal(err)
		}
	}
	return docs
}

func goldenGraph(t *testing.T, extension string, render func(io.Writer, result.Graph) error) {
	t.Helper()
	for name, doc := range graphs(t) {
		t.Run(name, func(t *testing.T) {
			var buf bytes.Buffer
			if err := render(&buf, doc); err != nil {
				t.Fatal(err)
			}
			goldenFile(t, filepath.Join("testdata", "graph", name+extension), buf.Bytes())
		})
	}
}

// goldenFile compares what was rendered with what was expected.
func goldenFile(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got); if it should: go test ./internal/report -update\n%s", path, diff)
	}
}

func TestGraphText(t *testing.T) {
	goldenGraph(t, ".txt", func(w io.Writer, g result.Graph) error {
		return report.GraphText(w, g, report.TerminalOptions{Width: 72})
	})
}

func TestGraphMermaid(t *testing.T) { goldenGraph(t, ".mmd", report.GraphMermaid) }

func TestGraphDOT(t *testing.T) { goldenGraph(t, ".dot", report.GraphDOT) }

// A chart is pasted into Markdown, where nothing in it may end its block.
func TestMermaidStaysInItsBlock(t *testing.T) {
	for name, doc := range graphs(t) {
		var buf bytes.Buffer
		if err := report.GraphMermaid(&buf, doc); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(buf.String()) {
			if strings.ContainsAny(line, "`<&") && strings.Count(line, "<") != strings.Count(line, "<br>") {
				t.Errorf("%s: %q could be markup", name, line)
			}
		}
	}
}
