package policies

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/internal/result"
)

const (
	// maxFindings is how many findings one rule may give: nobody reads more, and
	// each of them is written down several times.
	maxFindings = 10_000
	// maxWords is how long a text of a finding may be, in bytes.
	maxWords = 10_000
)

// findingsOf turns the value of one rule into findings. Whatever is no finding
// becomes one that says so, and leaves the gate undecided.
func findingsOf(answer rego.Answer) []result.Finding {
	rule := answer.Rule
	switch {
	case answer.Err != nil:
		return broken(answer.Question, "cannot be evaluated: %s", cause(answer.Err))
	case !answer.Defined:
		return broken(answer.Question, "is undefined; write it as a set: %s contains {…} if {…}", rule)
	}
	items, ok := answer.Value.([]any)
	if !ok {
		return broken(answer.Question, "is %s and not a set of findings; write it as: %s contains {…} if {…}", kindOf(answer.Value), rule)
	}
	if len(items) > maxFindings {
		return broken(answer.Question, "has %d findings; more than %d are not taken", len(items), maxFindings)
	}
	var findings []result.Finding
	for _, item := range items {
		finding, problem := findingOf(item)
		if problem != "" {
			findings = append(findings, broken(answer.Question, "has a value that is no finding: %s", problem)...)
			continue
		}
		finding.Policy, finding.Rule, finding.Severity = source(answer.Question), answer.String(), result.Severity(rule)
		if finding.Undecided {
			finding.Severity = result.SeverityDeny
		}
		findings = append(findings, finding)
	}
	return findings
}

func source(question rego.Question) string { return strings.Join(question.Package.Files, ", ") }

// broken is the finding about a rule that gives none.
func broken(question rego.Question, format string, args ...any) []result.Finding {
	return []result.Finding{{
		Code: "policy-error", Severity: result.SeverityDeny, Undecided: true, Policy: source(question), Rule: question.String(),
		Message: fmt.Sprintf("Policy %s %s.", question, fmt.Sprintf(format, args...)),
	}}
}

// unanswered says which rules could not be asked any more, after one that did not end.
func unanswered(questions []rego.Question) []result.Finding {
	switch len(questions) {
	case 0:
		return nil
	case 1:
		return broken(questions[0], "was not evaluated, since the one before it did not end")
	default:
		return broken(questions[0], "and %d more were not evaluated, since the one before them did not end", len(questions)-1)
	}
}

// cause is the error on one line.
func cause(err error) string {
	return strings.TrimSuffix(strings.Join(strings.Fields(err.Error()), " "), ".")
}

// findingOf reads one element of a rule's set; problem says what is wrong with it.
func findingOf(item any) (finding result.Finding, problem string) {
	if message, ok := item.(string); ok {
		item = map[string]any{"code": "policy", "message": message}
	}
	object, ok := item.(map[string]any)
	if !ok {
		return finding, fmt.Sprintf("it is %s; give {\"code\": …, \"message\": …}, or the message alone", kindOf(item))
	}
	fields := []struct {
		name     string
		target   *string
		required bool
	}{
		{"code", &finding.Code, true},
		{"message", &finding.Message, true},
		{"metric", &finding.Metric, false},
		{"slice", &finding.Slice, false},
		{"passes", &finding.Passes, false},
	}
	for _, field := range fields {
		value, given := object[field.name]
		if !given && !field.required {
			continue
		}
		text, ok := value.(string)
		if !ok || (field.required && strings.TrimSpace(text) == "") {
			return finding, fmt.Sprintf("its %s is %s, not a text", field.name, kindOf(value))
		}
		if len(text) > maxWords {
			return finding, fmt.Sprintf("its %s has %d bytes; more than %d are not taken", field.name, len(text), maxWords)
		}
		*field.target = text
	}
	if value, given := object["undecided"]; given {
		if finding.Undecided, ok = value.(bool); !ok {
			return finding, fmt.Sprintf("its undecided is %s, not true or false", kindOf(value))
		}
	}
	return finding, ""
}

// kindOf names the kind of a JSON value as a person would.
func kindOf(value any) string {
	switch value := value.(type) {
	case nil:
		return "missing"
	case bool:
		return fmt.Sprint(value)
	case string:
		if strings.TrimSpace(value) == "" {
			return "an empty text"
		}
		return "a text"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	default:
		return "a number"
	}
}

// arrange sorts findings by weight and drops repetitions.
func arrange(findings []result.Finding) []result.Finding {
	weight := func(f result.Finding) int { return slices.Index(severities(), f.Severity) }
	slices.SortStableFunc(findings, func(a, b result.Finding) int {
		return cmp.Or(
			cmp.Compare(weight(a), weight(b)),
			cmp.Compare(min(len(a.Slice), 1), min(len(b.Slice), 1)),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Metric, b.Metric),
			cmp.Compare(a.Slice, b.Slice),
			cmp.Compare(a.Message, b.Message),
			cmp.Compare(a.Policy, b.Policy),
		)
	})
	findings = slices.CompactFunc(findings, func(a, b result.Finding) bool {
		a.Policy, b.Policy, a.Rule, b.Rule = "", "", "", ""
		return a == b
	})
	if findings == nil {
		return []result.Finding{} // a list in JSON, also when there is nothing to say
	}
	return findings
}

func verdictOf(findings []result.Finding) result.Verdict {
	verdict := result.Pass
	for _, finding := range findings {
		switch {
		case finding.Undecided:
			return result.Undecided
		case finding.Severity == result.SeverityDeny && !finding.Waived:
			verdict = result.Deny
		}
	}
	return verdict
}
