package report_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// What nobody vouches for looks like no pass, in its headline and for the next job.
func TestUnverifiedIsNoPass(t *testing.T) {
	text := comment(t, sample(t, "testdata/pass.json"), nil, report.Notes{Unverified: "from a fork"})
	if !strings.Contains(text, "\n### ⚠️ tumour-classifier (unverified): passed,") || !strings.Contains(text, "\n> ⚠️ **Unverified, from a fork.** Whoever wrote the change") {
		t.Errorf("it does not say that it is unverified:\n%.600s", text)
	}
	if !strings.HasPrefix(text, report.Marker("tumour-classifier/unverified")+"\n") {
		t.Errorf("it is marked as a verified one:\n%.200s", text)
	}
	long := sample(t, "testdata/pass.json")
	long.Pipeline = strings.Repeat("x", 128)
	if text := comment(t, long, nil, report.Notes{Unverified: "from a fork"}); strings.HasPrefix(text, report.Marker(long.Pipeline)) {
		t.Error("one with a long name is marked as a verified one")
	}
	if got := report.Earlier(text); len(got) != 1 || !strings.HasPrefix(got[0].Said, "Unverified: Passed") {
		t.Errorf("handed on is %v", got)
	}
	if text := comment(t, sample(t, "testdata/deny.json"), nil, report.Notes{Unverified: "from a fork"}); !strings.Contains(text, "\n### ❌ tumour-classifier (unverified): denied,") {
		t.Errorf("a denial begins with\n%.600s", text)
	}
}

// What has nothing to decide about yet is no pass either, and hands on what was decided before.
func TestPendingIsNoPass(t *testing.T) {
	doc := sample(t, "testdata/pending.json")
	text := comment(t, doc, before, around)
	if !report.Pending(doc) || !strings.Contains(text, "\n### ⏳ tumour-classifier: pending, ") || strings.Contains(text, ": passed") {
		t.Errorf("it begins with\n%.600s", text)
	}
	if got := report.Headline(doc, report.Notes{}); got != "Pending: there is no new model to decide about" {
		t.Errorf("its headline is %s", got)
	}
	if got := report.Earlier(text); len(got) != len(before) {
		t.Errorf("handed on is %v", got)
	}
	for name, edit := range map[string]func(*result.Report){
		"a run that failed": func(r *result.Report) { r.Run.Status = result.RunFailed },
		"a model":           func(r *result.Report) { r.Run.NoModel = "" },
		"a decision":        func(r *result.Report) { r.Decision = &result.Decision{Verdict: result.Deny} },
		"no run":            func(r *result.Report) { r.Run = nil },
	} {
		doc := sample(t, "testdata/pending.json")
		if edit(&doc); report.Pending(doc) {
			t.Errorf("%s is pending", name)
		}
	}
}

// Nobody is called but whom an option names, and only by a name that is one.
func TestOwnersAreCalledWhenAsked(t *testing.T) {
	notes := report.Notes{Owners: []string{"@acme/ml-leads", "@ada", "x@y.example", "@a @everyone", "@a/b`"}}
	line := func() string {
		text := comment(t, sample(t, "testdata/deny.json"), nil, notes)
		_, rest, _ := strings.Cut(text, "**Who should look:** ")
		line, _, _ := strings.Cut(rest, "\n")
		return line
	}
	if got, want := line(), "`@acme/ml-leads`, `@ada`, `x@y.example`, `@a @everyone`, <code>&#64;a/b&#96;</code>"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	notes.Mention = true
	if got, want := line(), "@acme/ml-leads, @ada, `x@y.example`, `@a @everyone`, <code>&#64;a/b&#96;</code>"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if text := comment(t, sample(t, "testdata/pass.json"), nil, notes); strings.Contains(text, "@ada") {
		t.Error("the owners are called although it passed")
	}
}

// A link leads where a browser can go, and nowhere else.
func TestLinksOfNotes(t *testing.T) {
	for address, want := range map[string]string{
		"https://host.example/a/1?b=c#d":     "[full report](<https://host.example/a/1?b=c#d>)",
		"http://localhost:3000/x":            "[full report](<http://localhost:3000/x>)",
		"https://host.example/`a` <b>(c)|@d": "[full report](<https://host.example/%60a%60%20%3Cb%3E%28c%29%7C%40d>)",
		"javascript:alert(1)":                "",
		"https://ada:secret@host.example/":   "",
		"//host.example/x":                   "",
		"https://":                           "",
		"":                                   "",
		"https://host.example/" + strings.Repeat("x", 3000): "",
	} {
		text := comment(t, sample(t, "testdata/pass.json"), nil, report.Notes{Report: address})
		if found := strings.Contains(text, "[full report]"); found != (want != "") || !strings.Contains(text, want) {
			t.Errorf("%q: want %s in\n…%s", address, want, text[strings.LastIndex(text, "</details>"):])
		}
	}
}

// The change's own commit is named where another was checked out, for people and for the next job.
func TestCommitOfTheChange(t *testing.T) {
	notes := report.Notes{Commit: "0123456789abcdef0123456789abcdef01234567"}
	text := comment(t, sample(t, "testdata/deny.json"), nil, notes)
	if got := report.Earlier(text); len(got) != 1 || got[0].Commit != notes.Commit || !strings.Contains(text, "commit `0123456`\n") {
		t.Errorf("handed on is %v", got)
	}
}

// A job's page has room for what a comment leaves out, a check's for less.
func TestSummary(t *testing.T) {
	golden(t, ".summary.md", func(w io.Writer, doc result.Report) error {
		return report.Summary(w, doc, around, report.CheckLimit)
	})
	many := large(t)
	var job, check bytes.Buffer
	if err := report.Summary(&job, many, around, report.JobSummaryLimit); err != nil {
		t.Fatal(err)
	}
	if err := report.Summary(&check, many, around, report.CheckLimit); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(job.String(), "| recall_00 · site=29 |") || job.Len() < 150_000 {
		t.Errorf("the job's page does not have all rows in %d bytes", job.Len())
	}
	if check.Len() > report.CheckLimit || !strings.Contains(check.String(), "30 slices that need no attention: 1799 not worse") {
		t.Errorf("the check's page has %d bytes", check.Len())
	}
}
