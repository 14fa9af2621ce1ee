package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// Rationale writes how the answer to a criterion came about, for a terminal.
func Rationale(w io.Writer, r result.Rationale, opts TerminalOptions) error {
	buf := bufio.NewWriter(w)
	t := terminal{Writer: buf, color: opts.Color, width: opts.columns(), verbose: opts.Verbose}
	c := newCriterion(r.Criterion)
	t.println(t.mark(c.Tone) + " " + t.paint(ansiBold, termText(c.ID)+": "+c.Verdict+", evidence "+termText(c.Strength)))
	t.paragraph("  ", termText(c.Question))
	t.paragraph("  ", t.words(c.Reason))
	for _, e := range c.Evidence {
		t.paragraph("    ", termText(e.where()))
	}
	t.meaning(r)
	t.seenFacts(r)
	t.title("The rule, in Rego")
	for line := range strings.SplitSeq(strings.TrimRight(r.Rule, "\n"), "\n") {
		t.println("  " + termText(cleanLine(line)))
	}
	return buf.Flush()
}

// meaning says what the criterion is about.
func (t terminal) meaning(r result.Rationale) {
	kind := fmt.Sprintf("level %d, weight %g", r.Criterion.Level, weight(r.Criterion))
	if r.Criterion.Core {
		kind += ", core"
	}
	if r.Attestable {
		kind += ", may be attested"
	}
	t.println("")
	for _, part := range []struct{ label, text string }{
		{"what it is  ", kind},
		{"why         ", r.Why},
		{"proof       ", r.Proof},
		{"not asked   ", r.NotApplicable},
		{"how         ", r.Fix},
		{"source      ", r.Source},
	} {
		if text := clip(clean(part.text), messageLimit); text != "" {
			t.paragraph("  "+part.label, termText(text))
		}
	}
	t.examples("What counts", r.Counts)
	t.examples("What only looks like it", r.LookAlikes)
}

func (t terminal) examples(title string, list []string) {
	if len(list) == 0 {
		return
	}
	t.title(title)
	for _, example := range list {
		t.paragraph("  - ", termText(clip(clean(example), 2*messageLimit)))
	}
}

// seenFacts are what the rule had to go by.
func (t terminal) seenFacts(r result.Rationale) {
	const few = 15
	if len(r.Facts) == 0 {
		t.title("Facts: none of what the rule looks at was seen")
		t.paragraph("  ", "it looks at "+termText(clip(clean(strings.Join(r.Categories, ", ")), messageLimit)))
		return
	}
	shown := r.Facts
	if !t.verbose {
		shown = shown[:min(few, len(shown))]
	}
	t.title(fmt.Sprintf("Facts that the rule looks at: %d", len(r.Facts)+r.FactsLeftOut))
	for _, f := range shown {
		place := newEvidence(result.Evidence{Path: f.Path, Line: f.Line}).Place
		text := clip(clean(f.Category), nameLimit) + ": " + clip(clean(f.Subject), lineLimit)
		if f.Context != "" {
			text += " (" + clip(clean(f.Context), nameLimit) + ")"
		}
		t.paragraph("  · ", termText(place+"  "+text))
		for _, by := range f.Reached {
			t.paragraph("      ", termText("run by "+clip(clean(by), lineLimit)))
		}
		if len(f.Reached) == 0 && slices.Contains([]string{"source", "command", "notebook"}, f.Context) {
			t.paragraph("      ", "nothing runs it")
		}
		if f.Lost != "" {
			t.paragraph("      ", termText("its failure is lost: "+clip(clean(f.Lost), lineLimit)))
		}
	}
	if left := len(r.Facts) - len(shown) + r.FactsLeftOut; left > 0 {
		t.paragraph("  ", fmt.Sprintf("and %d more; -v shows more", left))
	}
}
