package reach

import (
	"slices"

	"github.com/muster-ci/muster/maturity/ci"
)

// chainFlows gives pipelines in code that others of the repository start by
// their names the end of those as a trigger, if those start without a person,
// and puts both on one chain.
func (g *graph) chainFlows() {
	files := map[string][]string{}
	for _, f := range g.opts.Flows {
		for _, id := range f.IDs {
			files[id] = append(files[id], f.File)
		}
	}
	left := maxRounds * maxSpawns
	for range maxRounds { // one may start another that starts a third
		for _, f := range g.opts.Flows {
			for _, id := range f.Starts {
				for _, to := range files[id] {
					if left--; left < 0 {
						return
					}
					g.startFlow(f.File, to)
				}
			}
		}
	}
}

// startFlow lets the pipeline of one file start that of another.
func (g *graph) startFlow(from, to string) {
	a, ok := g.result.Entry(from)
	i, known := g.result.byID[to]
	if !ok || !known || from == to || a.Off != "" {
		return
	}
	b := &g.result.Entries[i]
	byItself := slices.ContainsFunc(a.Triggers, func(t ci.Trigger) bool { return t != ci.Manual && t != ci.Call && t != ci.Elsewhere })
	if byItself && !slices.Contains(b.Triggers, ci.After) {
		b.Triggers = append(b.Triggers, ci.After)
	}
	g.join(a.Chain, b.Chain)
}
