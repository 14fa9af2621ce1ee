package cli

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/github"
	"github.com/muster-ci/muster/actions/gitlab"
	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/internal/web"
	"github.com/muster-ci/muster/maturity"
	"github.com/muster-ci/muster/maturity/forge"
)

// scoreForge are the flags of what is known of a repository beside its files.
type scoreForge struct {
	ask, noOverrides bool
	patience         time.Duration // zero is forgePatience
}

func (f *scoreForge) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.ask, "forge", false, "ask the forge of the remote \"origin\" what ran, was released and deployed there, with the token in MUSTER_TOKEN, GITHUB_TOKEN, GH_TOKEN or GITLAB_TOKEN (at most 40 requests)")
	cmd.Flags().BoolVar(&f.noOverrides, "no-overrides", false, "leave out what the repository says of its own score: .muster/score.yaml, attest.yaml, rubric and catalogue")
}

// forgePatience is how long a forge may take for all of its answers, and maxAnswer the
// bytes of one: a page of a hundred runs has 3 MB.
const (
	forgePatience = 3 * time.Minute
	maxAnswer     = 8 << 20
)

// add asks the forge, if it is to be asked. What it does not answer is said in the
// assessment: the score is made in any case.
func (f *scoreForge) add(ctx context.Context, a *app, dir string, opts *maturity.Options) {
	opts.NoOverrides = f.noOverrides
	if !f.ask {
		return
	}
	origin := ""
	if repo, err := git.OpenUntrusted(ctx, dir); err == nil {
		origin = repo.Place(ctx).Origin
	}
	address := forge.Web(origin)
	witness, err := a.witness(address)
	if err != nil {
		opts.Forge = &result.ForgeFacts{Repository: address, Missing: []string{err.Error()}}
		return
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(f.patience, forgePatience))
	defer cancel()
	facts := witness.Facts(ctx)
	facts.Repository = cmp.Or(facts.Repository, address)
	opts.Forge = &facts
}

// witness speaks to the forge of a repository. A remote is written in the repository
// that is scored, which may be anybody's: a token goes to the public forges, and to
// those that the environment names, and to no other host.
func (a *app) witness(address string) (actions.Witness, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("the forge was not asked: the remote \"origin\" is no repository on a forge")
	}
	manners := web.Options{Agent: "muster/" + ownVersion(), Log: a.log, Cache: answersFolder(), Most: actions.MostRequests, MaxBody: maxAnswer, Tries: 3, CAFile: web.CAFile(a.env)}
	project := strings.Trim(u.Path, "/")
	if api := a.githubAPI(u.Host); api != "" {
		token := a.first("MUSTER_TOKEN", "GITHUB_TOKEN", "GH_TOKEN")
		if server := a.first("GITHUB_SERVER_URL"); server != "" && hostOfURL(server) != u.Host {
			token = a.first("MUSTER_TOKEN", "GH_TOKEN") // the job's own is another forge's
		}
		if token == "" {
			return nil, fmt.Errorf("the forge was not asked: there is no token for %s: set MUSTER_TOKEN, GITHUB_TOKEN or GH_TOKEN", u.Host)
		}
		return asWitness(github.New(github.Options{API: api, GraphQL: a.graphQL(u.Host), Repository: project, Token: token, Web: manners}))
	}
	if api := a.gitlabAPI(u.Host); api != "" {
		token := gitlab.Token{Value: a.first("MUSTER_TOKEN", "GITLAB_TOKEN"), From: "MUSTER_TOKEN or GITLAB_TOKEN"}
		if token.Value == "" {
			return nil, fmt.Errorf("the forge was not asked: there is no token for %s: set MUSTER_TOKEN or GITLAB_TOKEN", u.Host)
		}
		return asWitness(gitlab.New(gitlab.Options{API: api, Project: project, Token: token, Web: manners}))
	}
	return nil, fmt.Errorf("the forge was not asked: %s is none that the environment names: set GITHUB_SERVER_URL and GITHUB_API_URL, or CI_API_V4_URL", u.Host)
}

// asWitness keeps a nil of a type from being taken for a witness.
func asWitness[W actions.Witness](witness W, err error) (actions.Witness, error) {
	if err != nil {
		return nil, fmt.Errorf("the forge was not asked: %w", err)
	}
	return witness, nil
}

// first is the value of the first variable that is set.
func (a *app) first(names ...string) string {
	for _, name := range names {
		if value, _ := a.env(name); value != "" {
			return value
		}
	}
	return ""
}

// githubAPI is the address of the API of a host that is GitHub, or "".
func (a *app) githubAPI(host string) string {
	if host == "github.com" {
		return "https://api.github.com"
	}
	server, _ := a.env("GITHUB_SERVER_URL")
	if server == "" || hostOfURL(server) != host {
		return ""
	}
	return cmp.Or(a.first("GITHUB_API_URL"), strings.TrimSuffix(server, "/")+"/api/v3")
}

// graphQL is the address of the GraphQL API, where the environment names one for the host.
func (a *app) graphQL(host string) string {
	if server, _ := a.env("GITHUB_SERVER_URL"); host == "github.com" || hostOfURL(server) != host {
		return ""
	}
	return a.first("GITHUB_GRAPHQL_URL")
}

// gitlabAPI is the address of the API of a host that is GitLab, or "".
func (a *app) gitlabAPI(host string) string {
	if host == "gitlab.com" {
		return "https://gitlab.com/api/v4"
	}
	if api, _ := a.env("CI_API_V4_URL"); api != "" && hostOfURL(api) == host {
		return api
	}
	return ""
}

func hostOfURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// answersFolder keeps the forge's answers, which are asked for again by their ETag:
// beside other caches of the user, not in the repository that is scored.
func answersFolder() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "muster", "answers")
}
