package config

// HostTokens are the variables that hold what muster itself speaks to its host with: it
// may mark commits or write the registry with it, so no stage gets one, and all are
// masked in what stages print.
func HostTokens() []string {
	return []string{
		"MUSTER_TOKEN", "MUSTER_PUSH_TOKEN", "GITHUB_TOKEN", "GH_TOKEN", "GITEA_TOKEN", "FORGEJO_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN",
		"ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
	}
}
