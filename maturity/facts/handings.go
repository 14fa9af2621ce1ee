package facts

import (
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
)

// handings makes facts of the places that start a pipeline of the repository which
// trains, or which starts one that does. Those that start another one are taken
// back: what such a call is for, its target says.
func (b *builder) handings(g *callGraph) {
	training := b.trainers()
	for _, h := range b.reach.Handings {
		if !b.mine(h.Path) {
			continue
		}
		leads := slices.ContainsFunc(h.To, func(id string) bool { return training[id] })
		b.set.Facts["retrain.start"] = slices.DeleteFunc(b.set.Facts["retrain.start"], func(f Fact) bool {
			return f.Path == h.Path && f.Line == h.Line && (!leads || f.Context == string(source.Source))
		})
		if leads {
			b.handing(g, h)
		}
	}
}

// handing adds the fact of one place.
func (b *builder) handing(g *callGraph, h reach.Handing) {
	f := Fact{Category: "retrain.start", Subject: "starts " + h.Name, Path: h.Path, Line: h.Line, Context: "command"}
	mod := b.in.Tree.Python[h.Path]
	if mod == nil {
		for _, hit := range b.reach.Hits {
			if hit.Path == h.Path && hit.Line == h.Line && slices.Contains(h.From, hit.Entry) {
				f.Conditional = f.Conditional || hit.Conditional
				f.Entries = append(f.Entries, linkOf(hit))
			}
		}
		b.add(f)
		return
	}
	f.Context, f.Entries = string(source.Source), b.links(h.Path)
	at := functionAtLine(mod, h.Line)
	if at >= 0 {
		f.Function = mod.Funcs[at].Name
	}
	f.Conditional = branches(mod) || slices.ContainsFunc(mod.Calls, func(c python.Call) bool { return c.Line == h.Line && c.Conditional && !c.Decorator }) ||
		at >= 0 && b.askedFor(g, site{h.Path, at})
	b.add(f)
}

// functionAtLine is the innermost function that a line may stand in: the last one
// that begins before it.
func functionAtLine(mod *python.Module, line int) int {
	best := -1
	for i, f := range mod.Funcs {
		if f.Line <= line {
			best = i
		}
	}
	return best
}

// branches reports whether a flow of Airflow decides while it runs which of its
// tasks follow (https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/dags.html#branching).
func branches(mod *python.Module) bool { return slices.ContainsFunc(mod.Calls, isBranch) }

func isBranch(c python.Call) bool {
	method := c.Method()
	return strings.HasPrefix(c.Name, "airflow.") &&
		(strings.HasPrefix(method, "Branch") || method == "ShortCircuitOperator" || c.Decorator && (method == "branch" || method == "short_circuit"))
}

// choices makes facts of the branches of flows that drift, or the quality of what
// was predicted, decides: the function that chooses asks for it, or is named for it.
func (b *builder) choices(g *callGraph) {
	decided := b.sitesOf("drift.decision")
	for _, m := range b.ownModules() {
		for _, c := range m.mod.Calls {
			if !isBranch(c) {
				continue
			}
			for _, s := range chooser(g, m, c) {
				name := b.in.Tree.Python[s.file].Funcs[s.fn].Name
				if decided[s] || choosesByDrift.MatchString(name) || slices.ContainsFunc(g.calls(s), asksForDrift) {
					b.note(m, "retrain.branch", "a branch by "+name, c.Line, name)
				}
			}
		}
	}
}

var choosesByDrift = regexp.MustCompile(`(?i)drift|retrain|degrad|should_train|needs?_train`)

// asksForDrift reports whether a call is one of a check of drift, or for its outcome.
func asksForDrift(c python.Call) bool {
	return choosesByDrift.MatchString(c.Method()) || slices.ContainsFunc(argTexts(c), choosesByDrift.MatchString)
}

// chooser returns the functions that a branch asks: what it is given, or what it decorates.
func chooser(g *callGraph, m module, c python.Call) []site {
	if a, ok := c.Arg("python_callable"); ok {
		return g.resolve(site{m.file, c.Func}, a.Value)
	}
	for i, f := range m.mod.Funcs {
		if c.Decorator && f.Line > c.Line && slices.Contains(f.Decorators, c.Name) {
			return []site{{m.file, i}}
		}
	}
	return nil
}

// askedFor reports whether a condition decides that a function is called.
func (b *builder) askedFor(g *callGraph, s site) bool {
	mod := b.in.Tree.Python[s.file]
	name := mod.Funcs[s.fn].Name
	for _, m := range b.ownModules() {
		for _, c := range m.mod.Calls {
			if !c.Conditional || c.Decorator || c.Method() != name {
				continue
			}
			found := g.resolve(site{m.file, c.Func}, c.Name)
			if len(found) == 0 || slices.Contains(found, s) {
				return true
			}
		}
	}
	return false
}

// trainers are the entries that train, and those that start one that does.
func (b *builder) trainers() map[string]bool {
	out := map[string]bool{}
	for _, category := range []string{"train", "train.remote", "train.entry", "pipeline.remote"} {
		for _, f := range b.set.Facts[category] {
			for _, l := range f.Entries {
				out[l.ID] = true
			}
		}
	}
	for more := true; more; {
		more = false
		for _, h := range b.reach.Handings {
			if !slices.ContainsFunc(h.To, func(id string) bool { return out[id] }) {
				continue
			}
			for _, from := range h.From {
				more = more || !out[from]
				out[from] = true
			}
		}
	}
	return out
}
