package facts

import (
	"slices"
	"sort"

	"github.com/muster-ci/muster/internal/python"
)

// flowSteps notes which flows are functions that lead to training, call by call,
// and which of them do nothing else: files that import all steps of a project seem
// to have all of them.
func (b *builder) flowSteps(g *callGraph) {
	training := b.sitesOf("train", "train.remote")
	flows := b.set.Facts["pipeline.flow"]
	for i, f := range flows {
		mod := b.in.Tree.Python[f.Path]
		if mod == nil {
			continue
		}
		s := site{f.Path, flowFunction(mod, f)}
		if s.fn >= 0 && g.leads(s, training) {
			flows[i].Detail = map[string]any{"trains": true, "single": len(g.calls(s)) == 1}
		}
	}
}

// flowFunction is the function that a decorator at the place of a fact makes a flow of,
// -1 for none. Decorators stand right before their function.
func flowFunction(mod *python.Module, f Fact) int {
	const near = 20
	first := sort.Search(len(mod.Funcs), func(i int) bool { return mod.Funcs[i].Line >= f.Line })
	for i := first; i < min(len(mod.Funcs), first+near); i++ {
		if slices.Contains(mod.Funcs[i].Decorators, f.Subject) {
			return i
		}
	}
	return -1
}

// maxSites bounds how many functions are followed from one.
const maxSites = 2000

// leads reports whether one of the functions is called from another one, directly
// or not.
func (g *callGraph) leads(from site, to map[site]bool) bool {
	seen := map[site]bool{from: true}
	for queue := []site{from}; len(queue) > 0 && len(seen) < maxSites; queue = queue[1:] {
		if to[queue[0]] {
			return true
		}
		for _, c := range g.calls(queue[0]) {
			for _, next := range g.resolve(queue[0], c.Name) {
				if !seen[next] {
					seen[next] = true
					queue = append(queue, next)
				}
			}
		}
	}
	return false
}
