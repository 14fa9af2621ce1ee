package facts

import (
	"regexp"
	"slices"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
)

var (
	currentName   = regexp.MustCompile(`(?i)(^|[ .])old([ .]|$)|champ|production|prod_|_prod\b|current|baseline|incumbent|previous|deployed|existing|registered|live_|old_|last_|\bactive_`)
	candidateName = regexp.MustCompile(`(?i)candidate|chall(enger)?_|challenger|contender|new_|new\b|latest|trained|fresh|\bstaging_|\bstaged_`)
	// standing is what only the model in production is called; described are names
	// that say where something lies, not how good it is.
	standing = regexp.MustCompile(`(?i)champ(ion)?|incumbent|deployed|(^|[._ ])prod(uction)?([._ ]|$)|current_(best_)?(model|prod|champion)|registered_model`)
	// plainCurrent and plainCandidate need no word for a measure.
	plainCurrent   = regexp.MustCompile(`(?i)^(champion|incumbent)$`)
	plainCandidate = regexp.MustCompile(`(?i)^(candidate|challenger)$`)
	described      = regexp.MustCompile(`(?i)_(name|path|uri|url|dir|id|key|file|version|alias)\b`)
	measureName    = regexp.MustCompile(`(?i)rmse|mae|mse|mape|r2|auc|acc|f1|loss|score|metric|precision|recall|error|perf|result|model|value|bias`)
)

// compares makes facts of comparisons between a candidate and what is current,
// and of functions that take both.
func (b *builder) compares() {
	for _, m := range b.ownModules() {
		file, mod := m.file, m.mod
		for _, c := range mod.Compares {
			if !rivals(c.Left, c.Right) && !rivals(c.Right, c.Left) && !b.againstBest(file, mod, c) {
				continue
			}
			if what := c.Left + " and " + c.Right; c.Fixed || c.Idle { // made up, or only said
				b.note(m, "gate.report", what, c.Line, mod.FuncName(c.Func))
			} else {
				b.compare(file, c.Line, what, mod.FuncName(c.Func))
			}
		}
		b.differences(file, mod)
		b.thresholds(file, mod)
		for _, f := range mod.Funcs {
			current := slices.IndexFunc(f.Parameters, func(p string) bool { return currentName.MatchString(p) && isMeasure(p) || plainCurrent.MatchString(p) })
			candidate := slices.IndexFunc(f.Parameters, func(p string) bool {
				return candidateName.MatchString(p) && isMeasure(p) || plainCandidate.MatchString(p)
			})
			if current >= 0 && candidate >= 0 && current != candidate && f.Body > 3 {
				b.compare(file, f.Line, f.Parameters[candidate]+" and "+f.Parameters[current]+" in "+f.Name, f.Name)
			}
		}
	}
}

// differenceName is how the difference of two measures is called, numberName how
// a measure itself is.
var (
	numberName     = regexp.MustCompile(`(?i)rmse|mae|mse|mape|r2|auc|acc|f1|loss|score|metric|precision|recall|error|perf`)
	differenceName = regexp.MustCompile(`(?i)(^|[_. ])(regression|degradation|improvement|delta|diff|difference|drop|gain|lift)([_. ]|$)`)
)

// differences makes a fact of a decision on a difference, in a module that has a
// measure of the candidate and one of what is current.
func (b *builder) differences(file string, mod *python.Module) {
	line, fn := 0, -1
	for _, c := range mod.Compares {
		if c.Branch && !c.Idle && (differenceName.MatchString(c.Left) || differenceName.MatchString(c.Right)) {
			line, fn = c.Line, c.Func
		}
	}
	for _, t := range mod.Thresholds {
		if differenceName.MatchString(t.Names) {
			line, fn = t.Line, t.Func
		}
	}
	if line == 0 {
		return
	}
	for _, a := range mod.Names {
		if !candidateName.MatchString(a.Text) || !numberName.MatchString(a.Text) {
			continue
		}
		if i := slices.IndexFunc(mod.Names, func(c python.Word) bool { return numberName.MatchString(c.Text) && rivals(a.Text, c.Text) }); i >= 0 {
			b.compare(file, line, "the difference of "+a.Text+" and "+mod.Names[i].Text, mod.FuncName(fn))
			return
		}
	}
}

var metricName = regexp.MustCompile(`(?i)(^|[._ ])(\w+_)?(rmse|mae|mse|mape|r2|auc|accuracy|acc|f1|loss|score|precision|recall)(_\w+)?([._ ]|$)`)

// thresholds makes a fact of a metric that is compared with a number, in a module
// that registers or promotes.
func (b *builder) thresholds(file string, mod *python.Module) {
	if !b.modules("registry.register", "registry.promote")[file] {
		return
	}
	for _, t := range mod.Thresholds {
		if metricName.MatchString(t.Names) && !described.MatchString(t.Names) {
			b.add(Fact{
				Category: "gate.threshold", Subject: t.Names + " and a number", Path: file, Line: t.Line, Context: string(source.Source),
				Function: mod.FuncName(t.Func), Entries: b.links(file),
			})
			return
		}
	}
}

// rivals reports whether one side is the candidate's and the other that of
// what is current, and both are measures.
func rivals(a, c string) bool {
	switch {
	case !isMeasure(a) || !isMeasure(c) || candidateName.MatchString(c):
		return false
	case standing.MatchString(c):
		return !standing.MatchString(a)
	}
	return candidateName.MatchString(a) && currentName.MatchString(c)
}

// bestName is how the measure of the best version so far is called.
var bestName = regexp.MustCompile(`(?i)(^|[._ ])(prev(ious)?_|last_)?best([._ ]|$)`)

// againstBest reports whether a measure is compared with the best one, in a function
// that has asked the registry for its versions before, and promotes behind it. The
// best epoch or algorithm of one run is asked of no registry.
func (b *builder) againstBest(file string, mod *python.Module, c python.Compare) bool {
	if !c.Branch || c.Func < 0 || bestName.MatchString(c.Left) == bestName.MatchString(c.Right) || !isMeasure(c.Left) || !isMeasure(c.Right) {
		return false
	}
	in := func(category string, holds func(line int) bool) bool {
		return slices.ContainsFunc(b.set.Facts[category], func(f Fact) bool {
			return f.Path == file && holds(f.Line) && functionOf(mod, f) == c.Func
		})
	}
	return in("registry.lookup", func(line int) bool { return line < c.Line }) && in("registry.promote", func(line int) bool { return line > c.Line })
}

func isMeasure(name string) bool {
	return measureName.MatchString(name) && !described.MatchString(name)
}

func (b *builder) compare(file string, line int, what, function string) {
	b.add(Fact{
		Category: "compare", Subject: what, Path: file, Line: line, Context: string(source.Source),
		Function: function, Entries: b.links(file),
	})
}
