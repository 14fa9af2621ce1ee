package github

import (
	"context"
	"fmt"

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
	pulls, _, err := h.client.PullRequests.List(ctx, h.owner, h.repo, &api.PullRequestListOptions{
		State: "open", Head: owner + ":" + branch, ListOptions: api.ListOptions{PerPage: perPage},
	})
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
	found, _, err := h.client.Repositories.GetCommit(ctx, h.owner, h.repo, commit, &api.ListOptions{PerPage: 1})
	if err != nil {
		return nil, h.failed("look for who wrote "+commit[:7], "contents: read", err)
	}
	var names []string
	for _, user := range []*api.User{found.GetAuthor(), found.GetCommitter()} {
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
