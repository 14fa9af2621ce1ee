package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// hostileScore is an assessment all of whose texts are one.
func hostileScore(s string) result.Assessment {
	level, at := 1, time.Date(2026, 5, 9, 7, 0, 0, 0, time.UTC)
	seen := []result.Evidence{{Path: s, Line: 3, URL: evidence, Note: s, Time: &at}, {URL: "javascript:" + s, Note: s}}
	answer := func(id string, level int, verdict result.CriterionVerdict) result.Criterion {
		return result.Criterion{
			ID: id + s, Level: level, Dimension: "C", Question: s, Core: true, Weight: 1, Verdict: verdict, Strength: result.StrengthDeclared,
			Reason: s, Evidence: seen, Remedy: s, Effort: s,
		}
	}
	root := result.Root{
		Path: s, Kind: result.KindTraining, Level: &level, Shape: map[string]float64{"1": 1, "2": .5}, Debts: []string{"a" + s},
		Claims: seen, Criteria: []result.Criterion{answer("a", 1, result.CriterionUnmet), answer("b", 2, result.CriterionPartial), answer("c", 2, result.CriterionMet)},
	}
	return result.Assessment{
		Schema: result.SchemaOf[result.Assessment](), Kind: result.KindTraining, Level: &level, Root: s, Chosen: s, Rubric: s, Summary: s, Commit: s,
		Roots: []result.Root{root, root}, Unread: seen, Overrides: seen, Forge: &result.ForgeReport{Repository: s, Missing: []string{s}},
		Files: []result.ReadyFile{{Path: s, Text: s + "\n" + s, Criteria: []string{"a" + s}, After: s}},
	}
}

func hostileChange(s string) result.ScoreChange {
	level := 1
	moved := []result.CriterionChange{{
		ID: s, Level: 1, Core: true, From: result.CriterionMet, FromStrength: result.StrengthWired, To: result.CriterionUnmet, ToStrength: result.StrengthNone,
		Reason: s, Remedy: s, Evidence: []result.Evidence{{Path: s, Note: s, URL: evidence}},
	}}
	return result.ScoreChange{
		Base: result.ScoreSide{Name: s, Commit: s, Kind: result.KindTraining, Level: &level}, Head: result.ScoreSide{Commit: s, Kind: result.KindTraining, Level: &level},
		Root: s, Raised: moved, Lowered: moved, Moved: moved,
	}
}

func hostileHistory(s string) result.ScoreHistory {
	level := 1
	var points []result.ScorePoint
	for month := range 3 {
		points = append(points, result.ScorePoint{
			Commit: s, Time: time.Date(2026, time.Month(1+month), 1, 0, 0, 0, 0, time.UTC), Tag: s, Kind: result.KindTraining, Level: &level, Met: 3, Asked: 9,
			Gained: []string{s}, Lost: []string{s},
		})
	}
	points = append(points, result.ScorePoint{Commit: s, Time: points[2].Time, Problem: s})
	return result.ScoreHistory{Every: s, Root: s, Rubric: s, Points: points}
}

func hostileRationale(s string) result.Rationale {
	return result.Rationale{
		Criterion: hostileScore(s).Roots[0].Criteria[0], Why: s, Counts: []string{s}, LookAlikes: []string{s}, Proof: s, NotApplicable: s, Fix: s, Source: s,
		References: []string{s}, Rule: "package x\n" + s, Categories: []string{s},
		Facts: []result.SeenFact{{Category: s, Tool: s, Subject: s, Path: s, Line: 1, Context: s, Reached: []string{s}, Lost: s}},
	}
}

// Whatever things are called, no element of a page is theirs, and nothing is fetched.
func TestHostileScorePages(t *testing.T) {
	for name, text := range hostileTexts {
		t.Run(name, func(t *testing.T) {
			for form, write := range map[string]func(io.Writer) error{
				"score":   func(w io.Writer) error { return report.ScoreHTML(w, text, hostileScore(text)) },
				"history": func(w io.Writer) error { return report.ScoreHistoryHTML(w, text, hostileHistory(text)) },
			} {
				var buf, harmless bytes.Buffer
				if err := write(&buf); err != nil {
					t.Fatal(err)
				}
				plain := "x"
				if form == "score" {
					write = func(w io.Writer) error { return report.ScoreHTML(w, plain, hostileScore(plain)) }
				} else {
					write = func(w io.Writer) error { return report.ScoreHistoryHTML(w, plain, hostileHistory(plain)) }
				}
				if err := write(&harmless); err != nil {
					t.Fatal(err)
				}
				got, want := elements(t, buf.Bytes()), elements(t, harmless.Bytes())
				for tag, n := range got {
					if n > want[tag] {
						t.Errorf("%s: %d elements %s, where a harmless page has %d", form, n, tag, want[tag])
					}
				}
			}
		})
	}
}

// elements counts the elements of a page, and checks that none of them acts.
func elements(t *testing.T, page []byte) map[string]int {
	t.Helper()
	doc, err := nethtml.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for node := range doc.Descendants() {
		if node.Type == nethtml.CommentNode {
			count["a comment"]++
		}
		if node.Type != nethtml.ElementNode {
			continue
		}
		count[node.Data]++
		if node.DataAtom == atom.Script || node.DataAtom == atom.Iframe || node.DataAtom == atom.Img {
			t.Errorf("there is a <%s>", node.Data)
		}
		for _, a := range node.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "href" && !regexp.MustCompile(`^(https?://|#|data:,$)`).MatchString(a.Val) {
				t.Errorf("<%s %s=%q>", node.Data, a.Key, a.Val)
			}
		}
	}
	return count
}

// In Markdown nothing becomes a link, an element or a mention.
func TestHostileScoreMarkdown(t *testing.T) {
	for name, text := range hostileTexts {
		t.Run(name, func(t *testing.T) {
			a := hostileScore(text)
			for form, write := range map[string]func(io.Writer) error{
				"score":  func(w io.Writer) error { return report.Markdown(w, result.Report{Assessment: &a}) },
				"change": func(w io.Writer) error { return report.ScoreChangeMarkdown(w, hostileChange(text)) },
			} {
				var buf bytes.Buffer
				if err := write(&buf); err != nil {
					t.Fatal(err)
				}
				checkCommands(t, buf.String())
				page := rendered(t, buf.String())
				if n := len(page.comments); n > 0 && (form != "score" || n > 1 || page.comments[0] != " muster ") {
					t.Errorf("%s: hidden are %q", form, page.comments)
				}
				page.checkInert(t, evidence)
			}
		})
	}
}

// A picture is well-formed, and a document what it says it is.
func TestHostileScorePictures(t *testing.T) {
	for name, text := range hostileTexts {
		t.Run(name, func(t *testing.T) {
			a := hostileScore(text)
			for form, write := range map[string]func(io.Writer) error{
				"badge":   func(w io.Writer) error { return report.Badge(w, result.Report{Pipeline: text, Assessment: &a}) },
				"history": func(w io.Writer) error { return report.ScoreHistorySVG(w, text, hostileHistory(text)) },
			} {
				var buf bytes.Buffer
				if err := write(&buf); err != nil {
					t.Fatal(err)
				}
				decoder := xml.NewDecoder(&buf)
				for {
					token, err := decoder.Token()
					if errors.Is(err, io.EOF) {
						break
					}
					if err != nil {
						t.Fatalf("%s is not well-formed: %v", form, err)
					}
					if start, ok := token.(xml.StartElement); ok && (start.Name.Local == "script" || start.Name.Local == "image" || start.Name.Local == "a") {
						t.Errorf("%s has a <%s>", form, start.Name.Local)
					}
				}
			}
			var shields bytes.Buffer
			if err := report.BadgeData(&shields, result.Report{Pipeline: text, Assessment: &a}); err != nil || !json.Valid(shields.Bytes()) {
				t.Errorf("shields: %v: %s", err, shields.Bytes())
			}
			checkSARIF(t, a)
		})
	}
}

// checkSARIF holds a score's SARIF to the schema that the library brings along.
func checkSARIF(t *testing.T, a result.Assessment) *sarif.Report {
	t.Helper()
	var buf bytes.Buffer
	if err := report.ScoreSARIF(&buf, a, "1.0", "README.md"); err != nil {
		t.Fatal(err)
	}
	parsed, err := sarif.FromBytes(buf.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := parsed.Validate(); err != nil {
		t.Errorf("SARIF: %v", err)
	}
	for _, r := range buf.String() {
		if r != '\n' && unicode.IsControl(r) || '\u202a' <= r && r <= '\u202e' {
			t.Fatalf("there is a %U in SARIF", r)
		}
	}
	return parsed
}

// A terminal is told nothing but text.
func TestHostileScoreTerminal(t *testing.T) {
	command := regexp.MustCompile(`(?m)^\s*::\w|##\w*\[`)
	for name, text := range hostileTexts {
		t.Run(name, func(t *testing.T) {
			a := hostileScore(text)
			opts := report.TerminalOptions{Width: 70, Verbose: true}
			for form, write := range map[string]func(io.Writer) error{
				"score":     func(w io.Writer) error { return report.Terminal(w, result.Report{Assessment: &a}, opts) },
				"change":    func(w io.Writer) error { return report.ScoreChange(w, hostileChange(text), opts) },
				"history":   func(w io.Writer) error { return report.ScoreHistory(w, hostileHistory(text), opts) },
				"rationale": func(w io.Writer) error { return report.Rationale(w, hostileRationale(text), opts) },
			} {
				var buf bytes.Buffer
				if err := write(&buf); err != nil {
					t.Fatal(err)
				}
				if found := command.FindString(buf.String()); found != "" {
					t.Errorf("%s: a runner would take %q for a command", form, found)
				}
				for _, r := range buf.String() {
					if r != '\n' && unicode.IsControl(r) || '\u202a' <= r && r <= '\u202e' {
						t.Fatalf("%s: there is a %U in it", form, r)
					}
				}
			}
		})
	}
}
