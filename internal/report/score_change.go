package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// changeView is what a change does to a repository's maturity.
type changeView struct {
	Tone    tone
	Verdict string
	Clause  phrase
	Lead    phrase
	Raised  []movedView
	Lowered []movedView
	Moved   []movedView
}

// movedView is a criterion that is answered differently.
type movedView struct {
	Tone     tone
	Verb     string // "raises", "lowers", "changes"
	ID       string
	Level    int
	Core     bool
	From, To string
	Reason   phrase
	Evidence []evidenceView
	Remedy   phrase
}

func newChange(c result.ScoreChange) changeView {
	v := changeView{Tone: neutral, Verdict: "the level stays " + levelText(c.Head), Clause: levelInWords(c.Head)}
	before, after := levelOf(c.Base), levelOf(c.Head)
	switch {
	case after > before:
		v.Tone, v.Verdict = good, fmt.Sprintf("raises the level: %s → %s", levelText(c.Base), levelText(c.Head))
	case after < before:
		v.Tone, v.Verdict = bad, fmt.Sprintf("lowers the level: %s → %s", levelText(c.Base), levelText(c.Head))
	case len(c.Lowered) > 0:
		v.Tone = unsure
	case len(c.Raised) > 0:
		v.Tone = good
	}
	base := phrase{own("the base")}
	if c.Base.Name != "" {
		base = phrase{name(c.Base.Name)}
	}
	if commit := commit7(c.Base.Commit); commit != "" && commit != head(c.Base.Name, 7) {
		base = append(base, own(" at "), name(commit))
	}
	v.Lead = append(phrase{own("Against ")}, base...)
	if len(c.Raised)+len(c.Lowered) == 0 {
		v.Lead = append(v.Lead, own(" no criterion is raised or lowered."))
		v.Moved = movedViews(c.Moved, "changes", neutral)
		return v
	}
	v.Lead = append(v.Lead, own(fmt.Sprintf(": %s raised, %d lowered; %d → %d %% of all weight is met.",
		plural(len(c.Raised), "criterion", "criteria"), len(c.Lowered), shareOf(c.Base.Share, 1), shareOf(c.Head.Share, 1))))
	v.Raised, v.Lowered, v.Moved = movedViews(c.Raised, "raises", good), movedViews(c.Lowered, "lowers", bad), movedViews(c.Moved, "changes", neutral)
	return v
}

func levelOf(s result.ScoreSide) int {
	if s.Level == nil {
		return -1
	}
	return *s.Level
}

func levelText(s result.ScoreSide) string {
	if s.Level == nil {
		return "none"
	}
	return fmt.Sprint(*s.Level)
}

func levelInWords(s result.ScoreSide) phrase {
	if s.Level == nil {
		return phrase{own(kindInWords(s.Kind))}
	}
	return phrase{own(levelName(*s.Level))}
}

func movedViews(list []result.CriterionChange, verb string, t tone) []movedView {
	const most = 3
	var out []movedView
	for _, c := range list {
		v := movedView{
			Tone: t, Verb: verb, ID: clip(clean(c.ID), nameLimit), Level: c.Level, Core: c.Core,
			From: answerText(c.From), To: answerText(c.To), Reason: phrase{said(c.Reason)},
		}
		if c.From == c.To { // only the evidence became stronger or weaker
			v.From, v.To = string(c.FromStrength), string(c.ToStrength)
		}
		for _, e := range c.Evidence[:min(len(c.Evidence), most)] {
			v.Evidence = append(v.Evidence, newEvidence(e))
		}
		if c.Remedy != "" {
			v.Remedy = phrase{said(c.Remedy)}
		}
		out = append(out, v)
	}
	return out
}

func answerText(verdict result.CriterionVerdict) string {
	_, text := answered(verdict)
	return text
}

func (v movedView) places() string {
	var out []string
	for _, e := range v.Evidence {
		out = append(out, e.Place)
	}
	return strings.Join(out, ", ")
}

func (v movedView) core() string {
	if v.Core {
		return ", core"
	}
	return ""
}

// changeInShort is what a change raises and lowers: "raises unit-tests; lowers model-registry".
func changeInShort(c *result.ScoreChange) phrase {
	if c == nil {
		return nil
	}
	var parts []phrase
	if before, after := levelOf(c.Base), levelOf(c.Head); before != after {
		parts = append(parts, phrase{own("level " + levelText(c.Base) + " → " + levelText(c.Head))})
	}
	for _, list := range []struct {
		verb    string
		changes []result.CriterionChange
	}{{"lowers ", c.Lowered}, {"raises ", c.Raised}} {
		if len(list.changes) > 0 {
			parts = append(parts, append(phrase{own(list.verb)}, idsOf(list.changes)...))
		}
	}
	return joined("; ", parts)
}

func idsOf(changes []result.CriterionChange) phrase {
	const most = 3
	var ids []phrase
	for _, c := range changes[:min(len(changes), most)] {
		ids = append(ids, phrase{name(c.ID)})
	}
	out := joined(", ", ids)
	if left := len(changes) - most; left > 0 {
		out = append(out, own(fmt.Sprintf(" and %d more", left)))
	}
	return out
}

// ScoreChange writes what a change does to the score, for a terminal.
func ScoreChange(w io.Writer, c result.ScoreChange, opts TerminalOptions) error {
	buf := bufio.NewWriter(w)
	v := newChange(c)
	t := terminal{Writer: buf, color: opts.Color, width: opts.columns()}
	t.println(t.mark(v.Tone) + " " + t.paint(ansiBold, v.Verdict+", "+t.words(v.Clause)))
	t.paragraph("  ", t.words(v.Lead))
	for _, list := range [][]movedView{v.Lowered, v.Raised, v.Moved} {
		for i, m := range list {
			if i == 0 {
				t.println("")
			}
			t.movedCriterion(m, opts.Verbose)
		}
	}
	return buf.Flush()
}

// movedCriterion writes "raises unit-tests: partial → met (tests/test_x.py:3)".
func (t terminal) movedCriterion(m movedView, verbose bool) {
	text := m.Verb + " " + termText(m.ID) + ": " + m.From + " → " + m.To
	if places := m.places(); places != "" {
		text += " (" + termText(places) + ")"
	}
	t.paragraph("  "+t.mark(m.Tone)+" ", text)
	if m.Tone == bad || verbose {
		t.paragraph("      ", t.words(m.Reason))
	}
	if len(m.Remedy) > 0 {
		t.paragraph("      → ", t.words(m.Remedy))
	}
}

// ScoreChangeMarkdown writes it for a pull request.
func ScoreChangeMarkdown(w io.Writer, c result.ScoreChange) error {
	buf := bufio.NewWriter(w)
	v := newChange(c)
	fmt.Fprintf(buf, "### %s Maturity: %s, %s\n\n%s\n", v.Tone.emoji(), v.Verdict, mdPhrase(v.Clause, false), mdPhrase(v.Lead, true))
	for _, list := range [][]movedView{v.Lowered, v.Raised, v.Moved} {
		for i, m := range list {
			if i == 0 {
				fmt.Fprintf(buf, "\n| %s | level | answer | why |\n|---|---|---|---|\n", m.Verb)
			}
			fmt.Fprintf(buf, "| %s %s | %d%s | %s → %s | %s |\n", m.Tone.emoji(), mdCode(m.ID), m.Level, m.core(), m.From, m.To, m.markdownWhy())
		}
	}
	return buf.Flush()
}

func (v movedView) markdownWhy() string {
	out := mdPhrase(v.Reason, false)
	if len(v.Evidence) > 0 {
		out += ": " + mdPlaces(v.Evidence, 0)
	}
	if len(v.Remedy) > 0 {
		out += " → " + mdPhrase(v.Remedy, false)
	}
	return out
}
