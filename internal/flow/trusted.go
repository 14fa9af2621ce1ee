package flow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

// accept takes the model of another job over in place of running anything. There must
// be a base with a gate: what the change itself says of its model is not asked here.
func (c CI) accept(ctx context.Context) (result.Run, error) {
	var none result.Run
	switch {
	case c.Base == nil:
		return none, &RefusedError{Message: "--candidate is for change requests, and this is none", Remedy: "leave it out: on the default branch, muster ci promotes what was staged (promote: {from: candidate})"}
	case !c.Base.gated():
		return none, &RefusedError{Message: "there is no gate to evaluate the candidate by: " + cmp.Or(c.Base.Missing, "the base has none"), Remedy: "bring the gate to the base first"}
	}
	bundle, err := stages.OpenBundle(ctx, c.Candidate)
	if err != nil {
		return none, err
	}
	return c.Runner.Accept(ctx, bundle)
}

// noteEdits keeps what of the ruler the change edits. Where nothing of it was executed,
// the two trees say so.
func (g Gate) noteEdits(ctx context.Context, t *trial, measured stages.Measured) error {
	if !g.Anew {
		t.noteChanges(g, measured)
		return nil
	}
	t.receipt.Anew = fmt.Sprintf("the model that run %s made elsewhere, by %s; nothing of the change was executed", t.run.Bundle, t.ruler.from)
	was, is := t.ruler, g.ownRuler(t.run)
	t.changes = append(t.changes, wordChanges(g.Project.File, was.config, is.config)...)
	t.changes = append(t.changes, fileChanges(was, is)...)
	edits, err := g.Runner.MeasuringEdits(ctx, was.config, was.dir)
	if invalid, ok := errors.AsType[*config.Error](err); ok {
		edits, err = []string{invalid.Error()}, nil
	}
	for _, edit := range edits {
		t.changes = append(t.changes, result.Difference{Kind: "ruler", Name: edit})
	}
	return err
}

// stage keeps the candidate that passed in the registry, as a version that no alias
// names: it is promoted once the change is merged, if nothing else comes between. Only
// who may write the registry can.
func (c CI) stage(ctx context.Context, report *result.Report) error {
	decision := report.Decision
	notStaged := func(why string) error {
		report.Promotion = &result.Promotion{
			Schema: result.SchemaOf[result.Promotion](), Pipeline: c.Project.Config.Name, Status: result.NotTried, Alias: decision.Receipt.Alias, Reason: "not staged: " + why,
		}
		return nil
	}
	switch {
	case decision.Verdict != result.Pass:
		return notStaged("the gate did not let the candidate pass")
	case decision.Candidate == nil || decision.Receipt.Anew == "":
		return notStaged("it was not evaluated anew")
	case c.DryRun:
		return notStaged("this is a dry run")
	}
	c.Step("stage")
	promoter := Promoter{Project: c.Project, Event: c.Event, Signer: c.Signer, By: c.Event.Actor}
	version, err := promoter.Stage(ctx, *decision, *report.Run, result.Staging{
		Change: c.Event.About(), Commit: c.Event.Head, At: time.Now().UTC().Truncate(time.Second), By: promoter.who(),
	})
	if err != nil {
		return err
	}
	report.Promotion = &result.Promotion{
		Schema: result.SchemaOf[result.Promotion](), Pipeline: c.Project.Config.Name, Status: result.Staged, Alias: decision.Receipt.Alias, To: version.Version,
		Digest: version.Model.Digest, By: promoter.who(), Reason: "it is promoted once the change is merged",
	}
	return nil
}

// Stage takes a candidate in as a version without an alias.
func (p Promoter) Stage(ctx context.Context, decision result.Decision, run result.Run, staging result.Staging) (result.Version, error) {
	reg, err := p.Project.Registry(ctx)
	if err != nil {
		return result.Version{}, err
	}
	store, err := p.Project.Folder.Store()
	if err != nil {
		return result.Version{}, err
	}
	version := result.Version{
		Schema: result.SchemaOf[result.Version](), Created: staging.At, Model: *decision.Candidate, Run: &run,
		Metrics: overall(decision.Comparison, candidateSide), Decision: &decision, Staged: &staging,
	}
	if version.Attachments, err = p.attach(ctx, store, version, result.Move{By: p.who(), Reason: "staged for " + staging.Change}); err != nil {
		return result.Version{}, err
	}
	return reg.Stage(ctx, store, version)
}
