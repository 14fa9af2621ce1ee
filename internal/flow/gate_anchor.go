package flow

import (
	"context"
	"errors"
	"fmt"

	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/registry"
)

// measured is what a model came to on the candidate's rows.
type measured struct {
	set *predictions.Set
	// numbers are those that the evaluate stage wrote itself.
	numbers map[string]float64
	// how says how and when this was found, for the receipt.
	how string
}

// anchorRemedy is what to do about an anchor that holds everybody up.
const anchorRemedy = "have somebody look at how far the champion has come since, and make it the anchor: muster promote --anchor --reason REASON"

// evaluateAnchor has the anchor predict the candidate's rows as well: ten changes
// that each stay within the margin lose ten margins, and only a model that does
// not move with them can tell. Where it is the champion or the candidate there is
// nothing to evaluate.
func (g Gate) evaluateAnchor(ctx context.Context, t *trial) error {
	if t.champion == nil || t.mine == nil || t.theirs.set == nil || t.sameModel() {
		return nil
	}
	alias := t.ruler.config.Gate.Anchor
	version, _, err := g.current(ctx, t, alias)
	switch {
	case errors.Is(err, registry.ErrNoAlias):
		t.receipt.Anchor = fmt.Sprintf("none yet: %s names no version", alias)
		return nil
	case err != nil:
		t.undecided("anchor-cannot-run", "the registry does not say what the anchor %s is: %v; %s", alias, err, anchorRemedy)
		return nil
	case version.Model.Digest == t.champion.Model.Digest:
		t.receipt.Anchor = version.Version + ", the champion; not evaluated twice"
		return nil
	case version.Model.Digest == t.run.Candidate.Digest:
		t.receipt.Anchor = version.Version + ", the candidate; not evaluated twice"
		return nil
	}
	t.receipt.Anchor = version.Version
	found, problem, err := g.evaluateVersion(ctx, t, version)
	if err != nil {
		return err
	}
	if problem != "" {
		t.undecided("anchor-cannot-run", "the anchor %s cannot be held against the candidate: %s; %s", version.Version, problem, anchorRemedy)
		return nil
	}
	t.anchor = &found
	return nil
}

// sameModel reports whether candidate and champion are the same bytes.
func (t *trial) sameModel() bool {
	return t.champion != nil && t.run.Candidate != nil && t.champion.Model.Digest == t.run.Candidate.Digest
}
