package actions_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/result"
)

func report() result.Report {
	level, better, worse := 2, 0.93, -0.01
	return result.Report{Assessment: &result.Assessment{Level: &level}, Decision: &result.Decision{Verdict: result.Deny, Comparison: []result.Compared{
		{Metric: "roc_auc", Candidate: &better, Diff: &worse, Verdict: result.Worse},
		{Metric: "roc_auc", Candidate: &worse, Slice: "age=70+", Verdict: result.Worse},
		{Metric: "roc_auc", Candidate: &worse, Against: "anchor", Verdict: result.Worse},
		{Metric: "line\nverdict=pass", Verdict: result.Inconclusive},
	}}}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestGitHubGetsSummaryAndOutputs(t *testing.T) {
	dir := t.TempDir()
	summary, outputs, markdown := filepath.Join(dir, "summary"), filepath.Join(dir, "outputs"), filepath.Join(dir, "report.md")
	if err := os.WriteFile(markdown, []byte("# denied\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(outputs, []byte("earlier=step\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	env := lookup(map[string]string{"GITHUB_STEP_SUMMARY": summary, "GITHUB_OUTPUT": outputs})
	files := actions.Files{Summary: markdown, Markdown: markdown, HTML: "report\nverdict=pass.html", JSON: "report.json", Decision: "decision.json"}
	if err := actions.Publish(actions.GitHub, env, report(), files); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("# denied\n", read(t, summary)); diff != "" {
		t.Error(diff)
	}
	want := "earlier=step\nverdict=deny\nlevel=2\nreport=" + markdown + "\nhtml=report_verdict=pass.html\njson=report.json\ndecision=decision.json\n" +
		`metrics={"line\nverdict=pass":{"verdict":"inconclusive"},"roc_auc":{"candidate":0.93,"difference":-0.01,"verdict":"worse"}}` + "\n"
	if diff := cmp.Diff(want, read(t, outputs)); diff != "" {
		t.Error(diff)
	}
}

func TestASummaryKeepsToGitHubsLimit(t *testing.T) {
	dir := t.TempDir()
	summary, markdown := filepath.Join(dir, "summary"), filepath.Join(dir, "report.md")
	if err := os.WriteFile(markdown, []byte("denied"+strings.Repeat("x", 2<<20)), 0o644); err != nil {
		t.Fatal(err)
	}
	env := lookup(map[string]string{"GITHUB_STEP_SUMMARY": summary})
	if err := actions.Publish(actions.GitHub, env, report(), actions.Files{Summary: markdown}); err != nil {
		t.Fatal(err)
	}
	if got := read(t, summary); len(got) > 1<<20 || !strings.HasPrefix(got, "denied") {
		t.Errorf("%d bytes, beginning with %q", len(got), got[:10])
	}
}

func TestGitLabGetsADotenvReport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "muster.env")
	err := actions.Publish(actions.GitLab, lookup(nil), result.Report{}, actions.Files{Markdown: "a.md", HTML: "a.html", Dotenv: path})
	if err != nil {
		t.Fatal(err)
	}
	want := "MUSTER_VERDICT=none\nMUSTER_LEVEL=none\nMUSTER_REPORT=a.md\nMUSTER_HTML=a.html\n"
	if diff := cmp.Diff(want, read(t, path)); diff != "" {
		t.Error(diff)
	}
}
