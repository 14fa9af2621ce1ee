// Package git is the one place that calls git. It reads what a run, a score
// and a report must know of the working copy: commit, branch, tracked files;
// fetches commits that a clone does not have; and writes the tree of a commit
// into another folder. The working copy, its index and its branches stay as they are.
//
// A [Branch] of a [Remote] is read and written without any working copy: by
// git's plumbing, in a bare cache of its own. A push that is refused since
// somebody else was faster is [ErrMoved]: the compare-and-swap of registries.
package git

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// ErrNoRepository says that a directory lies in no git working copy, or that
// there is no git to ask.
var ErrNoRepository = errors.New("not a git working copy")

// Repository is the part of a git working copy at or below Dir.
type Repository struct {
	dir       string
	untrusted bool // nothing that its configuration names is executed
	// patience is how long one git may take; 0 is for ever.
	patience time.Duration
}

// Open returns the working copy that dir lies in.
func Open(ctx context.Context, dir string) (*Repository, error) {
	repo := &Repository{dir: dir}
	if _, err := repo.git(ctx, "rev-parse", "--is-inside-work-tree"); errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("open %s: %w that could be read: there is no git in PATH", dir, ErrNoRepository)
	} else if err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, ErrNoRepository)
	}
	return repo, nil
}

// Version returns the version of the git that is installed.
func Version(ctx context.Context) (string, error) {
	out, err := (&Repository{}).git(ctx, "--version")
	return strings.TrimPrefix(strings.TrimSpace(out), "git version "), err
}

// Shallow reports whether older commits were left out when the working copy was made.
func (r *Repository) Shallow(ctx context.Context) (bool, error) {
	out, err := r.git(ctx, "rev-parse", "--is-shallow-repository")
	return strings.TrimSpace(out) == "true", err
}

// CommitTime returns when the commit that is checked out was made; zero if there is none.
func (r *Repository) CommitTime(ctx context.Context) time.Time { return r.TimeOf(ctx, "HEAD") }

// TimeOf returns when a commit was made; zero if it is not there.
func (r *Repository) TimeOf(ctx context.Context, commit string) time.Time {
	out, err := r.git(ctx, "show", "--no-patch", "--format=%cI", "--end-of-options", commit)
	if err != nil {
		return time.Time{}
	}
	at, _ := time.Parse(time.RFC3339, strings.TrimSpace(out)) // zero if git says something else
	return at
}

// Head returns the full name of the commit that is checked out, or "" in a
// repository that has none yet.
func (r *Repository) Head(ctx context.Context) string {
	out, err := r.git(ctx, "rev-parse", "--verify", "--quiet", "HEAD")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(out)
}

// Branch returns the branch that is checked out, or "" if the head is detached.
func (r *Repository) Branch(ctx context.Context) string {
	out, err := r.git(ctx, "symbolic-ref", "--quiet", "--short", "HEAD")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(out)
}

// DefaultBranch returns the branch that others merge into: what the remote
// "origin" says, else the one of "main" and "master" that exists, else "".
func (r *Repository) DefaultBranch(ctx context.Context) string {
	heads, err := r.branches(ctx)
	if err != nil {
		return ""
	}
	return heads.Default
}

// branches asks for all branches at once, since each start of git takes its time.
// A head that is detached, or has no commit yet, is none of them.
func (r *Repository) branches(ctx context.Context) (Heads, error) {
	out, err := r.git(ctx, "for-each-ref", "--format=%(refname) %(objectname) %(HEAD) %(symref:lstrip=3)",
		"refs/remotes/origin/HEAD", "refs/heads/")
	if err != nil {
		return Heads{}, err
	}
	var heads Heads
	exists := map[string]bool{}
	for line := range strings.Lines(out) {
		name, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		commit, rest, _ := strings.Cut(rest, " ")
		exists[name] = true
		if target, ok := strings.CutPrefix(rest, "* "); ok && target == "" {
			heads.Branch, heads.Commit = strings.TrimPrefix(name, "refs/heads/"), commit
		} else if name == "refs/remotes/origin/HEAD" {
			heads.Default = strings.TrimSpace(rest)
		}
	}
	for _, name := range []string{"main", "master"} {
		if heads.Default == "" && exists["refs/heads/"+name] {
			heads.Default = name
		}
	}
	return heads, nil
}

// Dirty reports whether tracked files at or below the directory differ from the commit.
func (r *Repository) Dirty(ctx context.Context) (bool, error) {
	out, err := r.git(ctx, "status", "--porcelain", "--untracked-files=no", "--", ".")
	return out != "", err
}

// State is what a run must know of the working copy.
type State struct {
	Commit string // empty before the first commit
	Branch string // empty if the head is detached
	Dirty  bool   // tracked files at or below the directory differ from the commit
}

// ReadState asks for all of it in one call, since each start of git takes its time.
func ReadState(ctx context.Context, dir string) (State, error) {
	repo := Repository{dir: dir}
	out, err := repo.git(ctx, "status", "--porcelain=v2", "--branch", "--no-ahead-behind", "-z", "--untracked-files=no", "--", ".")
	if err != nil {
		return State{}, fmt.Errorf("read state of %s: %w", dir, err)
	}
	var state State
	for line := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		name, value, _ := strings.Cut(strings.TrimPrefix(line, "# "), " ")
		switch {
		case !strings.HasPrefix(line, "# "):
			state.Dirty = state.Dirty || line != ""
		case name == "branch.oid" && value != "(initial)":
			state.Commit = value
		case name == "branch.head" && value != "(detached)":
			state.Branch = value
		}
	}
	return state, nil
}

// Heads are the branches that say on whose behalf something runs.
type Heads struct {
	Branch  string // checked out; empty if the head is detached
	Default string // as of [Repository.DefaultBranch]
	Commit  string // checked out; empty if there is none yet
}

// ReadHeads asks for all of them. Outside a working copy they are empty.
func ReadHeads(ctx context.Context, dir string) Heads {
	repo := &Repository{dir: dir}
	heads, err := repo.branches(ctx)
	if err != nil || heads.Branch != "" {
		return heads
	}
	var wait sync.WaitGroup
	wait.Go(func() { heads.Branch = repo.Branch(ctx) })
	wait.Go(func() { heads.Commit = repo.Head(ctx) })
	wait.Wait()
	return heads
}

// Files lists the tracked files at or below the directory, relative to it and
// with slashes, as they are named on disk.
func (r *Repository) Files(ctx context.Context) ([]string, error) {
	out, err := r.git(ctx, "ls-files", "-z", "--", ".")
	if err != nil {
		return nil, fmt.Errorf("list tracked files: %w", err)
	}
	return strings.FieldsFunc(out, func(r rune) bool { return r == 0 }), nil
}

// Root returns the absolute path of the working copy's top folder.
func (r *Repository) Root(ctx context.Context) (string, error) {
	out, err := r.git(ctx, "rev-parse", "--show-toplevel")
	return strings.TrimSuffix(out, "\n"), err
}

func (r *Repository) git(ctx context.Context, args ...string) (string, error) {
	return r.gitWith(ctx, nil, args...)
}

// gitWith is git with further variables in its environment.
func (r *Repository) gitWith(ctx context.Context, env []string, args ...string) (string, error) {
	command := args[0]
	if r.untrusted {
		args = append(harmless(), args...)
		// A setting for one protocol outranks that for all; the variable outranks both.
		env = append(append(env, noFetch()...), "GIT_PAGER=cat")
	}
	asked := ctx
	if r.patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.patience)
		defer cancel()
	}
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = r.dir
	// Reading must not wait for another git, take its lock, or ask for a password.
	cmd.Env = append(r.environ(), "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	cmd.Env = append(cmd.Env, env...)
	var stdout, stderr limited
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = 2 * time.Second // what git started may hold the pipes longer than git lives
	if err := cmd.Run(); stdout.over || stderr.over {
		return "", fmt.Errorf("git %s: %w", command, errTooMuch)
	} else if err != nil && ctx.Err() != nil && asked.Err() == nil {
		return "", fmt.Errorf("git %s: %w", command, ErrSilent)
	} else if err != nil {
		if said := strings.TrimSpace(stderr.kept.String()); said != "" {
			err = fmt.Errorf("%w: %s", err, said)
		}
		return "", fmt.Errorf("git %s: %w", command, err)
	}
	return stdout.kept.String(), nil
}
