package actions

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// githubEvent follows "Variables reference" and "Events that trigger workflows"
// in GitHub's documentation of Actions.
func githubEvent(env Lookup) (Event, error) {
	get := func(name string) string { value, _ := env(name); return value }
	name := get("GITHUB_EVENT_NAME")
	if name == "" {
		return Event{}, errors.New("read the GitHub event: GITHUB_EVENT_NAME is not set")
	}
	payload, err := readPayload(get("GITHUB_EVENT_PATH"))
	if err != nil {
		return Event{}, err
	}
	event := Event{
		Host: GitHub, Scope: result.ScopeChange, Commit: get("GITHUB_SHA"),
		Base: payload.base(), Trigger: githubTrigger(name), Labels: payload.labels(), Actor: get("GITHUB_ACTOR"),
		Change: payload.change(),
	}
	if ref := get("GITHUB_REF"); strings.HasPrefix(ref, "refs/pull/") && strings.HasSuffix(ref, "/merge") {
		event.Base.Merge = event.Commit
	}
	switch name {
	case "push", "schedule", "workflow_dispatch":
		// These run what the branch holds.
	default:
		// A change, or an event that runs in the default branch's name and often
		// checks a change out (workflow_run, issue_comment, …).
		return event, nil
	}
	branch, isBranch := strings.CutPrefix(get("GITHUB_REF"), "refs/heads/")
	if !isBranch {
		event.Trigger = result.TriggerOther
		return event, nil // a tag promotes nothing
	}
	event.Branch = branch
	event.setDefault(payload.Repository.DefaultBranch)
	if name == "push" && event.DefaultBranch {
		event.Trigger = result.TriggerDefaultBranch
	}
	return event, nil
}

func githubTrigger(name string) result.Trigger {
	switch name {
	case "push", "pull_request", "pull_request_target", "pull_request_review", "merge_group":
		return result.TriggerChange
	case "schedule":
		return result.TriggerSchedule
	case "workflow_dispatch", "repository_dispatch":
		return result.TriggerDispatch
	default:
		return result.TriggerOther
	}
}

// payload is what muster reads of the event's webhook.
type payload struct {
	Repository struct {
		DefaultBranch string `json:"default_branch"`
		CloneURL      string `json:"clone_url"`
	} `json:"repository"`
	PullRequest struct {
		Number int `json:"number"`
		Base   struct {
			Ref string `json:"ref"`
			SHA string `json:"sha"`
		} `json:"base"`
		Labels []struct {
			Name string `json:"name"`
		} `json:"labels"`
	} `json:"pull_request"`
	MergeGroup struct {
		HeadRef string `json:"head_ref"`
		BaseRef string `json:"base_ref"`
		BaseSHA string `json:"base_sha"`
	} `json:"merge_group"`
}

// maxEvent bounds the event file; GitHub's own limit for a webhook is 25 MB.
const maxEvent = 25 << 20

func readPayload(path string) (payload, error) {
	var event payload
	file, err := os.Open(path)
	if err != nil {
		return event, fmt.Errorf("read the GitHub event: %w", err)
	}
	defer file.Close()
	if err := json.NewDecoder(io.LimitReader(file, maxEvent)).Decode(&event); err != nil {
		return event, fmt.Errorf("read the GitHub event %s: %w", path, err)
	}
	return event, nil
}

// base is the branch that the change names, else the default one: also what was
// pushed to a branch is a change, of which nobody knows where it will go.
func (p payload) base() Base {
	return Base{
		Commit: cmp.Or(p.PullRequest.Base.SHA, p.MergeGroup.BaseSHA),
		Branch: cmp.Or(p.PullRequest.Base.Ref, strings.TrimPrefix(p.MergeGroup.BaseRef, "refs/heads/"), p.Repository.DefaultBranch),
		// The workflow may have checked out a fork; what it runs in is the base's repository.
		URL: p.Repository.CloneURL,
	}
}

// change names the pull request, also of a merge queue, whose branches are called
// gh-readonly-queue/BASE/pr-NUMBER-COMMIT ("Managing a merge queue" in GitHub's documentation).
func (p payload) change() string {
	if p.PullRequest.Number > 0 {
		return fmt.Sprintf("#%d", p.PullRequest.Number)
	}
	if queued := queuedRequest.FindStringSubmatch(p.MergeGroup.HeadRef); queued != nil {
		return "#" + queued[1]
	}
	return ""
}

var queuedRequest = regexp.MustCompile(`/pr-(\d+)-[0-9a-f]+$`)

func (p payload) labels() []string {
	var names []string
	for _, label := range p.PullRequest.Labels {
		names = append(names, label.Name)
	}
	return names
}
