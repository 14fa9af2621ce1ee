package ci

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// circle is the state of reading a configuration of CircleCI.
type circle struct {
	*document
	doc      yamldoc.Value
	pipeline *Pipeline
	orbs     map[string]string
}

// maxCommands bounds how deep commands call one another, or themselves.
const maxCommands = 5

// CircleCI reads .circleci/config.yml
// (https://circleci.com/docs/configuration-reference), and what a setup
// configuration continues with.
func CircleCI(file string, data []byte, opts Options) ([]*Pipeline, error) {
	d, err := open(file, data, opts)
	if err != nil {
		return nil, err
	}
	c := &circle{document: d, doc: d.docs[0], orbs: d.opts.Budget.texts(d.docs[0].Get("orbs"))}
	c.pipeline = &Pipeline{Path: file, Host: "circleci", Name: file}
	c.workflows()
	var out []*Pipeline
	if len(c.pipeline.Jobs) > 0 {
		out = append(out, c.pipeline.ready())
	}
	if c.doc.Get("setup").Text() == "true" {
		out = append(out, c.continued()...)
	}
	return out, nil
}

// continued reads the files that a setup configuration names.
func (c *circle) continued() []*Pipeline {
	var out []*Pipeline
	seen := map[string]bool{c.path: true}
	c.doc.Scalars(maxJSONE, func(_ string, v yamldoc.Value) {
		for word := range strings.FieldsSeq(v.Text()) {
			name := strings.TrimPrefix(strings.Trim(word, `"'`), "./")
			if !strings.HasPrefix(name, ".circleci/") || !strings.HasSuffix(name, ".yml") || seen[name] {
				continue
			}
			seen[name] = true
			if data, ok := c.opts.include(name); ok {
				if list, err := CircleCI(name, data, Options{DefaultBranch: c.opts.DefaultBranch, Budget: c.opts.Budget}); err == nil {
					out = append(out, list...)
				}
			}
		}
	})
	return out
}

// workflows reads the workflows; without any, the job called build runs.
func (c *circle) workflows() {
	flows := c.doc.Get("workflows").Entries()
	if !slices.ContainsFunc(flows, func(e yamldoc.Entry) bool { return e.Value.IsMap() }) {
		if c.doc.Get("jobs", "build").Exists() {
			c.job("build", "build", yamldoc.Value{}, []Trigger{Push, Change})
		}
		return
	}
	asks := map[string]bool{}
	for _, flow := range flows {
		triggers := c.triggers(flow.Value)
		for _, item := range flow.Value.Get("jobs").Items() {
			name, use := item.Text(), yamldoc.Value{}
			if entries := item.Entries(); len(entries) > 0 {
				name, use = entries[0].Key, entries[0].Value
			}
			id := flow.Key + "/" + firstText(use.Get("name").Text(), name)
			if use.Get("type").Text() == "approval" {
				asks[id] = true
				c.opts.Budget.put(c.pipeline, Job{ID: id, Line: item.Line(), Triggers: []Trigger{Manual}, Needs: c.needs(flow.Key, use)})
				continue
			}
			c.job(id, name, use, triggers)
		}
	}
	c.pipeline.afterPerson(asks)
}

func (c *circle) needs(flow string, use yamldoc.Value) []string {
	out := []string{}
	for _, n := range use.Get("requires").Items() {
		name := n.Text()
		if e := n.Entries(); len(e) > 0 {
			name = e[0].Key
		}
		out = append(out, flow+"/"+name)
	}
	return out
}

// triggers returns what starts a workflow.
func (c *circle) triggers(flow yamldoc.Value) []Trigger {
	var out []Trigger
	for _, t := range flow.Get("triggers").Items() {
		if s := t.Get("schedule"); s.Get("cron").Exists() {
			if c.opts.branches(s.Get("filters", "branches", "only").Texts(), Push)[0] == Push {
				out = add(out, Schedule)
			}
		}
	}
	if len(out) == 0 {
		out = []Trigger{Push, Change}
	}
	if when := flow.Get("when"); when.Exists() {
		out = c.when(when, append(out, Schedule, Manual), maxCommands)
	}
	if unless := flow.Get("unless"); unless.Exists() {
		without := c.when(unless, slices.Clone(out), maxCommands)
		if len(without) < len(out) {
			out = slices.DeleteFunc(out, func(t Trigger) bool { return slices.Contains(without, t) })
		}
	}
	return out
}

var pipelineValue = regexp.MustCompile(`<<\s*pipeline\.([\w.-]+)\s*>>`)

// when returns the triggers under which a condition on the pipeline can hold.
func (c *circle) when(v yamldoc.Value, triggers []Trigger, depth int) []Trigger {
	if depth == 0 {
		return triggers
	}
	if m := pipelineValue.FindStringSubmatch(v.Text()); m != nil {
		return c.parameter(m[1], triggers)
	}
	for _, item := range v.Get("and").Items() {
		triggers = c.when(item, triggers, depth-1)
	}
	if or := v.Get("or").Items(); len(or) > 0 {
		var out []Trigger
		for _, item := range or {
			for _, t := range c.when(item, triggers, depth-1) {
				out = add(out, t)
			}
		}
		return out
	}
	if not := v.Get("not"); not.Exists() {
		hit := c.when(not, triggers, depth-1)
		if len(hit) == len(triggers) {
			return triggers
		}
		return slices.DeleteFunc(slices.Clone(triggers), func(t Trigger) bool { return slices.Contains(hit, t) })
	}
	return c.equal(v.Get("equal").Texts(), triggers)
}

// parameter returns who sets a parameter that is false by default: a person, or
// whoever calls the API.
func (c *circle) parameter(name string, triggers []Trigger) []Trigger {
	name, ok := strings.CutPrefix(name, "parameters.")
	def := c.doc.Get("parameters", name, "default").Text()
	if !ok || def != "false" && def != "" {
		return triggers
	}
	return []Trigger{Manual}
}

func (c *circle) equal(values []string, triggers []Trigger) []Trigger {
	all := strings.Join(values, " ")
	switch {
	case strings.Contains(all, "pipeline.trigger_source") && strings.Contains(all, "scheduled_pipeline"), strings.Contains(all, "pipeline.schedule.name"):
		return []Trigger{Schedule}
	case strings.Contains(all, "pipeline.trigger_source"):
		return slices.DeleteFunc(slices.Clone(triggers), func(t Trigger) bool { return t == Schedule })
	case strings.Contains(all, "pipeline.git.branch"):
		if slices.ContainsFunc(values, func(s string) bool { return c.opts.isDefault([]string{s}) }) {
			return slices.DeleteFunc(slices.Clone(triggers), func(t Trigger) bool { return t == Change })
		}
		return []Trigger{Branch}
	}
	return triggers
}

// job makes a job of a workflow's use of it.
func (c *circle) job(id, name string, use yamldoc.Value, triggers []Trigger) {
	if c.pipeline.full() {
		return
	}
	flow, _, _ := strings.Cut(id, "/")
	def := c.doc.Get("jobs", name)
	if orb, inner, ok := strings.Cut(name, "/"); ok && !def.Exists() {
		def = c.doc.Get("orbs", orb, "jobs", inner)
	}
	job := Job{ID: id, Line: def.Line(), Needs: c.needs(flow, use), Triggers: c.filters(use, triggers)}
	if line := c.doc.Get("jobs").KeyLine(name); line > 0 {
		job.Line = line
	}
	if !def.Exists() {
		job.Line = use.Line()
		job.Steps = []Step{{Path: c.path, Line: use.Line(), Uses: c.orb(name), With: c.opts.Budget.texts(use)}}
		c.opts.Budget.put(c.pipeline, job)
		return
	}
	values := c.values(def, use)
	for _, key := range []string{"docker", "machine"} {
		for _, d := range def.Get(key).Items() {
			job.Image = firstText(job.Image, substituteCircle(d.Get("image").Text(), values))
		}
	}
	env := c.opts.Budget.texts(c.doc.Get("environment"))
	maps.Copy(env, c.opts.Budget.texts(def.Get("environment")))
	like := Step{Env: env, ErrExit: true, PipeFail: true, Dir: workdir(def.Get("working_directory").Text())}
	for _, list := range []yamldoc.Value{use.Get("pre-steps"), def.Get("steps"), use.Get("post-steps")} {
		job.Steps = append(job.Steps, c.steps(list, like, values, maxCommands)...)
	}
	c.opts.Budget.put(c.pipeline, job)
}

// workdir leaves out folders of the machine: ~/project is the checkout.
func workdir(dir string) string {
	if rest, ok := strings.CutPrefix(dir, "~/"); ok {
		_, dir, _ = strings.Cut(rest, "/")
	}
	if strings.HasPrefix(dir, "/") || dir == "~" {
		return ""
	}
	return dir
}

// orb is the full name of a job or command of an orb: circleci/python/test@2.1.
func (c *circle) orb(name string) string {
	orb, inner, _ := strings.Cut(name, "/")
	if full, version, ok := strings.Cut(c.orbs[orb], "@"); ok {
		return full + "/" + inner + "@" + version
	}
	return name
}

// filters returns the triggers that the filters of branches and tags let through.
func (c *circle) filters(use yamldoc.Value, triggers []Trigger) []Trigger {
	branches, tags := use.Get("filters", "branches"), use.Get("filters", "tags")
	out := slices.Clone(triggers)
	only, ignore := circlePatterns(branches.Get("only")), circlePatterns(branches.Get("ignore"))
	switch {
	case slices.Contains(ignore, "**"):
		out = slices.DeleteFunc(out, func(t Trigger) bool { return t == Push || t == Change })
	case len(only) > 0 && c.opts.isDefault(only):
		if !slices.Contains(only, "**") {
			out = slices.DeleteFunc(out, func(t Trigger) bool { return t == Change })
		}
	case len(only) > 0:
		out = []Trigger{Branch}
	case len(ignore) > 0 && c.opts.isDefault(ignore):
		out = slices.DeleteFunc(out, func(t Trigger) bool { return t == Push })
	}
	if tags.Get("only").Exists() || tags.Text() != "" {
		out = add(out, Tag)
	}
	return out
}

// circlePatterns turns the regular expressions of branches into patterns as far
// as they are plain.
func circlePatterns(v yamldoc.Value) []string {
	var out []string
	for _, p := range v.Texts() {
		if inner, ok := strings.CutPrefix(p, "/"); ok {
			p = strings.NewReplacer(".*", "**", "^", "", "$", "", "\\", "").Replace(strings.TrimSuffix(inner, "/"))
		}
		out = append(out, p)
	}
	return out
}

// values are the parameters of a job or command: the defaults, and what its use says.
func (c *circle) values(def, use yamldoc.Value) map[string]string {
	out := map[string]string{}
	for _, e := range def.Get("parameters").Entries() {
		if !c.opts.Budget.take(1) {
			break
		}
		out[e.Key] = e.Value.Get("default").Text()
	}
	for _, e := range use.Entries() {
		if _, ok := out[e.Key]; ok {
			out[e.Key] = e.Value.Text()
		}
	}
	return out
}

var circleParameter = regexp.MustCompile(`<<\s*parameters\.([\w-]+)\s*>>`)

func substituteCircle(text string, values map[string]string) string {
	text = Replaced(circleParameter, text, func(m string) string {
		if v, ok := values[circleParameter.FindStringSubmatch(m)[1]]; ok {
			return v
		}
		return Unknown
	})
	return pipelineValue.ReplaceAllString(text, Unknown)
}

// steps reads a list of steps, those of commands too.
func (c *circle) steps(list yamldoc.Value, like Step, values map[string]string, depth int) []Step {
	var out []Step
	for _, item := range list.Items() {
		name, body := item.Text(), yamldoc.Value{}
		if entries := item.Entries(); len(entries) > 0 {
			name, body = entries[0].Key, entries[0].Value
		}
		if !c.opts.Budget.take(perStep) {
			break
		}
		out = append(out, c.step(item, name, body, like, values, depth)...)
	}
	return out
}

func (c *circle) step(item yamldoc.Value, name string, body yamldoc.Value, like Step, values map[string]string, depth int) []Step {
	switch name {
	case "run":
		return []Step{c.command(body, like, values)}
	case "when", "unless":
		like.If = name
		return c.steps(body.Get("steps"), like, values, depth)
	}
	def := c.doc.Get("commands", name)
	if orb, inner, ok := strings.Cut(name, "/"); ok && !def.Exists() {
		def = c.doc.Get("orbs", orb, "commands", inner)
	}
	if def.Exists() && depth > 0 {
		return c.steps(def.Get("steps"), like, c.values(def, body), depth-1)
	}
	if strings.Contains(name, "/") {
		like.Path, like.Line, like.Uses, like.With = c.path, item.Line(), c.orb(name), c.opts.Budget.texts(body)
		return []Step{like}
	}
	return nil
}

// command reads run:, a text or a map.
func (c *circle) command(v yamldoc.Value, like Step, values map[string]string) Step {
	script := v
	if v.IsMap() {
		script = v.Get("command")
		like.Name = v.Get("name").Text()
		if dir := v.Get("working_directory").Text(); dir != "" {
			like.Dir = workdir(substituteCircle(dir, values))
		}
		env := c.opts.Budget.copied(like.Env)
		maps.Copy(env, c.opts.Budget.texts(v.Get("environment")))
		like.Env = env
		if shell := v.Get("shell").Text(); shell != "" {
			like.ErrExit, like.PipeFail = strings.Contains(shell, "-e"), strings.Contains(shell, "pipefail")
		}
		switch {
		case v.Get("background").Text() == "true":
			like.Swallowed = "background: true"
		case v.Get("when").Text() == "on_fail":
			like.If = "when: on_fail"
		}
	}
	s := c.run(script, like)
	if s.Run = substituteCircle(s.Run, values); !c.opts.Budget.take(len(s.Run) / pieceOf) {
		s.Run = ""
	}
	return s
}
