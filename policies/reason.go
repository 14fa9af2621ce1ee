package policies

import (
	"fmt"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// reason says in one sentence why the verdict is what it is.
func reason(verdict result.Verdict, findings []result.Finding, in Input) string {
	switch verdict {
	case result.Deny:
		return "denied: " + first(findings, func(f result.Finding) bool { return f.Severity == result.SeverityDeny })
	case result.Undecided:
		return "cannot decide: " + first(findings, func(f result.Finding) bool { return f.Undecided })
	}
	sentence := passReason(in)
	warnings := 0
	for _, finding := range findings {
		if finding.Severity == result.SeverityWarn {
			warnings++
		}
	}
	switch warnings {
	case 0:
		return sentence
	case 1:
		return sentence + " (1 warning)"
	default:
		return fmt.Sprintf("%s (%d warnings)", sentence, warnings)
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
	findings = slices.DeleteFunc(slices.Clone(findings), func(f result.Finding) bool { return !want(f) })
	message := strings.TrimSuffix(findings[0].Message, ".")
	if more := len(findings) - 1; more > 0 {
		message += fmt.Sprintf(" (and %d more)", more)
	}
	return message
}

// againstBaseline is what a comparison is against where numbers stand in for the champion.
const againstBaseline = "baseline"

func passReason(in Input) string {
	onNumbers := slices.ContainsFunc(in.Comparison, func(c result.Compared) bool { return c.Against == againstBaseline })
	if in.Champion == nil && !onNumbers {
		if in.hasThresholds() {
			return "first model: thresholds met"
		}
		return "first model: there is nothing to compare it with"
	}
	champion := "the champion"
	switch {
	case onNumbers:
		champion = "the baseline"
	case in.Champion.Version != "":
		champion = in.Champion.Version
	}
	if in.Candidate != nil && in.Champion != nil && in.Candidate.Digest == in.Champion.Digest {
		return "the candidate is " + champion + ": the same model"
	}
	var compared []string
	shown := true
	for _, c := range in.Comparison {
		if c.Gated && c.Slice == "" && c.Against != "anchor" && c.Data == "" && !slices.Contains(compared, c.Metric) {
			compared = append(compared, c.Metric)
			shown = shown && c.Verdict != result.Inconclusive
		}
	}
	if len(compared) == 0 {
		return "no metric is compared with " + champion + "'s"
	}
	not := "not worse than "
	if !shown {
		not = "not shown to be worse than "
	}
	switch more := len(compared) - 1; more {
	case 0:
		return fmt.Sprintf("%s is %s%s's", compared[0], not, champion)
	case 1:
		return fmt.Sprintf("%s and %s are %s%s's", compared[0], compared[1], not, champion)
	default:
		return fmt.Sprintf("%s and %d more metrics are %s%s's", compared[0], more, not, champion)
	}
}

func (in Input) hasThresholds() bool {
	for _, metric := range in.Gate.Metrics {
		if metric.Min != nil || metric.Max != nil {
			return true
		}
	}
	return false
}
