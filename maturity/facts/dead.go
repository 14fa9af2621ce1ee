package facts

import (
	"maps"

	"github.com/muster-ci/muster/maturity/reach"
)

// Unused is the context of facts that stand in a function which nothing calls,
// though its file runs.
const Unused = "unused"

// bury leaves out what stands in functions that nothing calls. What the
// catalogue knows is kept, but as unused; what a home-made solution would be is
// not looked for there. If such a function started something, what runs what is
// found out again without it.
func (v *View) bury() {
	dead := v.Walk.Dead(v.in.Tree)
	if len(dead) == 0 {
		return
	}
	before := *v
	v.whole, v.index, v.dead = &before, newIndex(), dead
	v.index.owners = before.index.owners // they do not depend on what is left out
	tree := *v.in.Tree
	tree.Python = maps.Clone(tree.Python)
	again := false
	for file, list := range dead {
		code := tree.Python[file]
		tree.Python[file] = code.Without(list)
		for _, c := range code.Outline().Calls {
			again = again || c.Func >= 0 && list[c.Func] && reach.Starts(c)
		}
	}
	v.in.Tree = &tree
	scan, changed := v.scan.without(dead)
	v.scan = scan
	if again || changed {
		v.walk()
	}
}

// Whole returns the view in which every function counts whose file runs: the
// functions of a library are for those who import it.
func (v *View) Whole() *View {
	if v.whole == nil {
		return v
	}
	return v.whole
}

// without marks uses in dead functions, and reports whether they made flows or
// timers, which are then no longer there.
func (s *scan) without(dead map[string][]bool) (*scan, bool) {
	out, changed := *s, false
	out.uses = make([]seen, len(s.uses))
	for i, u := range s.uses {
		u.unused = u.fn >= 0 && dead[u.file] != nil && dead[u.file][u.fn]
		changed = changed || u.unused && (u.match.As == "pipeline.flow" || u.match.As == "schedule")
		out.uses[i] = u
	}
	if !changed {
		return &out, false
	}
	out.flows, out.timers = nil, map[string]seen{}
	for first, last := 0, 0; first < len(out.uses); first = last {
		file := out.uses[first].file
		var living []seen
		for last = first; last < len(out.uses) && out.uses[last].file == file; last++ {
			if !out.uses[last].unused {
				living = append(living, out.uses[last])
			}
		}
		out.flow(file, living)
	}
	return &out, true
}
