package ci

import (
	"regexp"
	"strings"
)

var (
	expression  = regexp.MustCompile(`\$\{\{\s*(.*?)\s*\}\}`)
	startsWith  = regexp.MustCompile(`(?i)^startsWith\(\s*([\w.]+)\s*,\s*'([^']*)'\s*\)$`)
	containsRef = regexp.MustCompile(`(?i)^contains\(\s*([\w.]+)\s*,\s*'([^']*)'\s*\)$`)
	containsAny = regexp.MustCompile(`(?i)^contains\(\s*fromJSON\(\s*'(\[[^']*\])'\s*\)\s*,\s*([\w.]+)\s*\)$`)
)

// eventTriggers maps the names of GitHub's events.
var eventTriggers = map[string]Trigger{
	"push": Push, "pull_request": Change, "pull_request_target": Change, "merge_group": Change,
	"schedule": Schedule, "workflow_dispatch": Manual, "repository_dispatch": Event, "workflow_run": After,
	"workflow_call": Call, "release": Release,
}

// events are the names under which GitHub knows a trigger.
func events(t Trigger) []string {
	switch t {
	case Push, Tag, Branch:
		return []string{"push"}
	case Change:
		return []string{"pull_request"}
	case Schedule:
		return []string{"schedule"}
	case Manual:
		return []string{"workflow_dispatch"}
	case Event:
		return []string{"repository_dispatch"}
	case After:
		return []string{"workflow_run"}
	case Release:
		return []string{"release"}
	}
	return nil
}

// event is the one name for those that mean the same here.
func event(name string) string {
	if name == "pull_request_target" || name == "merge_group" {
		return "pull_request"
	}
	return name
}

// unwrapped takes ${{ }} off a condition.
func unwrapped(cond string) string {
	cond = strings.TrimSpace(cond)
	if m := expression.FindStringSubmatch(cond); m != nil && m[0] == cond {
		return m[1]
	}
	return expression.ReplaceAllString(cond, "$1")
}

var (
	comparesStart = regexp.MustCompile(`==|!=|\b(startsWith|contains)\(`)
	givesText     = regexp.MustCompile(`(&&|\|\|)\s*('|format\()`)
)

// isAboutStart reports whether a value is one expression that is true or false by
// what started the workflow.
func isAboutStart(value string) bool {
	value = strings.TrimSpace(value)
	m := expression.FindStringSubmatch(value)
	return m != nil && m[0] == value && strings.Contains(m[1], "github.") && comparesStart.MatchString(m[1]) && !givesText.MatchString(m[1])
}

// never reports whether a condition is false whatever happens.
func never(cond string) bool {
	return cond != "" && evaluate(unwrapped(cond), maxNesting, func(text string) truth {
		return literal(text)
	}) == no
}

// literal is the truth of what needs no context: 0, ”, 'a' == 'b'.
func literal(text string) truth {
	switch strings.TrimSpace(text) {
	case "0", "''", "null":
		return no
	}
	if parts := splitTop(text, "=="); len(parts) == 2 {
		a, b := strings.TrimSpace(parts[0]), strings.TrimSpace(parts[1])
		if isQuoted(a) && isQuoted(b) {
			return truthOf(a == b)
		}
	}
	return maybe
}

// Narrow returns the triggers under which a condition of a workflow of GitHub
// can hold.
func (o Options) Narrow(triggers []Trigger, cond string) []Trigger {
	return settled(o.narrow(triggers, cond), cond)
}

func (o Options) narrow(triggers []Trigger, cond string) []Trigger {
	return narrowBy(triggers, unwrapped(cond), o.github)
}

// github is the truth of one comparison when a trigger starts the workflow.
func (o Options) github(text string, t Trigger) truth {
	if known := literal(text); known != maybe {
		return known
	}
	if m := startsWith.FindStringSubmatch(text); m != nil && isRef(m[1]) {
		return o.githubRef(m[2], t)
	}
	if m := containsRef.FindStringSubmatch(text); m != nil && isRef(m[1]) && strings.Contains(m[2], "tags") {
		return o.githubRef("refs/tags/", t)
	}
	if m := containsAny.FindStringSubmatch(text); m != nil && strings.EqualFold(m[2], "github.event_name") {
		return listed(m[1], events(t))
	}
	left, op, right, ok := comparison(text, "==", "!=")
	if !ok {
		return o.githubFlag(text, t)
	}
	same := o.githubEqual(strings.ToLower(left), right, t)
	if op == "!=" {
		return same.not()
	}
	return same
}

func isRef(name string) bool {
	switch strings.ToLower(name) {
	case "github.ref", "github.ref_name":
		return true
	}
	return false
}

// listed is the truth of a membership of which several names are possible.
func listed(list string, names []string) truth {
	hits := 0
	for _, name := range names {
		if strings.Contains(list, `"`+name+`"`) {
			hits++
		}
	}
	switch {
	case len(names) == 0 || hits > 0 && hits < len(names):
		return maybe
	case hits == 0:
		return no
	}
	return yes
}

// githubFlag is the truth of a bare value.
func (o Options) githubFlag(text string, t Trigger) truth {
	text = strings.ToLower(text)
	switch {
	case strings.HasPrefix(text, "github.event.pull_request.merged"):
		return truthOf(t == merged)
	case strings.HasPrefix(text, "github.event.inputs.") || strings.HasPrefix(text, "inputs."):
		if t != Manual && t != Call {
			return no
		}
	case strings.HasPrefix(text, "contains(github.event.pull_request.labels") || text == "github.head_ref":
		if t != Change && t != Call {
			return no
		}
	}
	return maybe
}

// githubEqual is the truth of "left == right".
func (o Options) githubEqual(left, right string, t Trigger) truth {
	switch {
	case left == "github.event_name":
		if t == Other || t == Call {
			return maybe
		}
		return compared("==", event(right), events(t)...)
	case isRef(left):
		return o.githubRef(right, t)
	case left == "github.ref_type":
		return truthOf(t == Tag || t == Release).equal(right == "tag")
	case left == "github.actor" || left == "github.triggering_actor":
		if t != Manual { // whoever that actor is, it takes a click of theirs
			return no
		}
	case left == "github.event.pull_request.merged":
		return truthOf(t == merged).equal(right == "true")
	case left == "github.event.schedule":
		if t != Schedule && t != Call {
			return no
		}
	case strings.HasPrefix(left, "github.event.inputs.") || strings.HasPrefix(left, "inputs."):
		if t != Manual && t != Call && right != "" && right != "false" {
			return no
		}
	case left == "github.event.action" && (t == Push || t == Tag || t == Schedule || t == Manual):
		return no
	case strings.HasPrefix(left, "github.event.workflow_run.") && t != After && t != Call:
		return no
	case strings.HasPrefix(left, "github.event.client_payload.") && t != Event:
		return no
	case left == "github.event.label.name" && t != Change && t != Other && t != Call:
		return no
	}
	return maybe
}

// equal is the truth of "this is b".
func (t truth) equal(b bool) truth {
	if b {
		return t
	}
	return t.not()
}

// githubRef is the truth of "the ref is, or begins with" one: a branch is not
// what a pull request runs on, a tag comes from a push of a tag only.
func (o Options) githubRef(ref string, t Trigger) truth {
	isTag := t == Tag || t == Release
	switch {
	case t == Call || t == Other:
		return maybe
	case strings.HasPrefix(ref, "refs/tags"):
		return anyOf(isTag, isTag || t == Manual)
	case strings.HasPrefix(ref, "refs/pull"):
		return truthOf(t == Change)
	}
	branch := strings.TrimPrefix(ref, "refs/heads/")
	toDefault := branch == "" || o.isDefault([]string{branch})
	switch t {
	case Change, Tag, Release:
		if branch != ref || toDefault {
			return no
		}
		return maybe
	case Push, merged, Schedule, After, Event:
		if !toDefault && branch != ref {
			return no
		}
		return anyOf(toDefault, true)
	case Branch:
		return anyOf(false, !toDefault)
	}
	return maybe
}

// anyOf is yes where it surely holds, maybe where it can, else no.
func anyOf(surely, possibly bool) truth {
	switch {
	case surely:
		return yes
	case possibly:
		return maybe
	}
	return no
}

// substitute replaces the expressions whose values are known, and the others
// by a word that no command is called.
func substitute(text string, values map[string]string) string {
	if !strings.Contains(text, "${{") {
		return text
	}
	return Replaced(expression, text, func(m string) string {
		name := strings.ToLower(expression.FindStringSubmatch(m)[1])
		if v, ok := values[name]; ok {
			return v
		}
		return Unknown
	})
}

// Unknown stands where a script had an expression that only the host can tell.
const Unknown = "EXPRESSION"
