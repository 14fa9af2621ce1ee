package maturity

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/facts"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/rubric"
	"github.com/muster-ci/muster/maturity/source"
)

// equivalents looks for what the team names as doing what a criterion asks for. It
// counts where the line is there and something runs the file.
func (t *team) equivalents(view *facts.View, project string, answers map[string]rubric.Answer) {
	for _, e := range t.score.Equivalents {
		answer, asked := answers[e.Criterion]
		if !asked || !source.Under(e.Path, project) {
			continue
		}
		what := fmt.Sprintf("%s does what %s asks for: ", e.Path, e.Criterion)
		line := t.line(e)
		runners := runners(view.Walk, e.Path)
		switch {
		case answer.Verdict == result.CriterionMet || answer.Verdict == result.CriterionNotApplicable:
			what += "not needed"
		case line == 0:
			what += "no line of it fits the pattern"
		case len(runners) == 0:
			answers[e.Criterion] = equivalent(answer, e, line, result.CriterionPartial, result.StrengthDeclared, "; nothing runs it")
			what += "nothing runs it"
		default:
			answers[e.Criterion] = equivalent(answer, e, line, result.CriterionMet, result.StrengthWired, ", run by "+runners[0])
			what += fmt.Sprintf("found in line %d", line)
		}
		t.note(config.ScoreFile, e.Line, what)
	}
}

// runners are the names of the entries that run a file, or stand in it.
func runners(walk *reach.Result, file string) []string {
	var out []string
	runs := walk.Runs(file)
	for _, e := range walk.Entries {
		if _, ok := runs[e.ID]; (ok || e.Path == file) && e.Off == "" && e.Kind != reach.KindDocumented {
			out = append(out, e.Name)
		}
	}
	return out
}

func equivalent(was rubric.Answer, e config.Equivalent, line int, verdict result.CriterionVerdict, strength result.Strength, more string) rubric.Answer {
	place := result.Evidence{Path: e.Path, Line: line, Note: "the team's equivalent: " + e.Reason}
	return rubric.Answer{
		Verdict: verdict, Strength: strength, Reason: "an equivalent that the team names: " + strings.TrimSuffix(e.Reason, ".") + more,
		Evidence: append([]result.Evidence{place}, was.Evidence...),
	}
}

// line is the first line of code that fits the pattern; 0 if none does.
func (t *team) line(e config.Equivalent) int {
	pattern, err := regexp.Compile(e.Pattern)
	if err != nil || !slices.Contains(t.tree.Files, e.Path) {
		return 0
	}
	data, ok, err := small(t.files, e.Path)
	if err != nil || !ok {
		return 0
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		code := strings.TrimSpace(line)
		if !strings.HasPrefix(code, "#") && !strings.HasPrefix(code, "//") && pattern.MatchString(line) {
			return n
		}
	}
	return 0
}
