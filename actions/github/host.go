// Package github is GitHub as muster speaks to it: the pull request, muster's own comment
// in it, a check run or a commit status, approvals and issues, by the REST and GraphQL APIs
// (https://docs.github.com/rest, https://docs.github.com/graphql), on github.com and on GitHub
// Enterprise Server. Gitea and Forgejo speak the same REST dialect, without check runs and
// GraphQL. It is the one place that knows go-github.
package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	api "github.com/google/go-github/v60/github"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/web"
)

// Options say which forge, which repository and as whom. API, Repository and Token are needed.
type Options struct {
	// API is the address of the REST API: "https://api.github.com", "https://HOST/api/v3" of a
	// GitHub Enterprise Server, "https://HOST/api/v1" of Gitea.
	API string
	// GraphQL is the address of the GraphQL API; empty is the one beside the REST API.
	GraphQL string
	// Repository is "owner/name".
	Repository string
	Token      string
	// Gitea says that the forge is Gitea or Forgejo.
	Gitea bool
	// Mark is what marks a commit: "check", "status", or "auto" (a check if the token may).
	Mark string
	// Login is whom the token belongs to; empty asks the forge.
	Login string
	// Web are the manners of the network. Base and Auth are set from the above.
	Web web.Options
}

// Host is a repository on a forge.
type Host struct {
	o           Options
	owner, repo string
	web         *web.Client
	// What a client does, without its type: whatever reflection might find of that, a
	// client for all of GitHub's API, would be in the binary (2 MB).
	request func(method, path string, body any, options ...api.RequestOption) (*http.Request, error)
	do      func(ctx context.Context, request *http.Request, into any) (*api.Response, error)

	asked sync.Mutex
	login string // the token's own user, once it was asked for
}

var (
	_ actions.Host    = (*Host)(nil)
	_ actions.Counter = (*Host)(nil)
)

var (
	repository = regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`)
	commitHash = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
)

// New makes a host. It sends nothing.
func New(o Options) (*Host, error) {
	if !repository.MatchString(o.Repository) {
		return nil, fmt.Errorf("open the forge: %q is no repository (owner/name)", o.Repository)
	}
	if o.Token = strings.TrimSpace(o.Token); o.Token == "" {
		return nil, fmt.Errorf("open the forge: %w", actions.ErrNoToken)
	}
	o.Mark = cmp.Or(o.Mark, "auto")
	if o.Mark != "auto" && o.Mark != "check" && o.Mark != "status" {
		return nil, fmt.Errorf("open the forge: there is no mark %q: use auto, check or status", o.Mark)
	}
	if o.Gitea && o.Mark == "check" {
		return nil, errors.New("open the forge: Gitea has no check runs: mark by a status")
	}
	if strings.Contains(o.API, "@") { // it is named in errors
		return nil, errors.New("open the forge: the API's address has credentials in it: leave them out")
	}
	base, err := url.Parse(strings.TrimSuffix(o.API, "/") + "/")
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, fmt.Errorf("open the forge: %q is no address of an API", o.API)
	}
	o.GraphQL = cmp.Or(o.GraphQL, graphQLBeside(base))
	o.Web.Base, o.Web.Auth = base.String(), http.Header{"Authorization": {"Bearer " + o.Token}}
	network, err := web.New(o.Web)
	if err != nil {
		return nil, fmt.Errorf("open the forge: %w", err)
	}
	client := api.NewClient(network.HTTP())
	client.BaseURL = base
	owner, repo, _ := strings.Cut(o.Repository, "/")
	return &Host{o: o, owner: owner, repo: repo, web: network, request: client.NewRequest, do: client.Do}, nil
}

// graphQLBeside is where GraphQL is: api.github.com/graphql, HOST/api/graphql.
func graphQLBeside(base *url.URL) string {
	beside := *base
	beside.Path = strings.TrimSuffix(beside.Path, "v3/") + "graphql"
	return beside.String()
}

// call sends a request about the repository, and reads the answer.
func (h *Host) call(ctx context.Context, method string, body, into any, path string, args ...any) (*api.Response, error) {
	request, err := h.request(method, fmt.Sprintf("repos/%s/%s/", h.owner, h.repo)+fmt.Sprintf(path, args...), body)
	if err != nil {
		return nil, err
	}
	return h.do(ctx, request, into)
}

// Count is how many requests were sent.
func (h *Host) Count() (reads, writes int) { return h.web.Count() }

// Change is the pull request as it is now.
func (h *Host) Change(ctx context.Context, number int) (actions.Change, error) {
	pull := &api.PullRequest{}
	if _, err := h.call(ctx, http.MethodGet, nil, pull, "pulls/%d", number); err != nil {
		return actions.Change{}, h.failed("read the pull request", "pull-requests: read", err)
	}
	return changeOf(pull), nil
}

// Brought is the pull request whose merge brought the commit to the default branch: the
// one that it is the merge of, else the one that was merged first.
func (h *Host) Brought(ctx context.Context, commit string) (int, error) {
	if !commitHash.MatchString(commit) {
		return 0, fmt.Errorf("look for the pull request: %q is no commit", commit)
	}
	pulls, err := h.pullsOf(ctx, commit)
	if err != nil {
		return 0, h.failed("look for the pull request that brought "+commit[:7], "pull-requests: read", err)
	}
	var first *api.PullRequest
	for _, pull := range pulls {
		base := pull.GetBase()
		if pull.MergedAt == nil || base.GetRepo().GetFullName() == "" || !strings.EqualFold(base.GetRepo().GetFullName(), h.o.Repository) || base.GetRef() != base.GetRepo().GetDefaultBranch() {
			continue
		}
		if pull.GetMergeCommitSHA() == commit {
			return pull.GetNumber(), nil
		}
		if first == nil || pull.MergedAt.Before(first.MergedAt.Time) {
			first = pull
		}
	}
	return first.GetNumber(), nil
}

// pullsOf are the pull requests with the commit. Gitea names only the one of a merge, and
// none by 404.
func (h *Host) pullsOf(ctx context.Context, commit string) ([]*api.PullRequest, error) {
	if !h.o.Gitea {
		var pulls []*api.PullRequest
		_, err := h.call(ctx, http.MethodGet, nil, &pulls, "commits/%s/pulls?per_page=%d", commit, perPage)
		return pulls, err
	}
	pull := &api.PullRequest{}
	if _, err := h.call(ctx, http.MethodGet, nil, pull, "commits/%s/pull", commit); err != nil {
		if status(err) == http.StatusNotFound {
			return nil, nil
		}
		return nil, err
	}
	return []*api.PullRequest{pull}, nil
}
