package reach

import (
	"strings"

	"github.com/muster-ci/muster/internal/python"
)

// Site is a function of a file by its index in the module, -1 for what stands
// outside of functions.
type Site struct {
	File string
	Func int
}

// Resolve returns the functions of the repository that a name stands for at a site.
func (r *Result) Resolve(s Site, name string) []Site {
	mod := r.imports.tree.Python[s.File].Outline()
	if mod == nil || name == "" || strings.HasPrefix(name, "?") {
		return nil
	}
	// Prefect and its like put methods on functions: task_x.submit().
	for _, suffix := range []string{".submit", ".map", ".delay", ".apply_async", ".fn", ".remote"} {
		name = strings.TrimSuffix(name, suffix)
	}
	if method, ok := strings.CutPrefix(name, "self."); ok {
		if s.Func < 0 {
			return nil
		}
		return r.functionsOf(s.File, mod, mod.Funcs[s.Func].Class, method)
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
		return r.functionsOf(s.File, mod, class, last)
	}
	budget := maxImported
	return r.imported(s.File, module, class, last, 0, &budget)
}

// maxImported bounds how many modules are looked into for one function: each may have it
// from several others.
const maxImported = 50

// imported finds a function in the module that a file imports by that name, or
// where that module has it from.
func (r *Result) imported(file, module, class, name string, depth int, budget *int) []Site {
	const most = 3
	if *budget--; *budget < 0 {
		return nil
	}
	var out []Site
	for _, target := range r.Module(file, module) {
		mod := r.imports.tree.Python[target].Outline()
		if mod == nil {
			continue
		}
		if found := r.functionsOf(target, mod, class, name); len(found) > 0 {
			return found
		}
		wanted := name
		if class != "" {
			wanted = class
		}
		for _, imp := range mod.Imports {
			if imp.Name == wanted && depth < most && *budget > 0 {
				out = append(out, r.imported(target, strings.Repeat(".", imp.Level)+imp.Module, class, name, depth+1, budget)...)
			}
		}
	}
	return out
}

// functionsOf returns the functions of a module by class and name.
func (r *Result) functionsOf(file string, mod *python.Module, class, name string) []Site {
	known, ok := r.imports.functions[mod]
	if !ok {
		known = map[[2]string][]Site{}
		for i, f := range mod.Funcs {
			key := [2]string{f.Class, f.Name}
			known[key] = append(known[key], Site{file, i})
		}
		r.imports.functions[mod] = known
	}
	return known[[2]string{class, name}]
}

func cut(name string) (module, last string) {
	i := strings.LastIndexByte(name, '.')
	return name[:max(i, 0)], name[i+1:]
}

// running are the entries that run what stands at a site.
func (r *Result) running(at Site) []string {
	function := r.imports.tree.Python[at.File].Outline().FuncName(at.Func)
	var out []string
	for _, id := range sortedKeys(r.runs[at.File]) {
		if only := r.runs[at.File][id].Only; only == nil || only[function] {
			out = append(out, id)
		}
	}
	return out
}

// maxSites bounds the functions that are followed from one.
const maxSites = 2000

// Called returns the functions that run where the given ones do: those that they
// call or hand on, those inside them, and so on, at most that many steps further.
func (r *Result) Called(from []Site, steps int) []Site {
	seen := map[Site]bool{}
	var out []Site
	for level := from; len(level) > 0 && steps >= 0 && len(out) < maxSites; steps-- {
		var next []Site
		for _, s := range level {
			if s.Func < 0 || seen[s] {
				continue
			}
			seen[s] = true
			out = append(out, s)
			next = append(next, r.inside(s)...)
		}
		level = next
	}
	return out
}

// inside are the functions that one calls, and those that stand in it.
func (r *Result) inside(s Site) []Site {
	var out []Site
	for _, i := range r.parts(s.File).inner[s.Func] {
		out = append(out, Site{s.File, i})
	}
	for _, c := range r.Calls(s) {
		out = append(out, r.callees(s, c)...)
	}
	return out
}

// parts tells which calls and functions of a file stand in which function.
type parts struct{ calls, inner map[int][]int }

func (r *Result) parts(file string) parts {
	if have, ok := r.imports.parts[file]; ok {
		return have
	}
	out := parts{map[int][]int{}, map[int][]int{}}
	if mod := r.imports.tree.Python[file].Module(); mod != nil {
		for i, c := range mod.Calls {
			out.calls[c.Func] = append(out.calls[c.Func], i)
		}
		for i, f := range mod.Funcs {
			out.inner[f.Parent] = append(out.inner[f.Parent], i)
		}
	}
	r.imports.parts[file] = out
	return out
}

// Calls returns the calls that stand in a function, those of functions inside it
// left out.
func (r *Result) Calls(s Site) []python.Call {
	var out []python.Call
	for _, i := range r.parts(s.File).calls[s.Func] {
		out = append(out, r.imports.tree.Python[s.File].Module().Calls[i])
	}
	return out
}

// callees are the functions that one call at a site runs: its own, and those that
// it is given. What an object was given to call may be any function beside its class.
func (r *Result) callees(s Site, c python.Call) []Site {
	out := r.Resolve(s, c.Name)
	if attr, ok := strings.CutPrefix(c.Name, "self."); ok && len(out) == 0 && !strings.Contains(attr, ".") {
		for i, f := range r.imports.tree.Python[s.File].Outline().Funcs {
			if f.Class == "" && f.Parent < 0 {
				out = append(out, Site{s.File, i})
			}
		}
	}
	for _, a := range c.Args {
		if !a.Literal && a.Value != "" {
			out = append(out, r.Resolve(s, a.Value)...)
		}
	}
	return out
}
