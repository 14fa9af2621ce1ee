package facts

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
)

var (
	// poorLive is how code speaks of what the model in use is worth by now.
	poorLive = regexp.MustCompile(`(?i)(^|[ ._])(live|current|recent|production|prod|online|rolling|deployed|observed|realized|realised)_?(model_)?(performance|f1|accuracy|acc|auc|rmse|mae|mape|score|metrics?|error|precision|recall|quality)|degrad|performance_(drop|loss|decay|below)|(needs?|should|must)_(re)?train`)
	// reportOfDrift is a file in which a monitor says what it found.
	reportOfDrift = regexp.MustCompile(`(?i)violations|drift[^/ ]*\.(json|csv|ya?ml|txt|flag|parquet)$`)
)

// decision is where a function asks for a signal: the first line of each, and whether one of
// them leaves the function.
type decision struct {
	line  int
	kind  string
	stops bool
}

// decidedCalls makes facts of the calls by which a function that asks for drift, or for
// what the model in use is worth, starts training: through whatever lies between.
func (b *builder) decidedCalls(g *callGraph) {
	type decided struct {
		m      module
		call   python.Call
		kind   string
		starts []site
	}
	var calls []decided
	var starts []site
	for _, m := range b.ownModules() {
		b.readReports(m)
		decisions := b.decisions(m)
		for _, fn := range slices.Sorted(maps.Keys(decisions)) {
			s, d := site{m.file, fn}, decisions[fn]
			for _, c := range g.calls(s) {
				if c.Decorator || c.Line < d.line || !c.Conditional && !d.stops {
					continue
				}
				from := g.startsOf(s, c)
				calls = append(calls, decided{m, c, d.kind, from})
				starts = append(starts, from...)
			}
		}
	}
	// All are followed at once: many decisions may lead through the same functions.
	leads := g.leading(starts, b.sitesOf("train", "train.remote", "retrain.start"), maxDecided)
	started := b.startedAt()
	for _, d := range calls {
		if started[d.m.file][d.call.Line] || slices.ContainsFunc(d.starts, func(t site) bool { return leads[t] }) {
			b.add(Fact{
				Category: "retrain.call", Subject: d.call.Subject(), Path: d.m.file, Line: d.call.Line, Context: string(source.Source),
				Function: d.m.mod.FuncName(d.call.Func), Conditional: true, Entries: d.m.links, Detail: map[string]any{"decided": d.kind},
			})
		}
	}
}

// decisions are those of the functions of a module that ask for a signal, by their index.
func (b *builder) decisions(m module) map[int]decision {
	out := map[int]decision{}
	judge := func(c python.Condition, kind string) {
		d, ok := out[c.Func]
		if !ok || c.Line < d.line {
			d.line = c.Line
		}
		if d.kind != "drift" {
			d.kind = kind
		}
		d.stops = d.stops || c.Stops
		out[c.Func] = d
	}
	for _, f := range b.set.Facts["drift.decision"] {
		if f.Path == m.file && f.Context == string(source.Source) {
			judge(python.Condition{Line: f.Line, Func: functionOf(m.mod, f)}, "drift")
		}
	}
	for _, c := range m.mod.Branches {
		switch {
		case driftFlag.MatchString(c.Names):
			judge(c, "drift")
		case poorLive.MatchString(c.Names):
			judge(c, "quality")
		}
	}
	for _, c := range m.mod.Compares {
		if poorLive.MatchString(c.Left + " " + c.Right) {
			judge(python.Condition{Line: c.Line, Func: c.Func}, "quality")
		}
	}
	return out
}

// startsOf are the functions that a call leads to at once, by what it calls or hands on.
func (g *callGraph) startsOf(s site, c python.Call) []site {
	starts := g.resolve(s, c.Name)
	for _, a := range c.Args {
		if !a.Literal && a.Value != "" {
			starts = append(starts, g.resolve(s, a.Value)...)
		}
	}
	return slices.DeleteFunc(starts, func(t site) bool { return t == s })
}

// startedAt are the lines of Python whose command starts a file that trains, or a pipeline.
func (b *builder) startedAt() map[string]map[int]bool {
	training := map[string]bool{}
	out := map[string]map[int]bool{}
	at := func(file string, line int) {
		if b.in.Tree.Python[file] == nil {
			return
		}
		if out[file] == nil {
			out[file] = map[int]bool{}
		}
		out[file][line] = true
	}
	for _, category := range []string{"train", "train.remote", "train.entry", "retrain.start"} {
		for _, f := range b.set.Facts[category] {
			training[f.Path] = training[f.Path] || f.Context == string(source.Source)
			at(f.Path, f.Line)
		}
	}
	for _, h := range b.reach.Hits {
		if slices.ContainsFunc(h.Args, func(a string) bool {
			f := b.fileOf(a, h.Dir, path.Dir(h.Path))
			return f != "" && slices.ContainsFunc(b.reach.Closure(f), func(dep string) bool { return training[dep] })
		}) {
			at(h.Path, h.Line)
		}
	}
	return out
}

// fileOf is the file of Python that a word of a command names.
func (b *builder) fileOf(word string, dirs ...string) string {
	if !strings.HasSuffix(word, ".py") {
		return ""
	}
	for _, dir := range append(dirs, ".") {
		if f := path.Join(dir, word); b.in.Tree.Python[f] != nil {
			return f
		}
	}
	return ""
}

// readReports makes a fact of a module that reads what a monitor found.
func (b *builder) readReports(m module) {
	for _, c := range m.mod.Calls {
		if !readsFile.MatchString(c.Name) || c.OpensToWrite() {
			continue
		}
		for _, text := range pathsOf(c) {
			if reportOfDrift.MatchString(text) {
				b.note(m, "drift.report", c.Subject()+" "+text, c.Line, m.mod.FuncName(c.Func))
				return
			}
		}
	}
}
