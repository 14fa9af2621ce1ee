package flow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/muster-ci/muster/internal/attest"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

// checkPromotion asks who made the champion the champion: a move that somebody
// with a key has signed, where the ruler names keys, and not a person against the
// gate. What the move says of the moves before it is in its signature, as their
// digest: the last one vouches for the chain. The anchor's is checked in the same way.
func (g Gate) checkPromotion(ctx context.Context, t *trial) error {
	keys, err := loadKeys(t.ruler.config, t.ruler.dir)
	if err != nil {
		return err
	}
	if keys == nil {
		t.receipt.Signed = "promotions are not signed"
	}
	if t.champion == nil {
		return nil
	}
	gate := t.ruler.config.Gate
	move, ok := g.checkMove(ctx, t, keys, gate.Champion)
	if !ok {
		return nil
	}
	if move.To != t.champion.Version {
		t.undecided("registry-failed", "%s was moved from %s to %s while the gate looked at it", gate.Champion, t.champion.Version, move.To)
		return nil
	}
	t.receipt.Move = move.Serial
	if move.Override {
		t.problems = append(t.problems, policies.Problem{Code: championOverridden, Message: fmt.Sprintf(
			"the champion %s was promoted by %s on %s against the gate: %s", move.To, orSomebody(move.By), move.At.Format(time.DateOnly), move.Reason)})
	}
	if keys != nil {
		g.checkMove(ctx, t, keys, gate.Anchor)
	}
	return nil
}

// championOverridden is the code of the warning that goes with every decision while
// the champion is one that a person promoted against the gate.
const championOverridden = "champion-overridden"

func orSomebody(name string) string {
	if name == "" {
		return "somebody"
	}
	return name
}

// checkMove reads the last move of an alias, and checks its signature if there are
// keys. Ok is false if it cannot be relied on; then a problem says why.
func (g Gate) checkMove(ctx context.Context, t *trial, keys attest.Keys, alias string) (move result.Move, ok bool) {
	reg, err := g.Project.Registry(ctx)
	if err != nil {
		t.undecided("registry-failed", "the registry does not say who promoted %s: %v", alias, err)
		return move, false
	}
	version, move, err := reg.Current(ctx, alias)
	switch {
	case errors.Is(err, registry.ErrNoAlias):
		return move, false // the champion is there, so this is an anchor that there is none of yet
	case err != nil:
		t.undecided("registry-failed", "the registry does not say who promoted %s: %v", alias, err)
		return move, false
	case version.Run == nil || version.Run.Pipeline != g.Project.Config.Name:
		t.undecided("registry-failed", "%s names %s, which another pipeline has made", alias, version.Version)
		return move, false
	case keys == nil:
		return move, true
	}
	key, err := verifyMove(keys, move)
	switch {
	case errors.Is(err, attest.ErrUnsigned):
		t.undecided("signature-missing", "the move %d of %s, to %s, is not signed, and registry.keys wants that; somebody with a key signs it once: muster models sign --reason TEXT", move.Serial, alias, move.To)
	case err != nil:
		t.undecided("signature-invalid", "the move %d of %s, to %s, cannot be trusted: %v", move.Serial, alias, move.To, err)
	case t.receipt.Signed == "":
		t.receipt.Signed = fmt.Sprintf("move %d of %s, with %s", move.Serial, alias, key.Name)
	}
	return move, err == nil
}

// verifyMove returns the key that signed a move.
func verifyMove(keys attest.Keys, move result.Move) (attest.Key, error) {
	payload, err := registry.Payload(move)
	if err != nil {
		return attest.Key{}, err
	}
	return keys.Verify(attest.MoveType, payload, move.Signature)
}
