package python

import "slices"

// Without returns the module as if its functions for which dead holds did
// nothing: what stands in them is left out, they themselves stay, with their
// names. The module itself is unchanged, and shares what it can.
func (m *Module) Without(dead []bool) *Module {
	out := *m
	gone := func(fn int) bool { return fn >= 0 && fn < len(dead) && dead[fn] }
	out.Calls = without(m.Calls, func(c Call) bool { return gone(c.Func) })
	out.Compares = without(m.Compares, func(c Compare) bool { return gone(c.Func) })
	out.Pairs = without(m.Pairs, func(p Pair) bool { return gone(p.Func) })
	out.Thresholds = without(m.Thresholds, func(c Condition) bool { return gone(c.Func) })
	out.Branches = without(m.Branches, func(c Condition) bool { return gone(c.Func) })
	out.Routes = without(m.Routes, func(r Route) bool { return gone(r.Func) })
	out.Funcs = slices.Clone(m.Funcs)
	for i := range out.Funcs {
		f := &out.Funcs[i]
		if !gone(i) {
			continue
		}
		out.Refuses -= f.Refuses
		out.Statements -= f.Body
		*f = Func{Name: f.Name, Class: f.Class, Line: f.Line, Parent: f.Parent}
	}
	return &out
}

func without[T any](list []T, gone func(T) bool) []T {
	if !slices.ContainsFunc(list, gone) {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), gone)
}
