package policies

import (
	"fmt"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// reason says in one sentence why the verdict is what it is. It is the first line
// of every report, so it also says what the gate could not see, and what was waived.
func reason(verdict result.Verdict, findings []result.Finding, in Input) string {
	blind := blindness(in)
	switch verdict {
	case result.Deny:
		return "denied: " + first(findings, decides) + unseen(blind, "")
	case result.Undecided:
		return "cannot decide: " + first(findings, func(f result.Finding) bool { return f.Undecided }) + unseen(blind, leading(findings))
	}
	sentence := passReason(findings, in)
	if blind != "" {
		sentence = "this gate cannot see " + blind + "; as far as it sees, " + sentence
	}
	return sentence + aside(counted(warnings(findings), "warning"), waived(findings))
}

// decides reports whether the finding denies, and was not waived.
func decides(f result.Finding) bool { return f.Severity == result.SeverityDeny && !f.Waived }

// leading is the code of what leaves the gate undecided.
func leading(findings []result.Finding) string {
	at := slices.IndexFunc(findings, func(f result.Finding) bool { return f.Undecided })
	return findings[at].Code
}

// unseen is what follows a denial; blindness that is itself the reason is not said twice.
func unseen(blind, code string) string {
	if blind == "" || code == "metric-blind" {
		return ""
	}
	return "; this gate cannot see " + blind
}

// blindness says which drops the gate cannot see, or nothing if it sees them all.
func blindness(in Input) string {
	var blind []string
	for _, c := range in.Comparison {
		if !c.Blind || !c.Gated || c.Slice != "" || c.Against != "" || c.Data != "" {
			continue
		}
		what, size := "drops", ""
		if c.Better == result.Lower {
			what = "rises"
		}
		if c.Detectable != nil {
			size = " below " + short(*c.Detectable)
		}
		blind = append(blind, what+" of "+label(c.Metric)+size)
	}
	switch more := len(blind) - 1; {
	case more < 0:
		return ""
	case more == 0:
		return blind[0]
	default:
		return fmt.Sprintf("%s (nor those of %s)", blind[0], counted(more, "more metric"))
	}
}

// plainReason says why, where no more is known than the findings.
func plainReason(verdict result.Verdict, findings []result.Finding) string {
	if verdict == result.Pass {
		return "no policy objects"
	}
	return reason(verdict, findings, Input{})
}

// first returns the first message of those findings, and how many more there are.
func first(findings []result.Finding, want func(result.Finding) bool) string {
	chosen := slices.DeleteFunc(slices.Clone(findings), func(f result.Finding) bool { return !want(f) })
	more := ""
	if n := len(chosen) - 1; n > 0 {
		more = fmt.Sprintf("and %d more", n)
	}
	return strings.TrimSuffix(chosen[0].Message, ".") + aside(more, waived(findings))
}

// aside puts what there is into brackets.
func aside(parts ...string) string {
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func warnings(findings []result.Finding) (n int) {
	for _, finding := range findings {
		if finding.Severity == result.SeverityWarn {
			n++
		}
	}
	return n
}

// waived counts what passed by a waiver: findings, for one waiver may cover several.
func waived(findings []result.Finding) string {
	n := 0
	for _, finding := range findings {
		if finding.Waived {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d waived", n)
}

// counted is a number with its noun, or nothing for none.
func counted(n int, noun string) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "1 " + noun
	default:
		return fmt.Sprintf("%d %ss", n, noun)
	}
}

// passReason says what the candidate was shown to be.
func passReason(findings []result.Finding, in Input) string {
	switch {
	case in.has("bootstrap"):
		return "the gate is new here: " + in.thresholds(findings)
	case in.Champion == nil && !in.heldToBaseline():
		return "first model: " + in.thresholds(findings)
	}
	against := in.against()
	if in.Champion != nil && in.Candidate != nil && in.Candidate.Digest == in.Champion.Digest {
		return "the candidate is " + against + ": the same model"
	}
	var fine []string
	shown, better := true, true
	for _, c := range in.Comparison {
		if !c.Gated || c.Slice != "" || c.Against == "anchor" || c.Data != "" || slices.Contains(fine, c.Metric) || excused(findings, c.Metric) {
			continue
		}
		fine = append(fine, c.Metric)
		shown = shown && c.Verdict != result.Inconclusive
		better = better && c.Verdict == result.Better && c.Interval != nil // numbers without rows show nothing
	}
	what := "not worse than " + against + "'s"
	switch {
	case len(fine) == 0:
		return uncompared(findings, against)
	case better:
		what = "better than " + against + "'s"
	case !shown:
		what = "not shown to be worse than " + against + "'s"
	case result.MaybeChance(in.Comparison):
		what += "; the data shows no difference"
	}
	switch more := len(fine) - 1; more {
	case 0:
		return fmt.Sprintf("%s is %s", fine[0], what)
	case 1:
		return fmt.Sprintf("%s and %s are %s", fine[0], fine[1], what)
	default:
		return fmt.Sprintf("%s and %d more metrics are %s", fine[0], more, what)
	}
}

// uncompared says why a candidate passes of which no metric was shown to be good.
func uncompared(findings []result.Finding, against string) string {
	at := slices.IndexFunc(findings, func(f result.Finding) bool { return f.Waived && f.Waiver != nil })
	if at < 0 {
		return "no metric is compared with " + against + "'s"
	}
	f := findings[at]
	return fmt.Sprintf("%s; waived until %s by %s", strings.TrimSuffix(f.Message, "."), f.Waiver.Expires, printable(f.Waiver.Owner))
}

// excused reports whether a waiver let the metric pass over all rows: then it is
// not among those that were shown to be good.
func excused(findings []result.Finding, metric string) bool {
	return slices.ContainsFunc(findings, func(f result.Finding) bool { return f.Waived && f.Metric == metric && f.Slice == "" })
}

// against names what the candidate is held against.
func (in Input) against() string {
	switch {
	case in.heldToBaseline():
		return "the baseline"
	case in.Champion != nil && in.Champion.Version != "":
		return in.Champion.Version
	default:
		return "the champion"
	}
}

// heldToBaseline reports whether numbers stood in for the champion in everything that was compared.
func (in Input) heldToBaseline() bool {
	baseline := false
	for _, c := range in.Comparison {
		if !c.Gated || c.Slice != "" || c.Data != "" || c.Against == "anchor" {
			continue
		}
		if c.Against != "baseline" {
			return false
		}
		baseline = true
	}
	return baseline
}

func (in Input) has(code string) bool {
	return slices.ContainsFunc(in.Problems, func(p Problem) bool { return p.Code == code })
}

// thresholds says what a model had to show that nothing was compared with.
func (in Input) thresholds(findings []result.Finding) string {
	if slices.ContainsFunc(findings, func(f result.Finding) bool { return f.Waived && strings.HasPrefix(f.Code, "threshold-") }) {
		return "a threshold is not met, and that is waived"
	}
	for _, metric := range in.Gate.Metrics {
		if metric.Min != nil || metric.Max != nil {
			return "thresholds met"
		}
	}
	return "there is nothing to compare it with"
}
