package report

import (
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// toPass says what would turn the denial round: a better model, or a waiver.
func toPass(d result.Decision) phrase {
	f := decisive(d)
	if d.Verdict == result.Pass || f == nil {
		return nil
	}
	var ways []phrase
	for _, f := range d.Findings {
		if f.Severity != result.SeverityDeny || f.Waived {
			continue
		}
		way := wayToPass(f, rowOf(d, f))
		if way != nil && !slices.ContainsFunc(ways, func(w phrase) bool { return w.String() == way.String() }) {
			ways = append(ways, way)
		}
	}
	out := listed(ways)
	explain := command("muster policy explain " + f.Code)
	switch {
	case len(ways) == 0:
		return phrase{explain, own(" says what helps.")}
	case f.Undecided || !result.Waivable(f.Code):
		return append(out, own(": "), explain)
	default:
		return append(out, own(", or ask for a dated waiver: "), explain)
	}
}

// wayToPass is the nearest thing that would have passed.
func wayToPass(f result.Finding, c *result.Compared) phrase {
	needed := strings.TrimSuffix(f.Passes, ".")
	if c == nil || c.Champion == nil {
		if needed == "" {
			return nil
		}
		return phrase{said(needed)}
	}
	margin := precisionFor(*c).margin(c.Margin)
	where := phrase{name(c.Metric)}
	if c.Slice != "" {
		where = append(where, own(" for "), name(c.Slice))
	}
	whole := *c
	whole.Slice = ""
	if b := beside(whole); b != "" {
		where = append(where, own(" "), said(b))
	}
	switch {
	case needed != "" && c.Verdict == result.Worse && c.Margin > 0 && onlyMargin(*c):
		drop := "drop"
		if c.Better == result.Lower {
			drop = "rise"
		}
		return append(append(phrase{own("keep the " + drop + " of ")}, where...), own(" within "+margin+" ("), said(needed), own(")"))
	case needed != "":
		return phrase{said(needed)}
	case c.Verdict == result.Equivalent && c.Require == result.RequireBetter:
		return append(append(phrase{own("show that ")}, where...), own(" is better"))
	case c.Verdict != result.Worse && (c.Verdict != result.Inconclusive || !c.Gated):
		return nil
	case c.Margin == 0:
		return append(append(phrase{own("show that ")}, where...), own(" is not worse"))
	default:
		return append(append(phrase{own("show that ")}, where...),
			own(" is not worse by more than "+margin+", with a better model or more evaluation rows"))
	}
}

// onlyMargin reports whether the margin alone decides, and not how sure the data is.
func onlyMargin(c result.Compared) bool {
	return c.Require == result.NotWorse || c.Against != "" || c.Interval == nil
}
