package reach

import (
	"slices"

	"github.com/muster-ci/muster/maturity/ci"
)

// chains makes one chain of pipelines that start one another. Entries are told once, when
// all are joined: there may be thousands of each.
type chains struct {
	jobs map[string][]int  // the jobs of a file
	into map[string]string // chain → the one that it became part of
	list []Entry
}

func chainsOf(entries []Entry) *chains {
	c := &chains{jobs: map[string][]int{}, into: map[string]string{}, list: entries}
	for i, e := range entries {
		if e.Kind == KindJob {
			c.jobs[e.Path] = append(c.jobs[e.Path], i)
		}
	}
	return c
}

// of is the chain of a file's jobs, or of a chain that is named.
func (c *chains) of(name string) string {
	if jobs := c.jobs[name]; len(jobs) > 0 {
		name = c.list[jobs[0]].Chain
	}
	return c.last(name)
}

// last is what a chain became.
func (c *chains) last(name string) string {
	end := name
	for c.into[end] != "" {
		end = c.into[end]
	}
	for c.into[name] != "" {
		name, c.into[name] = c.into[name], end
	}
	return end
}

// join makes two chains one.
func (c *chains) join(a, b string) {
	if a, b = c.of(a), c.of(b); a != b {
		c.into[b] = a
	}
}

// triggered adds the trigger After to the jobs of a pipeline.
func (c *chains) triggered(file string) {
	for _, i := range c.jobs[file] {
		if e := &c.list[i]; !slices.Contains(e.Triggers, ci.After) {
			e.Triggers = append(e.Triggers, ci.After)
		}
	}
}

// settle tells the entries which chain they are of.
func (c *chains) settle() {
	for i := range c.list {
		c.list[i].Chain = c.last(c.list[i].Chain)
	}
}
