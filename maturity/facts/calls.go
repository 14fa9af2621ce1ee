package facts

import (
	"strings"

	"github.com/muster-ci/muster/internal/python"
)

// site is a function of a file by its index in the module, -1 for what stands
// outside of functions.
type site struct {
	file string
	fn   int
}

// callGraph knows which calls stand in a function, and which of the project's
// own functions a name stands for.
type callGraph struct {
	b      *builder
	byFunc map[string]map[int][]int // file → function → calls
}

func newCallGraph(b *builder) *callGraph {
	return &callGraph{b: b, byFunc: map[string]map[int][]int{}}
}

// calls returns the calls that stand in a function, those of functions inside
// it left out.
func (g *callGraph) calls(s site) []python.Call {
	mod := g.b.in.Tree.Python[s.file]
	if mod == nil {
		return nil
	}
	if g.byFunc[s.file] == nil {
		g.byFunc[s.file] = map[int][]int{}
		for i, c := range mod.Calls {
			g.byFunc[s.file][c.Func] = append(g.byFunc[s.file][c.Func], i)
		}
	}
	var out []python.Call
	for _, i := range g.byFunc[s.file][s.fn] {
		out = append(out, mod.Calls[i])
	}
	return out
}

// resolve returns the functions that a name stands for in a function.
func (g *callGraph) resolve(s site, name string) []site {
	mod := g.b.in.Tree.Python[s.file]
	if mod == nil || name == "" || strings.HasPrefix(name, "?") {
		return nil
	}
	// Prefect and its like put methods on functions: task_x.submit().
	for _, suffix := range []string{".submit", ".map", ".delay", ".apply_async", ".fn", ".remote"} {
		name = strings.TrimSuffix(name, suffix)
	}
	if method, ok := strings.CutPrefix(name, "self."); ok {
		if s.fn < 0 {
			return nil
		}
		return find(s.file, mod, mod.Funcs[s.fn].Class, method)
	}
	class, method := "", ""
	if before, after, ok := strings.Cut(name, "()."); ok {
		name, method = before, after
	}
	module, last := cut(name)
	if method != "" {
		class, last = last, method
	}
	if module == "" {
		return find(s.file, mod, class, last)
	}
	return g.imported(s.file, module, class, last, 0)
}

// imported finds a function in the module that a file imports by that name, or
// where that module has it from.
func (g *callGraph) imported(file, module, class, name string, depth int) []site {
	const most = 3
	var out []site
	for _, target := range g.b.reach.Module(file, module) {
		mod := g.b.in.Tree.Python[target]
		if mod == nil {
			continue
		}
		if found := find(target, mod, class, name); len(found) > 0 {
			return found
		}
		wanted := name
		if class != "" {
			wanted = class
		}
		for _, imp := range mod.Imports {
			if imp.Name == wanted && depth < most {
				out = append(out, g.imported(target, strings.Repeat(".", imp.Level)+imp.Module, class, name, depth+1)...)
			}
		}
	}
	return out
}

// find returns the functions of a module by class and name.
func find(file string, mod *python.Module, class, name string) []site {
	var out []site
	for i, f := range mod.Funcs {
		if f.Name == name && f.Class == class {
			out = append(out, site{file, i})
		}
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
			mod := b.in.Tree.Python[f.Path]
			if mod == nil || f.Context == Unused {
				continue
			}
			out[site{f.Path, functionOf(mod, f)}] = true
		}
	}
	return out
}
