package flow_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/hosttest"
	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/result"
)

const forkHead = "f00df00df00df00df00df00df00df00df00df00d"

// forge is a host that finds change requests by their branch.
type forge struct {
	hosttest.Host
	open  []actions.Change
	err   error
	asked string
}

func (f *forge) From(_ context.Context, owner, branch string) ([]actions.Change, error) {
	f.asked = owner + ":" + branch
	return f.open, f.err
}

// artifact is a folder with a report of the pipeline "tumours", changed by edit.
func artifact(t *testing.T, edit func(text string) string) string {
	t.Helper()
	data, err := os.ReadFile("../report/testdata/deny.json")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(data), "tumour-classifier", "tumours")
	if edit != nil {
		text = edit(text)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "report.json"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

const tumours = "version: 1\nname: tumours\nimage: tiny\nstages: {a: {run: make, outputs: [a]}}\n"

// fork is a job that the end of a fork's run started.
func fork(tb testing.TB) (flow.Fork, *forge) {
	tb.Helper()
	dir := tb.TempDir()
	commit := repository(tb, dir, map[string]string{"muster.yaml": tumours})
	project, err := flow.Open(filepath.Join(dir, "muster.yaml"), "")
	if err != nil {
		tb.Fatal(err)
	}
	host := newForge()
	return flow.Fork{
		Project: project, Host: host,
		Event: actions.Event{Host: actions.GitHub, Commit: commit, Finished: &actions.Finished{Commit: forkHead, Branch: "better", Owner: "mallory", Request: true, Fork: true}},
	}, host
}

// newForge has the one pull request that the fork sent.
func newForge() *forge {
	change := actions.Change{Number: 41, Head: forkHead, Base: "main", Author: "mallory", Open: true, Fork: true}
	host := &forge{open: []actions.Change{change}}
	host.Request = change
	return host
}

// repository commits the files in dir, and returns the commit.
func repository(tb testing.TB, dir string, files map[string]string) string {
	tb.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			tb.Fatal(err)
		}
	}
	var head []byte
	for _, args := range [][]string{{"init", "--quiet", "--initial-branch=main"}, {"add", "."}, {"-c", "user.name=ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "-m", "x"}, {"rev-parse", "HEAD"}} {
		cmd := exec.CommandContext(tb.Context(), "git", args...)
		cmd.Dir = dir
		var err error
		if head, err = cmd.Output(); err != nil {
			tb.Fatal(args, err)
		}
	}
	return strings.TrimSpace(string(head))
}

// nothing makes sure that nothing at all was written.
func nothing(t *testing.T, host *forge) {
	t.Helper()
	if _, writes := host.Count(); writes > 0 || len(host.Bodies()) > 0 {
		t.Errorf("%d writes, comments are %q", writes, host.Bodies())
	}
}

func TestAForksReportIsACommentAndNothingElse(t *testing.T) {
	f, host := fork(t)
	const verified = "<!-- muster:tumours -->\n### ✅ tumours: passed\n"
	host.Write(verified)
	dir := artifact(t, nil)
	for range 2 { // the second time changes nothing
		told, err := f.Publish(t.Context(), dir)
		if err != nil || len(told.Missing) > 0 {
			t.Fatal(err, told.Missing)
		}
	}
	if host.asked != "mallory:better" {
		t.Errorf("asked for %s", host.asked)
	}
	bodies := host.Bodies()
	if len(bodies) != 2 || bodies[0] != verified {
		t.Fatalf("comments are %q", bodies)
	}
	lines := strings.Split(bodies[1], "\n")
	if lines[0] != "<!-- muster:tumours/unverified -->" || !strings.HasPrefix(lines[1], "> ⚠️ **Unverified, from a fork.**") {
		t.Errorf("it begins with %q", lines[:2])
	}
	if !strings.Contains(bodies[1], "denied") || !strings.Contains(bodies[1], forkHead[:7]) {
		t.Errorf("the verdict, or the commit by the host's word, is missing:\n%s", bodies[1])
	}
	if _, writes := host.Count(); writes != 1 {
		t.Errorf("%d writes, and one is needed", writes)
	}
	if marks, alerts := host.Marks(forkHead), host.Alerts(); len(marks)+len(alerts) > 0 {
		t.Errorf("marks are %v, alerts are %v", marks, alerts)
	}
}

// What the artifact says of commit, promotion and change request is nobody's word.
func TestAForksReportSaysWhatItLikes(t *testing.T) {
	f, host := fork(t)
	dir := artifact(t, func(text string) string {
		return strings.Replace(text, `"pipeline"`, `"commit": "0badc0de0badc0de", "number": 7, "promotion": {"schema": "muster.promotion/v1", "pipeline": "tumours",
			"status": "promoted", "alias": "production", "to": "v99"}, "problems": ["<!-- muster:tumours --> @everyone ::set-output"], "pipeline"`, 1)
	})
	if _, err := f.Publish(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	body := strings.Join(host.Bodies(), "")
	for _, bad := range []string{"0badc0d", "v99", "<!-- muster:tumours -->", "\n::set-output", " @everyone"} {
		if strings.Contains(body, bad) {
			t.Errorf("%q got through:\n%s", bad, body)
		}
	}
}

// An artifact that was unpacked over the checkout names no pipeline by it.
func TestAForksReportOverTheCheckout(t *testing.T) {
	f, host := fork(t)
	other := strings.ReplaceAll(tumours, "tumours", "fraud")
	if err := os.WriteFile(filepath.Join(f.Project.Dir, "muster.yaml"), []byte(other), 0o644); err != nil {
		t.Fatal(err)
	}
	var err error
	if f.Project, err = flow.Open(filepath.Join(f.Project.Dir, "muster.yaml"), ""); err != nil {
		t.Fatal(err)
	}
	_, err = f.Publish(t.Context(), artifact(t, func(text string) string { return strings.ReplaceAll(text, "tumours", "fraud") }))
	if err == nil || !strings.Contains(err.Error(), `of pipeline "fraud", and this is tumours`) {
		t.Errorf("error is %v", err)
	}
	nothing(t, host)
}

// Only the run of a fork for a pull request that is still at that commit has anything
// to say, and what the host does not say is not guessed.
func TestWhatAForksJobIsNotFor(t *testing.T) {
	change := actions.Change{Number: 41, Head: forkHead, Open: true, Fork: true}
	with := func(edit func(*actions.Change)) actions.Change { c := change; edit(&c); return c }
	tests := map[string]struct {
		edit func(*flow.Fork, *forge)
		want string
		fail bool // else it is left alone
	}{
		"by hand":             {func(f *flow.Fork, _ *forge) { f.Event.Finished = nil }, "not started by the end of another", true},
		"after a push":        {func(f *flow.Fork, _ *forge) { f.Event.Finished.Request = false }, "for no pull request", false},
		"of the same project": {func(f *flow.Fork, _ *forge) { f.Event.Finished.Fork = false }, "comes from no fork", false},
		"of nobody":           {func(f *flow.Fork, _ *forge) { f.Event.Finished.Commit = "" }, "does not say which commit", true},
		"where it is off": {func(f *flow.Fork, _ *forge) {
			f.Event.Commit = repository(t, f.Project.Dir, map[string]string{"muster.yaml": tumours + "ci: {comment: false}\n"})
		}, "ci.comment is off", false},
		"where nothing is checked out": {func(f *flow.Fork, _ *forge) { f.Event.Commit = forkHead }, "nobody knows what the default branch calls", true},
		"after another push":           {func(_ *flow.Fork, h *forge) { h.open[0].Head = "beef" }, "the pull request is at beef by now", false},
		"of one that is closed":        {func(_ *flow.Fork, h *forge) { h.open[0].Open = false }, "no open pull request", false},
		"of a branch of the same owner in the project": {
			func(_ *flow.Fork, h *forge) { h.open[0].Fork = false }, "no open pull request", false,
		},
		"of two": {func(_ *flow.Fork, h *forge) { h.open = append(h.open, with(func(c *actions.Change) { c.Number = 42 })) }, "2 pull requests", false},
		"with a host that is down": {
			func(_ *flow.Fork, h *forge) { h.err = errors.New("connection refused") }, "connection refused", true,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f, host := fork(t)
			test.edit(&f, host)
			_, err := f.Publish(t.Context(), artifact(t, nil))
			_, left := errors.AsType[*flow.LeftAloneError](err)
			if err == nil || !strings.Contains(err.Error(), test.want) || left == test.fail {
				t.Errorf("error is %v, want %q", err, test.want)
			}
			nothing(t, host)
		})
	}
}

// A push between the question and the answer: the comment is left alone.
func TestAForkThatMovesOnMeanwhile(t *testing.T) {
	f, host := fork(t)
	host.Push("beefbeef")
	told, err := f.Publish(t.Context(), artifact(t, nil))
	if err != nil || !strings.Contains(strings.Join(told.Did, " "), "left alone") {
		t.Errorf("%v, %+v", err, told)
	}
	nothing(t, host)
}

// A host without a way to find forks' requests writes nothing.
func TestAHostThatCannotFindForks(t *testing.T) {
	f, host := fork(t)
	f.Host = &host.Host
	if _, err := f.Publish(t.Context(), artifact(t, nil)); err == nil || !strings.Contains(err.Error(), "cannot find") {
		t.Errorf("error is %v", err)
	}
	nothing(t, host)
}

// Whatever lies in the artifact: no other pipeline's comment, no other file, no memory
// and no time is had by it.
func TestAnArtifactThatIsNotTaken(t *testing.T) {
	replace := func(was, is string) func(string) string {
		return func(text string) string { return strings.Replace(text, was, is, 1) }
	}
	place := func(put func(t *testing.T, name string)) func(*testing.T) string {
		return func(t *testing.T) string {
			t.Helper()
			dir := t.TempDir()
			put(t, filepath.Join(dir, "report.json"))
			return dir
		}
	}
	edited := func(edit func(string) string) func(*testing.T) string {
		return func(t *testing.T) string { t.Helper(); return artifact(t, edit) }
	}
	tests := map[string]struct {
		dir  func(*testing.T) string
		want string
	}{
		"of another pipeline": {edited(replace(`"pipeline": "tumours"`, `"pipeline": "fraud"`)), `of pipeline "fraud"`},
		"with a decision of another": {edited(func(text string) string {
			first, rest, _ := strings.Cut(text, `"decision": {`)
			return first + `"decision": {` + strings.Replace(rest, `"pipeline": "tumours"`, `"pipeline": "fraud"`, 1)
		}), `of pipeline "fraud"`},
		"with a verdict that is none":  {edited(replace(`"verdict": "deny"`, `"verdict": "approved"`)), "not a valid muster.report"},
		"with a key in other letters":  {edited(replace(`"verdict": "deny"`, `"verdict": "deny", "VERDICT": "approved"`)), "not a valid muster.report"},
		"with a number beyond numbers": {edited(replace(`"n": `, `"margin": 1e999, "n": `)), "not a valid muster.report"},
		"with NaN":                     {edited(replace(`"n": `, `"margin": NaN, "n": `)), "not a valid muster.report"},
		"with two documents":           {edited(func(text string) string { return text + text }), "not a valid muster.report"},
		"nested a million deep":        {edited(func(string) string { return strings.Repeat("[", 1<<20) }), "not a valid muster.report"},
		"with nothing in it":           {edited(func(string) string { return "" }), "not a valid muster.report"},
		"too large":                    {edited(func(text string) string { return text + strings.Repeat(" ", 8<<20) }), "more than 8388608"},
		"that is not there":            {place(func(*testing.T, string) {}), "it is not there"},
		"a folder": {place(func(t *testing.T, name string) {
			t.Helper()
			if err := os.Mkdir(name, 0o755); err != nil {
				t.Fatal(err)
			}
		}), "no regular file"},
		"a link to a report": {place(func(t *testing.T, name string) {
			t.Helper()
			if err := os.Symlink(filepath.Join(artifact(t, nil), "report.json"), name); err != nil {
				t.Fatal(err)
			}
		}), "no regular file"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f, host := fork(t)
			_, err := f.Publish(t.Context(), test.dir(t))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q", err, test.want)
			}
			nothing(t, host)
		})
	}
}

// FuzzForeign: whatever is taken renders, below the warning, and has no mention, marker
// or workflow command in it that a host would act on.
func FuzzForeign(f *testing.F) {
	data, err := os.ReadFile("../report/testdata/deny.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(data))
	f.Add(fmt.Sprintf(`{"schema": %q, "pipeline": "tumours", "created": "2026-05-09T07:30:02Z", "problems": ["gate: @all"]}`, result.SchemaOf[result.Report]()))
	fork, _ := fork(f)
	f.Fuzz(func(t *testing.T, text string) {
		host := newForge()
		fork.Host = host
		_, err := fork.Publish(t.Context(), artifact(t, func(string) string { return strings.ReplaceAll(text, "tumour-classifier", "tumours") }))
		if err != nil {
			nothing(t, host)
			return
		}
		for _, body := range host.Bodies() {
			if !strings.HasPrefix(body, "<!-- muster:tumours/unverified -->\n> ⚠️ **Unverified") || strings.Count(body, "<!--") > 2 || strings.Contains(body, "\n::") {
				t.Errorf("%q became %q", text, body)
			}
		}
	})
}
