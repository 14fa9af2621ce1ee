package ci

import "slices"

// Settle takes from pipelines what only shows when all of them are known: a
// workflow of GitHub that waits for the end of one that is not there never runs.
func Settle(pipelines []*Pipeline) {
	known := map[string]bool{}
	for _, p := range pipelines {
		known[p.Host+"\x00"+p.Name] = true
		if p.Name == "" { // GitHub takes the path for the name
			known[p.Host+"\x00"+p.Path] = true
		}
	}
	for _, p := range pipelines {
		if p.Host != "github" || len(p.Follows) == 0 || slices.ContainsFunc(p.Follows, func(name string) bool { return known[p.Host+"\x00"+name] }) {
			continue
		}
		p.Idle = append(p.Idle, "on.workflow_run: no workflow is called "+p.Follows[0])
		p.without(After)
	}
}

// Start adds triggers to a pipeline and its jobs, in the place of those that
// nobody knew.
func (p *Pipeline) Start(triggers []Trigger) {
	if len(triggers) == 0 {
		return
	}
	more := func(have []Trigger) []Trigger {
		out := slices.DeleteFunc(slices.Clone(have), func(t Trigger) bool { return t == Elsewhere })
		for _, t := range triggers {
			out = add(out, t)
		}
		return out
	}
	p.Triggers = more(p.Triggers)
	for i := range p.Jobs {
		p.Jobs[i].Triggers = more(p.Jobs[i].Triggers)
	}
}

// without takes a trigger from the pipeline and its jobs.
func (p *Pipeline) without(t Trigger) {
	p.Triggers = slices.DeleteFunc(slices.Clone(p.Triggers), func(have Trigger) bool { return have == t })
	for i := range p.Jobs {
		j := &p.Jobs[i]
		j.Triggers = slices.DeleteFunc(slices.Clone(j.Triggers), func(have Trigger) bool { return have == t })
		if len(j.Triggers) == 0 && j.Off == "" {
			j.Off = "what it waits for does not exist"
		}
	}
}
