package facts

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
)

// handings makes facts of the places that start a pipeline of the repository which
// trains, or which starts one that does. Those that start another one are taken
// back: what such a call is for, its target says.
func (b *builder) handings(g *callGraph) {
	b.asksOwnRoute(g)
	b.nowhere()
	training := b.trainers()
	for _, h := range b.reach.Handings {
		if !b.mine(h.Path) {
			continue
		}
		leads := slices.ContainsFunc(h.To, func(id string) bool { return training[id] })
		b.set.Facts["retrain.start"] = slices.DeleteFunc(b.set.Facts["retrain.start"], func(f Fact) bool {
			same := f.Line == h.Line || f.Detail["address"] == h.Line // where a request goes stands before it
			return f.Path == h.Path && same && (!leads || f.Context == string(source.Source))
		})
		if leads {
			b.handing(h)
		}
	}
}

// handing adds the fact of one place.
func (b *builder) handing(h reach.Handing) {
	f := Fact{
		Category: "retrain.start", Subject: "starts " + h.Name, Path: h.Path, Line: h.Line, Context: "command", Detail: map[string]any{"trains": true},
	}
	mod := b.in.Tree.Python[h.Path].Module()
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
	f.Function = mod.FuncName(h.Func)
	f.Conditional = branchesOnDrift(mod) || slices.ContainsFunc(mod.Calls, func(c python.Call) bool { return c.Line == h.Line && c.Conditional && !c.Decorator }) ||
		h.Func >= 0 && b.askedFor(site{h.Path, h.Func})
	b.add(f)
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
				name := b.in.Tree.Python[s.file].Module().Funcs[s.fn].Name
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
	return choosesByDrift.MatchString(c.Method()) || slices.ContainsFunc(c.Texts(), choosesByDrift.MatchString)
}

// chooser returns the functions that a branch asks: what it is given, or what it decorates.
func chooser(g *callGraph, m module, c python.Call) []site {
	if a, ok := c.Arg("python_callable"); ok {
		return g.resolve(site{m.file, c.Func}, a.Value)
	}
	if at := m.mod.Decorated(c); c.Decorator && at >= 0 {
		return []site{{m.file, at}}
	}
	return nil
}

var (
	// trainingRoute is the path of a service that trains when it is asked to.
	trainingRoute = regexp.MustCompile(`(?i)/(re-?)?train(ing)?([_-](model|now|start|run))?(/(start|run|trigger))?/?$|/(start|run|trigger)[_-]?(re)?train(ing)?/?$`)
	behindHost    = regexp.MustCompile(`^(\{[^}]*\}|https?://[^/]+)+/`)
)

// asksOwnRoute makes facts of functions that ask a service of the project's own to
// train: they send something to a path of that name which another file has, too.
func (b *builder) asksOwnRoute(g *callGraph) {
	trains := slices.ContainsFunc(slices.Concat(b.set.Facts["train"], b.set.Facts["train.remote"]), func(f Fact) bool {
		return f.Context == string(source.Source)
	})
	served := b.trainingRoutes()
	if !trains || len(served) == 0 {
		return
	}
	for _, m := range b.ownModules() {
		for _, w := range m.mod.Routes {
			if w.Func < 0 || !trainingRoute.MatchString(w.Text) || !behindHost.MatchString(w.Text) || !slices.ContainsFunc(served, func(r reference) bool { return r.file != m.file && strings.HasSuffix(w.Text, r.path) }) {
				continue
			}
			s := site{m.file, w.Func}
			if !slices.ContainsFunc(g.calls(s), func(c python.Call) bool {
				return c.Method() == "post" || c.Method() == "urlopen" || c.Method() == "request"
			}) {
				continue
			}
			b.add(Fact{
				Category: "retrain.start", Subject: "asks for " + w.Text, Path: m.file, Line: w.Line, Context: string(source.Source), Function: m.mod.FuncName(w.Func),
				Conditional: b.askedFor(s), Entries: m.links, Detail: map[string]any{"trains": true},
			})
		}
	}
}

// trainingRoutes are the paths that services of the project train at, with their files.
func (b *builder) trainingRoutes() []reference {
	var out []reference
	for _, m := range b.ownModules() {
		for _, w := range m.mod.Routes {
			if strings.HasPrefix(w.Text, "/") && trainingRoute.MatchString(w.Text) {
				out = append(out, reference{path: w.Text, line: w.Line, file: m.file})
			}
		}
	}
	return out
}

// fewSteps is how far from a condition a function may be called.
const fewSteps = 3

// askedFor reports whether a condition decides that a function is called, by that
// name or through others.
func (b *builder) askedFor(s site) bool {
	name := b.in.Tree.Python[s.file].Module().Funcs[s.fn].Name
	var decided []reach.Site
	for _, m := range b.ownModules() {
		for _, c := range m.mod.Calls {
			if !c.Conditional || c.Decorator {
				continue
			}
			found := b.reach.Resolve(reach.Site{File: m.file, Func: c.Func}, c.Name)
			if len(found) == 0 && c.Method() == name && strings.HasPrefix(c.Name, "?") {
				return true
			}
			decided = append(decided, found...)
		}
	}
	return slices.Contains(b.reach.Called(decided, fewSteps), reach.Site{File: s.file, Func: s.fn})
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

// inFunction are the links of a fact without those of entries that run other
// functions of its file alone.
func (b *builder) inFunction(f Fact) []Link {
	if f.Context != string(source.Source) || !strings.HasSuffix(f.Path, ".py") {
		return f.Entries
	}
	runs := b.reach.Runs(f.Path)
	runsOther := func(l Link) bool { only := runs[l.ID].Only; return only != nil && !only[f.Function] }
	if !slices.ContainsFunc(f.Entries, runsOther) {
		return f.Entries
	}
	return slices.DeleteFunc(slices.Clone(f.Entries), runsOther)
}

// nowhere takes back the commands that start a workflow which the repository does not
// have, if they name it and no other repository.
func (b *builder) nowhere() {
	known := map[string]bool{}
	for _, h := range b.reach.Handings {
		known[h.Path+"\x00"+strconv.Itoa(h.Line)] = true
	}
	lost := map[string]bool{}
	for _, h := range b.reach.Hits {
		if at := h.Path + "\x00" + strconv.Itoa(h.Line); !known[at] && startsByName(h.Args) {
			lost[at] = true
		}
	}
	b.set.Facts["retrain.start"] = slices.DeleteFunc(b.set.Facts["retrain.start"], func(f Fact) bool {
		return f.Context == "command" && lost[f.Path+"\x00"+strconv.Itoa(f.Line)]
	})
}

// startsByName reports whether a command starts a workflow of this repository, whose
// name stands there.
func startsByName(args []string) bool {
	if len(args) < 4 || !strings.HasPrefix(strings.Join(args, " "), "gh workflow run ") {
		return false
	}
	return !slices.ContainsFunc(args, func(a string) bool {
		return a == "-R" || strings.HasPrefix(a, "--repo") || strings.ContainsAny(a, "$") || strings.Contains(a, "EXPRESSION")
	})
}
