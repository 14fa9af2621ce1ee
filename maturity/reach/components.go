package reach

import (
	"path"
	"strings"

	"github.com/muster-ci/muster/internal/python"
)

// wordsOf are the words of a command that a call takes in lists of these names.
func wordsOf(c python.Call, names ...string) []string {
	var out []string
	for _, name := range names {
		if a, ok := c.Arg(name); ok {
			out = append(out, a.Items...)
		}
	}
	return out
}

// component follows a component of Kubeflow that a call loads from its file
// (https://www.kubeflow.org/docs/components/pipelines/reference/component-spec).
func (g *graph) component(p place, c python.Call) []string {
	if c.Method() != "load_component_from_file" && c.Method() != "load_component" {
		return nil
	}
	for _, text := range c.Texts() {
		f := g.resolve(p.dirs, strings.TrimPrefix(text, "./"))
		if f == "" || len(g.yaml[f]) == 0 {
			continue
		}
		container := g.yaml[f][0].Get("implementation", "container")
		words := append(container.Get("command").Texts(), container.Get("args").Texts()...)
		if len(words) > 0 {
			return g.command(p.at(f, append([]string{path.Dir(f)}, p.dirs...)...), words, max(container.Line(), 1))
		}
	}
	return nil
}
