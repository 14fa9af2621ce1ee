package flow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/result"
)

// Rollback moves the alias back to the version before, or to the one that is named.
// The anchor stays: a rollback says that a version was bad, not which one is good
// enough to be held against. Where the anchor names what was rolled back from, the
// result says so, and how to move it.
func (p Promoter) Rollback(ctx context.Context, alias, to, reason string) (result.Promotion, error) {
	promotion, reg, err := p.begin(ctx, alias, Asked{Reason: reason}, "going back")
	if err != nil {
		return promotion, err
	}
	history, err := reg.History(ctx, alias)
	if err != nil {
		return promotion, err
	}
	// That the version it names now is damaged is a reason to go back, not one not to.
	current := ""
	if len(history) > 0 {
		current = history[len(history)-1].To
	}
	switch {
	case to == "" && current == "": // an alias that was lost can be set again, by name
		return promotion, fmt.Errorf("alias %s: %w", alias, registry.ErrNoAlias)
	case to == "":
		to = predecessor(history, current)
	}
	switch to {
	case "":
		return promotion, &RefusedError{Message: fmt.Sprintf("%s has named no version before %s", alias, current), Remedy: "name one with --to"}
	case current:
		return promotion, &RefusedError{Message: fmt.Sprintf("%s is %s already", alias, to), Remedy: "name another version with --to; muster models list shows them"}
	}
	target, err := reg.Version(ctx, to)
	if err != nil {
		return promotion, err
	}
	promotion.Digest, promotion.From, promotion.To = target.Model.Digest, current, to
	promotion.Status = result.RolledBack
	if against := overridden(history, to); against != nil {
		promotion.Override = true
		reason = strings.TrimSpace(fmt.Sprintf("%s (%s was promoted against the gate by %s on %s: %s)",
			reason, to, orSomebody(against.By), against.At.Format(time.DateOnly), against.Reason))
	}
	err = p.move(ctx, reg, &promotion, registry.Promotion{Alias: alias, From: current, To: to, Reason: reason, Override: promotion.Override})
	if err != nil {
		return promotion, err
	}
	p.remarkAnchor(ctx, reg, &promotion)
	return promotion, save(p.Project, PromotionFile, promotion)
}

// predecessor is what the alias named before the version was first promoted, so
// that rolling back twice goes back twice, and not forth again.
func predecessor(history []result.Move, version string) string {
	for _, move := range history {
		if move.To == version {
			return move.From
		}
	}
	return ""
}

// overridden is the move by which a person promoted the version against the gate, if
// that is how the alias last came to it: going back to it makes that no better.
func overridden(history []result.Move, version string) *result.Move {
	for _, move := range slices.Backward(history) {
		if move.To != version {
			continue
		}
		if !move.Override {
			return nil
		}
		return &move
	}
	return nil
}

// remarkAnchor tells of an anchor that stays on what was just rolled back from: every
// candidate is held against it, and if its values were too good to be true, none passes.
func (p Promoter) remarkAnchor(ctx context.Context, reg *registry.Registry, promotion *result.Promotion) {
	gate := p.Project.Config.Gate
	if gate == nil || promotion.Alias != gate.Champion {
		return
	}
	anchor, _, err := reg.Current(ctx, gate.Anchor)
	if err != nil || anchor.Version != promotion.From || promotion.From == "" {
		return
	}
	promotion.Remarks = append(promotion.Remarks, fmt.Sprintf(
		"the anchor %s still names %s: candidates are held against it; if that is wrong, move it to %s: muster promote --anchor --reason TEXT",
		gate.Anchor, anchor.Version, promotion.To))
}
