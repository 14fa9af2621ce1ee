package ci

import (
	"regexp"
	"slices"
	"strings"
)

// The conditions that decide by which trigger a job runs. Only these forms are
// understood; another condition leaves the triggers as they are.
var (
	eventIs    = regexp.MustCompile(`github\.event_name\s*(==|!=)\s*'([a-z_]+)'`)
	refIs      = regexp.MustCompile(`github\.ref(?:_name)?\s*==\s*'([^']+)'|startsWith\(\s*github\.ref\s*,\s*'([^']+)'`)
	actorIs    = regexp.MustCompile(`github\.(?:triggering_)?actor\s*==`)
	expression = regexp.MustCompile(`\$\{\{\s*(.*?)\s*\}\}`)
)

// eventTriggers maps the names of GitHub's events.
var eventTriggers = map[string]Trigger{
	"push": Push, "pull_request": Change, "pull_request_target": Change, "merge_group": Change,
	"schedule": Schedule, "workflow_dispatch": Manual, "repository_dispatch": Event, "workflow_run": After,
	"workflow_call": Call, "release": Release,
}

// never reports whether a condition is false whatever happens.
func never(cond string) bool {
	cond = strings.TrimSpace(cond)
	if m := expression.FindStringSubmatch(cond); m != nil && m[0] == cond {
		cond = m[1]
	}
	return cond == "false"
}

// narrow returns the triggers under which a condition can hold.
func narrow(triggers []Trigger, cond string) []Trigger {
	if cond == "" {
		return triggers
	}
	if strings.Contains(cond, "||") {
		return narrowAny(triggers, cond)
	}
	out := slices.Clone(triggers)
	for _, m := range eventIs.FindAllStringSubmatch(cond, -1) {
		t := eventTriggers[m[2]]
		out = slices.DeleteFunc(out, func(have Trigger) bool {
			same := have == t || t == Push && (have == Tag || have == Branch)
			return same == (m[1] == "!=")
		})
	}
	if m := refIs.FindStringSubmatch(cond); m != nil {
		out = narrowRef(out, m[1]+m[2])
	}
	if actorIs.MatchString(cond) { // whoever that actor is, it takes a click of theirs
		out = slices.DeleteFunc(out, func(have Trigger) bool { return have != Manual })
	}
	return out
}

// narrowAny returns the triggers that one of the alternatives lets through.
func narrowAny(triggers []Trigger, cond string) []Trigger {
	var out []Trigger
	for part := range strings.SplitSeq(cond, "||") {
		for _, t := range narrow(triggers, part) {
			out = add(out, t)
		}
	}
	slices.SortFunc(out, func(a, b Trigger) int { return slices.Index(triggers, a) - slices.Index(triggers, b) })
	return out
}

// narrowRef keeps the triggers that go with a ref: a branch is not what a pull
// request runs on, a tag comes from a push of a tag only.
func narrowRef(triggers []Trigger, ref string) []Trigger {
	tag := strings.HasPrefix(ref, "refs/tags")
	return slices.DeleteFunc(triggers, func(have Trigger) bool {
		if tag {
			return have != Tag && have != Release && have != Manual
		}
		return have == Change || have == Tag
	})
}

// substitute replaces the expressions whose values are known, and the others
// by a word that no command is called.
func substitute(text string, values map[string]string) string {
	if !strings.Contains(text, "${{") {
		return text
	}
	return expression.ReplaceAllStringFunc(text, func(m string) string {
		name := strings.ToLower(expression.FindStringSubmatch(m)[1])
		if v, ok := values[name]; ok {
			return v
		}
		return Unknown
	})
}

// Unknown stands where a script had an expression that only the host can tell.
const Unknown = "EXPRESSION"
