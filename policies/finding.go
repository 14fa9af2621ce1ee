package policies

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/internal/result"
)

// findingsOf turns the value of one rule into findings. Whatever is no finding
// becomes one that says so, and leaves the gate undecided.
func findingsOf(pkg rego.Package, rule string, value any, defined bool, err error) []result.Finding {
	source := strings.Join(pkg.Files, ", ")
	broken := func(format string, args ...any) []result.Finding {
		return []result.Finding{{
			Code: "policy-error", Severity: result.SeverityDeny, Undecided: true, Policy: source,
			Message: fmt.Sprintf("Policy %s.%s %s.", pkg.Name, rule, fmt.Sprintf(format, args...)),
		}}
	}
	switch {
	case err != nil:
		return broken("cannot be evaluated: %s", cause(err))
	case !defined:
		return broken("is undefined; write it as a set: %s contains {…} if {…}", rule)
	}
	items, ok := value.([]any)
	if !ok {
		return broken("is %s and not a set of findings; write it as: %s contains {…} if {…}", kindOf(value), rule)
	}
	var findings []result.Finding
	for _, item := range items {
		finding, problem := findingOf(item)
		if problem != "" {
			findings = append(findings, broken("has a value that is no finding: %s", problem)...)
			continue
		}
		finding.Policy, finding.Severity = source, result.Severity(rule)
		if finding.Undecided {
			finding.Severity = result.SeverityDeny
		}
		findings = append(findings, finding)
	}
	return findings
}

// cause is the error on one line, without the query, which the message names already.
func cause(err error) string {
	if inner := errors.Unwrap(err); inner != nil {
		err = inner
	}
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
		a.Policy, b.Policy = "", ""
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
