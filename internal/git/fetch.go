package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Fetch returns the full name of a commit of a remote, and sees to it that it is
// in this clone. The remote is a name or a URL; revision is a full commit, or a
// branch, with or without refs/heads/. A commit that is here is not asked for; a
// branch always is, since it may have moved. A shallow clone gets that one commit,
// any other one its history. No branch or tag of the clone changes. A branch or
// commit that the remote does not have is [ErrNoCommit].
func (r *Repository) Fetch(ctx context.Context, remote, revision string) (string, error) {
	commit, err := r.fetch(ctx, remote, revision)
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("fetch %s from %s: %w", revision, withoutUser(remote), err)
	}
	return commit, err
}

func (r *Repository) fetch(ctx context.Context, remote, revision string) (string, error) {
	commit := revision
	if !isHash(revision) {
		var err error
		if commit, err = r.tip(ctx, remote, revision); err != nil {
			return "", err
		}
	}
	if full, err := r.Commit(ctx, commit); err == nil {
		return full, nil
	}
	shallow, err := r.Shallow(ctx)
	if err != nil {
		return "", err
	}
	args := append(impatient(), "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance")
	if shallow { // a full clone would become a shallow one
		args = append(args, "--depth=1")
	}
	if _, err := r.git(ctx, append(args, "--", remote, commit)...); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", shown(err)
	}
	return r.Commit(ctx, commit)
}

// Tip returns the commit that a branch is at a remote, now. Nothing is fetched. A
// branch that the remote does not have is [ErrNoCommit].
func (r *Repository) Tip(ctx context.Context, remote, branch string) (string, error) {
	commit, err := r.tip(ctx, remote, branch)
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("ask %s for %s: %w", withoutUser(remote), branch, err)
	}
	return commit, err
}

// tip asks the remote for the commit of a branch. git takes the name for a
// pattern; only the very branch counts.
func (r *Repository) tip(ctx context.Context, remote, branch string) (string, error) {
	name := "refs/heads/" + strings.TrimPrefix(branch, "refs/heads/")
	out, err := r.git(ctx, append(impatient(), "ls-remote", "--quiet", "--", remote, name)...)
	if err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", shown(err)
	}
	for line := range strings.Lines(out) {
		if commit, ref, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); ref == name && isHash(commit) {
			return commit, nil
		}
	}
	return "", fmt.Errorf("the branch %q is not there: %w", branch, ErrNoCommit)
}

// impatient has a call over the network run no hook, and give up on a server
// that sends less than a hundred bytes a second for a minute.
func impatient() []string {
	return configure("core.hooksPath="+os.DevNull, "http.lowSpeedLimit=100", "http.lowSpeedTime=60")
}

// isHash reports whether text is the full name of an object: 40 hexadecimal
// digits (SHA-1) or 64 (SHA-256).
func isHash(text string) bool {
	return (len(text) == 40 || len(text) == 64) && strings.Trim(text, "0123456789abcdef") == ""
}

// shown is an error without passwords: git repeats the URL.
func shown(err error) error {
	if text := withoutUser(err.Error()); text != err.Error() {
		return errors.New(text)
	}
	return err
}

// Points reports whether a remote's name stands for the repository at the URL,
// by whatever protocol and as whatever user.
func (r *Repository) Points(ctx context.Context, remote, url string) bool {
	out, err := r.git(ctx, "remote", "get-url", "--", remote)
	return err == nil && strings.EqualFold(projectOf(strings.TrimSpace(out)), projectOf(url)) // hosts tell no two projects apart by case
}
