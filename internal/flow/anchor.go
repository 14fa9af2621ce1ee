package flow

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/result"
)

// moveAnchor moves the anchor after a promotion, if the decision shows that it
// should. The anchor guards against creep: it is what candidates are held against
// beside the champion, so it may only go up. It is moved
//
//   - to the first version ever, unless a person set the gate aside for it;
//   - where there is no anchor yet, as in a registry of an older muster: to the
//     new version if that was shown to be better than the champion, or the champion
//     was a person's choice against the gate, else to the former champion, from
//     which its drop then counts;
//   - from an earlier version, if the new one was shown to be better than the
//     anchor: see [outdoes].
//
// A promotion that was cut short between its two moves is finished when it is done
// again; until then the anchor is an older one, which lets less through.
func (p Promoter) moveAnchor(ctx context.Context, reg *registry.Registry, promotion *result.Promotion, decision result.Decision) error {
	alias := p.Project.Config.Gate.Anchor
	anchor, _, err := reg.Current(ctx, alias)
	if err != nil && !errors.Is(err, registry.ErrNoAlias) {
		return err
	}
	to := nextAnchor(anchor.Version, *promotion, decision)
	if to == "" || to == anchor.Version {
		return nil
	}
	err = p.move(ctx, reg, promotion, registry.Promotion{
		Alias: alias, From: anchor.Version, To: to, Reason: fmt.Sprintf("%s was promoted to %s", promotion.To, promotion.Alias),
	})
	if err == nil {
		promotion.Anchor = to
	}
	return err
}

// nextAnchor is the version that the anchor is moved to, or "" if it stays.
func nextAnchor(anchor string, promotion result.Promotion, decision result.Decision) string {
	switch {
	case promotion.Override: // nobody has shown anything
		return ""
	case anchor == "" && (promotion.From == "" || overridesChampion(decision) || outdoes(decision, "")):
		return promotion.To
	case anchor == "":
		return promotion.From
	case anchor == promotion.From && outdoes(decision, ""):
		return promotion.To
	case anchor != promotion.From && outdoes(decision, againstAnchor):
		return promotion.To
	}
	return ""
}

// overridesChampion reports whether the former champion was promoted against the gate:
// nothing is to be held against such a one.
func overridesChampion(decision result.Decision) bool {
	return slices.ContainsFunc(decision.Findings, func(f result.Finding) bool { return f.Code == championOverridden })
}

// againstAnchor marks comparisons with the anchor; those with the champion are not marked.
const againstAnchor = "anchor"

// outdoes reports whether a decision shows its candidate to be better than the
// champion, or than the anchor. Over all rows each gated metric must be better, or
// not worse (equivalent) with no loss observed, and one of them must be better; no
// gated slice may be worse. An observed loss within the margin keeps the anchor: a
// candidate that trades a little of one metric for another each time would otherwise
// move it, and creep. What was not compared was not shown.
func outdoes(decision result.Decision, against string) bool {
	wanted, better := map[string]bool{}, false
	for _, c := range decision.Comparison {
		if c.Gated && c.Slice == "" && c.Data == "" {
			wanted[c.Metric] = true
		}
	}
	for _, c := range decision.Comparison {
		if !c.Gated || c.Against != against || c.Data != "" {
			continue
		}
		switch {
		case c.Verdict == result.Worse:
			return false
		case c.Slice != "":
		case c.Verdict == result.Better:
			better = true
			delete(wanted, c.Metric)
		case c.Verdict == result.Equivalent && !lost(c):
			delete(wanted, c.Metric)
		}
	}
	return better && len(wanted) == 0
}

// lost reports whether the candidate's value is behind, by however little.
func lost(c result.Compared) bool {
	switch {
	case c.Diff == nil:
		return true
	case c.Better == result.Lower:
		return *c.Diff > 0
	default:
		return *c.Diff < 0
	}
}

// Anchor moves the anchor to the champion because a person says so, for a reason.
// Where the anchor is the champion already, nothing changes.
func (p Promoter) Anchor(ctx context.Context, reason string) (result.Promotion, error) {
	gate := p.Project.Config.Gate
	if gate == nil {
		return result.Promotion{}, ErrNoGate
	}
	promotion, reg, err := p.begin(ctx, gate.Anchor, Asked{Reason: reason, Override: true}, "moving the anchor")
	if err != nil {
		return promotion, err
	}
	champion, _, err := reg.Current(ctx, gate.Champion)
	if err != nil {
		return promotion, err
	}
	anchor, _, err := reg.Current(ctx, gate.Anchor)
	if err != nil && !errors.Is(err, registry.ErrNoAlias) {
		return promotion, err
	}
	promotion.From, promotion.To, promotion.Digest = anchor.Version, champion.Version, champion.Model.Digest
	if anchor.Version == champion.Version {
		promotion.Status, promotion.Reason = result.Unchanged, "the anchor is the champion"
		return promotion, save(p.Project, PromotionFile, promotion)
	}
	promotion.Status, promotion.Anchor = result.Anchored, champion.Version
	err = p.move(ctx, reg, &promotion, registry.Promotion{Alias: gate.Anchor, From: anchor.Version, To: champion.Version, Reason: reason})
	if err != nil {
		return promotion, err
	}
	return promotion, save(p.Project, PromotionFile, promotion)
}
