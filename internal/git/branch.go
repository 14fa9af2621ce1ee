package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// ErrNoBranch says that the remote answers, and has no branch of that name.
var ErrNoBranch = errors.New("the remote has no such branch")

// ErrMoved says that the branch is no longer what a commit was made for.
// Nothing was pushed.
var ErrMoved = errors.New("the branch was moved meanwhile")

// ErrDamaged says that the remote answers, and does not give a branch as it was pushed.
var ErrDamaged = errors.New("the branch cannot be fetched whole")

// RefusedError says that the remote can be read, and did not take a push.
type RefusedError struct {
	Remote, Branch string
	Reason         string // the remote's own words
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("push to branch %s of %s was refused: %s", e.Branch, e.Remote, e.Reason)
}

// Branch is a branch of a remote that is read and written without a working
// copy. Only its tip is fetched, and of that only the files that are read,
// where the remote can do so. Any number of processes may use one cache.
type Branch struct {
	name  string
	cache cache
}

// OpenBranch returns a branch of a remote, with a folder for caches. It asks
// the remote nothing yet.
func OpenBranch(remote Remote, name, cacheFolder string) (*Branch, error) {
	if !ValidBranch(name) {
		return nil, fmt.Errorf("%q is no name of a branch: use letters, digits, and - _ . / between them", name)
	}
	return &Branch{name, openCache(cacheFolder, remote)}, nil
}

var branchName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$`)

// ValidBranch reports whether a name is one that muster gives to a branch.
// These are fewer than git allows (git check-ref-format).
func ValidBranch(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasSuffix(part, ".lock") || strings.HasSuffix(part, ".") || strings.Contains(part, "..") {
			return false
		}
	}
	return len(name) < 200 && branchName.MatchString(name)
}

// String names the branch and its remote, without passwords.
func (b *Branch) String() string { return "branch " + b.name + " of " + b.cache.remote.String() }

// ref is the branch's name at the remote; own is what the cache calls its tip.
func (b *Branch) ref() string { return "refs/heads/" + b.name }
func (b *Branch) own() string { return "refs/muster/tips/" + b.name }

// ask returns the commit that the branch is at the remote, now.
func (b *Branch) ask(ctx context.Context) (string, error) {
	out, err := b.cache.run(ctx, nil, "ls-remote", "--exit-code", remoteName, b.ref())
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 2 {
		return "", fmt.Errorf("%s: %w", b, ErrNoBranch)
	}
	if err != nil {
		return "", fmt.Errorf("ask for %s: %w", b, err)
	}
	for line := range strings.Lines(string(out)) {
		// The pattern also matches a longer name that ends like this one.
		if commit, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); name == b.ref() {
			return commit, nil
		}
	}
	return "", fmt.Errorf("%s: %w", b, ErrNoBranch)
}

// Tip fetches what the branch is now. A branch that is not there is
// [ErrNoBranch]; a remote that does not answer is another error.
func (b *Branch) Tip(ctx context.Context) (*Tip, error) {
	var tip *Tip
	err := b.cache.use(ctx, func() (err error) {
		commit, err := b.ask(ctx)
		if err == nil {
			tip, err = b.fetch(ctx, commit)
		}
		return err
	})
	return tip, err
}

// smallFiles has a fetch bring the small files too, which are nearly all that
// is ever read of a registry, and leave out models and reports.
const smallFiles = "--filter=blob:limit=4k"

// fetch makes sure that the cache has the commit, and lists its files.
func (b *Branch) fetch(ctx context.Context, commit string) (*Tip, error) {
	if known, err := b.fetched(ctx); err == nil && known == commit {
		if tip, err := b.list(ctx, commit); err == nil {
			return tip, nil
		}
	}
	args := []string{"fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--depth=1"}
	if !b.cache.whole {
		args = append(args, smallFiles)
	}
	if _, err := b.cache.run(ctx, nil, append(args, remoteName, "+"+b.ref()+":"+b.own())...); err != nil {
		return nil, damage(fmt.Errorf("fetch %s: %w", b, err))
	}
	known, err := b.fetched(ctx) // perhaps newer than what was asked for
	if err != nil {
		return nil, damage(err)
	}
	tip, err := b.list(ctx, known)
	return tip, damage(err)
}

// fetched returns the commit that was fetched last. It looks into no object:
// git would fetch one that is not here, and all that came before it.
func (b *Branch) fetched(ctx context.Context) (string, error) {
	// To read the file spares a call of git, of which each takes its time.
	if data, err := os.ReadFile(filepath.Join(b.cache.dir, filepath.FromSlash(b.own()))); err == nil {
		return strings.TrimSpace(string(data)), nil
	}
	out, err := b.cache.run(ctx, nil, "rev-parse", "--verify", "--quiet", b.own())
	if err != nil {
		return "", fmt.Errorf("read tip of %s: %w", b, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// list reads the names of all files of a commit that the cache has.
func (b *Branch) list(ctx context.Context, commit string) (*Tip, error) {
	out, err := b.cache.run(ctx, nil, "ls-tree", "-r", "-z", "--full-tree", commit)
	if err != nil {
		return nil, fmt.Errorf("list files of %s: %w", b, err)
	}
	tip := &Tip{Commit: commit, branch: b, blobs: map[string]string{}}
	for record := range bytes.SplitSeq(bytes.TrimSuffix(out, []byte{0}), []byte{0}) {
		// mode SP type SP object TAB name; links and submodules are nothing that muster writes.
		info, name, _ := strings.Cut(string(record), "\t")
		if fields := strings.Fields(info); len(fields) == 3 && fields[0] == "100644" {
			tip.blobs[name] = fields[2]
		}
	}
	return tip, nil
}

// Check fetches the whole tip anew and has git check each object against its
// name. It says what is damaged at the remote, whatever the cache still holds.
func (b *Branch) Check(ctx context.Context) error {
	folder, err := "", os.MkdirAll(filepath.Dir(b.cache.dir), 0o755)
	if err == nil {
		folder, err = os.MkdirTemp(filepath.Dir(b.cache.dir), "check-")
	}
	if err != nil {
		return fmt.Errorf("check %s: %w", b, err)
	}
	defer os.RemoveAll(folder)
	fresh := &Branch{b.name, openCache(folder, b.cache.remote)}
	fresh.cache.whole = true
	commit, err := b.ask(ctx)
	if err != nil {
		return fmt.Errorf("check %s: %w", b, err)
	}
	err = fresh.cache.use(ctx, func() error {
		_, err := fresh.fetch(ctx, commit)
		return err
	})
	if err == nil {
		_, err = fresh.cache.run(ctx, nil, "fsck", "--full", "--strict", "--no-dangling", "--no-progress")
	}
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("check %s: %w: %w", b, ErrDamaged, err)
	}
	return err
}
