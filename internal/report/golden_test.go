package report_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

var update = flag.Bool("update", false, "write the golden files anew")

// samples are the documents in testdata, by name.
func samples(t *testing.T) map[string]result.Report {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	docs := map[string]result.Report{}
	for _, path := range paths {
		docs[strings.TrimSuffix(filepath.Base(path), ".json")] = sample(t, path)
	}
	return docs
}

func sample(t *testing.T, path string) result.Report {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := result.Decode[result.Report](data, path)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// golden compares every sample, rendered, with testdata/NAME.EXTENSION.
func golden(t *testing.T, extension string, render func(io.Writer, result.Report) error) {
	t.Helper()
	for name, doc := range samples(t) {
		t.Run(name, func(t *testing.T) {
			var buf bytes.Buffer
			if err := render(&buf, doc); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+extension)
			if *update {
				if err := os.WriteFile(path, buf.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), buf.String()); diff != "" {
				t.Errorf("%s differs (-want +got); if it should: go test ./internal/report -update\n%s", path, diff)
			}
		})
	}
}

func TestMarkdown(t *testing.T) {
	golden(t, ".md", report.Markdown)
}

func TestTerminal(t *testing.T) {
	golden(t, ".txt", func(w io.Writer, doc result.Report) error {
		return report.Terminal(w, doc, report.TerminalOptions{Width: 110})
	})
}

// Narrow is what a terminal of 80 columns shows, in colours.
func TestTerminalNarrow(t *testing.T) {
	golden(t, ".80.txt", func(w io.Writer, doc result.Report) error {
		return report.Terminal(w, doc, report.TerminalOptions{Width: 80, Color: true})
	})
}

// style is left out of the golden pages: it is one file, read as it is.
var style = regexp.MustCompile(`(?s)<style>.*</style>`)

func TestHTML(t *testing.T) {
	golden(t, ".html", func(w io.Writer, doc result.Report) error {
		var page bytes.Buffer
		if err := report.HTML(&page, doc); err != nil {
			return err
		}
		_, err := w.Write(style.ReplaceAll(page.Bytes(), []byte("<style>…</style>")))
		return err
	})
}
