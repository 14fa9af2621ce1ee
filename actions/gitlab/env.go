package gitlab

import (
	"cmp"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/web"
)

// FromEnv makes the host of a job, from "Predefined CI/CD variables reference" in GitLab's
// documentation (https://docs.gitlab.com/ci/variables/predefined_variables/). The token is the
// first that is there of MUSTER_TOKEN, GITLAB_TOKEN and CI_JOB_TOKEN; without any, the
// error is [actions.ErrNoToken]. Of o, it keeps Web.
func FromEnv(env actions.Lookup, o Options) (*Host, error) {
	get := func(name string) string { value, _ := env(name); return value }
	token := tokenOf(get)
	if token.Value == "" {
		return nil, &tokenError{doing: "open GitLab", err: actions.ErrNoToken, hint: "set the CI/CD variable MUSTER_TOKEN (masked) to a project access token: " + string(roleReporter)}
	}
	o.Token, o.API = token, cmp.Or(get("CI_API_V4_URL"), "https://gitlab.com/api/v4")
	// The pipeline of a fork is the fork's own; the merge request is in the other project.
	o.Project = cmp.Or(get("CI_MERGE_REQUEST_PROJECT_ID"), get("CI_PROJECT_ID"))
	o.Pages = cmp.Or(get("CI_MERGE_REQUEST_PROJECT_URL"), get("CI_PROJECT_URL"))
	o.Main, o.Number = get("CI_DEFAULT_BRANCH"), number(get("CI_MERGE_REQUEST_IID"))
	o.Pipeline = Pipeline{
		ID: number(get("CI_PIPELINE_ID")), Project: get("CI_PROJECT_ID"),
		Commit: get("CI_COMMIT_SHA"), Head: cmp.Or(get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"), get("CI_COMMIT_SHA")),
	}
	o.StatusCheck = number(get("MUSTER_STATUS_CHECK"))
	o.Web.CAFile = cmp.Or(o.Web.CAFile, web.CAFile(env))
	return New(o)
}

func tokenOf(get func(string) string) Token {
	for _, name := range []string{"MUSTER_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN"} {
		if value := get(name); value != "" {
			return Token{Value: value, From: name, Job: name == "CI_JOB_TOKEN"}
		}
	}
	return Token{}
}
