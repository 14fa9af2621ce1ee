package maturity

import (
	"fmt"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/rubric"
)

// mostAttested is the share of a level's weight that may rest on what people say.
const mostAttested = 0.25

// attestations put what people say of a project beside its answers.
type attestations struct {
	list    []config.Attestation
	rubric  *rubric.Rubric
	project string
	now     time.Time
	// has reports whether the repository has a file.
	has func(string) bool
}

// apply changes answers that nothing else outranks, and says of each attestation what
// became of it.
func (t attestations) apply(answers map[string]rubric.Answer) []result.Evidence {
	var notes []result.Evidence
	said := map[int]float64{}
	for _, a := range t.list {
		if a.Root != "" && a.Root != t.project {
			continue
		}
		what := t.one(a, answers, said)
		notes = append(notes, result.Evidence{Path: config.AttestFile, Line: a.Line, Note: fmt.Sprintf("%s is attested as %s: %s", a.Criterion, a.Verdict, what)})
	}
	return notes
}

// one applies a single attestation. Said is the weight that rests on people's word so
// far, by level.
func (t attestations) one(a config.Attestation, answers map[string]rubric.Answer, said map[int]float64) string {
	answer, asked := answers[a.Criterion]
	c, _ := t.rubric.Criterion(a.Criterion)
	switch {
	case !asked:
		return "not asked here"
	case a.Expired(t.now):
		return "expired on " + a.Expires
	case answer.Verdict == result.CriterionMet:
		return "what was seen says more"
	case answer.Verdict == result.CriterionNotApplicable:
		return "not applicable anyway"
	case a.Verdict == config.AttestGap:
		answer.Accepted = fmt.Sprintf("%s: accepted by %s until %s", a.Statement, a.ApprovedBy, a.Expires)
		answers[a.Criterion] = answer
		return "its advice is silenced until " + a.Expires
	case answer.Provable:
		return "what was seen says otherwise: " + answer.Reason
	case a.Verdict == config.AttestEquivalent && !strings.Contains(a.Evidence, "://") && !t.has(a.Evidence):
		return "there is no file " + a.Evidence
	case a.Verdict == config.AttestNotApplicable:
		answers[a.Criterion] = t.answer(a, result.CriterionNotApplicable)
		return "in force until " + a.Expires
	case said[c.Level]+c.Weight > mostAttested*t.weight(c.Level, answers):
		return fmt.Sprintf("left out: more than %.0f %% of level %d would rest on people's word", 100*mostAttested, c.Level)
	}
	said[c.Level] += c.Weight
	answers[a.Criterion] = t.answer(a, result.CriterionMet)
	return "in force until " + a.Expires
}

// answer is what people say, with who says it.
func (t attestations) answer(a config.Attestation, verdict result.CriterionVerdict) rubric.Answer {
	return rubric.Answer{
		Verdict: verdict, Strength: result.StrengthAttested, Provable: true,
		Reason:   fmt.Sprintf("%s (attested by %s, approved by %s, until %s)", strings.TrimSuffix(a.Statement, "."), a.By, a.ApprovedBy, a.Expires),
		Evidence: []result.Evidence{{Path: config.AttestFile, Line: a.Line, Note: a.Evidence}},
	}
}

// weight is that of a level's criteria that apply.
func (t attestations) weight(level int, answers map[string]rubric.Answer) float64 {
	sum := 0.0
	for _, c := range t.rubric.Criteria {
		if a, ok := answers[c.ID]; ok && c.Level == level && a.Verdict != result.CriterionNotApplicable {
			sum += c.Weight
		}
	}
	return sum
}
