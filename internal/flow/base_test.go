package flow_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/flow"
)

// clone is a working copy with a branch, and another that it was cloned from.
type clone struct {
	*testing.T
	origin, dir string
}

func newClone(t *testing.T) *clone {
	t.Helper()
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_SYSTEM", os.DevNull)
	c := &clone{t, filepath.Join(t.TempDir(), "origin"), filepath.Join(t.TempDir(), "clone")}
	c.git(".", "init", "--quiet", "--initial-branch=main", c.origin)
	return c
}

func (c *clone) git(dir string, args ...string) string {
	c.Helper()
	cmd := exec.CommandContext(c.Context(), "git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.org"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit puts the text into origin's muster.yaml, in the folder below, and returns the commit.
func (c *clone) commit(below, text string) string {
	c.Helper()
	dir := filepath.Join(c.origin, below)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		c.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "muster.yaml"), []byte(text), 0o644); err != nil {
		c.Fatal(err)
	}
	c.git(c.origin, "add", ".")
	c.git(c.origin, "commit", "--quiet", "--message", "m")
	return c.git(c.origin, "rev-parse", "HEAD")
}

// open clones as a CI job does, and opens the pipeline in the folder below.
func (c *clone) open(below string, args ...string) *flow.Project {
	c.Helper()
	c.git(".", append(append([]string{"clone", "--quiet"}, args...), "file://"+c.origin, c.dir)...)
	path := filepath.Join(c.dir, below, "muster.yaml")
	if err := os.WriteFile(path, []byte("version: 1\nstages: {a: {run: of the change}}"), 0o644); err != nil {
		c.Fatal(err)
	}
	project, err := flow.Open(path, "")
	if err != nil {
		c.Fatal(err)
	}
	return project
}

func TestTheBaseIsTheTipOfTheTargetBranch(t *testing.T) {
	for _, below := range []string{".", "models/one"} {
		c := newClone(t)
		old := c.commit(below, "version: 1\nstages: {a: {run: old}}")
		c.commit(below, "version: 1\nstages: {a: {run: tip}}")
		project := c.open(below)
		for want, base := range map[string]actions.Base{"tip": {Branch: "main"}, "old": {Branch: "main", Commit: old}} {
			got := flow.LoadBase(t.Context(), project, base)
			if got.Config == nil || got.Config.Stages[0].Run.Shell != want {
				t.Errorf("below %s, base %+v is %+v", below, base, got)
			}
		}
		// A commit that nobody has any more: the branch, as it is now.
		got := flow.LoadBase(t.Context(), project, actions.Base{Branch: "main", Commit: strings.Repeat("1", 40)})
		if got.Config == nil || got.Config.Stages[0].Run.Shell != "tip" {
			t.Errorf("below %s it is %+v", below, got)
		}
	}
}

// A shallow clone of the change does not have the base: it is fetched, and the
// clone stays as it was.
func TestTheBaseIsFetched(t *testing.T) {
	c := newClone(t)
	old := c.commit(".", "version: 1\nstages: {a: {run: old}}")
	c.commit(".", "version: 1\nstages: {a: {run: tip}}")
	c.git(c.origin, "checkout", "--quiet", "-b", "change")
	c.commit(".", "version: 1\nstages: {a: {run: change}}")
	project := c.open(".", "--depth=1", "--branch=change")
	for want, base := range map[string]actions.Base{
		"tip": {Branch: "main"}, "old": {Branch: "main", Commit: old}, "change": {Branch: "change"},
	} {
		got := flow.LoadBase(t.Context(), project, base)
		if got.Config == nil || got.Config.Stages[0].Run.Shell != want {
			t.Errorf("base %+v is %+v", base, got)
		}
	}
	if refs := c.git(c.dir, "for-each-ref", "--format=%(refname)", "refs/heads", "refs/muster"); refs != "refs/heads/change" {
		t.Errorf("the clone has %s", refs)
	}
	if count := c.git(c.dir, "rev-list", "--count", "HEAD"); count != "1" {
		t.Errorf("the shallow clone has %s commits of the change", count)
	}
}

// In the pipeline of a fork, origin is the fork: what it calls main is no base,
// neither as it is there nor as it was fetched.
func TestTheBaseIsNotTheForks(t *testing.T) {
	c := newClone(t)
	c.commit(".", "version: 1\nstages: {a: {run: target}}")
	fork := newClone(t)
	fork.commit(".", "version: 1\nstages: {a: {run: fork}}")
	project := fork.open(".")
	got := flow.LoadBase(t.Context(), project, actions.Base{Branch: "main", URL: "file://" + c.origin})
	if got.Config == nil || got.Config.Stages[0].Run.Shell != "target" {
		t.Errorf("the base is %+v", got)
	}
}

// GitHub checks out the change merged into the base, and may name an older tip
// than it merged with: the commit that was merged with counts.
func TestTheBaseIsWhatTheHostMergedWith(t *testing.T) {
	c := newClone(t)
	old := c.commit(".", "version: 1\nstages: {a: {run: old}}")
	c.git(c.origin, "checkout", "--quiet", "-b", "change")
	c.git(c.origin, "commit", "--quiet", "--allow-empty", "--message", "of the change")
	c.git(c.origin, "checkout", "--quiet", "main")
	c.commit(".", "version: 1\nstages: {a: {run: tip}}")
	c.git(c.origin, "checkout", "--quiet", "-b", "merge")
	c.git(c.origin, "merge", "--quiet", "--no-ff", "--message", "m", "change")
	merge := c.git(c.origin, "rev-parse", "HEAD")
	project := c.open(".", "--depth=1", "--branch=merge")
	for want, base := range map[string]actions.Base{
		"tip": {Branch: "main", Commit: old, Merge: merge},
		"old": {Branch: "main", Commit: old, Merge: old}, // what is checked out is something else
	} {
		got := flow.LoadBase(t.Context(), project, base)
		if got.Config == nil || got.Config.Stages[0].Run.Shell != want {
			t.Errorf("base %+v is %+v", base, got)
		}
	}
}

// The registry is where the base says, whatever the change says.
func TestTheBaseSaysWhereTheRegistryIs(t *testing.T) {
	c := newClone(t)
	c.commit(".", "version: 1\nregistry: {path: models}\nstages: {a: {run: x}}")
	project := c.open(".")
	if project.RegistryPath != filepath.Join(project.Dir, ".muster/registry") {
		t.Fatalf("the change's registry is at %s", project.RegistryPath)
	}
	flow.LoadBase(t.Context(), project, actions.Base{Branch: "main"})
	if project.RegistryPath != filepath.Join(project.Dir, "models") {
		t.Errorf("the registry is at %s", project.RegistryPath)
	}
}

// What cannot be known grants nothing, and says what to do.
func TestABaseThatIsNotThere(t *testing.T) {
	const valid = "version: 1\nstages: {a: {run: x}}"
	tests := map[string]struct {
		text  string
		args  []string
		base  func(first string) actions.Base
		want  string
		isNew bool
	}{
		"a branch that nobody has":                     {valid, []string{"--depth=1", "--branch=change"}, func(string) actions.Base { return actions.Base{Branch: "gone"} }, "git fetch --depth=1 origin +refs/heads/gone:refs/remotes/origin/gone", false},
		"another repository's, and it does not answer": {valid, nil, func(string) actions.Base { return actions.Base{Branch: "main", URL: "file:///nowhere/r.git"} }, "git fetch --depth=1 file:///nowhere/r.git", false},
		"no branch at all":                             {valid, nil, func(string) actions.Base { return actions.Base{} }, "--base", false},
		"no muster.yaml":                               {"", nil, func(first string) actions.Base { return actions.Base{Commit: first} }, "there is no muster.yaml at the target branch", true},
		"one that is not valid":                        {"version: 1\nstages: {a: {rum: x}}", nil, func(string) actions.Base { return actions.Base{Branch: "main"} }, "is not valid", false},
		"one that is enormous":                         {"# " + strings.Repeat("x", 2<<20), nil, func(string) actions.Base { return actions.Base{Branch: "main"} }, "cannot be read", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := newClone(t)
			c.git(c.origin, "commit", "--quiet", "--allow-empty", "--message", "first")
			first := c.git(c.origin, "rev-parse", "HEAD")
			c.commit(".", test.text)
			c.git(c.origin, "checkout", "--quiet", "-b", "change")
			c.commit(".", valid+"\n")
			c.git(c.origin, "checkout", "--quiet", "main")
			got := flow.LoadBase(t.Context(), c.open(".", test.args...), test.base(first))
			if got.Config != nil || got.New != test.isNew || !strings.Contains(got.Missing, test.want) {
				t.Errorf("base is %+v, want %q", got, test.want)
			}
		})
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "muster.yaml"), []byte(valid), 0o644); err != nil {
		t.Fatal(err)
	}
	project, err := flow.Open(filepath.Join(dir, "muster.yaml"), "")
	if err != nil {
		t.Fatal(err)
	}
	if got := flow.LoadBase(t.Context(), project, actions.Base{Branch: "main"}); got.Config != nil || got.New || !strings.Contains(got.Missing, "no git working copy") {
		t.Errorf("without git: %+v", got)
	}
}
