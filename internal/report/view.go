package report

import (
	"regexp"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// tone is how a thing stands. It decides symbol and colour, never alone: a
// word stands beside it in every format.
type tone string

const (
	good    tone = "good"
	bad     tone = "bad"
	unsure  tone = "unsure"
	neutral tone = "neutral"
	// waiting is neither: a host is told so where there is nothing to decide yet.
	waiting tone = "waiting"
)

// Mark is the tone as a letter-sized symbol.
func (t tone) Mark() string {
	switch t {
	case good:
		return "✓"
	case bad:
		return "✗"
	case unsure:
		return "!"
	default:
		return "·"
	}
}

// view is what a report says, in the order in which it says it. Its texts are
// clean but not escaped; a nil part is not there.
type view struct {
	Name string // the pipeline, or "" if nothing names it
	// Pipeline is its whole name, for machines.
	Pipeline string
	Tone     tone
	// Verdict is one word, Clause what follows it: "denied", "worse for age_band=70+".
	Verdict string
	Clause  phrase
	// Lead is the sentence that a reader needs, with its numbers.
	Lead phrase
	// Asides are what must not be missed beside it.
	Asides []aside
	// Log is the end of the log of a stage that failed.
	Log []string

	Created, Commit, FullCommit string

	Problems  []problemView
	Decision  *decisionView
	Promotion *promotionView
	Run       *runView
	Maturity  *maturityView
}

// problemView is a step that could not be done.
type problemView struct{ Step, Why phrase }

// promotionView is a move of an alias, or why there was none.
type promotionView struct {
	Tone    tone
	Verdict string
	What    phrase
	Alias   span
	Reason  phrase
}

// fact is a label and its value; Full is the value where it was shortened.
type fact struct {
	Label string
	Value phrase
	Full  string
}

// newView builds the view of a report.
func newView(r result.Report) *view {
	v := &view{
		Name: clip(clean(subject(r)), nameLimit), Pipeline: subject(r), Created: moment(r.Created),
		Commit: commit7(r.Commit), FullCommit: clean(r.Commit),
	}
	for _, problem := range r.Problems {
		v.Problems = append(v.Problems, newProblem(problem))
	}
	if r.Decision != nil {
		v.Decision, v.Asides = newDecision(*r.Decision, r.Run), asides(*r.Decision)
	}
	if r.Promotion != nil {
		v.Promotion = newPromotion(*r.Promotion)
	}
	if r.Run != nil {
		v.Run = newRun(*r.Run)
	}
	if r.Assessment != nil {
		v.Maturity = newMaturity(*r.Assessment)
		v.Maturity.Change = changeInShort(r.ScoreChange)
	}
	v.headline(r)
	return v
}

// subject is what the report is about.
func subject(r result.Report) string {
	switch {
	case r.Pipeline != "":
		return r.Pipeline
	case r.Decision != nil:
		return r.Decision.Pipeline
	case r.Run != nil:
		return r.Run.Pipeline
	case r.Promotion != nil:
		return r.Promotion.Pipeline
	default:
		return ""
	}
}

// newProblem divides "gate: connect to engine: …" into the step and the rest.
func newProblem(problem string) problemView {
	step, why, ok := strings.Cut(problem, ": ")
	if !ok || len(step) > 20 {
		return problemView{Why: phrase{said(sentence(problem))}}
	}
	if found := problemPlace.FindStringSubmatch(why); found != nil {
		return problemView{Step: phrase{name(step)}, Why: phrase{name(found[1]), own(": "), said(sentence(found[2]))}}
	}
	return problemView{Step: phrase{name(step)}, Why: phrase{said(sentence(why))}}
}

// problemPlace is a line of a file that a problem is about: "muster.yaml:10:1: …".
var problemPlace = regexp.MustCompile(`^(\S{1,200}:\d+(?::\d+)?): (.+)$`)

func newPromotion(p result.Promotion) *promotionView {
	v := &promotionView{Alias: name(p.Alias)}
	if p.Reason != "" {
		v.Reason = phrase{said(p.Reason)}
	}
	switch p.Status {
	case result.Promoted:
		v.Tone, v.Verdict = good, "promoted"
		v.What = phrase{name(p.Alias), own(" is now "), name(p.To)}
		if p.From == "" {
			v.What = append(v.What, own(", its first version"))
		} else {
			v.What = append(v.What, own("; it was "), name(p.From))
		}
		if p.Anchor != "" {
			v.What = append(v.What, own("; the anchor is now "), name(p.Anchor))
		}
		if p.Override {
			v.Tone, v.Verdict = unsure, "promoted against the gate"
		}
	case result.RolledBack:
		v.Tone, v.Verdict = unsure, "rolled back"
		v.What = phrase{name(p.Alias), own(" is again "), name(p.To), own("; it was "), name(p.From)}
	case result.Unchanged:
		v.Tone, v.Verdict = good, "unchanged"
		v.What = phrase{own("the candidate is the champion already")}
		if p.To != "" {
			v.What = phrase{name(p.Alias), own(" stays "), name(p.To)}
		}
	case result.Anchored:
		v.Tone, v.Verdict = good, "anchor moved"
		v.What = phrase{name(p.Alias), own(" is now "), name(p.To)}
	case result.Staged:
		v.Tone, v.Verdict = good, "staged"
		v.What = phrase{own("as "), name(p.To), own(", which no alias names")}
	case result.Signed:
		v.Tone, v.Verdict = good, "signed"
		v.What = phrase{name(p.Alias), own(" stays "), name(p.To), own("; signed with the key "), name(short(p.KeyID))}
	default:
		v.Tone, v.Verdict = neutral, "not promoted"
		v.What = v.Reason
		v.Reason = nil
	}
	for _, remark := range p.Remarks {
		if len(v.Reason) > 0 {
			v.Reason = phrase{said(sentence(v.Reason.String())), own(" ")}
		}
		v.Reason = append(v.Reason, said(sentence(remark)))
	}
	return v
}
