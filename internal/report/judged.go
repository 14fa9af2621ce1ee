package report

import "github.com/muster-ci/muster/internal/result"

// judgedView is what one ruler says of the candidate.
type judgedView struct {
	Tone    tone
	Verdict string
	// By names the ruler, and whether what it says counts.
	By     phrase
	Reason phrase
}

// judged sets what the base's ruler decided beside what the change's own would
// have, where the change edits it.
func judged(d result.Decision) []judgedView {
	if d.Proposed == nil {
		return nil
	}
	base := phrase{own("by the base's gate")}
	if d.Receipt.Ruler != "" {
		base = phrase{own("by "), said(d.Receipt.Ruler)}
	}
	return []judgedView{
		newJudged(d.Verdict, append(base, own(" (counts)")), d.Reason),
		newJudged(d.Proposed.Verdict, phrase{own("by this change's own gate (shown only)")}, d.Proposed.Reason),
	}
}

func newJudged(verdict result.Verdict, by phrase, reason string) judgedView {
	v := judgedView{Tone: unsure, Verdict: verdictWord(verdict), By: by, Reason: phrase{said(sentence(bare(reason)))}}
	switch verdict {
	case result.Pass:
		v.Tone = good
	case result.Deny:
		v.Tone = bad
	}
	return v
}
