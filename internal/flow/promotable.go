package flow

import (
	"fmt"
	"slices"

	"github.com/muster-ci/muster/internal/result"
)

// remedy is what to do about a decision that is no pass: a model that is no worse
// does not help where the gate does not know something else.
func remedy(verdict result.Verdict) string {
	if verdict == result.Undecided {
		return "mend what is named there and run muster gate again; muster policy explain CODE says more"
	}
	return "mend the model and run muster gate again"
}

// promotable checks the decision, and returns the run that made its candidate.
func (p Promoter) promotable(decision result.Decision, asked Asked) (result.Run, error) {
	cfg := p.Project.Config
	again := "run muster gate again"
	switch {
	case decision.Pipeline != cfg.Name:
		return result.Run{}, &RefusedError{Message: fmt.Sprintf("the decision is about pipeline %s, this is %s", decision.Pipeline, cfg.Name), Remedy: "name another --decision"}
	case asked.Override && decision.Verdict == result.Pass:
		return result.Run{}, &RefusedError{Message: "the gate let the candidate pass: there is nothing to set aside", Remedy: "leave --override out"}
	case !asked.Override && decision.Verdict != result.Pass:
		return result.Run{}, &RefusedError{Verdict: decision.Verdict, Message: "the gate did not let the candidate pass: " + decision.Reason, Remedy: remedy(decision.Verdict)}
	case !asked.Override && slices.ContainsFunc(decision.Findings, denies):
		return result.Run{}, &RefusedError{Verdict: result.Deny, Message: "the decision says pass, and has a finding that denies", Remedy: "do not edit decisions; run muster gate again"}
	case cfg.Gate == nil || decision.Receipt.Gate != gateDigest(cfg):
		return result.Run{}, &RefusedError{Message: "the gate has changed since the decision was made", Remedy: again}
	case decision.Candidate == nil:
		return result.Run{}, &RefusedError{Message: "the decision names no candidate", Remedy: again}
	case !asked.Override && auditMissing(cfg.Gate, decision):
		return result.Run{}, &RefusedError{Message: "the decision was made without the audit data " + cfg.Gate.Holdout.Audit, Remedy: "open it for this candidate: muster gate --audit"}
	}
	run, err := p.Project.Folder.LoadRun("last", cfg.Name)
	if err != nil {
		return run, err
	}
	if !sameCandidate(decision.Candidate, run.Candidate) {
		return run, &RefusedError{Message: fmt.Sprintf("the decision is about another model than run %s made", run.ID), Remedy: again}
	}
	return run, nil
}
