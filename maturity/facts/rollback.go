package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

var (
	rollbackName  = regexp.MustCompile(`(?i)roll_?back|restore_(previous|last|prior|champion|stable)|revert_(to|model|deploy|release|alias|version)`)
	databaseWords = regexp.MustCompile(`(?i)session|\bdb\b|conn|cursor|transaction|engine|\btx\b|savepoint|migration`)
	onFailure     = regexp.MustCompile(`(?i)failure\(\)|failed\(\)|'failure'|"failure"|on_failure`)
)

// rollbacks makes facts of rollbacks that nobody has to start: in the handling
// of a failure or behind a condition in code, in a step that runs when others
// failed, in objects that analyse a release.
func (b *builder) rollbacks(g *callGraph) {
	for _, m := range b.ownModules() {
		file, mod := m.file, m.mod
		for _, c := range mod.Calls {
			if !c.Conditional || c.Decorator || !rollbackName.MatchString(c.Method()) || databaseWords.MatchString(c.Receiver+" "+c.Name) {
				continue
			}
			if own := g.resolve(site{file, c.Func}, c.Name); len(own) == 0 || !b.acts(own) || byChoice(mod, c) {
				continue
			}
			b.add(Fact{
				Category: "rollback.call", Subject: subject(c), Path: file, Line: c.Line, Context: string(source.Source),
				Function: function(mod, c.Func), Conditional: true, Entries: b.links(file),
			})
		}
	}
	for _, h := range b.reach.Hits {
		text := strings.Join(h.Args, " ") + h.Uses
		e := b.set.Entries[h.Entry]
		if !isRollback(h.Args) && !rollbackName.MatchString(text) || says(h.Args) {
			continue
		}
		if h.Conditional || onFailure.MatchString(h.If+e.If) {
			b.add(Fact{
				Category: "rollback.step", Subject: shorten(text), Path: h.Path, Line: h.Line, Context: "command",
				Conditional: h.Conditional, Entries: []Link{{ID: h.Entry, Swallowed: h.Swallowed, If: h.If}},
			})
		}
	}
	b.releaseAnalysis()
}

var choice = regexp.MustCompile(`(?i)(^|[ ._])(args?|argv|command|cmd|action|choice|subcommand|options?)([ ._]|$)`)

// byChoice reports whether what stands right above a call asks for the word of the
// person who started the program.
func byChoice(mod *python.Module, c python.Call) bool {
	const above = 2 // lines
	return slices.ContainsFunc(mod.Branches, func(q python.Condition) bool {
		return q.Func == c.Func && q.Line <= c.Line && c.Line-q.Line <= above && choice.MatchString(q.Names)
	})
}

// says reports whether a command only prints words.
func says(args []string) bool {
	return len(args) > 0 && (args[0] == "echo" || args[0] == "printf")
}

// acts reports whether one of the functions does something.
func (b *builder) acts(sites []site) bool {
	for _, s := range sites {
		if mod := b.in.Tree.Python[s.file].Module(); mod != nil && s.fn >= 0 && mod.Funcs[s.fn].Body > 1 {
			return true
		}
	}
	return false
}

func isRollback(args []string) bool {
	if len(args) < 3 {
		return false
	}
	switch path.Base(args[0]) {
	case "helm":
		return args[1] == "rollback"
	case "kubectl", "oc":
		return args[1] == "rollout" && args[2] == "undo"
	case "muster":
		return args[1] == "rollback"
	}
	return false
}

// releaseAnalysis makes facts of objects of Kubernetes that withdraw a release
// by metrics, and of endpoints that roll back on alarms.
func (b *builder) releaseAnalysis() {
	b.manifests(func(file string, doc yamldoc.Value) {
		switch kind := doc.Get("kind").Text(); kind {
		case "Rollout":
			for _, strategy := range []string{"canary", "blueGreen"} {
				s := doc.Get("spec", "strategy", strategy)
				if hasAnalysis(s) {
					b.fact("rollback.analysis", "Rollout with analysis", file, s.Line(), nil)
				}
			}
		case "Canary":
			if m := doc.Get("spec", "analysis", "metrics"); len(m.Items()) > 0 {
				b.fact("rollback.analysis", "Flagger canary with metrics", file, m.Line(), nil)
			}
		}
	})
	for _, m := range b.ownModules() {
		file, mod := m.file, m.mod
		for _, c := range mod.Calls {
			if rollsBackOnAlarm(c) {
				b.add(Fact{
					Category: "rollback.managed", Subject: subject(c), Path: file, Line: c.Line, Context: string(source.Source),
					Function: function(mod, c.Func), Entries: b.links(file),
				})
			}
		}
	}
}

// rollsBackOnAlarm reports whether an endpoint is updated with a configuration
// that withdraws it on alarms.
func rollsBackOnAlarm(c python.Call) bool {
	if strings.HasSuffix(c.Name, "AutoRollbackConfig") {
		return true
	}
	for _, a := range c.Args {
		if slices.Contains(a.Keys, "AutoRollbackConfiguration") {
			return true
		}
	}
	return false
}

func hasAnalysis(strategy yamldoc.Value) bool {
	for _, name := range []string{"analysis", "prePromotionAnalysis", "postPromotionAnalysis"} {
		if strategy.Get(name).Exists() {
			return true
		}
	}
	for _, step := range strategy.Get("steps").Items() {
		if step.Get("analysis").Exists() {
			return true
		}
	}
	return false
}
