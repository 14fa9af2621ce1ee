package github

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	api "github.com/google/go-github/v60/github"

	"github.com/muster-ci/muster/actions"
)

var (
	_ actions.Finder  = (*Host)(nil)
	_ actions.Authors = (*Host)(nil)
)

// From lists the open pull requests from a branch ("List pull requests", head). Those of
// the project and of its forks with the same owner are among them.
func (h *Host) From(ctx context.Context, owner, branch string) ([]actions.Change, error) {
	var pulls []*api.PullRequest
	_, err := h.call(ctx, http.MethodGet, nil, &pulls, "pulls?state=open&head=%s&per_page=%d", url.QueryEscape(owner+":"+branch), perPage)
	if err != nil {
		return nil, h.failed("look for the pull request", "pull-requests: read", err)
	}
	var found []actions.Change
	for _, pull := range pulls {
		// A name that is escaped in another way is asked for as none, and then all are listed.
		if pull.GetHead().GetRef() == branch && pull.GetHead().GetUser().GetLogin() == owner {
			found = append(found, changeOf(pull))
		}
	}
	return found, nil
}

// Authors are who wrote and who made the commit, as far as GitHub knows them by their mail.
func (h *Host) Authors(ctx context.Context, commit string) ([]string, error) {
	if !commitHash.MatchString(commit) {
		return nil, fmt.Errorf("look for who wrote the commit: %q is no commit", commit)
	}
	var found struct{ Author, Committer *api.User }
	if _, err := h.call(ctx, http.MethodGet, nil, &found, "commits/%s?per_page=1", commit); err != nil {
		return nil, h.failed("look for who wrote "+commit[:7], "contents: read", err)
	}
	var names []string
	for _, user := range []*api.User{found.Author, found.Committer} {
		if login := user.GetLogin(); login != "" {
			names = append(names, login)
		}
	}
	return names, nil
}

// changeOf is a pull request as it is listed.
func changeOf(pull *api.PullRequest) actions.Change {
	home, from := pull.GetBase().GetRepo().GetID(), pull.GetHead().GetRepo().GetID()
	return actions.Change{
		Number: pull.GetNumber(), Head: pull.GetHead().GetSHA(), Base: pull.GetBase().GetRef(),
		Author: pull.GetUser().GetLogin(), Open: pull.GetState() == "open",
		Fork: from == 0 || from != home, // a fork that is gone has no repository
	}
}
