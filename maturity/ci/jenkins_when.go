package ci

import (
	"strings"
)

// when returns the triggers that the conditions of a stage let through.
func (j *jenkins) when(when *groovy, triggers []Trigger) []Trigger {
	return narrowBy(triggers, "when", func(_ string, t Trigger) truth { return j.all(when.body, t) })
}

func (j *jenkins) all(list []*groovy, t Trigger) truth {
	out := yes
	for _, c := range list {
		switch j.condition(c, t) {
		case no:
			return no
		case maybe:
			out = maybe
		}
	}
	return out
}

// condition is the truth of one condition of when.
func (j *jenkins) condition(c *groovy, t Trigger) truth {
	switch c.name {
	case "not":
		return j.all(c.body, t).not()
	case "allOf":
		return j.all(c.body, t)
	case "anyOf":
		out := no
		for _, inner := range c.body {
			if got := j.condition(inner, t); got == yes || got == maybe && out == no {
				out = got
			}
		}
		return out
	case "branch":
		return j.branch(firstText(c.value("pattern"), c.value("")), t)
	case "buildingTag", "tag":
		return truthOf(t == Tag)
	case "changeRequest":
		return truthOf(t == Change)
	case "triggeredBy":
		return truthOf(t == Schedule).equal(strings.HasPrefix(c.value(""), "Timer"))
	case "expression":
		out := yes
		for _, e := range c.body {
			if got := j.atom(strings.TrimSpace(e.name+" "+e.cond), t); got != yes {
				out = got
			}
		}
		return out
	}
	return maybe
}

// branch is the truth of "this is that branch".
func (j *jenkins) branch(name string, t Trigger) truth {
	isDefault := j.opts.isDefault([]string{name})
	switch t {
	case Change, Tag:
		return no
	case Push, Schedule:
		return anyOf(isDefault, isDefault)
	case Branch:
		return anyOf(false, !isDefault)
	}
	return maybe
}

func (j *jenkins) expression(cond string, triggers []Trigger) []Trigger {
	return narrowBy(triggers, cond, j.atom)
}

// atom is the truth of one comparison in Groovy.
func (j *jenkins) atom(text string, t Trigger) truth {
	text = strings.TrimSpace(text)
	if name, ok := strings.CutPrefix(text, "params."); ok && j.off[name] && t != Manual {
		return no
	}
	left, op, right, ok := comparison(text, "==", "!=")
	if !ok {
		if strings.Contains(text, "env.CHANGE_ID") {
			return truthOf(t == Change)
		}
		return maybe
	}
	switch left = strings.TrimPrefix(left, "env."); left {
	case "BRANCH_NAME", "GIT_BRANCH":
		return j.branch(strings.TrimPrefix(right, "origin/"), t).equal(op == "==")
	}
	if name, ok := strings.CutPrefix(left, "params."); ok && j.off[name] && t != Manual {
		return truthOf(right == "false").equal(op == "==")
	}
	return maybe
}
