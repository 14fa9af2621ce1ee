package flow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/muster-ci/muster/internal/attest"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/result"
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
	gate, move := t.ruler.config.Gate, t.move
	if !g.checkMove(t, keys, gate.Champion, *t.champion, move) {
		return nil
	}
	t.receipt.Move = move.Serial
	if move.Override {
		t.note(championOverridden, "the champion %s was promoted by %s on %s against the gate: %s", move.To, orSomebody(move.By), move.At.Format(time.DateOnly), move.Reason)
	}
	if keys == nil {
		return nil
	}
	anchor, move, err := g.current(ctx, t, gate.Anchor)
	switch {
	case errors.Is(err, registry.ErrNoAlias): // there is none yet
	case err != nil:
		t.undecided("registry-failed", "the registry does not say who promoted %s: %v", gate.Anchor, err)
	default:
		g.checkMove(t, keys, gate.Anchor, anchor, move)
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

// checkMove checks the last move of an alias, and its signature if there are keys.
// It reports false if the move cannot be relied on; then a problem says why.
func (g Gate) checkMove(t *trial, keys attest.Keys, alias string, version result.Version, move result.Move) bool {
	if version.Run == nil || version.Run.Pipeline != g.Project.Config.Name {
		t.undecided("registry-failed", "%s names %s, which another pipeline has made", alias, version.Version)
		return false
	}
	if keys == nil {
		return true
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
	return err == nil
}

// verifyMove returns the key that signed a move.
func verifyMove(keys attest.Keys, move result.Move) (attest.Key, error) {
	payload, err := registry.Payload(move)
	if err != nil {
		return attest.Key{}, err
	}
	return keys.Verify(attest.MoveType, payload, move.Signature)
}
