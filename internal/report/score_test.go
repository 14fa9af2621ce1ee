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

// scored are assessments in testdata/score, and of what has no level.
func scored(t *testing.T) map[string]result.Assessment {
	t.Helper()
	docs := map[string]result.Assessment{"short": *sample(t, "testdata/assessment.json").Assessment}
	docs["full"] = load[result.Assessment](t, "full")
	for _, kind := range []result.Kind{result.KindNotML, result.KindCollection} {
		docs[string(kind)] = result.Assessment{
			Schema: result.SchemaOf[result.Assessment](), Kind: kind, Rubric: "2026.1, 44 criteria", Summary: "it has no level",
			Roots: []result.Root{{Path: ".", Kind: kind, Shape: map[string]float64{}, Criteria: []result.Criterion{}}},
		}
	}
	return docs
}

func load[T result.Document](t *testing.T, name string) T {
	t.Helper()
	path := filepath.Join("testdata", "score", name+".json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := result.Decode[T](data, path)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// fixed compares what is written with testdata/score/NAME.
func fixed(t *testing.T, name string, write func(io.Writer) error) {
	t.Helper()
	var buf bytes.Buffer
	if err := write(&buf); err != nil {
		t.Fatal(err)
	}
	got := style.ReplaceAll(buf.Bytes(), []byte("<style>…</style>"))
	path := filepath.Join("testdata", "score", name)
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

func TestScore(t *testing.T) {
	for name, a := range scored(t) {
		doc := result.Report{Assessment: &a}
		for form, write := range map[string]func(io.Writer) error{
			".txt": func(w io.Writer) error {
				return report.Terminal(w, doc, report.TerminalOptions{Width: 100})
			},
			".v.txt": func(w io.Writer) error {
				return report.Terminal(w, doc, report.TerminalOptions{Width: 80, Color: true, Verbose: true})
			},
			".md":   func(w io.Writer) error { return report.Markdown(w, doc) },
			".html": func(w io.Writer) error { return report.ScoreHTML(w, "tumours", a) },
		} {
			t.Run(name+form, func(t *testing.T) { fixed(t, name+form, write) })
		}
	}
}

// The page is looked at as a reader sees it.
func TestScorePageInBrowser(t *testing.T) {
	browser := startBrowser(t)
	for name, want := range map[string]struct {
		headline string
		sections []string
	}{
		"full":   {"DevOps, no MLOps", []string{"shape", "next", "doubts", "projects", "criteria-1", "criteria-2", "files", "about"}},
		"short":  {"Automated training", []string{"shape", "next", "doubts", "criteria-1", "about"}},
		"not-ml": {"no machine learning", []string{"about"}},
	} {
		t.Run(name, func(t *testing.T) {
			page := openPage(browser, t, "score-"+name, func(w io.Writer) error { return report.ScoreHTML(w, "tumours", scored(t)[name]) })
			for _, scheme := range []string{"light", "dark"} {
				for _, width := range []int64{360, 1280} {
					seen := page.look(t, scheme, width)
					if !strings.Contains(seen.Headline, want.headline) || !seen.HeadlineVisible {
						t.Errorf("%s, %d px: headline %q is not to be seen, want %q", scheme, width, seen.Headline, want.headline)
					}
					if seen.Overflow > 0 {
						t.Errorf("%s, %d px: the page is %d px too wide: %v", scheme, width, seen.Overflow, seen.TooWide)
					}
					if diff := cmp.Diff(want.sections, seen.Sections); diff != "" {
						t.Errorf("%s, %d px: sections (-want +got)\n%s", scheme, width, diff)
					}
					if len(seen.LowContrast) > 0 || len(seen.Headings) > 0 {
						t.Errorf("%s, %d px: contrast below 4.5:1: %v; headings that skip a level: %v", scheme, width, seen.LowContrast, seen.Headings)
					}
				}
			}
			page.checkTraffic(t)
			page.checkAccess(t)
		})
	}
}
