package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// replayedShown is how many decisions, and how many unread records, are listed.
const replayedShown = 50

// Replay writes what other policies would have decided, the sentence that matters
// first, then every decision that would be another, or would have other reasons.
func Replay(w io.Writer, r result.Replay, opts TerminalOptions) error {
	t := newTerminal(w, opts)
	tone := good
	if r.Counts.WouldStop+r.Counts.WouldPass+r.Counts.Unread > 0 {
		tone = unsure
	}
	for i, line := range wrap(termText(clip(clean(r.Summary), messageLimit)), t.width-2) {
		mark := " "
		if i == 0 {
			mark = t.mark(tone)
		}
		t.println(mark + " " + t.paint(ansiBold, line))
	}
	changed := slices.DeleteFunc(slices.Clone(r.Decisions), func(d result.Replayed) bool {
		return d.Was == d.WouldBe && len(d.New)+len(d.Gone) == 0
	})
	t.replayed(changed, len(r.Decisions)-len(changed))
	if len(r.Unread) > 0 {
		t.title("Could not be judged")
		for _, u := range r.Unread[:min(len(r.Unread), replayedShown)] {
			t.paragraph("  "+t.mark(unsure)+" ", termText(clip(clean(u.Source+": "+u.Why), messageLimit)))
		}
		if more := r.Counts.Unread - replayedShown; more > 0 {
			t.paragraph("  ", "and "+plural(more, "more record", "more records"))
		}
	}
	return t.Flush()
}

// replayed is the table of what would be different; others is how much would not.
func (t terminal) replayed(changed []result.Replayed, others int) {
	if len(changed) > 0 {
		t.title("What would be different")
		table := grid{indent: 2, header: []string{"", "when", "change", "commit", "was", "would be", "why"}}
		shown := changed[max(len(changed)-replayedShown, 0):] // the latest
		for _, d := range shown {
			tone := replayedTone(d)
			table.add(tone, tone.Mark(), d.At.UTC().Format("2006-01-02 15:04"), termText(clip(clean(d.Change), nameLimit)),
				termText(commit7(clean(d.Commit))), verdictWord(d.Was), verdictWord(d.WouldBe), termText(clip(clean(replayedWhy(d)), messageLimit)))
		}
		t.grid(table)
		if more := len(changed) - len(shown); more > 0 {
			t.paragraph("  ", "and "+plural(more, "older one", "older ones")+" (--format json has them)")
		}
	}
	if others > 0 {
		t.println("")
		t.paragraph("  ", fmt.Sprintf("%s would be the same.", plural(others, "decision", "decisions")))
	}
}

func replayedTone(d result.Replayed) tone {
	switch {
	case d.Was == d.WouldBe:
		return neutral
	case d.WouldBe == result.Pass:
		return good
	case d.WouldBe == result.Deny:
		return bad
	default:
		return unsure
	}
}

// replayedWhy names the codes that make the difference.
func replayedWhy(d result.Replayed) string {
	var parts []string
	if len(d.New) > 0 {
		parts = append(parts, "new: "+strings.Join(d.New, ", "))
	}
	if len(d.Gone) > 0 {
		parts = append(parts, "gone: "+strings.Join(d.Gone, ", "))
	}
	if d.Waived > 0 {
		parts = append(parts, fmt.Sprintf("%d waived", d.Waived))
	}
	return strings.Join(parts, "; ")
}
