package actions

import (
	"cmp"
	"strconv"
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
	event.Base.Other = event.Base.Branch != main
	event.Repository, event.JobURL = get("CI_PROJECT_PATH"), get("CI_JOB_URL")
	event.Head = cmp.Or(get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"), event.Commit) // the first is set where the host merged it
	event.Queue = get("CI_MERGE_REQUEST_EVENT_TYPE") == "merge_train"
	event.Tag = get("CI_COMMIT_TAG")
	source, target := get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID"), get("CI_MERGE_REQUEST_PROJECT_ID")
	event.Fork = source != "" && source != target
	if target != "" && target != get("CI_PROJECT_ID") {
		event.Fork = true
		// The pipeline is the fork's own, and so is its remote.
		event.Base.URL = get("CI_MERGE_REQUEST_PROJECT_URL") + ".git"
	}
	if labels := get("CI_MERGE_REQUEST_LABELS"); labels != "" {
		event.Labels = strings.Split(labels, ",")
	}
	event.Change = gitlabChange(get("CI_MERGE_REQUEST_IID"))
	event.Number, _ = strconv.Atoi(get("CI_MERGE_REQUEST_IID")) // 0 if there is none
	trigger := get("CI_PIPELINE_SOURCE")
	event.Trigger = gitlabTrigger(trigger)
	if trigger == "merge_request_event" || event.Change != "" {
		event.Trigger = result.TriggerChange
		return event
	}
	event.Branch = get("CI_COMMIT_BRANCH")
	switch trigger {
	case "push", "schedule", "web":
		event.setDefault(main)
	}
	switch {
	case event.Branch == "":
		event.Trigger = result.TriggerOther // a tag
	case trigger == "push" && event.DefaultBranch:
		event.Trigger, event.Before = result.TriggerDefaultBranch, named(get("CI_COMMIT_BEFORE_SHA"))
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
