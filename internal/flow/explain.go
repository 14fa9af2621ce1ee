package flow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// InputFile is the document that the policies saw for the last decision, in the project's folder.
const InputFile = "gate-input.json"

// inputDigest is what the receipt, and the ledger, call the document.
func inputDigest(document []byte) string {
	sum := sha256.Sum256(document)
	return hex.EncodeToString(sum[:])
}

// keepInput writes the document, so that an explanation can name lines of it.
func (g Gate) keepInput(t *trial) error {
	return objects.WriteFile(g.Project.Folder.Path(InputFile), t.judged.verdict.Document, 0o644)
}

// explain says what led to each finding of the decision, if anybody asks. It is the
// decision's own policies and input that are traced, and it changes nothing of it.
func (g Gate) explain(ctx context.Context, t *trial, decision result.Decision) error {
	if g.Explanation == nil {
		return nil
	}
	verdict := t.judged.verdict
	verdict.Findings = decision.Findings // with their places in muster.yaml
	explanation, err := t.judged.set.Explanation(ctx, verdict, g.Project.Folder.Path(InputFile))
	if err != nil {
		return fmt.Errorf("explain the decision: %w", err)
	}
	*g.Explanation = explanation
	return nil
}
