package flow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/attest"
	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/rego/remote"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
	"github.com/muster-ci/muster/stages"
)

// CI does in a CI job all that fits the event: run, gate, promote, score, report.
type CI struct {
	Project *Project
	// Runner is nil if there is nothing to run stages on; Unavailable says why.
	Runner      *stages.Runner
	Unavailable error
	Event       actions.Event
	Version     string
	// Base is the tip of the branch that a change goes into; nil outside of a change request.
	Base *Base
	// Signer signs what is promoted; nil for none.
	Signer *attest.Signer
	// Settings are the ci: section that counts; see [CISettings].
	Settings config.CI
	// Host is told what came of it; nil if NoHost says why it cannot be.
	Host   actions.Host
	NoHost error
	// MinLevel is the maturity level that is asked for.
	MinLevel int
	// DryRun decides, and then promotes, tracks and publishes nothing.
	DryRun bool
	// Track logs a run besides its record; nil is nowhere. What it returns is a
	// problem in the report and fails nothing.
	Track func(context.Context, result.Run) error
	// Candidate is a bundle whose model is decided about in place of one that is trained
	// here; empty for none. Stage keeps it in the registry if it passes.
	Candidate string
	Stage     bool
	// Step is told what begins.
	Step func(name string)
}

// Outcome is what a CI job came to: the report, and the errors of the steps
// that could not be done, in their order. The report is there in any case.
type Outcome struct {
	Report result.Report
	Errors []error
	// State is how the commit stands.
	State actions.State
	Plan  Plan
	Said  Said

	notes report.Notes
	// broken says in a clause why there is no pipeline to run.
	broken string
}

// Do takes the steps. A step that fails stops those that stand on it and no
// others: a repository is scored and a report is written also when its pipeline fails.
func (c CI) Do(ctx context.Context) Outcome {
	out := Outcome{Report: result.Report{
		Schema: result.SchemaOf[result.Report](), Pipeline: c.Project.Config.Name,
		Created: time.Now().UTC().Truncate(time.Second), Commit: c.Event.Commit,
	}}
	misplaced := c.misplaced(ctx)
	if !misplaced { // else there is nothing to run for: the answer is no
		c.Step("run")
		out.note("run", c.run(ctx, &out.Report))
	}
	if misplaced || c.Project.Config.Gate == nil || passed(out.Report.Run) {
		c.Step("gate")
		out.note("gate", c.gate(ctx, &out.Report))
	}
	if out.Report.Decision != nil {
		out.note("promote", c.promote(ctx, &out.Report))
	}
	if c.Settings.Score {
		c.Step("score")
		out.note("score", c.score(ctx, &out.Report))
	}
	c.Step("report")
	addIllustration(c.Project, &out.Report)
	out.notes = c.notes(ctx, out)
	out.note("report", errors.Join(WriteReport(c.Project, out.Report), c.writeSummary(out)))
	c.publish(ctx, &out)
	return out
}

// note keeps the error of a step, in the report too.
func (o *Outcome) note(step string, err error) {
	if err == nil {
		return
	}
	o.Errors = append(o.Errors, fmt.Errorf("%s: %w", step, err))
	o.Report.Problems = append(o.Report.Problems, step+": "+err.Error())
}

func (c CI) run(ctx context.Context, report *result.Report) error {
	if c.Runner == nil {
		return c.Unavailable
	}
	run, err := c.obtain(ctx, report)
	if run.ID != "" {
		report.Run = &run
		if run.Git != nil { // what was run, whatever the host says
			report.Commit = run.Git.Commit
		}
		if c.Track != nil && !c.DryRun {
			if trackErr := c.Track(ctx, run); trackErr != nil {
				report.Problems = append(report.Problems, "tracking: "+trackErr.Error())
			}
		}
	}
	return err
}

func passed(run *result.Run) bool { return run != nil && run.Status == result.RunPassed }

// misplaced reports whether the change drops, moves or renames the gate that the
// base has for this pipeline. What cannot be found out is the gate's own to say.
func (c CI) misplaced(ctx context.Context) bool {
	if c.Base == nil {
		return false
	}
	own, err := Gate{Project: c.Project, Base: c.Base}.holdGates(ctx, &trial{})
	return err == nil && own
}

func (c CI) gate(ctx context.Context, report *result.Report) error {
	gate := Gate{
		Project: c.Project, Runner: c.Runner, Ephemeral: c.Event.Ephemeral, Version: c.Version, Base: c.Base, Signer: c.Signer, Change: c.Event.About(),
		Audit: c.Event.DefaultBranch, Reviews: c.reviews(), Anew: c.Candidate != "",
	}
	var run result.Run
	if report.Run != nil {
		run = *report.Run
	}
	if gate.Anew && report.Run != nil {
		gate.Measured = report.Run
	}
	decision, err := gate.Decide(ctx, run)
	if errors.Is(err, ErrNoGate) {
		report.Problems = append(report.Problems, "gate: "+ErrNoGate.Error()+": nothing was compared, and nothing is promoted")
		return nil
	}
	if _, none := errors.AsType[*NoModelError](err); none {
		return nil // the run says so
	}
	if err == nil {
		report.Decision = &decision
	}
	return err
}

// promote moves the alias on the default branch; elsewhere it says why it does not.
func (c CI) promote(ctx context.Context, report *result.Report) error {
	if c.Stage {
		return c.stage(ctx, report)
	}
	decision := *report.Decision
	notTried := func(why string) error {
		report.Promotion = &result.Promotion{
			Schema: result.SchemaOf[result.Promotion](), Pipeline: c.Project.Config.Name,
			Status: result.NotTried, Alias: decision.Receipt.Alias, Reason: why,
		}
		return nil
	}
	switch {
	case decision.Verdict != result.Pass:
		return notTried("the gate did not let the candidate pass")
	case !c.Event.DefaultBranch:
		return notTried("only a run on the default branch promotes")
	case !c.Settings.Promote:
		return notTried("ci.promote is off in muster.yaml")
	case c.DryRun:
		return notTried("a dry run promotes nothing")
	case report.Run.Git != nil && report.Run.Git.Dirty:
		return notTried("the working copy differs from its commit, so nobody could say later what was trained")
	}
	c.Step("promote")
	promoter := Promoter{Project: c.Project, Event: c.Event, Signer: c.Signer, By: c.Event.Actor}
	promotion, err := promoter.Promote(ctx, decision, Asked{Reason: "passed the gate in run " + report.Run.ID})
	if err == nil {
		report.Promotion = &promotion
	}
	return err
}

func (c CI) score(ctx context.Context, report *result.Report) error {
	scoring := &Scoring{Dir: c.Project.Dir}
	assessment, err := scoring.Score(ctx)
	if err != nil {
		return err
	}
	report.Assessment = &assessment
	if c.Base != nil && c.Base.Commit != "" {
		report.ScoreChange = scoring.since(ctx, c.Base.Name, c.Base.Commit, assessment)
	}
	return save(c.Project, AssessmentFile, assessment)
}

// Explain returns what says what the codes of findings mean. Where the team's
// policies do not compile, which the decision says, the bundled ones still explain theirs.
func Explain(p *Project) report.Explain {
	set, err := policies.LoadTeam(LocalPolicies(p))
	if err != nil {
		set, err = policies.Load(nil, "")
	}
	if err != nil {
		return func(string) (string, string, bool) { return "", "", false }
	}
	return set.Explain
}

// LocalPolicies are a team's policies if they can be had without a network.
func LocalPolicies(p *Project) policies.Team {
	if p.Config.Gate != nil && remote.Is(p.Config.Gate.Policies.Bundle) {
		return policies.Team{}
	}
	team, err := TeamPolicies(context.Background(), p.Config, p.Dir) // nothing here waits
	if err != nil {
		return policies.Team{}
	}
	return team
}

// WriteReport writes the report in all its forms into the project's folder.
func WriteReport(p *Project, doc result.Report) error {
	var errs []error
	for name, render := range map[string]func(io.Writer, result.Report) error{
		"report.md": report.Markdown, "report.html": report.HTML, "junit.xml": report.JUnit,
		"metrics.txt": report.Metrics, "codequality.json": report.CodeQuality,
		"report.sarif": func(w io.Writer, r result.Report) error { return report.SARIF(w, r, Explain(p)) },
	} {
		var buf bytes.Buffer
		if err := render(&buf, doc); err != nil {
			errs = append(errs, fmt.Errorf("render %s: %w", name, err))
			continue
		}
		errs = append(errs, objects.WriteFile(p.Folder.Path(name), buf.Bytes(), 0o644))
	}
	errs = append(errs, save(p, ReportFile, doc))
	return errors.Join(errs...)
}
