package gitlab

import (
	"cmp"
	"net/http"

	"github.com/muster-ci/muster/actions"
)

// FromEnv makes the host of a job, from "Predefined CI/CD variables reference" in GitLab's
// documentation (https://docs.gitlab.com/ci/variables/predefined_variables/). The token is the
// first that is there of MUSTER_TOKEN, GITLAB_TOKEN and CI_JOB_TOKEN; without any, the
// error is [actions.ErrNoToken].
func FromEnv(env actions.Lookup, client *http.Client) (*Host, error) {
	get := func(name string) string { value, _ := env(name); return value }
	token := tokenOf(get)
	if token.Value == "" {
		return nil, &tokenError{doing: "open GitLab", err: actions.ErrNoToken, hint: "set the CI/CD variable MUSTER_TOKEN (masked) to a project access token: " + string(roleReporter)}
	}
	return New(Options{
		API: cmp.Or(get("CI_API_V4_URL"), "https://gitlab.com/api/v4"), Token: token, HTTP: client,
		// The pipeline of a fork is the fork's own; the merge request is in the other project.
		Project: cmp.Or(get("CI_MERGE_REQUEST_PROJECT_ID"), get("CI_PROJECT_ID")),
		Pipeline: Pipeline{
			ID: number(get("CI_PIPELINE_ID")), Project: get("CI_PROJECT_ID"),
			Commit: get("CI_COMMIT_SHA"), Head: cmp.Or(get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"), get("CI_COMMIT_SHA")),
		},
		Pages: cmp.Or(get("CI_MERGE_REQUEST_PROJECT_URL"), get("CI_PROJECT_URL")), Main: get("CI_DEFAULT_BRANCH"),
		Number: number(get("CI_MERGE_REQUEST_IID")), StatusCheck: number(get("MUSTER_STATUS_CHECK")),
	})
}

func tokenOf(get func(string) string) Token {
	for _, name := range []string{"MUSTER_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN"} {
		if value := get(name); value != "" {
			return Token{Value: value, From: name, Job: name == "CI_JOB_TOKEN"}
		}
	}
	return Token{}
}
