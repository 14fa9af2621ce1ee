package flow

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/hosttest"
	"github.com/muster-ci/muster/internal/result"
)

// inGit runs git in the project's folder.
func inGit(t *testing.T, g Gate, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=ada", "-c", "user.email=ada@example.org"}, args...)...)
	cmd.Dir = g.Project.Dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

const owned = "* @acme/everybody\nmuster.yaml @grace @acme/ml-leads # the gate\n/waivers.yaml @grace @acme/ml-leads @heidi\n"

// underReview is a change on a base with code owners, which Grace has approved with a
// waiver. The change gives itself another owner.
func underReview(t *testing.T, owners string) (Gate, *hosttest.Host) {
	t.Helper()
	g := inProject(t, map[string]string{"muster.yaml": gated, ".github/CODEOWNERS": owners, "waivers.yaml": "[]\n", ".gitignore": ".muster/\n"})
	inGit(t, g, "init", "--quiet", "--initial-branch=main")
	inGit(t, g, "add", ".")
	inGit(t, g, "commit", "--quiet", "-m", "base")
	base := inGit(t, g, "rev-parse", "HEAD")
	inGit(t, g, "checkout", "--quiet", "-b", "change")
	inGit(t, g, "rm", "--quiet", ".github/CODEOWNERS")
	inGit(t, g, "commit", "--quiet", "-m", "change")
	head := inGit(t, g, "rev-parse", "HEAD")
	host := &hosttest.Host{
		Request: actions.Change{Number: 41, Head: head, Base: "main", Author: "mallory", Open: true},
		Reviews: []actions.Approval{{
			By: "grace", Commit: head, At: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), URL: "https://forge.example/r/1",
			Body: "/muster waive metric-worse until 2026-12-24: the sensor is gone",
		}},
	}
	event := actions.Event{
		Host: actions.GitHub, Scope: result.ScopeChange, Number: 41, Head: head, Commit: head, Base: actions.Base{Commit: base, Branch: "main"},
	}
	g.Base = LoadBase(t.Context(), g.Project, event.Base)
	g.Reviews = &Reviews{Host: host, Event: event}
	return g, host
}

func TestACodeOwnerWaives(t *testing.T) {
	g, host := underReview(t, owned)
	tr := trialOf(g, g.Base.Commit)
	got, err := g.reviewed(t.Context(), tr)
	want := []result.Waiver{{Finding: "metric-worse", Reason: "the sensor is gone", Owner: "@grace", Expires: "2026-12-24", Review: "https://forge.example/r/1"}}
	if err != nil || len(tr.problems) > 0 {
		t.Errorf("%v, %v", err, tr.problems)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if reads, writes := host.Count(); reads > 2 || writes > 0 {
		t.Errorf("%d reads and %d writes", reads, writes)
	}
}

// knowing is a host that knows who wrote a commit.
type knowing struct {
	*hosttest.Host
	names []string
	err   error
}

func (k knowing) Authors(context.Context, string) ([]string, error) { return k.names, k.err }

// Each way in which an approval does not count: what it asks for is not waived, and the
// report says why.
func TestApprovalsThatWaiveNothing(t *testing.T) {
	approval := func(edit func(*actions.Approval)) func(*Gate, *hosttest.Host) {
		return func(_ *Gate, h *hosttest.Host) { edit(&h.Reviews[0]) }
	}
	fails := func(method string, err error) func(*Gate, *hosttest.Host) {
		return func(_ *Gate, h *hosttest.Host) {
			h.Before = func(m string) error {
				if m == method {
					return err
				}
				return nil
			}
		}
	}
	tests := map[string]struct {
		owners string
		edit   func(*Gate, *hosttest.Host)
		want   string
	}{
		"of the author":                   {owned, func(_ *Gate, h *hosttest.Host) { h.Request.Author = "Grace" }, "that they opened"},
		"of who wrote the last commit":    {owned, func(g *Gate, h *hosttest.Host) { g.Reviews.Host = knowing{h, []string{"web-flow", "Grace"}, nil} }, "last commit is theirs"},
		"where nobody says who wrote it":  {owned, func(g *Gate, h *hosttest.Host) { g.Reviews.Host = knowing{h, nil, actions.ErrNotFound} }, "it is not there"},
		"of an author who is unknown":     {owned, func(_ *Gate, h *hosttest.Host) { h.Request.Author = "" }, "the host does not say"},
		"of an older commit":              {owned, approval(func(a *actions.Approval) { a.Commit = "0badc0de" }), "it is of commit 0badc0d"},
		"of no commit":                    {owned, approval(func(a *actions.Approval) { a.Commit = "" }), "it is of commit"},
		"of nobody":                       {owned, approval(func(a *actions.Approval) { a.By = "" }), "does not say by whom"},
		"of no time":                      {owned, approval(func(a *actions.Approval) { a.At = time.Time{} }), "or of when"},
		"of a time to come":               {owned, approval(func(a *actions.Approval) { a.At = time.Now().AddDate(0, 0, 2) }), "a time to come"},
		"of somebody else":                {owned, approval(func(a *actions.Approval) { a.By = "mallet" }), "muster.yaml is owned by @grace, @acme/ml-leads"},
		"of an owner of other code":       {owned, approval(func(a *actions.Approval) { a.By, a.Teams = "eve", []string{"@acme/everybody"} }), "muster.yaml is owned by"},
		"of an owner of the waivers":      {owned, approval(func(a *actions.Approval) { a.By = "heidi" }), "muster.yaml is owned by"},
		"of an owner of the gate":         {strings.Replace(owned, "/waivers.yaml @grace", "/waivers.yaml", 1), nil, "waivers.yaml is owned by @acme/ml-leads, @heidi"},
		"of a group that owns other code": {owned, approval(func(a *actions.Approval) { a.By, a.Among = "eve", [][]string{{"@acme/everybody"}} }), "muster.yaml is owned by"},
		"of one group or another": {owned, approval(func(a *actions.Approval) {
			a.By, a.Among = "eve", [][]string{{"@acme/ml-leads", "@acme/everybody"}, {}}
		}), "muster.yaml is owned by"},
		"where nobody owns the gate": {"docs/ @grace\n", nil, "names no owner of muster.yaml"},
		"where there are no owners":  {"# nobody yet\n", nil, "names no owner of muster.yaml"},
		"by mail":                    {"muster.yaml grace@example.org\n", nil, "names no owner of muster.yaml"},
		"where owners are not valid": {owned + "[x] @grace\n", nil, "CODEOWNERS at"},
		"that is misspelt":           {owned, approval(func(a *actions.Approval) { a.Body = "/muster waive metric-worse" }), "is not understood"},
		"of text by another":         {owned, approval(func(a *actions.Approval) { a.EditedBy = "mallet" }), "its text was changed by @mallet"},
		"of a newer commit": {owned, func(_ *Gate, h *hosttest.Host) {
			h.Request.Head = "beefbeef"
			h.Reviews[0].Commit = "beefbeef"
		}, "has a newer commit, beefbee"},
		"of a change into another branch": {owned, func(_ *Gate, h *hosttest.Host) { h.Request.Base = "next" }, "goes into next now"},
		"of what is not checked out": {owned, func(g *Gate, h *hosttest.Host) {
			g.Reviews.Event.Head, h.Request.Head, h.Reviews[0].Commit = g.Base.Commit, g.Base.Commit, g.Base.Commit
		}, "is checked out, which is neither"},
		"where the request is not shown":              {owned, fails("Change", actions.ErrForbidden), "the token may not do that"},
		"where the reviews are not shown":             {owned, fails("Approvals", errors.New("502 Bad Gateway")), "502 Bad Gateway"},
		"where there is nothing to ask by":            {owned, func(g *Gate, _ *hosttest.Host) { g.Reviews.Host, g.Reviews.Unavailable = nil, actions.ErrNoToken }, "no token"},
		"on a host whose owners muster does not read": {owned, func(g *Gate, _ *hosttest.Host) { g.Reviews.Event.Host = "gitea" }, "on gitea"},
		"where it is off":                             {owned, func(g *Gate, _ *hosttest.Host) { g.Base.Config.CI.Waivers = false }, ""},
		"outside of a request":                        {owned, func(g *Gate, _ *hosttest.Host) { g.Reviews.Event.Number = 0 }, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			g, host := underReview(t, test.owners)
			if test.edit != nil {
				test.edit(&g, host)
			}
			tr := trialOf(g, g.Base.Commit)
			tr.judged.verdict.Verdict = result.Deny
			waivers, err := g.reviewed(t.Context(), tr)
			said := fmt.Sprint(err, tr.problems)
			if len(waivers) > 0 || !strings.Contains(said, test.want) || test.want == "" && (err != nil || len(tr.problems) > 0) {
				t.Errorf("waivers are %v; said was %s", waivers, said)
			}
		})
	}
}

// A merge of the change with its base is the change; teams count in whose name the host
// says that the review was made.
func TestApprovalsThatCount(t *testing.T) {
	tests := map[string]func(*Gate, *hosttest.Host){
		"in another spelling": func(_ *Gate, h *hosttest.Host) { h.Reviews[0].By = "GRACE" },
		"in the name of a team": func(_ *Gate, h *hosttest.Host) {
			h.Reviews[0].By, h.Reviews[0].Teams = "eve", []string{"@Acme/ML-leads"}
		},
		"of a group, by the host's word": func(_ *Gate, h *hosttest.Host) {
			h.Reviews[0].By, h.Reviews[0].Among = "eve", [][]string{{"@acme/docs"}, {"@acme/ml-leads"}}
		},
		"of what is merged with the base": func(g *Gate, _ *hosttest.Host) {
			inGit(t, *g, "checkout", "--quiet", "--detach", "main")
			inGit(t, *g, "merge", "--quiet", "--no-ff", "-m", "merge", "change")
			g.Reviews.Event.Commit = inGit(t, *g, "rev-parse", "HEAD")
			g.Reviews.Event.Base.Merge = g.Reviews.Event.Commit
		},
		"in a merge queue": func(g *Gate, _ *hosttest.Host) {
			inGit(t, *g, "checkout", "--quiet", "--detach", "main")
			inGit(t, *g, "merge", "--quiet", "--squash", "change")
			inGit(t, *g, "commit", "--quiet", "-m", "queued")
			g.Reviews.Event.Head, g.Reviews.Event.Queue = inGit(t, *g, "rev-parse", "HEAD"), true
		},
	}
	for name, edit := range tests {
		t.Run(name, func(t *testing.T) {
			g, host := underReview(t, owned)
			edit(&g, host)
			tr := trialOf(g, g.Base.Commit)
			if waivers, err := g.reviewed(t.Context(), tr); len(waivers) != 1 {
				t.Errorf("%v, %v", err, tr.problems)
			}
		})
	}
}

// After the merge the same approvals count, by the owners and the settings of before:
// what brought the change cannot name its own.
func TestWaiversAfterTheMerge(t *testing.T) {
	merged := func(t *testing.T, edit func(*Gate, *hosttest.Host)) ([]result.Waiver, string) {
		t.Helper()
		g, host := underReview(t, owned)
		before := g.Base.Commit
		inGit(t, g, "checkout", "--quiet", "main")
		inGit(t, g, "merge", "--quiet", "--ff-only", "change") // as rebasing does: the owners are gone
		head := inGit(t, g, "rev-parse", "HEAD")
		host.Source = map[string]int{head: 41}
		g.Base = nil
		g.Reviews.Event = actions.Event{
			Host: actions.GitHub, Scope: result.ScopeDefaultBranch, DefaultBranch: true, Trigger: result.TriggerDefaultBranch, Branch: "main", Commit: head, Head: head, Before: before,
		}
		if edit != nil {
			edit(&g, host)
		}
		tr := trialOf(g, "")
		waivers, err := g.reviewed(t.Context(), tr)
		return waivers, fmt.Sprint(err, tr.problems)
	}
	if waivers, said := merged(t, nil); len(waivers) != 1 {
		t.Error("the approval is lost: ", said)
	}
	for name, edit := range map[string]func(*Gate, *hosttest.Host){
		"of a push without a request": func(_ *Gate, h *hosttest.Host) { h.Source = nil },
		"of a schedule":               func(g *Gate, _ *hosttest.Host) { g.Reviews.Event.Trigger = result.TriggerSchedule },
		"of a new branch":             func(g *Gate, _ *hosttest.Host) { g.Reviews.Event.Before = "" },
		"by owners of nowhere":        func(g *Gate, _ *hosttest.Host) { g.Reviews.Event.Before = forgotten },
		"by its own owners":           func(g *Gate, _ *hosttest.Host) { g.Reviews.Event.Before = g.Reviews.Event.Commit },
		"of a host that is down": func(_ *Gate, h *hosttest.Host) {
			h.Before = func(string) error { return errors.New("no route to host") }
		},
	} {
		if waivers, said := merged(t, edit); len(waivers) > 0 {
			t.Errorf("%s: %v, %s", name, waivers, said)
		}
	}
}

const forgotten = "f00df00df00df00df00df00df00df00df00df00d"

// On GitLab an owner of any section is one; a rule without owners has its section's.
func TestOwnersOnGitLab(t *testing.T) {
	const text = "* @everybody\n\n[Models][2] @acme/ml/leads @grace\nmuster.yaml\n*.py @ada\n\n^[Docs] @writers\ndocs/\n"
	parsed, err := parseOwners(text, true)
	if err != nil {
		t.Fatal(err)
	}
	owners := codeOwners{sections: parsed}
	for file, want := range map[string][]string{
		"muster.yaml": {"@everybody", "@acme/ml/leads", "@grace"}, "train.py": {"@everybody", "@ada"}, "docs/x": {"@everybody", "@writers"},
	} {
		got, err := owners.of(file)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", file, err, diff)
		}
	}
	for _, wrong := range []string{"[A] @x\nmuster.yaml\n[a] @y\nmuster.yaml\n", "!muster.yaml\n", "muster.yaml grace\n"} {
		if _, err := parseOwners(wrong, true); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

// Whatever a file of owners says: muster lives, and nobody owns by "/" alone.
func FuzzCodeOwners(f *testing.F) {
	for _, seed := range []string{owned, "/ @x\n", "[A] @b\nx\n", "^[A][2] @b c@d.ee\n", "*** @x", "\\ @x", "a\\ b @x # y"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text string, sections bool) {
		parsed, err := parseOwners(text, sections)
		if err != nil {
			return
		}
		names, err := (&codeOwners{sections: parsed}).of("models/a/muster.yaml")
		for _, name := range names {
			if err == nil && !strings.HasPrefix(name, "@") {
				t.Errorf("%q names %q", text, name)
			}
		}
	})
}

// A job that ends does not wait for its host.
func TestReviewsEndWithTheirContext(t *testing.T) {
	g, _ := underReview(t, owned)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.judgeReviewed(ctx, trialOf(g, g.Base.Commit), result.Decision{Verdict: result.Deny}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}
