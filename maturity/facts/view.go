package facts

import (
	"maps"
	"slices"
	"sync"

	"github.com/muster-ci/muster/maturity/reach"
)

// View is a whole repository: what its code uses and what runs what. Its
// projects are views of the same thing.
type View struct {
	in   Input
	scan *scan
	// index keeps what several projects ask for.
	index *index
	// Walk is what the entries of the repository reach.
	Walk *reach.Result
	// whole is the view in which functions count that nothing calls, if that differs.
	whole *View
	// dead are the functions that nothing calls, and that are left out, by file.
	dead map[string][]bool
	// common stands for what the facts of every project rest on, see [commonOf].
	common func() Basis
}

// Look reads the tree for what does not depend on the project.
func Look(in Input) *View {
	if in.Pages == nil {
		in.Pages = reach.NewPages(in.Tree)
	}
	scan := scanPython(in)
	v := &View{in: in, scan: scan, index: newIndex()}
	v.walk()
	v.bury()
	if in.Tree.Remembers() { // what is asked from now on may change what is found on the way
		_, _ = v.common(), v.Whole().common()
	}
	return v
}

// walk follows what runs.
func (v *View) walk() {
	foreign := func(module string) bool { _, ok := v.in.Catalogue.Imported(module); return ok }
	v.Walk = reach.Walk(v.in.Tree, reach.Options{
		Pipelines: v.in.Pipelines, Pages: v.in.Pages, Flows: v.scan.flows, Timers: slices.Sorted(maps.Keys(v.scan.timers)), Foreign: foreign,
		Constant: func(file, name string) string { return v.scan.constant(file, v.in.Tree.Python[file].Module(), name) },
		Silences: v.in.Catalogue.Silences,
	})
	tree, walk := v.in.Tree, v.Walk
	v.common = sync.OnceValue(func() Basis {
		walk.Settle()
		return commonOf(tree, walk)
	})
	if v.in.Tree.Remembers() {
		go v.common() // beside [View.bury]
	}
}

// Uses returns the files whose code uses something of one of the categories,
// sorted.
func (v *View) Uses(categories ...string) []string {
	var out []string
	for _, u := range v.scan.uses {
		if slices.Contains(categories, u.match.As) {
			out = append(out, u.file)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
