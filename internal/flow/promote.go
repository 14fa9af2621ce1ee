package flow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os/user"
	"slices"
	"time"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/result"
)

// RefusedError says why a model may not be promoted. Verdict is the decision's,
// or empty if the decision is about something else.
type RefusedError struct {
	Verdict result.Verdict
	Message string
	Remedy  string
}

func (e *RefusedError) Error() string { return e.Message }

// Hint says what to do about it.
func (e *RefusedError) Hint() string { return e.Remedy }

// Promote makes the decision's candidate the champion: the decision must be a
// pass, for exactly the model that the latest run made, against the champion
// that is still current. If the champion has moved meanwhile the error is a
// *registry.MovedError, and nothing has changed.
func Promote(ctx context.Context, p *Project, decision result.Decision, reason string) (result.Promotion, error) {
	promotion := result.Promotion{
		Schema: result.SchemaOf[result.Promotion](), Pipeline: p.Config.Name, Alias: decision.Receipt.Alias, Reason: reason,
	}
	run, err := promotable(p, decision)
	if err != nil {
		return promotion, err
	}
	promotion.Digest = decision.Candidate.Digest
	reg, err := p.Registry(ctx)
	if err != nil {
		return promotion, err
	}
	if decision.Champion != nil {
		promotion.From = decision.Champion.Version
	}
	if err := expectCurrent(ctx, reg, decision); err != nil {
		return promotion, err
	}
	// The same model, measured anew by another ruler, is a version of its own:
	// what comes after it is held against that ruler.
	if c := decision.Champion; c != nil && c.Digest == decision.Candidate.Digest && c.RulerKey == decision.Candidate.RulerKey {
		promotion.Status, promotion.To = result.Unchanged, promotion.From
		promotion.Reason = "the candidate is the champion"
		return promotion, save(p, PromotionFile, promotion)
	}
	store, err := p.Folder.Store()
	if err != nil {
		return promotion, err
	}
	version, err := reg.Add(ctx, store, result.Version{
		Schema: result.SchemaOf[result.Version](), Created: time.Now().UTC().Truncate(time.Second),
		Model: *decision.Candidate, Run: &run, Metrics: overall(decision.Comparison, candidateSide), Decision: &decision,
	})
	if err != nil {
		return promotion, fmt.Errorf("add version: %w", err)
	}
	if _, err := reg.Move(ctx, registry.Promotion{Alias: decision.Receipt.Alias, From: promotion.From, To: version.Version, By: username(), Reason: reason}); err != nil {
		return promotion, err
	}
	promotion.Status, promotion.To = result.Promoted, version.Version
	return promotion, save(p, PromotionFile, promotion)
}

// promotable checks the decision, and returns the run that made its candidate.
func promotable(p *Project, decision result.Decision) (result.Run, error) {
	switch {
	case decision.Pipeline != p.Config.Name:
		return result.Run{}, &RefusedError{Message: fmt.Sprintf("the decision is about pipeline %s, this is %s", decision.Pipeline, p.Config.Name), Remedy: "name another --decision"}
	case decision.Verdict != result.Pass:
		return result.Run{}, &RefusedError{Verdict: decision.Verdict, Message: "the gate did not let the candidate pass: " + decision.Reason, Remedy: "mend the model and run muster gate again"}
	case slices.ContainsFunc(decision.Findings, denies):
		return result.Run{}, &RefusedError{Verdict: result.Deny, Message: "the decision says pass, and has a finding that denies", Remedy: "do not edit decisions; run muster gate again"}
	case p.Config.Gate == nil || decision.Receipt.Gate != gateDigest(p.Config):
		return result.Run{}, &RefusedError{Message: "the gate has changed since the decision was made", Remedy: "run muster gate again"}
	case decision.Candidate == nil:
		return result.Run{}, &RefusedError{Message: "the decision names no candidate", Remedy: "run muster gate again"}
	}
	run, err := p.Folder.LoadRun("last", p.Config.Name)
	if err != nil {
		return run, err
	}
	if !sameCandidate(decision.Candidate, run.Candidate) {
		return run, &RefusedError{Message: fmt.Sprintf("the decision is about another model than run %s made", run.ID), Remedy: "run muster gate again"}
	}
	return run, nil
}

func denies(f result.Finding) bool { return f.Severity == result.SeverityDeny && !f.Waived }

// gateDigest identifies the gate section that a decision was made under.
func gateDigest(cfg *config.Config) string {
	data, err := json.Marshal(cfg.Gate)
	if err != nil {
		panic(fmt.Sprintf("flow: the gate section came from YAML and is no JSON: %v", err)) // NaN is refused by the schema
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// expectCurrent refuses early, before a version is made that no alias would name.
func expectCurrent(ctx context.Context, reg *registry.Registry, decision result.Decision) error {
	expected := ""
	if decision.Champion != nil {
		expected = decision.Champion.Version
	}
	current, _, err := reg.Current(ctx, decision.Receipt.Alias)
	if err != nil && !errors.Is(err, registry.ErrNoAlias) {
		return err
	}
	if current.Version != expected {
		return &registry.MovedError{Alias: decision.Receipt.Alias, Expected: expected, Current: current.Version}
	}
	return reg.Check(ctx, current) // nothing is built upon a champion that is damaged
}

// username is who moves an alias, for the history.
func username() string {
	if current, err := user.Current(); err == nil {
		return current.Username
	}
	return ""
}

// Rollback moves the alias back to the version before, or to the one that is named.
func Rollback(ctx context.Context, p *Project, alias, to, reason string) (result.Promotion, error) {
	promotion := result.Promotion{Schema: result.SchemaOf[result.Promotion](), Pipeline: p.Config.Name, Alias: alias, Reason: reason}
	reg, err := p.Registry(ctx)
	if err != nil {
		return promotion, err
	}
	current, _, err := reg.Current(ctx, alias)
	// An alias that was lost can be set again, by name.
	if err != nil && (!errors.Is(err, registry.ErrNoAlias) || to == "") {
		return promotion, err
	}
	promotion.From = current.Version
	if to == "" {
		if to, err = predecessor(ctx, reg, alias, current.Version); err != nil {
			return promotion, err
		}
	}
	switch to {
	case "":
		return promotion, &RefusedError{Message: fmt.Sprintf("%s has named no version before %s", alias, current.Version), Remedy: "name one with --to"}
	case current.Version:
		return promotion, &RefusedError{Message: fmt.Sprintf("%s is %s already", alias, to), Remedy: "name another version with --to; muster models list shows them"}
	}
	target, err := reg.Version(ctx, to)
	if err != nil {
		return promotion, err
	}
	promotion.Digest = target.Model.Digest
	if _, err := reg.Move(ctx, registry.Promotion{Alias: alias, From: current.Version, To: to, By: username(), Reason: reason}); err != nil {
		return promotion, err
	}
	promotion.Status, promotion.To = result.RolledBack, to
	return promotion, save(p, PromotionFile, promotion)
}

// predecessor is what the alias named before the version was first promoted, so
// that rolling back twice goes back twice, and not forth again.
func predecessor(ctx context.Context, reg *registry.Registry, alias, version string) (string, error) {
	history, err := reg.History(ctx, alias)
	if err != nil {
		return "", err
	}
	for _, move := range history {
		if move.To == version {
			return move.From, nil
		}
	}
	return "", nil
}
