package actions

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
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
		Number: payload.number(), Head: cmp.Or(payload.PullRequest.Head.SHA, payload.MergeGroup.HeadSHA), Fork: payload.fork(),
		Queue: name == "merge_group", Repository: get("GITHUB_REPOSITORY"), JobURL: githubJob(get),
	}
	if name == "workflow_run" {
		event.Finished = payload.finished()
	}
	event.Change = githubChange(event.Number)
	if event.Number == 0 {
		event.Head = event.Commit
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
		event.Tag, _ = strings.CutPrefix(get("GITHUB_REF"), "refs/tags/")
		return event, nil // a tag promotes nothing
	}
	event.Branch = branch
	event.Before = named(payload.Before)
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
	Before     string `json:"before"`
	Repository struct {
		ID            int64  `json:"id"`
		DefaultBranch string `json:"default_branch"`
		CloneURL      string `json:"clone_url"`
	} `json:"repository"`
	PullRequest struct {
		Number int `json:"number"`
		Base   struct {
			Ref string `json:"ref"`
			SHA string `json:"sha"`
		} `json:"base"`
		Head struct {
			SHA  string `json:"sha"`
			Repo struct {
				ID int64 `json:"id"`
			} `json:"repo"`
		} `json:"head"`
		Labels []struct {
			Name string `json:"name"`
		} `json:"labels"`
	} `json:"pull_request"`
	WorkflowRun struct {
		Event          string `json:"event"`
		HeadSHA        string `json:"head_sha"`
		HeadBranch     string `json:"head_branch"`
		HeadRepository struct {
			ID    int64 `json:"id"`
			Owner struct {
				Login string `json:"login"`
			} `json:"owner"`
		} `json:"head_repository"`
	} `json:"workflow_run"`
	MergeGroup struct {
		HeadRef string `json:"head_ref"`
		HeadSHA string `json:"head_sha"`
		BaseRef string `json:"base_ref"`
		BaseSHA string `json:"base_sha"`
	} `json:"merge_group"`
}

// maxEvent bounds the event file; GitHub's own limit for a webhook is 25 MB.
const maxEvent = 25 << 20

func readPayload(path string) (payload, error) {
	var event payload
	// A pipe that nobody writes to would hold the job for as long as the host lets it.
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return event, fmt.Errorf("read the GitHub event (GITHUB_EVENT_PATH): %w", err)
	case !info.Mode().IsRegular():
		return event, fmt.Errorf("read the GitHub event (GITHUB_EVENT_PATH): %s is no regular file", path)
	case info.Size() > maxEvent:
		return event, fmt.Errorf("read the GitHub event (GITHUB_EVENT_PATH): %s has more than %d bytes", path, maxEvent)
	}
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &event)
	}
	if err != nil {
		return payload{}, fmt.Errorf("read the GitHub event %s: %w", path, err)
	}
	return event, nil
}

// base is the branch that the change names, else the default one: also what was
// pushed to a branch is a change, of which nobody knows where it will go.
func (p payload) base() Base {
	branch := cmp.Or(p.PullRequest.Base.Ref, strings.TrimPrefix(p.MergeGroup.BaseRef, "refs/heads/"), p.Repository.DefaultBranch)
	return Base{
		Commit: cmp.Or(p.PullRequest.Base.SHA, p.MergeGroup.BaseSHA),
		Branch: branch, Other: branch != p.Repository.DefaultBranch,
		// The workflow may have checked out a fork; what it runs in is the base's repository.
		URL: p.Repository.CloneURL,
	}
}

// number is the pull request's, also of a merge queue, whose branches are called
// gh-readonly-queue/BASE/pr-NUMBER-COMMIT ("Managing a merge queue" in GitHub's documentation).
func (p payload) number() int {
	if queued := queuedRequest.FindStringSubmatch(p.MergeGroup.HeadRef); queued != nil {
		number, _ := strconv.Atoi(queued[1]) // 0 if it is beyond every number
		return number
	}
	return max(p.PullRequest.Number, 0)
}

// fork reports whether the change comes from another repository, or from one that is gone.
func (p payload) fork() bool {
	return p.PullRequest.Number > 0 && p.Repository.ID != 0 && p.PullRequest.Head.Repo.ID != p.Repository.ID
}

// finished is the run that a workflow_run event is about. Its own list of pull requests
// is empty if they come from forks. A repository that is gone is no fork that anybody
// could look up.
func (p payload) finished() *Finished {
	run := p.WorkflowRun
	return &Finished{
		Commit: run.HeadSHA, Branch: run.HeadBranch, Owner: run.HeadRepository.Owner.Login, Request: run.Event == "pull_request",
		Fork: p.Repository.ID != 0 && run.HeadRepository.ID != 0 && run.HeadRepository.ID != p.Repository.ID,
	}
}

// githubChange names a pull request as GitHub does.
func githubChange(number int) string {
	if number == 0 {
		return ""
	}
	return fmt.Sprintf("#%d", number)
}

// githubJob is the page of the job's run.
func githubJob(get func(string) string) string {
	if get("GITHUB_SERVER_URL") == "" || get("GITHUB_RUN_ID") == "" {
		return ""
	}
	return fmt.Sprintf("%s/%s/actions/runs/%s", get("GITHUB_SERVER_URL"), get("GITHUB_REPOSITORY"), get("GITHUB_RUN_ID"))
}

var queuedRequest = regexp.MustCompile(`/pr-(\d+)-[0-9a-f]+$`)

// named is the commit, unless it is the one of zeros that stands for none.
func named(commit string) string {
	if strings.Trim(commit, "0") == "" {
		return ""
	}
	return commit
}

func (p payload) labels() []string {
	var names []string
	for _, label := range p.PullRequest.Labels {
		names = append(names, label.Name)
	}
	return names
}
