package report

import (
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// aside is what a reader must not miss beside the verdict: it stands in the first
// line, and in a line of its own below the sentence.
type aside struct {
	// Short is a clause of the headline; empty if the verdict has the word already.
	Short phrase
	Long  []phrase
}

// asides are what must be said first whatever the verdict is: what the gate
// cannot see, that it is new here, whom it holds the candidate against, and what
// was waived.
func asides(d result.Decision) []aside {
	var all []aside
	if rows := blindRows(d); len(rows) > 0 {
		all = append(all, blindAside(rows))
	}
	if found := messages(d, "bootstrap"); len(found) > 0 {
		all = append(all, aside{phrase{own("the gate is new here")}, found})
	}
	if found := messages(d, "champion-overridden"); len(found) > 0 {
		champion := phrase{own("the champion")}
		if d.Champion != nil && d.Champion.Version != "" {
			champion = phrase{name(d.Champion.Version)}
		}
		all = append(all, aside{append(champion, own(" was promoted against the gate")), found})
	}
	if waivers := waiversUsed(d); len(waivers) > 0 {
		all = append(all, waiverAside(d, waivers))
	}
	if found := messages(d, "waiver-expired"); len(found) > 0 {
		short := "a waiver has expired"
		if len(found) > 1 {
			short = plural(len(found), "waiver has", "waivers have") + " expired"
		}
		all = append(all, aside{phrase{own(short)}, found})
	}
	return all
}

// toldAside reports whether an aside tells what the finding says.
func toldAside(f result.Finding) bool {
	return slices.Contains([]string{"metric-blind", "bootstrap", "champion-overridden", "waiver-expired"}, f.Code) && f.Severity != result.SeverityDeny
}

func messages(d result.Decision, code string) []phrase {
	var out []phrase
	for _, f := range d.Findings {
		if f.Code == code && f.Severity != result.SeverityDeny {
			out = append(out, phrase{said(sentence(f.Message)), own(" ("), name(f.Code), own(")")})
		}
	}
	return atMost(out, "more of the kind")
}

// atMost keeps the first few lines, and says how many more there are.
func atMost(lines []phrase, more string) []phrase {
	const most = 5
	if len(lines) <= most {
		return lines
	}
	return append(lines[:most:most], phrase{own("And " + plural(len(lines)-most, more, more) + ".")})
}

// blindRows are the gated metrics of which the data cannot show drops that matter.
func blindRows(d result.Decision) []result.Compared {
	return slices.DeleteFunc(slices.Clone(d.Comparison), func(c result.Compared) bool {
		return !c.Blind || !c.Gated || c.Slice != "" || !champions(c)
	})
}

func blindAside(rows []result.Compared) aside {
	first := unseen(rows[0])
	if more := len(rows) - 1; more > 0 {
		first = append(first, own(" (nor those of "+plural(more, "more metric", "more metrics")+")"))
	}
	a := aside{Short: append(phrase{own("this gate cannot see ")}, first...)}
	for _, c := range rows {
		line := append(phrase{own("It cannot see ")}, unseen(c)...)
		if c.Margin > 0 {
			line = append(line, own("; "+precisionFor(c).margin(c.Margin)+" is allowed"))
		}
		a.Long = append(a.Long, append(line, own(".")))
	}
	a.Long = append(atMost(a.Long, "more blind"), phrase{
		own("What helps: more than "), own(plural(rows[0].N, "evaluation row", "evaluation rows")), own(", or a wider margin. "), command("muster calibrate"), own(" says which margin the data can carry. ("), name("metric-blind"), own(")"),
	})
	return a
}

// unseen is what a blind row does not show: "drops of roc_auc below 0.06".
func unseen(c result.Compared) phrase {
	what := "drops of "
	if c.Better == result.Lower {
		what = "rises of "
	}
	out := phrase{own(what), name(c.Metric)}
	if c.Detectable != nil {
		out = append(out, own(" below "+significant(*c.Detectable, 2)))
	}
	return out
}

// waiversUsed are those that let a finding pass.
func waiversUsed(d result.Decision) []result.Waiver {
	used := slices.Clone(d.Receipt.Waivers)
	for _, f := range d.Findings {
		if f.Waived && f.Waiver != nil && !slices.Contains(used, *f.Waiver) {
			used = append(used, *f.Waiver)
		}
	}
	return used
}

func waiverAside(d result.Decision, waivers []result.Waiver) aside {
	var a aside
	if d.Verdict != result.Pass { // else the verdict counts them
		a.Short = phrase{own(plural(len(waivers), "waiver", "waivers") + " used")}
	}
	for _, w := range waivers {
		a.Long = append(a.Long, append(phrase{{Text: "Waived:", Style: strong}, own(" ")}, waiverPhrase(w)...))
	}
	a.Long = atMost(a.Long, "more waived")
	return a
}

// waiverPhrase says what is waived, why, by whom and until when.
func waiverPhrase(w result.Waiver) phrase {
	out := phrase{name(w.Finding)}
	if w.Metric != "" {
		out = append(out, own(" of "), name(w.Metric))
	}
	if w.Slice != "" {
		out = append(out, own(" for "), name(w.Slice))
	}
	out = append(out, own(": "), said(strings.TrimSuffix(w.Reason, ".")), own(" ("))
	if w.Review != "" {
		return append(out, own("by "), said(w.Owner), own(" in review, until "), said(w.Expires), own(", "), name(w.Review), own(")"))
	}
	out = append(out, said(w.Owner), own(", until "), said(w.Expires))
	if w.Source != "" {
		out = append(out, own(", "), name(w.Source))
	}
	return append(out, own(")"))
}
