package git

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Remote is a repository elsewhere, with what a clone knows of how to reach it.
type Remote struct {
	fetch, push string // URLs, perhaps with a password in them
	settings    []setting
	author      string // as commits name it: Name <mail>
}

// setting is one line of a git configuration.
type setting struct{ key, value string }

// FindRemote returns the remote that a clone at dir knows by this name, or the
// one at this URL. Credentials that the clone's own configuration holds, as CI
// hosts write them there, are used with it.
func FindRemote(ctx context.Context, dir, nameOrURL string) (Remote, error) {
	repo := &Repository{dir: dir}
	known, err := repo.settings(ctx)
	if err != nil && !IsAddress(nameOrURL) {
		return Remote{}, fmt.Errorf("find remote %s: %w", nameOrURL, err)
	}
	remote := Remote{author: author(known)}
	for _, s := range known {
		if s.scope != "local" && s.scope != "worktree" {
			continue // git reads these by itself, wherever it runs
		}
		if reaches.MatchString(s.key) {
			remote.settings = append(remote.settings, s.setting)
		}
	}
	if IsAddress(nameOrURL) {
		remote.fetch = nameOrURL
		return remote, checkURL(nameOrURL)
	}
	remote.fetch = last(known, "remote."+nameOrURL+".url")
	remote.push = last(known, "remote."+nameOrURL+".pushurl")
	if remote.fetch == "" {
		return Remote{}, fmt.Errorf("find remote %q: this clone knows none of that name", nameOrURL)
	}
	root, err := repo.Root(ctx)
	if err != nil {
		return Remote{}, fmt.Errorf("find remote %q: %w", nameOrURL, err)
	}
	remote.fetch, remote.push = absolute(root, remote.fetch), absolute(root, remote.push)
	return remote, errors.Join(checkURL(remote.fetch), checkURL(remote.push))
}

// reaches matches the settings that say how a remote is reached.
var reaches = regexp.MustCompile(`^(http|credential|url|ssh|protocol)\.|^core\.(sshcommand|gitproxy|askpass)$`)

// scoped is a setting with the file it came from: system, global, local, worktree or command.
type scoped struct {
	scope string
	setting
}

func (r *Repository) settings(ctx context.Context) ([]scoped, error) {
	out, err := r.git(ctx, "config", "--list", "--show-scope", "--includes", "-z")
	if err != nil {
		return nil, err
	}
	var all []scoped
	// scope NUL key LF value NUL
	fields := strings.Split(strings.TrimSuffix(out, "\x00"), "\x00")
	for i := 0; i+1 < len(fields); i += 2 {
		key, value, hasValue := strings.Cut(fields[i+1], "\n")
		if !hasValue {
			value = "true" // a key alone, as git reads it
		}
		all = append(all, scoped{fields[i], setting{key, value}})
	}
	return all, nil
}

// last returns a setting's value: the last line wins.
func last(all []scoped, key string) (value string) {
	for _, s := range all {
		if s.key == key {
			value = s.value
		}
	}
	return value
}

// author is whom commits name: who git thinks it is, else muster itself.
func author(all []scoped) string {
	name := cmp.Or(os.Getenv("GIT_COMMITTER_NAME"), last(all, "user.name"), "muster")
	mail := cmp.Or(os.Getenv("GIT_COMMITTER_EMAIL"), last(all, "user.email"), "muster@localhost")
	return plainName(name) + " <" + plainName(mail) + ">"
}

// plainName leaves out what would end a name in a commit's header.
func plainName(name string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == '<' || r == '>' {
			return -1
		}
		return r
	}, name))
}

// Instead is the remote at another address, with the same credentials where
// they are for the same host. If it is the same project under another
// spelling (ssh in place of https) the remote stays as it is.
func (r Remote) Instead(address string) (Remote, error) {
	if address == "" || projectOf(address) == projectOf(r.fetch) {
		return r, nil
	}
	if !IsAddress(address) {
		return r, fmt.Errorf("%q is no URL of a repository", address)
	}
	if err := checkURL(address); err != nil {
		return r, err
	}
	to, err := url.Parse(address)
	from, fromErr := url.Parse(r.fetch)
	// The host gave the password itself, for whatever lies there.
	if err == nil && fromErr == nil && to.User == nil && to.Scheme == from.Scheme && to.Host == from.Host {
		to.User = from.User
		address = to.String()
	}
	r.fetch, r.push = address, ""
	return r, nil
}

var scpLike = regexp.MustCompile(`^(?:[^@/:]+@)?([^/:@]+):(.*)$`)

// projectOf is what the spellings of one project's address have in common.
func projectOf(address string) string {
	host, path := "", address
	if u, err := url.Parse(address); err == nil && strings.Contains(address, "://") {
		host, path = u.Hostname(), u.Path
	} else if m := scpLike.FindStringSubmatch(address); m != nil {
		host, path = m[1], m[2]
	}
	return strings.ToLower(host) + "/" + strings.TrimSuffix(strings.Trim(path, "/"), ".git")
}

// IsAddress reports whether a remote is given by its address, and not by a name.
func IsAddress(remote string) bool {
	return strings.Contains(remote, ":") || strings.HasPrefix(remote, "/")
}

// checkURL refuses what git would take for an option, or for a program to run.
func checkURL(address string) error {
	switch {
	case strings.HasPrefix(address, "-"):
		return fmt.Errorf("%q is no address of a repository", address)
	case strings.Contains(address, "::"):
		return fmt.Errorf("%q names a program to run, and is no address of a repository", address)
	case strings.ContainsFunc(address, func(r rune) bool { return r < ' ' }):
		return fmt.Errorf("%q is no address of a repository", address)
	}
	return nil
}

// absolute makes a path absolute; git reads it from the top of the clone.
func absolute(root, address string) string {
	if address == "" || IsAddress(address) {
		return address
	}
	return filepath.Join(root, address)
}

// String is the address without user and password.
func (r Remote) String() string { return withoutUser(r.fetch) }

// userInfo is all before the last @ of a host: a password may have one, too.
var userInfo = regexp.MustCompile(`([a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s]*@`)

// withoutUser takes users and passwords out of all URLs of a text.
func withoutUser(text string) string { return userInfo.ReplaceAllString(text, "$1") }
