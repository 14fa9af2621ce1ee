package flow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// Plan is all that a job has to say outside of its own log, before it is said.
type Plan struct {
	// Purpose is what the job is for, in words.
	Purpose string
	// Withheld says why the host is told nothing though all is well; Unable, why it cannot be told.
	Withheld, Unable string
	Publication      actions.Publication
	// Remarks go with the mark, or where there is none into the job's log.
	Remarks []result.Remark
	// History is what is added to the history; nil for nothing.
	History *History
}

// Said is what became of a plan.
type Said struct {
	actions.Told
	// Remarks are those that no check shows.
	Remarks []result.Remark
}

// plan says what the outcome is to be published as.
func (c CI) plan(out Outcome) Plan {
	does, doc := purposeOf(c.Event).duty(), out.Report
	doc.Pipeline, doc.Commit = c.name(), cmp.Or(doc.Commit, c.Event.Head)
	plan := Plan{Purpose: string(purposeOf(c.Event)), Publication: actions.Publication{Event: c.Event, Marker: report.Marker(c.name())}}
	plan.Withheld, plan.Unable = c.silence(does)
	if c.Settings.Annotations && c.Event.Scope == result.ScopeChange {
		plan.Remarks = report.Annotations(doc)
	}
	if does.mark && c.Settings.Check != "off" {
		plan.Publication.Mark = c.mark(doc, out, annotations(plan.Remarks))
	}
	if does.comment && c.Settings.Comment {
		plan.Publication.Comment = func(old string) string { return c.comment(doc, out.notes, old) }
	}
	if does.alert && c.Settings.Issue {
		plan.Publication.Alert = c.alert(doc, out)
	}
	if does.history && c.Settings.History != "" {
		plan.History = c.history(doc)
	}
	return plan
}

// silence says why the host is told nothing: there is nothing to tell it, or it
// would be told something of a commit that this job did not see.
func (c CI) silence(does duty) (withheld, unable string) {
	switch {
	case c.Event.Host == actions.Plain:
		return "there is no host to tell", ""
	case !does.mark && !does.alert:
		return "nothing is told of " + string(purposeOf(c.Event)), ""
	case !c.Event.ForHead():
		return "", fmt.Sprintf("what is checked out (%.7s) is not what the host shows a state for (%.7s)", cmp.Or(c.Event.Found, "no commit"), cmp.Or(c.Event.Head, "no commit"))
	case c.Host == nil:
		return "", cmp.Or(c.NoHost, actions.ErrNoToken).Error()
	}
	return "", ""
}

// name is what the pipeline is called where people and required checks look for it:
// a change cannot take another pipeline's, or leave its own.
func (c CI) name() string {
	if c.Base != nil && c.Base.Config != nil {
		return c.Base.Config.Name
	}
	return c.Project.Config.Name
}

// state is how the commit stands. Whatever is not known to be well is a failure.
func (c CI) state(out Outcome) actions.State {
	r := out.Report
	switch {
	case len(out.Errors) > 0, c.below(r), r.Run != nil && r.Run.Status != result.RunPassed:
		return actions.Failure
	case r.Decision != nil && r.Decision.Verdict == result.Pass:
		return actions.Success
	case r.Decision != nil, r.Run == nil:
		return actions.Failure
	case r.Run.NoModel != "" && c.gated():
		return actions.Pending
	case !c.gated():
		return actions.Neutral // there is nothing that could have decided
	default:
		return actions.Failure
	}
}

// gated reports whether there is a gate, here or at the base.
func (c CI) gated() bool { return c.Project.Config.Gate != nil || c.Base.gated() }

// markName is what a merge can require. A mark stands on a commit, whatever that is to be
// merged into: one for another base has another name, so that a branch with an easier
// gate, or none, lets nothing into the default branch.
func (c CI) markName() string {
	name := "muster / " + c.name()
	if base := c.Event.Base; base.Other && c.Event.Scope == result.ScopeChange {
		name += " into " + base.Branch
	}
	return name
}

// mark says when nothing: the host does, and a job that runs again changes nothing.
func (c CI) mark(doc result.Report, out Outcome, remarks []actions.Annotation) *actions.Mark {
	if doc.Decision != nil {
		decision := *doc.Decision
		decision.Created, doc.Decision = time.Time{}, &decision
	}
	return &actions.Mark{
		Name: c.markName(), Commit: c.Event.Head, State: out.State, URL: c.Event.JobURL,
		Title: report.Headline(doc, out.notes), Summary: c.summary(doc, out.notes, report.CheckLimit), Annotations: remarks,
		Key: essence(doc, out.notes),
	}
}

// alert says that the default branch is not as it should be, or that it is again. A
// job that decided nothing has nothing to say about that.
func (c CI) alert(doc result.Report, out Outcome) *actions.Alert {
	alert := &actions.Alert{Marker: report.Marker(c.name())}
	switch {
	case doc.Decision == nil:
		return nil
	case doc.Decision.Verdict != result.Pass:
		alert.Open = true
		alert.Title = fmt.Sprintf("muster: %s is %s on %s", c.name(), word(doc.Decision.Verdict), c.Event.Branch)
		alert.Body = c.comment(doc, out.notes, "")
		key := essence(doc, out.notes)
		alert.Says = func(body string) bool { return report.Says(body, key) }
	case out.State != actions.Success:
		return nil // the model passed, and then something failed
	}
	return alert
}

func word(verdict result.Verdict) string {
	if verdict == result.Deny {
		return "denied"
	}
	return "undecided"
}

// publish says what there is to say; in a dry run it only plans it. It fails nothing:
// what could not be said is in the report.
func (c CI) publish(ctx context.Context, out *Outcome) {
	out.State = c.state(*out)
	out.Plan = c.plan(*out)
	if c.DryRun || ctx.Err() != nil {
		return
	}
	did, missing := c.onlyTip(ctx, &out.Plan)
	var past sync.WaitGroup
	var kept Said
	past.Go(func() { kept = c.keepHistory(ctx, out.Plan.History) })
	out.Said = c.tell(ctx, out.Plan)
	past.Wait()
	out.Said.Did = slices.Concat(out.Said.Did, did, kept.Did)
	out.Said.Missing = slices.Concat(out.Said.Missing, missing, kept.Missing)
	if c.Event.Host != actions.Plain || len(out.Said.Missing) > 0 {
		out.Said.Host = string(c.Event.Host)
		out.Report.Published = &out.Said.Published
	}
}

// tell publishes the plan on the host, if there is one to be told.
func (c CI) tell(ctx context.Context, plan Plan) Said {
	said := Said{Remarks: plan.Remarks}
	switch pub := plan.Publication; {
	case plan.Withheld != "":
		said.Did = []string{plan.Withheld}
	case pub.Mark == nil && pub.Comment == nil && pub.Alert == nil:
		said.Did = []string{"nothing, as it is switched off"}
	case plan.Unable != "":
		said.Missing = []string{plan.Unable}
		var hinted interface{ Hint() string }
		if errors.As(c.NoHost, &hinted) {
			said.Hint = hinted.Hint()
		}
	default:
		said.Told = actions.Publisher{Host: c.Host}.Publish(ctx, pub)
	}
	if said.Marked.By == "check" {
		said.Remarks = nil
	}
	return said
}

// Untold reports whether a change is pending, and its host does not know: to it, a job
// that ends well is a pass. On a laptop nobody takes it for one.
func (o Outcome) Untold(event actions.Event) bool {
	return o.State == actions.Pending && event.Scope == result.ScopeChange && event.Host != actions.Plain && o.Said.Marked.By == ""
}
