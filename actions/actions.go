// Package actions knows CI hosts. From a job's environment it finds out where
// muster runs and what for: a change request, the default branch, or neither.
package actions

import (
	"cmp"
	"fmt"

	"github.com/muster-ci/muster/internal/result"
)

// HostName is where muster runs.
type HostName string

// The hosts.
const (
	Plain  HostName = "plain" // a laptop, or a CI system that muster does not know
	GitHub HostName = "github"
	GitLab HostName = "gitlab"
	Gitea  HostName = "gitea" // or Forgejo: GitHub's events and variables, and an API much like it
)

// Hosts lists the hosts by name.
func Hosts() []HostName { return []HostName{Plain, GitHub, GitLab, Gitea} }

// Event is what a job runs for.
type Event struct {
	Host  HostName
	Scope result.Scope
	// DefaultBranch is true for a run on the branch that others merge into.
	DefaultBranch bool
	// Ephemeral is true where the checkout does not outlive the job.
	Ephemeral bool
	// Commit and Branch are what the host says is checked out; Branch is empty for a change request.
	Commit, Branch string
	// Base is where a change goes.
	Base Base
	// Trigger is what started the job; empty on a plain host, where a person did.
	Trigger result.Trigger
	// Change identifies the change request, as people name it: "#41" on GitHub, "!7" on
	// GitLab; it is empty if there is none. Number is the same for the host's API, or 0.
	Change string
	Number int
	// Head is the last commit of the change itself, which is what a host shows a state for:
	// what is checked out may be its merge with the base. Empty if the host does not say.
	Head string
	// Before is the commit that the branch named before it was pushed to; empty if the host
	// does not say, and for a branch that is new.
	Before string
	// Found is the commit that is really checked out; empty if nobody looked.
	Found string
	// Fork is true if the change comes from another repository: its job can write nothing.
	Fork bool
	// Queue is true for a merge queue or train.
	Queue bool
	// Tag is what was pushed, if it was a tag.
	Tag string
	// Repository is where the job runs, as the host's API names it: "acme/tumours".
	Repository string
	// JobURL is the page of the job; empty if there is none.
	JobURL string
	// Labels are those of the change request.
	Labels []string
	// Actor is who started the job, as the host names them; empty on a plain host.
	Actor string
	// Finished is the other run whose end started this job; nil if none did.
	Finished *Finished
}

// Finished is a run of a workflow that has ended, by the word of the host.
type Finished struct {
	// Commit is what it ran for, the last one of Branch of the repository of Owner.
	Commit, Branch, Owner string
	// Request is true if it ran for a change request, Fork if that came from another repository.
	Request, Fork bool
}

// Base is the tip of the branch that a change goes into, as the host names it:
// never the merge base, which is what the change started from.
type Base struct {
	Commit string // empty if the host does not say
	Branch string
	// Other is true if Branch is not the repository's default one.
	Other bool
	// Merge is the commit in which the host merged the change with the tip, if it did:
	// the tip is its first parent, and may be newer than Commit.
	Merge string
	// URL is the repository's that has the branch, if the job's own remote may be another: a fork's.
	URL string
}

// Lookup is os.LookupEnv, or a table in a test.
type Lookup func(name string) (string, bool)

// DetectHost tells the host from the variables that it sets.
func DetectHost(env Lookup) HostName {
	for _, name := range []string{"GITEA_ACTIONS", "FORGEJO_ACTIONS"} { // beside GITHUB_ACTIONS
		if value, _ := env(name); value == "true" {
			return Gitea
		}
	}
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
func Detect(host HostName, env Lookup, current, main string) (Event, error) {
	var event Event
	var err error
	switch host {
	case GitHub, Gitea:
		event, err = githubEvent(env)
		event.Host = host
	case GitLab:
		event = gitlabEvent(env)
	case Plain:
		event = Event{Host: Plain, Scope: result.ScopeLocal, Branch: current, DefaultBranch: current != "" && current == main, Base: Base{Branch: main}}
	default:
		return Event{}, fmt.Errorf("there is no host %q", host)
	}
	// Whatever the host is called, the variables tell whether this is a job.
	event.Ephemeral = DetectHost(env) != Plain
	return event, err
}

// About names what the job decides about: the change request, else the branch. It
// is empty if nobody knows.
func (e *Event) About() string { return cmp.Or(e.Change, e.Branch) }

// CheckedOut holds the event against the commit that is really checked out: if
// it is another, the job runs something that the host does not vouch for.
func (e *Event) CheckedOut(head string) {
	e.Found = head
	if e.Commit != "" && e.Commit != head {
		e.DefaultBranch, e.Scope = false, result.ScopeChange
	}
	if e.Host == Plain {
		e.Head = head
	}
}

// ForHead reports whether what is checked out says something about Head: it is that
// commit, or the merge that the host made of it. A job that runs in the name of a
// change and looks at something else, as on GitHub's pull_request_target, does not.
func (e *Event) ForHead() bool {
	switch e.Found {
	case "":
		return false
	case e.Head, e.Base.Merge:
		return true
	default: // GitLab makes a pipeline of what it merged
		return e.Host == GitLab && e.Found == e.Commit
	}
}

// Against makes the event that of a change to the commit that ref stands for,
// to try on a laptop what is refused in a change request. It only takes trust away.
func (e *Event) Against(ref, commit string) {
	e.DefaultBranch, e.Scope, e.Trigger = false, result.ScopeChange, result.TriggerChange
	e.Base = Base{Commit: commit, Branch: ref}
}

// setDefault gives a run on the default branch its trust. Any other branch is
// as little trusted as a change request: anybody who can push can write there.
func (e *Event) setDefault(main string) {
	if e.Branch != "" && e.Branch == main {
		e.DefaultBranch, e.Scope = true, result.ScopeDefaultBranch
	}
}
