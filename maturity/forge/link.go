package forge

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// scp is how git also writes an address over ssh: "git@host:owner/name.git".
var scp = regexp.MustCompile(`^(?:[^@/:]+@)?([^/:@]+):([^/].*)$`)

// Web is the address on the web of the repository behind a git remote, or "" if
// the remote has none: "https://github.com/acme/tumours". No network is used.
func Web(remote string) string {
	host, path := "", ""
	if u, err := url.Parse(remote); err == nil && strings.Contains(remote, "://") {
		switch u.Scheme {
		case "http", "https":
			host, path = u.Host, u.Path
		case "ssh", "git", "git+ssh":
			host, path = u.Hostname(), u.Path
		}
	} else if m := scp.FindStringSubmatch(remote); m != nil {
		host, path = m[1], m[2]
	}
	path = strings.TrimSuffix(strings.Trim(path, "/"), ".git")
	if !strings.Contains(host, ".") && !strings.HasPrefix(host, "localhost") || !strings.Contains(path, "/") {
		return ""
	}
	scheme := "https"
	if strings.HasPrefix(remote, "http://") {
		scheme = "http"
	}
	return (&url.URL{Scheme: scheme, Host: strings.ToLower(host), Path: "/" + path}).String()
}

// Link is the address of a line at a commit, 0 for the whole file. GitHub, Gitea and
// Bitbucket have the file below the repository, GitLab behind "/-/"; which of them a
// host is, is told by its name, and GitHub's form is what most others understand.
func Link(web, commit, file string, line int) string {
	host := web
	if u, err := url.Parse(web); err == nil {
		host = u.Host
	}
	between, mark := "/blob/", "#L"
	switch {
	case strings.Contains(host, "gitlab"):
		between = "/-/blob/"
	case strings.Contains(host, "bitbucket"):
		between, mark = "/src/", "#lines-"
	case strings.Contains(host, "gitea"), strings.Contains(host, "codeberg"), strings.Contains(host, "forgejo"):
		between = "/src/commit/"
	}
	parts := strings.Split(file, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	link := web + between + commit + "/" + strings.Join(parts, "/")
	if line > 0 {
		link += fmt.Sprintf("%s%d", mark, line)
	}
	return link
}
