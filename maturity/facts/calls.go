package facts

import (
	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/reach"
)

// site is a function of a file by its index in the module, -1 for what stands
// outside of functions.
type site struct {
	file string
	fn   int
}

// callGraph knows which calls stand in a function, and which of the project's
// own functions a name stands for.
type callGraph struct{ b *builder }

func newCallGraph(b *builder) *callGraph { return &callGraph{b} }

// calls returns the calls that stand in a function, those of functions inside
// it left out.
func (g *callGraph) calls(s site) []python.Call {
	return g.b.reach.Calls(reach.Site{File: s.file, Func: s.fn})
}

// resolve returns the functions that a name stands for in a function.
func (g *callGraph) resolve(s site, name string) []site {
	var out []site
	for _, found := range g.b.reach.Resolve(reach.Site{File: s.file, Func: s.fn}, name) {
		out = append(out, site{found.File, found.Func})
	}
	return out
}

// functionOf is the function that a fact stands in, -1 for none: the last one of
// that name that begins before it.
func functionOf(mod *python.Module, f Fact) int {
	best := -1
	for i, fn := range mod.Funcs {
		if fn.Name == f.Function && fn.Line <= f.Line && (best < 0 || fn.Line > mod.Funcs[best].Line) {
			best = i
		}
	}
	return best
}

// sitesOf returns the sites of facts: the function that each stands in.
func (b *builder) sitesOf(categories ...string) map[site]bool {
	out := map[site]bool{}
	for _, category := range categories {
		for _, f := range b.set.Facts[category] {
			mod := b.in.Tree.Python[f.Path].Module()
			if mod == nil || f.Context == Unused {
				continue
			}
			out[site{f.Path, functionOf(mod, f)}] = true
		}
	}
	return out
}
