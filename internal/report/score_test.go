package report_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

func change() result.ScoreChange {
	one, two := 1, 2
	met := result.CriterionMet
	return result.ScoreChange{
		Base: result.ScoreSide{Name: "main", Commit: "266ec841a313476ea6cf2d7e453e490ae0585e54", Kind: result.KindTraining, Level: &two, Share: .51},
		Head: result.ScoreSide{Kind: result.KindTraining, Level: &one, Share: .48}, Root: ".",
		Raised: []result.CriterionChange{
			{ID: "unit-tests", Level: 1, Core: true, From: result.CriterionPartial, FromStrength: result.StrengthDeclared, To: met, ToStrength: result.StrengthWired, Reason: "3 tests assert something", Evidence: []result.Evidence{{Path: "tests/test_x.py", Line: 3}}},
			{ID: "code-review", Level: 1, From: met, FromStrength: result.StrengthAttested, To: met, ToStrength: result.StrengthWired, Reason: "owners are named"},
		},
		Lowered: []result.CriterionChange{
			{ID: "model-registry", Level: 2, Core: true, From: met, FromStrength: result.StrengthWired, To: result.CriterionUnmet, ToStrength: result.StrengthNone, Reason: "nothing registers a model", Evidence: []result.Evidence{{Path: "src/train.py", Line: 52}}, Remedy: "Register the model at the end of training"},
		},
		Moved: []result.CriterionChange{
			{ID: "progressive-delivery", Level: 3, From: result.CriterionNotApplicable, To: result.CriterionUnmet, ToStrength: result.StrengthNone, Reason: "all requests get the new version at once"},
		},
	}
}

func TestScoreChange(t *testing.T) {
	fixed(t, "change.txt", func(w io.Writer) error {
		return report.ScoreChange(w, change(), report.TerminalOptions{Width: 100})
	})
	fixed(t, "change.md", func(w io.Writer) error { return report.ScoreChangeMarkdown(w, change()) })
	same := change()
	same.Head, same.Raised, same.Lowered, same.Moved = same.Base, nil, nil, nil
	fixed(t, "same.txt", func(w io.Writer) error {
		return report.ScoreChange(w, same, report.TerminalOptions{Width: 100})
	})
}

func history() result.ScoreHistory {
	h := result.ScoreHistory{Schema: result.SchemaOf[result.ScoreHistory](), Every: "month", Rubric: "2026.1, 44 criteria"}
	for i, level := range []int{0, 0, 1, 1, 2, 1, 2} {
		p := result.ScorePoint{
			Commit: "266ec841a313476ea6cf2d7e453e490ae0585e54", Time: time.Date(2025, time.Month(9+i), 27, 9, 0, 0, 0, time.UTC),
			Kind: result.KindTraining, Level: &level, Met: 5 + 3*level + i, Asked: 41, Shape: map[string]float64{"1": .3},
		}
		switch i {
		case 2:
			p.Gained = []string{"unit-tests", "ci-test-gate"}
		case 4:
			p.Tag, p.Gained = "v1.0.0", []string{"model-registry"}
		case 5:
			p.Lost = []string{"model-registry"}
		}
		h.Points = append(h.Points, p)
	}
	return h
}

func TestScoreHistory(t *testing.T) {
	for name, h := range map[string]result.ScoreHistory{"history": history(), "history-none": {Every: "tag"}} {
		fixed(t, name+".txt", func(w io.Writer) error {
			return report.ScoreHistory(w, h, report.TerminalOptions{Width: 100})
		})
		fixed(t, name+".svg", func(w io.Writer) error { return report.ScoreHistorySVG(w, "tumours", h) })
		fixed(t, name+".html", func(w io.Writer) error { return report.ScoreHistoryHTML(w, "tumours", h) })
	}
}

func TestScoreSARIF(t *testing.T) {
	for name, a := range scored(t) {
		fixed(t, name+".sarif", func(w io.Writer) error { return report.ScoreSARIF(w, a, "1.2.3", "README.md") })
		parsed := checkSARIF(t, a)
		for _, r := range parsed.Runs[0].Results {
			if len(r.Locations) != 1 {
				t.Errorf("%s: %s has %d places", name, *r.RuleID, len(r.Locations))
			}
		}
	}
}

func TestRationale(t *testing.T) {
	for name, verbose := range map[string]bool{"rationale.txt": false, "rationale.v.txt": true} {
		r := result.Rationale{
			Criterion: load[result.Assessment](t, "full").Roots[1].Criteria[3], Why: "Tests that nobody runs find nothing.", Counts: []string{"a job that runs pytest on every change"},
			LookAlikes: []string{"pytest || true"}, Fix: "Add a workflow that runs the tests", Source: "Google", Proof: "the last run succeeded",
			Rule: "package maturity.criteria.ci_test_gate\n\nanswer := lib.met(\"CI runs the tests\", gates) if {\n\tcount(gates) > 0\n}\n", Categories: []string{"test"},
		}
		for i := range 20 {
			f := result.SeenFact{Category: "test", Subject: "pytest", Path: ".github/workflows/ci.yml", Line: 18 + i, Context: "command", Reached: []string{"job test (.github/workflows/ci.yml:8)"}}
			if i%2 == 1 {
				f.Reached, f.Lost = nil, "|| true"
			}
			r.Facts = append(r.Facts, f)
		}
		fixed(t, name, func(w io.Writer) error {
			return report.Rationale(w, r, report.TerminalOptions{Width: 90, Verbose: verbose})
		})
	}
}

// The page of a history is looked at, too.
func TestScoreHistoryInBrowser(t *testing.T) {
	page := openPage(startBrowser(t), t, "score-history", func(w io.Writer) error { return report.ScoreHistoryHTML(w, "tumours", history()) })
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{360, 1280} {
			seen := page.look(t, scheme, width)
			if !strings.Contains(seen.Headline, "Maturity over time") || seen.Overflow > 0 || len(seen.LowContrast) > 0 || len(seen.Headings) > 0 {
				t.Errorf("%s, %d px: %+v", scheme, width, seen)
			}
		}
	}
	page.checkTraffic(t)
	page.checkAccess(t)
}

// The report of a change request says in a line what the change does to the score.
func TestScoreChangeInAReport(t *testing.T) {
	doc, moved := sample(t, "testdata/pass.json"), change()
	doc.ScoreChange = &moved
	for form, want := range map[string]string{"terminal": "this change level 2 → 1; lowers model-registry; raises unit-tests, code-review", "markdown": ": this change level 2 → 1; lowers `model-registry`; raises `unit-tests`, `code-review`"} {
		var buf bytes.Buffer
		err := report.Markdown(&buf, doc)
		if form == "terminal" {
			buf.Reset()
			err = report.Terminal(&buf, doc, report.TerminalOptions{Width: 200})
		}
		if err != nil || !strings.Contains(buf.String(), want) {
			t.Errorf("%s: %v: %q is not in\n%s", form, err, want, buf.String())
		}
	}
}
