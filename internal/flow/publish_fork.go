package flow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// Fork publishes what the job of a fork came to, which could write nothing itself. It
// runs in a job of the default branch, with that branch's rights, on a report that
// anybody could have written: nothing but a comment comes of it, and that says so.
type Fork struct {
	// Project is where the default branch is checked out. Of what lies there, only git is
	// asked: an artifact may have been unpacked over it.
	Project *Project
	Event   actions.Event
	Host    actions.Host
}

// LeftAloneError says why nothing was published although nothing failed.
type LeftAloneError struct{ Why string }

func (e *LeftAloneError) Error() string { return e.Why }

// Publish writes the comment about the report in dir. Which change request it is about
// is the host's word, never the report's. If there is nothing that may be written the
// error is a [LeftAloneError].
func (f Fork) Publish(ctx context.Context, dir string) (actions.Told, error) {
	if err := f.allowed(); err != nil {
		return actions.Told{}, err
	}
	doc, err := readForeign(dir)
	if err != nil {
		return actions.Told{}, err
	}
	if err := f.own(ctx, doc); err != nil {
		return actions.Told{}, err
	}
	change, err := f.change(ctx)
	if err != nil {
		return actions.Told{}, err
	}
	doc = f.bare(doc, change)
	var render error
	publication := actions.Publication{
		Event: actions.Event{Host: f.Event.Host, Number: change.Number, Head: change.Head}, Marker: unverifiedMarker(doc.Pipeline),
		Comment: func(old string) string {
			text, err := unverified(doc, report.Earlier(old))
			render = errors.Join(render, err)
			return text
		},
	}
	if _, err := unverified(doc, nil); err != nil { // before anything is asked of the host
		return actions.Told{}, err
	}
	told := actions.Publisher{Host: f.Host}.Publish(ctx, publication)
	return told, render
}

// allowed refuses a job that is not for this, or that runs what a change brought.
func (f Fork) allowed() error {
	run := f.Event.Finished
	switch {
	case run == nil:
		return &RefusedError{Message: "this job was not started by the end of another one", Remedy: "let a workflow with on: workflow_run call this; docs/github.md has it in full"}
	case !run.Request:
		return &LeftAloneError{"the run that has ended was for no pull request"}
	case !run.Fork:
		return &LeftAloneError{"the pull request comes from no fork, so that its own run has said everything"}
	case run.Commit == "" || run.Branch == "" || run.Owner == "":
		return &RefusedError{Message: "the event does not say which commit of which branch was run", Remedy: "see that GITHUB_EVENT_PATH is the file that GitHub wrote"}
	}
	return nil
}

// own refuses a report that is not about the pipeline, as the default branch names it: a
// fork may name any, and would else write where another one's comment stands.
func (f Fork) own(ctx context.Context, doc result.Report) error {
	main := loadBase(ctx, f.Project.Dir, f.Project.File, f.Project.called, actions.Base{Commit: f.Event.Commit})
	switch {
	case main.Config == nil:
		return &RefusedError{Message: "nobody knows what the default branch calls its pipeline: " + main.Missing, Remedy: "check the default branch out before, and nothing of the change"}
	case !main.Config.CI.Comment:
		return &LeftAloneError{"ci.comment is off on the default branch"}
	}
	names := []string{doc.Pipeline}
	if doc.Run != nil {
		names = append(names, doc.Run.Pipeline)
	}
	if doc.Decision != nil {
		names = append(names, doc.Decision.Pipeline)
	}
	for _, name := range names {
		if name != main.Config.Name {
			return &RefusedError{Message: fmt.Sprintf("the report is of pipeline %.80q, and this is %s", name, main.Config.Name), Remedy: "name the pipeline's own configuration with --file"}
		}
	}
	return nil
}

// change asks the host which change request the run was for, and makes sure that it is
// one only, still at the commit that was run.
func (f Fork) change(ctx context.Context) (actions.Change, error) {
	run := f.Event.Finished
	finder, ok := f.Host.(actions.Finder)
	if !ok {
		return actions.Change{}, &RefusedError{Message: "muster cannot find the change request of a fork on " + string(f.Event.Host), Remedy: "this is for GitHub's workflow_run"}
	}
	found, err := finder.From(ctx, run.Owner, run.Branch)
	if err != nil {
		return actions.Change{}, fmt.Errorf("find the pull request of %s: %w", run.Commit, err)
	}
	found = slices.DeleteFunc(found, func(c actions.Change) bool { return !c.Fork || !c.Open })
	atHead := slices.DeleteFunc(slices.Clone(found), func(c actions.Change) bool { return c.Head != run.Commit })
	switch {
	case len(atHead) > 1:
		return actions.Change{}, &LeftAloneError{fmt.Sprintf("%d pull requests are at %.7s, and the event does not say which of them was run", len(atHead), run.Commit)}
	case len(atHead) == 1:
		return atHead[0], nil
	case len(found) > 0:
		return actions.Change{}, &LeftAloneError{fmt.Sprintf("the pull request is at %.7s by now, and %.7s was run: the run of its newer commit speaks for it", found[0].Head, run.Commit)}
	}
	return actions.Change{}, &LeftAloneError{fmt.Sprintf("no open pull request comes from where %.7s was run", run.Commit)}
}

// bare takes out of the report what only a job that somebody vouches for could know,
// and says of which commit it is.
func (f Fork) bare(doc result.Report, change actions.Change) result.Report {
	doc.Commit, doc.Promotion, doc.Published, doc.History = change.Head, nil, nil, nil
	return doc
}

// unverifiedMarker is that of comments that nobody vouches for. They are others than
// those of verified runs, so that no fork overwrites what such a run said; no pipeline
// can have this name.
func unverifiedMarker(pipeline string) string { return report.Marker(pipeline + "/unverified") }

// unverified is the comment, which begins by saying what it is. Earlier are the verdicts of
// the comment that it replaces.
func unverified(doc result.Report, earlier []result.PastVerdict) (string, error) {
	var body strings.Builder
	if err := report.Comment(&body, doc, earlier, report.Notes{Unverified: "from a fork"}); err != nil {
		return "", fmt.Errorf("render the report: %w", err)
	}
	return body.String(), nil
}
