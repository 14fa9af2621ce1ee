// Package actions knows CI hosts. From a job's environment it finds out where
// muster runs and what for: a change request, the default branch, or neither.
package actions

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// Host is where muster runs.
type Host string

// The hosts.
const (
	Plain  Host = "plain" // a laptop, or a CI system that muster does not know
	GitHub Host = "github"
	GitLab Host = "gitlab"
)

// Hosts lists the hosts by name.
func Hosts() []Host { return []Host{Plain, GitHub, GitLab} }

// Event is what a job runs for.
type Event struct {
	Host  Host
	Scope result.Scope
	// DefaultBranch is true for a run on the branch that others merge into.
	DefaultBranch bool
	// Ephemeral is true where the checkout does not outlive the job.
	Ephemeral bool
	// Commit and Branch are what the host says is checked out; Branch is empty for a change request.
	Commit, Branch string
}

// Lookup is os.LookupEnv, or a table in a test.
type Lookup func(name string) (string, bool)

// DetectHost tells the host from the variables that it sets.
func DetectHost(env Lookup) Host {
	if value, _ := env("GITHUB_ACTIONS"); value == "true" {
		return GitHub
	}
	if value, _ := env("GITLAB_CI"); value == "true" {
		return GitLab
	}
	return Plain
}

// Detect reads the job's event. For a plain host, current and main are the
// branch that is checked out and the default one; a host's own word beats both.
func Detect(host Host, env Lookup, current, main string) (Event, error) {
	var event Event
	var err error
	switch host {
	case GitHub:
		event, err = githubEvent(env)
	case GitLab:
		event = gitlabEvent(env)
	case Plain:
		event = Event{Host: Plain, Scope: result.ScopeLocal, Branch: current, DefaultBranch: current != "" && current == main}
	default:
		return Event{}, fmt.Errorf("there is no host %q", host)
	}
	// Whatever the host is called, the variables tell whether this is a job.
	event.Ephemeral = DetectHost(env) != Plain
	return event, err
}

// githubEvent follows "Variables reference" and "Events that trigger workflows"
// in GitHub's documentation of Actions.
func githubEvent(env Lookup) (Event, error) {
	get := func(name string) string { value, _ := env(name); return value }
	event := Event{Host: GitHub, Scope: result.ScopeChange, Commit: get("GITHUB_SHA")}
	branch, isBranch := strings.CutPrefix(get("GITHUB_REF"), "refs/heads/")
	switch get("GITHUB_EVENT_NAME") {
	case "":
		return Event{}, errors.New("read the GitHub event: GITHUB_EVENT_NAME is not set")
	case "push", "schedule", "workflow_dispatch":
		// These run what the branch holds.
	default:
		// A change, or an event that runs in the default branch's name and often
		// checks a change out (workflow_run, issue_comment, …).
		return event, nil
	}
	if !isBranch {
		return event, nil // a tag promotes nothing
	}
	event.Branch = branch
	main, err := githubDefaultBranch(get("GITHUB_EVENT_PATH"))
	if err != nil {
		return Event{}, err
	}
	event.setDefault(main)
	return event, nil
}

// maxEvent bounds the event file; GitHub's own limit for a webhook is 25 MB.
const maxEvent = 25 << 20

func githubDefaultBranch(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read the GitHub event: %w", err)
	}
	defer file.Close()
	var payload struct {
		Repository struct {
			DefaultBranch string `json:"default_branch"`
		} `json:"repository"`
	}
	if err := json.NewDecoder(io.LimitReader(file, maxEvent)).Decode(&payload); err != nil {
		return "", fmt.Errorf("read the GitHub event %s: %w", path, err)
	}
	return payload.Repository.DefaultBranch, nil
}

// gitlabEvent follows "Predefined CI/CD variables reference" in GitLab's documentation.
func gitlabEvent(env Lookup) Event {
	get := func(name string) string { value, _ := env(name); return value }
	event := Event{Host: GitLab, Scope: result.ScopeChange, Commit: get("CI_COMMIT_SHA")}
	if get("CI_PIPELINE_SOURCE") == "merge_request_event" || get("CI_MERGE_REQUEST_IID") != "" {
		return event
	}
	event.Branch = get("CI_COMMIT_BRANCH")
	switch get("CI_PIPELINE_SOURCE") {
	case "push", "schedule", "web":
		event.setDefault(get("CI_DEFAULT_BRANCH"))
	}
	return event
}

// CheckedOut holds the event against the commit that is really checked out: if
// it is another, the job runs something that the host does not vouch for.
func (e *Event) CheckedOut(head string) {
	if e.Commit != "" && e.Commit != head {
		e.DefaultBranch, e.Scope = false, result.ScopeChange
	}
}

// setDefault gives a run on the default branch its trust. Any other branch is
// as little trusted as a change request: anybody who can push can write there.
func (e *Event) setDefault(main string) {
	if e.Branch != "" && e.Branch == main {
		e.DefaultBranch, e.Scope = true, result.ScopeDefaultBranch
	}
}
