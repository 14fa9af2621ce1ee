package github

import (
	"cmp"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/web"
)

// FromEnv makes the host of a job from the variables that the runner sets ("Variables
// reference" in GitHub's documentation of Actions; Gitea's and Forgejo's runners set the
// same). Of o, it keeps Mark, Login and Web. The token is the first that is there of
// MUSTER_TOKEN, GITHUB_TOKEN and, on Gitea, GITEA_TOKEN and FORGEJO_TOKEN; without any,
// the error is [actions.ErrNoToken].
func FromEnv(env actions.Lookup, o Options) (*Host, error) {
	get := func(name string) string { value, _ := env(name); return value }
	o.Gitea = actions.DetectHost(env) == actions.Gitea
	o.API = get("GITHUB_API_URL")
	o.GraphQL = get("GITHUB_GRAPHQL_URL")
	o.Repository = get("GITHUB_REPOSITORY")
	o.Token = cmp.Or(get("MUSTER_TOKEN"), get("GITHUB_TOKEN"))
	if o.Gitea {
		o.Token = cmp.Or(o.Token, get("GITEA_TOKEN"), get("FORGEJO_TOKEN"))
		// Gitea's runner names no API in old versions, but always itself.
		o.API = cmp.Or(o.API, get("GITHUB_SERVER_URL")+"/api/v1")
	}
	o.API = cmp.Or(o.API, "https://api.github.com")
	if o.Token == "" {
		return nil, &failure{
			doing: "open the forge", err: actions.ErrNoToken,
			hint: "give the step the job's token: env: {GITHUB_TOKEN: ${{ github.token }}}",
		}
	}
	o.Web.CAFile = cmp.Or(o.Web.CAFile, web.CAFile(env))
	return New(o)
}
