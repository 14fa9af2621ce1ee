package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// comparisons are the documents in testdata/comparison, by name.
func comparisons(t *testing.T) map[string]result.Comparison {
	t.Helper()
	paths, err := filepath.Glob("testdata/comparison/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	docs := map[string]result.Comparison{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := result.Decode[result.Comparison](data, path)
		if err != nil {
			t.Fatal(err)
		}
		docs[strings.TrimSuffix(path, ".json")] = doc
	}
	return docs
}

func TestCompareTerminal(t *testing.T) {
	views := map[string]report.CompareOptions{
		".txt":     {TerminalOptions: report.TerminalOptions{Width: 120}, Folder: "plots"},
		".80.txt":  {TerminalOptions: report.TerminalOptions{Width: 80, Color: true}},
		".all.txt": {TerminalOptions: report.TerminalOptions{Width: 100}, All: true},
	}
	for name, doc := range comparisons(t) {
		for extension, opts := range views {
			var buf bytes.Buffer
			if err := report.CompareTerminal(&buf, doc, opts); err != nil {
				t.Fatal(err)
			}
			goldenFile(t, name+extension, buf.Bytes())
		}
	}
}

// Nothing that came from the predictions may act on the terminal, or on the
// runner whose log it is.
func TestCompareTerminalEscapes(t *testing.T) {
	var buf bytes.Buffer
	doc := comparisons(t)[filepath.Join("testdata", "comparison", "hostile")]
	if err := report.CompareTerminal(&buf, doc, report.CompareOptions{All: true}); err != nil {
		t.Fatal(err)
	}
	for _, forbidden := range []string{"\x1b", "\u202e", "##[error]", " ::error", "\r"} {
		if strings.Contains(buf.String(), forbidden) {
			t.Errorf("%q came through:\n%s", forbidden, buf.String())
		}
	}
	for line := range strings.Lines(buf.String()) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") {
			t.Errorf("a runner would take this line for a command: %s", line)
		}
	}
}
