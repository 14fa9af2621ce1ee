package flow

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os/user"
	"strings"
	"time"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/attest"
	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// Promoter moves the aliases of a project's registry.
type Promoter struct {
	Project *Project
	// Event is where it is asked: a change request promotes nothing.
	Event actions.Event
	// Signer signs the moves; nil for none.
	Signer *attest.Signer
	// By is who asks, for the history; empty for the user of this machine.
	By string
}

// Asked is why somebody wants a model promoted.
type Asked struct {
	Reason string
	// Override promotes what the gate did not let pass, because a person says so.
	Override bool
}

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
// pass (or asked.Override), for exactly the model that the latest run made, against
// the champion that is still current, and signed if the registry wants signatures.
// If the champion has moved meanwhile the error wraps a *registry.MovedError, and
// nothing has changed. Doing it again after it was cut short finishes it.
func (p Promoter) Promote(ctx context.Context, decision result.Decision, asked Asked) (result.Promotion, error) {
	promotion := p.newPromotion(decision.Receipt.Alias, asked.Reason)
	if err := p.allow(asked, "setting the gate aside"); err != nil {
		return promotion, err
	}
	run, err := p.promotable(decision, asked)
	if err != nil {
		return promotion, err
	}
	if err := p.checkSigner(&decision); err != nil {
		return promotion, err
	}
	reg, err := p.Project.Registry(ctx)
	if err != nil {
		return promotion, err
	}
	current, err := p.expectCurrent(ctx, reg, decision)
	if err != nil {
		return promotion, err
	}
	promotion.Digest, promotion.From = decision.Candidate.Digest, current.expected
	switch {
	case current.done:
		promotion.Status, promotion.To = result.Promoted, current.version.Version
	// The same model, measured anew by another ruler, is a version of its own:
	// what comes after it is held against that ruler.
	case sameMeasured(decision):
		promotion.Status, promotion.To = result.Unchanged, promotion.From
		promotion.Reason = "the candidate is the champion"
		return promotion, save(p.Project, PromotionFile, promotion)
	default:
		if err := checkWaivers(decision, latest(decision.Created, current.move.At)); err != nil {
			return promotion, err
		}
		if err := p.add(ctx, reg, &promotion, decision, run, asked); err != nil {
			return promotion, err
		}
	}
	promotion.Override = asked.Override
	if err := p.moveAnchor(ctx, reg, &promotion, decision); err != nil {
		return promotion, err
	}
	return promotion, save(p.Project, PromotionFile, promotion)
}

// add takes the candidate in as a version, and moves the alias to it.
func (p Promoter) add(ctx context.Context, reg *registry.Registry, promotion *result.Promotion, decision result.Decision, run result.Run, asked Asked) error {
	store, err := p.Project.Folder.Store()
	if err != nil {
		return err
	}
	version := result.Version{
		Schema: result.SchemaOf[result.Version](), Created: time.Now().UTC().Truncate(time.Second),
		Model: *decision.Candidate, Run: &run, Metrics: overall(decision.Comparison, candidateSide), Decision: &decision,
	}
	move := result.Move{By: p.who(), Reason: asked.Reason, Override: asked.Override}
	if version.Attachments, err = p.attach(ctx, store, version, move); err != nil {
		return err
	}
	added, err := reg.Add(ctx, store, version)
	if err != nil {
		return err
	}
	promotion.Status, promotion.To = result.Promoted, added.Version
	return p.move(ctx, reg, promotion, registry.Promotion{
		Alias: promotion.Alias, From: promotion.From, To: added.Version, Reason: asked.Reason, Override: asked.Override,
	})
}

// move moves an alias in the promoter's name, and notes with which key it was signed.
func (p Promoter) move(ctx context.Context, reg *registry.Registry, promotion *result.Promotion, request registry.Promotion) error {
	request.By = p.who()
	if p.Signer != nil {
		request.Sign = func(payload []byte) (*result.Signature, error) { return p.Signer.Sign(attest.MoveType, payload) }
	}
	made, err := reg.Move(ctx, request)
	if err == nil && made.Signature != nil {
		promotion.KeyID = made.Signature.KeyID
	}
	return err
}

// attach makes what a version keeps beside its files: how it was made, and its card.
func (p Promoter) attach(ctx context.Context, store *objects.Store, version result.Version, move result.Move) ([]result.File, error) {
	statement, err := attest.Provenance(version.Model, *version.Run).Encode()
	if err != nil {
		return nil, err
	}
	if p.Signer != nil {
		if statement, err = attest.Wrap(p.Signer, attest.StatementType, statement); err != nil {
			return nil, err
		}
	}
	provenance, err := keep(ctx, store, result.ProvenanceFile, statement)
	if err != nil {
		return nil, err
	}
	version.Attachments = []result.File{provenance} // the card names it
	text, err := renderCard(version, &move)
	if err != nil {
		return nil, err
	}
	card, err := keep(ctx, store, result.CardFile, text)
	return []result.File{provenance, card}, err
}

func keep(ctx context.Context, store *objects.Store, name string, data []byte) (result.File, error) {
	digest, err := store.Keep(ctx, data)
	if err != nil {
		return result.File{}, fmt.Errorf("keep %s: %w", name, err)
	}
	return result.File{Path: name, SHA256: digest, Size: int64(len(data))}, nil
}

// renderCard is the model card of a version.
func renderCard(v result.Version, move *result.Move) ([]byte, error) {
	var buf bytes.Buffer
	if err := report.Card(&buf, v, move); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func (p Promoter) newPromotion(alias, reason string) result.Promotion {
	return result.Promotion{
		Schema: result.SchemaOf[result.Promotion](), Pipeline: p.Project.Config.Name, Alias: alias, Reason: reason, By: p.who(),
	}
}

// begin makes sure that somebody may move an alias here, and opens the registry.
func (p Promoter) begin(ctx context.Context, alias string, asked Asked, doing string) (result.Promotion, *registry.Registry, error) {
	promotion := p.newPromotion(alias, asked.Reason)
	if err := p.allow(asked, doing); err != nil {
		return promotion, nil, err
	}
	if err := p.checkSigner(nil); err != nil {
		return promotion, nil, err
	}
	reg, err := p.Project.Registry(ctx)
	return promotion, reg, err
}

// who is who moves an alias, for the history.
func (p Promoter) who() string {
	if p.By != "" {
		return p.By
	}
	if current, err := user.Current(); err == nil {
		return current.Username
	}
	return ""
}

// allow refuses what nobody may ask for here. A change request promotes nothing.
// What sets the gate aside takes a person who can be named and a reason: on a
// machine of theirs, or in a job that they started by hand on the default branch;
// a push or a schedule is nobody's word.
// Doing names it in messages.
func (p Promoter) allow(asked Asked, doing string) error {
	byPerson := p.Event.Trigger == "" || (p.Event.Trigger == result.TriggerDispatch && p.Event.DefaultBranch)
	switch {
	case p.Event.Scope == result.ScopeChange:
		return &RefusedError{Message: "a change request promotes nothing", Remedy: "promote on the default branch, after the merge: muster ci does it there"}
	case !asked.Override:
		return nil
	case strings.TrimSpace(asked.Reason) == "":
		return &RefusedError{Message: doing + " needs a reason", Remedy: "say why, for everybody who comes after: --reason TEXT"}
	case !byPerson:
		return &RefusedError{Message: "this is " + p.Event.Trigger.Phrase() + ", and " + doing + " takes a person", Remedy: "start a job by hand on the default branch, or do it on a machine of yours"}
	}
	return nil
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

// sameMeasured reports whether the candidate is the champion, measured by the same ruler.
func sameMeasured(d result.Decision) bool {
	return d.Champion != nil && d.Champion.Digest == d.Candidate.Digest && d.Champion.RulerKey == d.Candidate.RulerKey
}

// standing is what an alias names now, and what a decision expects.
type standing struct {
	version  result.Version
	move     result.Move
	expected string
	// done is true if the alias was moved to this very candidate already, from what
	// was expected: by a promotion that was cut short before it could say so.
	done bool
}

// expectCurrent refuses early, before a version is made that no alias would name.
func (p Promoter) expectCurrent(ctx context.Context, reg *registry.Registry, decision result.Decision) (standing, error) {
	var s standing
	if decision.Champion != nil {
		s.expected = decision.Champion.Version
	}
	var err error
	s.version, s.move, err = reg.Current(ctx, decision.Receipt.Alias)
	if err != nil && !errors.Is(err, registry.ErrNoAlias) {
		return s, err
	}
	if s.version.Version == s.expected {
		if err := checkAge(decision, s.move); err != nil || s.expected == "" {
			return s, err
		}
		return s, reg.Check(ctx, s.version) // nothing is built upon a champion that is damaged
	}
	s.done = s.move.From == s.expected && s.move.Serial == decision.Receipt.Move+1 && sameCandidate(decision.Candidate, &s.version.Model)
	if !s.done {
		return s, &registry.MovedError{Alias: decision.Receipt.Alias, Expected: s.expected, Current: s.version.Version}
	}
	return s, nil
}

// checkAge refuses a decision that the history has gone past, also where it has
// come back to the same version since: what happened in between was for a reason
// that the decision cannot know. Serials tell, not clocks; decisions of older
// musters have none.
func checkAge(decision result.Decision, move result.Move) error {
	known := decision.Receipt.Move
	if known == move.Serial || (known == 0 && !move.At.After(decision.Created)) {
		return nil
	}
	return &staleError{alias: decision.Receipt.Alias, version: move.To, known: known, serial: move.Serial}
}

// staleError says that an alias was moved away and back since a decision was made.
type staleError struct {
	alias, version string
	known, serial  int
}

func (e *staleError) Error() string {
	return fmt.Sprintf("%s names %s again, and was moved since the decision was made: its last move is number %d, and the decision knows %d", e.alias, e.version, e.serial, e.known)
}

// Hint says what to do about it.
func (e *staleError) Hint() string {
	return "what happened in between had a reason that the decision does not know: run muster gate again"
}

// Unwrap makes it what it is to whoever promotes: the champion moved meanwhile.
func (e *staleError) Unwrap() error {
	return &registry.MovedError{Alias: e.alias, Expected: e.version, Current: e.version}
}

// latest is now, or what was recorded if the clock is behind it: a clock that was
// set back makes no waiver young again.
func latest(recorded ...time.Time) time.Time {
	now := time.Now()
	for _, at := range recorded {
		if at.After(now) {
			now = at
		}
	}
	return now.UTC()
}

// checkWaivers refuses a decision that rests on a waiver which has expired meanwhile.
func checkWaivers(decision result.Decision, now time.Time) error {
	for _, f := range decision.Findings {
		if !f.Waived {
			continue
		}
		waiver := cmp.Or(f.Waiver, &result.Waiver{})
		expires, err := time.Parse(time.DateOnly, waiver.Expires)
		if err != nil || !now.Before(expires.AddDate(0, 0, 1)) {
			return &RefusedError{
				Verdict: result.Deny, Message: fmt.Sprintf("the decision rests on a waiver of %s that expired on %s", f.Code, cmp.Or(waiver.Expires, "a day that it does not name")),
				Remedy: "run muster gate again: it says what the gate makes of the model without the waiver",
			}
		}
	}
	return nil
}
