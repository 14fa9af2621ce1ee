package flow

import (
	"context"
	"errors"
	"fmt"

	"github.com/muster-ci/muster/internal/attest"
	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/result"
)

// SigningKey is the environment variable with the private key that promotions are
// signed with. It is no flag: what stands in a command line, every process may read.
const SigningKey = "MUSTER_SIGNING_KEY"

// maxKey bounds a key file; a PEM block of a key has some hundred bytes.
const maxKey = 64 << 10

// loadKeys reads the public keys that a configuration trusts, from the folder that it
// lies in. It is nil where the configuration names none.
func loadKeys(cfg *config.Config, dir string) (attest.Keys, error) {
	var keys attest.Keys
	for i, name := range cfg.Registry.Keys {
		at := fmt.Sprintf("/registry/keys/%d", i)
		data, err := readIn(dir, name, maxKey)
		if err != nil {
			return nil, cfg.ProblemAt(at, fmt.Sprintf("there is no key in %s (%v)", name, err), "commit the public key: openssl pkey -in muster.key -pubout -out "+name)
		}
		key, err := attest.ParseKey(name, data)
		if wrong, ok := errors.AsType[*attest.KeyError](err); ok {
			return nil, cfg.ProblemAt(at, wrong.Error(), wrong.Remedy)
		}
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// checkSigner refuses what the gate would not take later, before anything is
// written: a move that is not signed where the registry wants signatures, or is
// signed with a key that it does not trust; and a decision, if there is one, that
// nobody who has a key has made.
func (p Promoter) checkSigner(decision *result.Decision) error {
	keys, err := loadKeys(p.Project.Config, p.Project.Dir)
	switch {
	case err != nil || keys == nil:
		return err
	case p.Signer == nil:
		return &RefusedError{Message: "the registry wants signed promotions (registry.keys), and there is no key to sign with", Remedy: "set " + SigningKey + " to the private key (PEM)"}
	case !keys.Has(p.Signer):
		return &RefusedError{Message: fmt.Sprintf("the key in %s (%.12s) is none of registry.keys", SigningKey, p.Signer.KeyID()), Remedy: "use the key whose public part is there, or add this one's in a change of its own"}
	case decision == nil:
		return nil
	}
	payload, err := decisionPayload(*decision)
	if err != nil {
		return err
	}
	if _, err := keys.Verify(attest.DecisionType, payload, decision.Signature); err != nil {
		return &RefusedError{Message: "the decision cannot be trusted: " + err.Error(), Remedy: "run muster gate again, with " + SigningKey + " set"}
	}
	return nil
}

// decisionPayload is what the signature of a decision is over.
func decisionPayload(decision result.Decision) ([]byte, error) {
	decision.Signature = nil
	return result.Encode(decision)
}

// signDecision signs a decision, if there is a key: whoever can write a file
// cannot make one that promotes.
func signDecision(signer *attest.Signer, decision *result.Decision) error {
	if signer == nil {
		return nil
	}
	payload, err := decisionPayload(*decision)
	if err != nil {
		return err
	}
	decision.Signature, err = signer.Sign(attest.DecisionType, payload)
	return err
}

// Sign signs what an alias names: a move to the same version, for registries whose
// history is older than their keys.
func (p Promoter) Sign(ctx context.Context, alias, reason string) (result.Promotion, error) {
	promotion, reg, err := p.begin(ctx, alias, Asked{Reason: reason, Override: true}, "signing what is there")
	switch {
	case err != nil:
		return promotion, err
	case p.Signer == nil:
		return promotion, &RefusedError{Message: "there is no key to sign with", Remedy: "set " + SigningKey + " to the private key (PEM)"}
	}
	version, last, err := reg.Current(ctx, alias)
	if err != nil {
		return promotion, err
	}
	promotion.From, promotion.To, promotion.Digest = version.Version, version.Version, version.Model.Digest
	promotion.Status, promotion.Override = result.Signed, last.Override
	err = p.move(ctx, reg, &promotion, registry.Promotion{
		Alias: alias, From: version.Version, To: version.Version, Reason: reason, Override: last.Override, Renew: true,
	})
	if err != nil {
		return promotion, err
	}
	return promotion, save(p.Project, PromotionFile, promotion)
}
