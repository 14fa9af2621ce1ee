package policies

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/internal/result"
)

// Check says what should be mended in a team's policies: what the gate would
// refuse, what is not formatted as `opa fmt` does, rules that decide nothing, and
// codes that no METADATA comment explains.
func Check(team Team) (result.PolicyCheck, error) {
	check := result.PolicyCheck{Schema: result.SchemaOf[result.PolicyCheck](), Files: []string{}, Problems: []result.PolicyProblem{}}
	modules, err := team.modules(true)
	if err != nil {
		return check, err
	}
	for _, module := range modules {
		check.Files = append(check.Files, module.Path)
		if text, err := rego.Format(module); err == nil && text != module.Source {
			warn(&check, module.Path, 0, "it is not formatted as opa fmt would", "muster policy check --write")
		}
	}
	set, err := LoadTeam(team)
	if invalid, ok := errors.AsType[*rego.CompileError](err); ok {
		for _, p := range invalid.Problems {
			check.Problems = append(check.Problems, result.PolicyProblem{Severity: "error", Path: p.Path, Line: p.Line, Column: p.Column, Message: p.Message})
		}
		return check, nil
	}
	if err != nil {
		return check, err
	}
	for _, finding := range set.unused() {
		warn(&check, finding.Policy, 0, "it decides nothing: it defines no deny, warn or info rule, and nothing that does uses it", "look for a misspelt name")
	}
	set.unexplained(&check)
	return check, nil
}

func warn(check *result.PolicyCheck, path string, line int, message, fix string) {
	check.Problems = append(check.Problems, result.PolicyProblem{Severity: "warning", Path: path, Line: line, Message: message, Fix: fix})
}

// unexplained warns of codes that rules of the team give and no METADATA comment
// explains. A code that is computed is not known before the rule is evaluated.
func (s *Set) unexplained(check *result.PolicyCheck) {
	known := map[string]bool{"policy": true}
	for _, explanation := range s.Explanations() {
		known[explanation.Code] = true
	}
	if s.own == nil {
		return
	}
	for _, used := range s.own.Constants("code") {
		if known[used.Value] {
			continue
		}
		warn(check, used.Path, used.Line, fmt.Sprintf("no METADATA comment explains the code %s", used.Value),
			"write one above the rule, with custom: {code: "+used.Value+"}")
		known[used.Value] = true
	}
	slices.SortStableFunc(check.Problems, func(a, b result.PolicyProblem) int { return strings.Compare(a.Path, b.Path) })
}
