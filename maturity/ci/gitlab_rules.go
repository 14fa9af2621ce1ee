package ci

import (
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// jobTriggers returns what starts a job, by rules or by only and except.
func (g *gitlab) jobTriggers(field func(string) yamldoc.Value, triggers []Trigger) []Trigger {
	if rules := field("rules"); rules.Exists() {
		if _, known := g.ruled[rules]; !known {
			g.ruled[rules] = g.rules(rules, []Trigger{Push, Tag, Change, Schedule, Manual, Event})
		}
		return g.ruled[rules]
	}
	only := field("only")
	if refs := only.Get("refs"); refs.Exists() {
		only = refs
	}
	names := only.Texts()
	if len(names) == 0 {
		names = []string{}
		for _, t := range triggers {
			names = append(names, string(t))
		}
	}
	except := field("except").Texts()
	var out []Trigger
	for _, name := range names {
		if !g.opts.Budget.take(1 + len(except)/pieceOf) {
			break
		}
		if t := g.only(name); t != "" && !slices.Contains(except, name) {
			out = add(out, t)
		}
	}
	return out
}

// only maps a word of only: to its trigger.
func (g *gitlab) only(name string) Trigger {
	switch name {
	case "branches", "pushes", "push":
		return Push
	case "merge_requests", "change":
		return Change
	case "tags", "tag":
		return Tag
	case "schedules", "schedule":
		return Schedule
	case "web", "manual":
		return Manual
	case "api", "triggers", "pipelines", "event":
		return Event
	case "branch", "release", "after", "call", "other":
		return ""
	}
	if g.opts.isDefault([]string{name}) {
		return Push
	}
	return Branch
}

// rules returns the triggers under which one of the rules runs the job.
func (g *gitlab) rules(rules yamldoc.Value, all []Trigger) []Trigger {
	var out, stopped []Trigger
	for _, rule := range rules.Items() {
		fits := g.rule(rule.Get("if").Text(), all)
		when := rule.Get("when").Text()
		for _, t := range fits {
			switch {
			case slices.Contains(stopped, t):
			case when == "never":
				stopped = add(stopped, t)
			case when == "manual":
				out = add(out, Manual)
			default:
				out = add(out, t)
			}
		}
		if rule.Get("if").Text() == "" && !rule.Get("changes").Exists() && !rule.Get("exists").Exists() {
			break // it holds always
		}
	}
	return out
}

// rule returns the triggers under which one condition can hold.
func (g *gitlab) rule(cond string, all []Trigger) []Trigger {
	candidates := append(slices.Clone(all), Branch)
	out := narrowBy(candidates, strings.TrimSpace(cond), g.atom)
	out = slices.DeleteFunc(slices.Clone(out), func(t Trigger) bool {
		return t == Schedule && !strings.Contains(cond, "schedule") || t == Event && !namesEvent.MatchString(cond)
	})
	if slices.Contains(out, Push) || cond == "" {
		out = slices.DeleteFunc(slices.Clone(out), func(t Trigger) bool { return t == Branch })
	}
	return out
}

// namesEvent finds the sources that stand for a call from outside. Timers and
// calls are kept outside the file: only a rule that names them says that there
// are any.
var namesEvent = regexp.MustCompile(`["'](?:trigger|api|pipeline|parent_pipeline|webhook|chat)["']`)

// atom is the truth of one comparison of a rule
// (https://docs.gitlab.com/ci/jobs/job_rules/#cicd-variable-expressions).
func (g *gitlab) atom(text string, t Trigger) truth {
	text = strings.TrimSpace(text)
	left, op, right, ok := comparison(text, "==", "!=", "=~", "!~")
	if !ok {
		return g.variable(strings.Trim(text, "${}"), t)
	}
	name := strings.Trim(left, "${}")
	equal := strings.HasPrefix(op, "=")
	if right == "null" || right == "" {
		return g.variable(name, t).equal(!equal)
	}
	switch {
	case name == "CI_PIPELINE_SOURCE":
		return gitlabSources(op, right, t).equal(equal)
	case name == "CI_COMMIT_BRANCH" || name == "CI_COMMIT_REF_NAME" || name == "CI_COMMIT_REF_SLUG":
		return g.branch(name, op, right, t).equal(equal)
	case name == "CI_COMMIT_TAG":
		return anyOf(false, t == Tag).equal(equal)
	case strings.HasPrefix(name, "CI_MERGE_REQUEST_"):
		if t != Change {
			return no.equal(equal)
		}
		return maybe
	}
	return g.own(name, op, right, t)
}

// gitlabSources is the truth of "this source starts the pipeline"; a pattern
// may name several.
func gitlabSources(op, right string, t Trigger) truth {
	if strings.HasSuffix(op, "~") {
		for _, name := range []string{"merge_request_event", "push", "schedule", "web", "api", "trigger"} {
			if strings.Contains(right, name) && sameSource(gitlabSource(name), t) {
				return maybe
			}
		}
		return no
	}
	return truthOf(sameSource(gitlabSource(right), t))
}

func sameSource(source, t Trigger) bool {
	return source == t || source == Push && (t == Tag || t == Branch)
}

// branch is the truth of "the branch is that one".
func (g *gitlab) branch(name, op, right string, t Trigger) truth {
	if t == Tag || t == Change && name == "CI_COMMIT_BRANCH" {
		return no
	}
	if right == "$CI_DEFAULT_BRANCH" || right == "${CI_DEFAULT_BRANCH}" {
		return truthOf(t != Branch && t != Change)
	}
	if strings.HasSuffix(op, "~") {
		plain := strings.Trim(strings.NewReplacer("^", "", "$", "", "(", "", ")", "", "\\", "").Replace(right), "/")
		names := strings.Split(plain, "|")
		return anyOf(false, t == Branch || t == Change || g.opts.isDefault(names) || strings.ContainsAny(plain, ".*[+"))
	}
	return g.opts.githubRef("refs/heads/"+right, t)
}

// variable is the truth of a variable alone: it is set, and not empty.
func (g *gitlab) variable(name string, t Trigger) truth {
	switch {
	case name == "CI_COMMIT_TAG":
		return truthOf(t == Tag)
	case name == "CI_COMMIT_BRANCH":
		return truthOf(t != Tag && t != Change)
	case strings.HasPrefix(name, "CI_MERGE_REQUEST_"):
		return truthOf(t == Change)
	case name == "CI_COMMIT_REF_NAME" || name == "CI_DEFAULT_BRANCH" || name == "CI_PIPELINE_SOURCE":
		return yes
	}
	return maybe
}

// own is the truth of a comparison with a variable that the file gives a value
// to: whoever starts a pipeline by hand may give it another one.
func (g *gitlab) own(name, op, right string, t Trigger) truth {
	v := g.get("variables", name)
	value := v.Text() + v.Get("value").Text()
	if value == "" || strings.HasSuffix(op, "~") || t == Manual {
		return maybe
	}
	return truthOf(value == right).equal(op == "==")
}

func gitlabSource(name string) Trigger {
	switch name {
	case "merge_request_event", "external_pull_request_event":
		return Change
	case "push":
		return Push
	case "schedule":
		return Schedule
	case "web":
		return Manual
	}
	return Event
}
