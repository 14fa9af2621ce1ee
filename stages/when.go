package stages

import (
	"fmt"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// due reports whether a stage runs for an event of CI, and if not, why. Where
// nothing triggered the run (a laptop, somebody at a keyboard) every stage is.
func due(stage config.Stage, trigger result.Trigger, labels []string) (bool, string) {
	if trigger == "" || len(stage.When) == 0 {
		return true, ""
	}
	for _, when := range stage.When {
		label, isLabel := strings.CutPrefix(when, "label:")
		if when == "always" || when == string(trigger) || (isLabel && slices.Contains(labels, label)) {
			return true, ""
		}
	}
	return false, fmt.Sprintf("when: %s; this is %s", strings.Join(stage.When, ", "), trigger.Phrase())
}

// notDue reports why a stage is not to be executed, or "". A stage that was
// named is executed. In a change request to a branch with a gate that branch has
// a say: a change that could put a stage off by itself would never be measured.
func (s *session) notDue(stage config.Stage) string {
	ok, reason := due(stage, s.Trigger, s.Labels)
	if ok || s.asked(stage) {
		return ""
	}
	gated := s.Scope == result.ScopeChange && s.Base.Config != nil && s.Base.Config.Gate != nil
	putOff := func(base config.Stage) bool {
		ok, _ := due(base, s.Trigger, s.Labels)
		return !ok
	}
	if gated && !s.Base.grants(stage.Name, putOff) {
		return ""
	}
	return reason
}

// asked reports whether the stage was asked for by name.
func (s *session) asked(stage config.Stage) bool {
	stem, _, _ := strings.Cut(stage.Name, "@")
	return slices.Contains(s.named, stage.Name) || slices.Contains(s.named, stem)
}

// forced reports whether the stage is to be executed although its outputs are
// known: of a run that names stages, those, and not what they need.
func (s *session) forced(stage config.Stage) bool {
	return s.Force && (len(s.named) == 0 || s.asked(stage))
}

// skipped is the outcome of a stage that cannot run. If it waits for one that is
// not due, it is not due either, and nothing has failed.
func skipped(stage config.Stage, obstacle string, needs []string, outcomes map[string]result.Stage) result.Stage {
	outcome := result.Stage{Name: stage.Name, Cell: stage.Cell, Status: result.StageSkipped, Reason: obstacle}
	for _, need := range needs {
		if before := outcomes[need]; before.Postponed {
			outcome.Postponed, outcome.Reason = true, fmt.Sprintf("needs %s, which is not run (%s)", need, before.Reason)
		}
	}
	return outcome
}

// noModel says why a run that passed made no model that can be decided about:
// a stage was not due. It is "" if that is not why.
func noModel(stages []result.Stage) string {
	for _, stage := range stages { // the first of them is what the others wait for
		if stage.Postponed {
			return fmt.Sprintf("there is no new model in this run because %s is not due (%s)", stage.Name, stage.Reason)
		}
	}
	return ""
}
