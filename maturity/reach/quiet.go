package reach

import (
	"cmp"
	"maps"
	"strings"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// quieted is the tool that keeps nothing with variables of the environment, given as
// NAME=value, or the one that did not before.
func (g *graph) quieted(before string, variables []string) string {
	for _, v := range variables {
		if name, value, ok := strings.Cut(v, "="); ok && g.opts.Silences != nil {
			before = cmp.Or(g.opts.Silences(name, strings.Trim(value, `"'`)), before)
		}
	}
	return before
}

// environment are the variables that a service or container is given: a map, a list
// of NAME=value, or a list of names with values.
func environment(v yamldoc.Value) []string {
	var out []string
	for _, e := range v.Entries() {
		out = append(out, e.Key+"="+e.Value.Text())
	}
	for _, item := range v.Items() {
		if name := item.Get("name").Text(); name != "" {
			out = append(out, name+"="+item.Get("value").Text())
		} else {
			out = append(out, item.Text())
		}
	}
	return out
}

// with are variables of the environment with more of them, given as NAME=value.
func with(env map[string]string, more []string) map[string]string {
	if len(more) == 0 {
		return env
	}
	out := map[string]string{}
	maps.Copy(out, env)
	for _, v := range more {
		if name, value, ok := strings.Cut(v, "="); ok {
			out[name] = strings.Trim(value, `"'`)
		}
	}
	return out
}
