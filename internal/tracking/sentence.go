package tracking

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// summary is the sentence that answers why the second run is worse, or better,
// than the first.
func summary(d result.Diff, a, b result.Run) string {
	causes, aside := causesOf(d, a, b)
	switch {
	case b.Status != result.RunPassed && a.Status == result.RunPassed:
		return stopped(d.B) + because(append(causes, aside...))
	case len(d.Metrics) > 0:
		return movement(d.Metrics) + explained(d, causes, aside)
	case len(causes)+len(aside) == 0 && len(d.Outputs) > 0:
		return "The same went in, and something else came out, in " + paths(d.Outputs) + "; the metrics are the same."
	case len(causes)+len(aside) == 0 && len(d.Stages) > 0:
		return "The runs did not come equally far; nothing else differs."
	case len(causes)+len(aside) == 0:
		return "Nothing differs: the same code, data, parameters, commands and images" + sameMetrics(d) + "."
	default:
		return "What changed: " + listed(append(causes, aside...)) + sameMetrics(d) + "."
	}
}

func sameMetrics(d result.Diff) string {
	if len(d.A.Metrics) == 0 || len(d.B.Metrics) == 0 {
		return ""
	}
	return "; the metrics are the same"
}

func paths(files []result.FileChange) string {
	var names []string
	for _, file := range files {
		names = append(names, file.Path)
	}
	return listed(names)
}

// stopped says how a run ended that did not pass.
func stopped(s result.Summary) string {
	if len(s.Failed) == 0 {
		return "The later run was interrupted"
	}
	why, _, _ := strings.Cut(s.Error, "\n")
	return fmt.Sprintf("The later run failed in %s: %s", s.Failed[0], strings.TrimSuffix(why, ":"))
}

func because(causes []string) string {
	if len(causes) == 0 {
		return ", although nothing that muster records differs."
	}
	return ". What changed: " + listed(causes) + "."
}

// movement says which way the metrics moved: what became worse before what
// became better.
func movement(changes []result.MetricChange) string {
	for _, outcome := range []result.Outcome{result.Worse, result.Better, result.Inconclusive} {
		var of []result.MetricChange
		for _, change := range changes {
			if change.Outcome == outcome && (outcome != result.Inconclusive || change.Difference != nil) {
				of = append(of, change)
			}
		}
		if len(of) == 0 {
			continue
		}
		word := map[result.Outcome]string{result.Worse: " is worse, ", result.Better: " is better, ", result.Inconclusive: " went "}[outcome]
		text := of[0].Name + word + moved(of[0].A.Value, of[0].B.Value)
		if others := len(of) - 1; others > 0 {
			text += fmt.Sprintf(", and so %s %s", isAre(others), plural(others, "other metric", "other metrics"))
		}
		return text
	}
	missing := changes[0]
	if missing.B == nil {
		return missing.Name + " is missing in the later run"
	}
	return missing.Name + " is missing in the earlier run"
}

func explained(d result.Diff, causes, aside []string) string {
	measured := ""
	if d.A.Model != "" && d.A.Model == d.B.Model {
		measured = " The model is the same: it was measured otherwise."
	}
	switch {
	case len(causes) > 0:
		return ". What changed: " + listed(causes) + "." + measured
	case len(d.Stages) > 0:
		return ". The runs did not come equally far." + measured
	case len(aside) > 0:
		return ", although only " + listed(aside) + " changed, which the metrics do not depend on." + measured
	case len(d.Surroundings) > 0:
		return ", although code, data, parameters, commands and images are the same; " + names(d.Surroundings) + " differ: the pipeline may not give the same result twice." + measured
	default:
		return ", although nothing that muster records differs: the pipeline does not give the same result twice." + measured
	}
}

func names(changes []result.Change) string {
	var out []string
	for _, change := range changes {
		out = append(out, change.Name)
	}
	return listed(out)
}

func before(value *string) string {
	if value == nil {
		return "none"
	}
	return clip(*value)
}

// clip shortens a value so that a sentence stays one.
func clip(value string) string {
	const most = 40
	value = strings.Join(strings.Fields(value), " ")
	if runes := []rune(value); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return value
}

// moved writes two numbers with as many digits as tell them apart.
func moved(a, b float64) string {
	const fewest, most = 3, 15
	for digits := fewest; ; digits++ {
		x, y := number(a, digits), number(b, digits)
		if x != y || digits == most {
			return x + " → " + y
		}
	}
}

func number(v float64, digits int) string {
	text := strconv.FormatFloat(v, 'g', digits, 64)
	if size := math.Abs(v); size >= 1e-4 && size < 1e9 {
		rounded, _ := strconv.ParseFloat(text, 64) // it was made by FormatFloat
		text = strconv.FormatFloat(rounded, 'f', -1, 64)
	}
	return strings.ReplaceAll(text, "-", "−")
}

// listed writes at most three things, and how many more there are.
func listed(all []string) string {
	const most = 3
	return joined(all[:min(len(all), most)], len(all)-min(len(all), most))
}

func joined(all []string, more int) string {
	text := strings.Join(all, ", ")
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "one " + one
	}
	return strconv.Itoa(n) + " " + many
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
