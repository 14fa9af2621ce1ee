package report_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

var before = []result.PastVerdict{
	{At: time.Date(2026, 5, 8, 9, 30, 0, 0, time.UTC), Commit: "a0f8b42d11a6b2ce93f30c5e1b6b7d8a9c0e1f23", Verdict: result.Deny, Said: "Denied: worse in log_loss"},
	{At: time.Date(2026, 5, 8, 16, 2, 0, 0, time.UTC), Commit: "91be77c0aa15b2ce93f30c5e1b6b7d8a9c0e1f23", Verdict: result.Undecided, Said: "Undecided: champion-cannot-run"},
}

// around is what stands around the sample's report.
var around = report.Notes{
	Report: "https://github.com/acme/tumour-classifier/actions/runs/4711/artifacts/12", Job: "https://github.com/acme/tumour-classifier/actions/runs/4711",
	Remarks: []string{"The registry was read in place."}, Owners: []string{"@acme/ml-leads"},
}

func comment(t *testing.T, doc result.Report, earlier []result.PastVerdict, o report.Notes) string {
	t.Helper()
	var buf bytes.Buffer
	if err := report.Comment(&buf, doc, earlier, o); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func TestComment(t *testing.T) {
	golden(t, ".comment.md", func(w io.Writer, doc result.Report) error {
		return report.Comment(w, doc, before, around)
	})
}

// What a job decided is what the next one shows, after those before.
func TestEarlierVerdictsAreHandedOn(t *testing.T) {
	doc := sample(t, "testdata/deny.json")
	first := comment(t, doc, before, around)
	now := result.PastVerdict{
		At: doc.Created, Commit: doc.Commit, Verdict: result.Deny, Said: "Denied: worse for age_band=70+ and 1 other finding",
	}
	if diff := cmp.Diff(append(before[:2:2], now), report.Earlier(first)); diff != "" {
		t.Errorf("read (-want +got)\n%s", diff)
	}
	if again := comment(t, doc, report.Earlier(first), around); again != first {
		t.Errorf("the same job says something else when it is run again:\n%s", cmp.Diff(first, again))
	}
	doc.Commit = "ffffffffffffffffffffffffffffffffffffffff"
	second := comment(t, doc, report.Earlier(strings.ReplaceAll(first, "\n", "\r\n")), around) // as a browser saves it
	if !strings.Contains(second, "<summary>3 earlier verdicts</summary>") || !strings.Contains(second, "| ❌ denied | `266ec84` | Denied: worse for age_band=70+ and 1 other finding |") {
		t.Errorf("the first verdict is missing in\n%s", second)
	}
	if got := report.Earlier(second); len(got) != 4 {
		t.Errorf("handed on: %v", got)
	}
}

// However often a change is pushed, its comment keeps the last verdicts.
func TestEarlierVerdictsAreFew(t *testing.T) {
	doc := sample(t, "testdata/pass.json")
	var earlier []result.PastVerdict
	for i := range 100 {
		doc.Commit = fmt.Sprintf("%040x", i)
		doc.Decision.Pipeline = strings.Repeat("\U0001F600>", 40)
		text := comment(t, doc, earlier, report.Notes{Commit: fmt.Sprintf("%040x", i)})
		earlier = report.Earlier(text)
		if want := min(i+1, 20); len(earlier) != want || earlier[len(earlier)-1].Commit != doc.Commit {
			t.Fatalf("after %d jobs %d verdicts are kept: %v", i+1, len(earlier), earlier)
		}
	}
}

// What Comment would not have written is nothing.
func TestEarlierTakesNothingElse(t *testing.T) {
	good := comment(t, sample(t, "testdata/deny.json"), before, around)
	at := strings.LastIndex(good, "<!-- muster-verdicts ")
	body, state := good[:at], strings.TrimSpace(good[at:])
	for name, text := range map[string]string{
		"nothing":             "",
		"no state":            body,
		"text below it":       good + "\nLooks good to me",
		"not at the margin":   body + " " + state,
		"in code":             body + "`" + state + "`",
		"not closed":          strings.TrimSuffix(state, "-->"),
		"closed early":        strings.Replace(state, `"said":"`, `"said":"-->`, 1),
		"no JSON":             "<!-- muster-verdicts } -->",
		"another document":    `<!-- muster-verdicts {"schema":"muster.run/v1","verdicts":[]} -->`,
		"another verdict":     strings.Replace(state, `"deny"`, `"great"`, 1),
		"no time":             strings.Replace(state, `"at":"`, `"at":"x`, 1),
		"a long sentence":     strings.Replace(state, `"said":"`, `"said":"`+strings.Repeat("x", 201), 1),
		"more than are kept":  strings.Replace(state, `[`, `[`+strings.Repeat(`{"at":"2026-05-09T07:30:02Z","commit":"a","verdict":"deny","said":"x"},`, 20), 1),
		"larger than is kept": strings.Replace(state, `{`, `{"x":"`+strings.Repeat("x", 9000)+`",`, 1),
		"a flood":             strings.Repeat("\n", 1<<20) + state,
	} {
		if got := report.Earlier(text); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
	if len(report.Earlier(state)) != 3 {
		t.Errorf("not even the state is read: %s", state)
	}
}

func FuzzEarlier(f *testing.F) {
	f.Add(`<!-- muster-verdicts {"schema":"muster.verdicts/v1","verdicts":[{"at":"2026-05-09T07:30:02Z","commit":"a","verdict":"deny","said":"x"}]} -->`)
	f.Add("x\n<!-- muster-verdicts [] -->\n")
	f.Fuzz(func(t *testing.T, body string) {
		earlier := report.Earlier(body)
		if len(earlier) > 20 {
			t.Errorf("%d verdicts", len(earlier))
		}
		doc := result.Report{Pipeline: "x", Decision: &result.Decision{Verdict: result.Pass}}
		var buf bytes.Buffer
		if err := report.Comment(&buf, doc, earlier, report.Notes{}); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if lines := strings.Split(buf.String(), "\n"); strings.Count(buf.String(), "<!--") != 2 || !strings.HasPrefix(lines[0], "<!--") {
			t.Errorf("there is more hidden than the marker and the state in\n%s", buf.String())
		}
	})
}

// units counts as GitHub might at worst.
func units(s string) int { return len(utf16.Encode([]rune(s))) }
