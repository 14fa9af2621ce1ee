package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// ErrBare says that a directory is a repository without a working copy.
var ErrBare = errors.New("a bare git repository, which has no files to read: clone it, and name the clone")

// ErrOwner says that git refuses to read a repository of another user.
var ErrOwner = errors.New("git refuses to read it, since it belongs to another user: allow it with " +
	"git config --global --add safe.directory, or make a clone of your own")

// OpenUntrusted is [Open] for a repository of which nothing may be executed:
// whatever its configuration names (a file system monitor, hooks, transports,
// pagers, programs that compare or check signatures) is switched off, and objects
// that a partial clone lacks are not fetched. Reading it must stay with commands
// that need no working copy's content: filters are run by those that compare it.
func OpenUntrusted(ctx context.Context, dir string) (*Repository, error) {
	return openUntrusted(ctx, dir, patience)
}

// patience is how long a git that reads somebody else's repository may take: a file of its
// settings may be a pipe into which nobody ever writes.
const patience = 2 * time.Minute

// ErrSilent says that git does not come to an end.
var ErrSilent = errors.New("git does not answer: a file that it reads may be a pipe")

func openUntrusted(ctx context.Context, dir string, patience time.Duration) (*Repository, error) {
	repo := &Repository{dir: dir, untrusted: true, patience: patience}
	out, err := repo.git(ctx, "rev-parse", "--is-inside-work-tree", "--is-bare-repository", "--is-inside-git-dir")
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, fmt.Errorf("open %s: %w that could be read: there is no git in PATH", dir, ErrNoRepository)
	case err != nil && strings.Contains(err.Error(), "dubious ownership"):
		return nil, fmt.Errorf("open %s: %w", dir, ErrOwner)
	case errors.Is(err, ErrSilent), err != nil && ctx.Err() != nil:
		return nil, fmt.Errorf("open %s: %w", dir, err)
	case err != nil:
		return nil, fmt.Errorf("open %s: %w", dir, ErrNoRepository)
	case strings.HasPrefix(out, "true"):
		return repo, nil
	case strings.Contains(out, "\ntrue"):
		return nil, fmt.Errorf("open %s: %w", dir, ErrBare)
	}
	return nil, fmt.Errorf("open %s: %w", dir, ErrNoRepository)
}

// environ is the environment of git. What a hook that calls muster has set for its own
// repository says nothing of somebody else's.
func (r *Repository) environ() []string {
	if !r.untrusted {
		return os.Environ()
	}
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return local[name] && name != "GIT_CONFIG_COUNT"
	})
}

// harmless are settings for git that no setting of a repository overrides, so
// that reading it executes nothing of it. They are those of git's documentation
// (git-config) whose values are commands that reading could run.
func harmless() []string {
	var args []string
	for _, setting := range []string{
		"core.fsmonitor=false", "core.hooksPath=" + os.DevNull, "core.sshCommand=false", "core.gitProxy=false", "core.askPass=false",
		"core.pager=cat", "core.alternateRefsCommand=false", "diff.external=", "log.showSignature=false", "gpg.program=false",
		"gpg.ssh.program=false", "gpg.x509.program=false", "credential.helper=", "protocol.allow=never", "submodule.recurse=false",
	} {
		args = append(args, "-c", setting)
	}
	return args
}

// Entry is a path that git tracks.
type Entry struct {
	Path string
	Mode string // "100644", "100755", "120000" for a symbolic link, "160000" for a submodule
	Blob string // the object's id
}

// IsSubmodule reports whether another repository stands at the path.
func (e Entry) IsSubmodule() bool { return e.Mode == "160000" }

// Index lists what git tracks at or below the directory, by paths relative to
// it, with slashes. A path with a conflict is listed once.
func (r *Repository) Index(ctx context.Context) ([]Entry, error) {
	out, err := r.git(ctx, "ls-files", "--stage", "-z", "--", ".")
	if err != nil {
		return nil, fmt.Errorf("list tracked files: %w", err)
	}
	entries := make([]Entry, 0, strings.Count(out, "\x00"))
	for line := range strings.SplitSeq(out, "\x00") {
		about, path, ok := strings.Cut(line, "\t")
		mode, rest, _ := strings.Cut(about, " ")
		blob, _, _ := strings.Cut(rest, " ")
		if ok && (len(entries) == 0 || entries[len(entries)-1].Path != path) {
			entries = append(entries, Entry{path, mode, blob})
		}
	}
	return entries, nil
}
