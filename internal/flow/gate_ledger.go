package flow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"

	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/result"
)

// ledger is what was decided on the evaluation data before, and the decision that
// is being made. Whoever looks at the same data often enough finds a model that
// looks good on it by chance: so looks are counted.
type ledger struct {
	registry *registry.Registry
	before   []result.Attempt
	now      result.Attempt
	// again is true where this very decision was made before: it looks at the same
	// numbers, so it is no new attempt.
	again bool
	// verdict is what was decided then.
	verdict result.Verdict
}

// readLedger finds out how often the data was looked at, and whether this change
// is a denied one with another seed. Every decision in which numbers were compared
// counts, a laptop's too. The champion held against itself shows nothing new, and
// what the registry is by the word of a change that adopts a gate is not asked.
func (g Gate) readLedger(ctx context.Context, t *trial) error {
	if t.compared == nil || t.compared.Data == "" || t.sameModel() || t.bootstrap {
		return nil
	}
	t.receipt.Change, t.receipt.Budget = g.change(t.run), t.ruler.config.Gate.Holdout.Budget
	reg, err := g.registry(ctx, t)
	if errors.Is(err, registry.ErrMissing) {
		t.note("ledger-not-kept", "there is no registry, so nobody counts how often this data is looked at")
		return nil
	}
	var before []result.Attempt
	if err == nil {
		before, err = reg.Attempts(ctx, t.compared.Data)
	}
	if err != nil {
		t.undecided("registry-failed", "the registry does not say what was decided on this data before: %v", err)
		return ctx.Err()
	}
	t.ledger = &ledger{registry: reg, before: before, now: g.attempt(t)}
	t.count()
	t.retried()
	return nil
}

// change identifies what is decided about: the change request, or the branch.
func (g Gate) change(run result.Run) string {
	switch {
	case g.Change != "":
		return g.Change
	case run.Git != nil && run.Git.Branch != "":
		return run.Git.Branch
	case run.Git != nil:
		return fmt.Sprintf("commit %.7s", run.Git.Commit)
	}
	return "this folder"
}

func (g Gate) attempt(t *trial) result.Attempt {
	a := result.Attempt{
		Data: t.compared.Data, Change: t.receipt.Change, Gate: gateDigest(t.ruler.config), Recipe: recipe(t.run, g.Project.Config, g.Project.Dir),
		Candidate: t.run.Candidate.Digest, TrainingKey: t.run.Candidate.TrainingKey, RulerKey: t.run.Candidate.RulerKey,
	}
	if t.run.Git != nil {
		a.Commit = t.run.Git.Commit
	}
	if t.champion != nil {
		a.Champion = t.champion.Model.Digest
	}
	return a
}

// count says how many decisions this makes. One that was made before keeps its
// place, and the name of the change that it was first made for.
func (t *trial) count() {
	l := t.ledger
	if first := l.sameDecision(); first != nil {
		l.again, l.verdict, t.receipt.Change = true, first.Verdict, first.Change
		t.receipt.Attempt, t.receipt.Decisions = attemptsOf(l.before, *first), len(l.before)
	} else {
		t.receipt.Attempt, t.receipt.Decisions = attemptsOf(append(slices.Clone(l.before), l.now), l.now), len(l.before)+1
	}
	if t.receipt.Decisions > t.receipt.Budget {
		t.note("holdout-spent", "%d decisions were made on this evaluation data, more than the %d of holdout.budget: a model may look good on it by chance; evaluate on new data, or raise the budget if there is enough of it",
			t.receipt.Decisions, t.receipt.Budget)
	}
}

// attemptsOf counts the decisions about the same change up to one of them.
func attemptsOf(all []result.Attempt, last result.Attempt) int {
	count := 0
	for _, a := range all {
		if a.Change == last.Change && (last.Serial == 0 || a.Serial <= last.Serial) {
			count++
		}
	}
	return count
}

// sameDecision finds the entry about the same candidate, champion, ruler and gate:
// this change's own, if there is one.
func (l *ledger) sameDecision() *result.Attempt {
	var found *result.Attempt
	for i, a := range l.before {
		same := a.Candidate == l.now.Candidate && a.Champion == l.now.Champion && a.RulerKey == l.now.RulerKey && a.Gate == l.now.Gate
		if same && (found == nil || a.Change == l.now.Change) {
			found = &l.before[i]
		}
	}
	return found
}

// retried leaves the gate undecided where the same recipe was denied before by the
// same ruler and gate, and came to another model since: by another seed, or by
// training that is not reproducible.
func (t *trial) retried() {
	now := t.ledger.now
	for _, a := range t.ledger.before {
		sameKey := a.TrainingKey != "" && a.TrainingKey == now.TrainingKey
		sameRecipe := a.Recipe != "" && a.Recipe == now.Recipe
		if a.Candidate == now.Candidate || a.RulerKey != now.RulerKey || a.Gate != now.Gate || !denied(a) || (!sameKey && !sameRecipe) {
			continue
		}
		what := "nothing but the seed has changed since"
		if sameKey {
			what = "the same training gave another model since, so it is not reproducible"
		}
		t.undecided("seed-retry", "this recipe was denied on %s (%s, decision %d on this data), and %s; change the recipe, or have it measured on data that was not looked at",
			a.At.Format("2006-01-02"), a.Change, a.Serial, what)
		return
	}
}

// denied reports whether the gate saw the numbers and did not like them. What was
// only undecided may have been so for reasons that have nothing to do with them,
// unless something denied as well.
func denied(a result.Attempt) bool {
	return a.Verdict == result.Deny || (a.Verdict == result.Undecided && len(a.Codes) > 0)
}

// keepLedger writes the decision into the ledger. It reports false where the
// registry cannot be written from here, as from a fork.
func (g Gate) keepLedger(ctx context.Context, t *trial, decision *result.Decision) (kept bool, err error) {
	if t.ledger == nil || t.ledger.again && !t.newlyWaived(decision) {
		return true, nil
	}
	entry := t.ledger.now
	entry.Verdict, entry.Codes, entry.Waivers = decision.Verdict, denials(decision.Findings), decision.Receipt.Waivers
	entry, err = t.ledger.registry.Record(ctx, entry, t.judged.verdict.Document)
	switch {
	case unwritable(err):
		return false, nil
	case err != nil:
		return false, err
	}
	decision.Receipt.Decisions = entry.Serial
	if t.ledger.again {
		decision.Receipt.Attempt = attemptsOf(append(t.ledger.before, entry), entry)
	}
	return true, nil
}

// newlyWaived reports whether a decision that was made before came out otherwise this
// time, since a code owner let pass in a review what was denied. The ledger keeps it
// although the numbers are the same: somebody answers for it.
func (t *trial) newlyWaived(decision *result.Decision) bool {
	inReview := func(w result.Waiver) bool { return w.Review != "" }
	return t.ledger.verdict != decision.Verdict && slices.ContainsFunc(decision.Receipt.Waivers, inReview)
}

// denials are the codes of what denied, each once; what was undecided is not among them.
func denials(findings []result.Finding) []string {
	var codes []string
	for _, f := range findings {
		if f.Severity == result.SeverityDeny && !f.Undecided && !f.Waived && !slices.Contains(codes, f.Code) {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

// unwritable reports whether an error says that the registry takes nothing from here.
func unwritable(err error) bool {
	_, refused := errors.AsType[*registry.ReadOnlyError](err)
	return refused || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}
