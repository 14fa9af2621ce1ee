package actions

// Missing lists the variables that the host sets in every job, and that are not
// there: a job that runs muster in a container of its own does not pass them on
// by itself.
func Missing(host HostName, env Lookup) []string {
	var wanted []string
	switch host {
	case GitHub, Gitea:
		wanted = []string{"GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_REF", "GITHUB_SHA", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"}
	case GitLab:
		wanted = []string{"CI_PIPELINE_SOURCE", "CI_COMMIT_SHA", "CI_DEFAULT_BRANCH"}
	case Plain:
	}
	var missing []string
	for _, name := range wanted {
		if value, _ := env(name); value == "" {
			missing = append(missing, name)
		}
	}
	return missing
}
