package actions

import (
	"cmp"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// gitlabEvent follows "Predefined CI/CD variables reference" in GitLab's documentation.
func gitlabEvent(env Lookup) Event {
	get := func(name string) string { value, _ := env(name); return value }
	main := get("CI_DEFAULT_BRANCH")
	event := Event{
		Host: GitLab, Scope: result.ScopeChange, Commit: get("CI_COMMIT_SHA"), Actor: get("GITLAB_USER_LOGIN"),
		// CI_MERGE_REQUEST_DIFF_BASE_SHA is the merge base, which is not what counts.
		Base: Base{Commit: get("CI_MERGE_REQUEST_TARGET_BRANCH_SHA"), Branch: cmp.Or(get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"), main)},
	}
	if target := get("CI_MERGE_REQUEST_PROJECT_ID"); target != "" && target != get("CI_PROJECT_ID") {
		// The pipeline is the fork's own, and so is its remote.
		event.Base.URL = get("CI_MERGE_REQUEST_PROJECT_URL") + ".git"
	}
	if labels := get("CI_MERGE_REQUEST_LABELS"); labels != "" {
		event.Labels = strings.Split(labels, ",")
	}
	event.Change = gitlabChange(get("CI_MERGE_REQUEST_IID"))
	source := get("CI_PIPELINE_SOURCE")
	event.Trigger = gitlabTrigger(source)
	if source == "merge_request_event" || get("CI_MERGE_REQUEST_IID") != "" {
		event.Trigger = result.TriggerChange
		return event
	}
	event.Branch = get("CI_COMMIT_BRANCH")
	switch source {
	case "push", "schedule", "web":
		event.setDefault(main)
	}
	switch {
	case event.Branch == "":
		event.Trigger = result.TriggerOther // a tag
	case source == "push" && event.DefaultBranch:
		event.Trigger = result.TriggerDefaultBranch
	}
	return event
}

// gitlabChange names a merge request as GitLab does.
func gitlabChange(iid string) string {
	if iid == "" {
		return ""
	}
	return "!" + iid
}

func gitlabTrigger(source string) result.Trigger {
	switch source {
	case "push", "webide", "external_pull_request_event":
		return result.TriggerChange
	case "schedule":
		return result.TriggerSchedule
	case "web", "api", "trigger", "chat":
		return result.TriggerDispatch
	default:
		return result.TriggerOther
	}
}
