package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/reach"
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
				Category: "rollback.call", Subject: c.Subject(), Path: file, Line: c.Line, Context: string(source.Source),
				Function: mod.FuncName(c.Func), Conditional: true, Entries: b.links(file),
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
					Category: "rollback.managed", Subject: c.Subject(), Path: file, Line: c.Line, Context: string(source.Source),
					Function: mod.FuncName(c.Func), Entries: b.links(file),
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

var (
	runbookFile = regexp.MustCompile(`(?i)run-?_?books?|on-?_?call|incident|playbooks?|(^|[-_/])slos?[-_.]`)
	namesOwner  = regexp.MustCompile(`(?i)\b(owner|on-?call|contact|escalat\w*|responsible|maintainer)s?\b`)
	handle      = regexp.MustCompile(`(^|[\s(|:*` + "`" + `])(@[A-Za-z0-9][\w-]*(/[\w.-]+)?|[\w.+-]+@[\w-]+\.[\w.-]+)`)
	unnamed     = regexp.MustCompile(`(?i)@(your|example|username|user|team-?name|todo|tbd|handle)\b|@example\.|your[-_ ]|\btbd\b|<[^>]+>`)
)

// runbooks makes a fact of each runbook: who owns it, and which command that
// exists takes a model back.
func (b *builder) runbooks() {
	owners := b.ownerHandles()
	for _, file := range b.in.Tree.Files {
		if !b.mine(file) || b.in.Tree.Class(file) != source.Docs && b.in.Tree.Class(file) != source.Example || !runbookFile.MatchString(file) || strings.HasPrefix(file, ".") {
			continue
		}
		src, ok := b.in.Tree.Text[file]
		if !ok {
			continue
		}
		owner, line := ownerIn(string(src))
		undo, at := b.documentedRollback(file)
		b.fact("runbook", path.Base(file), file, max(line, at, 1), map[string]any{
			"owner": owner, "rollback": undo, "known": len(owners) == 0 || slices.Contains(owners, strings.ToLower(owner)),
		})
	}
}

// ownerIn returns the first handle or address that a line on owners names.
func ownerIn(text string) (string, int) {
	for i, line := range strings.Split(text, "\n") {
		if !namesOwner.MatchString(line) || unnamed.MatchString(line) {
			continue
		}
		if m := handle.FindStringSubmatch(line); m != nil {
			return strings.TrimRight(m[2], "."), i + 1
		}
	}
	return "", 0
}

// documentedRollback returns a command of a page that takes a model back and
// whose target exists.
func (b *builder) documentedRollback(file string) (string, int) {
	for _, h := range b.reach.Hits {
		if h.Entry != file || h.Path != file {
			continue
		}
		text := strings.Join(h.Args, " ")
		if (isRollback(h.Args) || rollbackName.MatchString(text)) && b.exists(h) {
			return shorten(text), h.Line
		}
	}
	return "", 0
}

// exists reports whether a command's target is in the repository: a file, a
// target of make, a workflow, or what a tool of the cluster rolls back.
func (b *builder) exists(h reach.Hit) bool {
	if isRollback(h.Args) {
		return true
	}
	for _, a := range h.Args {
		a = strings.TrimPrefix(a, "./")
		if b.in.Tree.Has(a) || b.in.Tree.Has(path.Join(h.Dir, a)) || b.in.Tree.Has(path.Join(".github/workflows", a)) ||
			b.in.Tree.Has(strings.ReplaceAll(a, ".", "/")+".py") || b.in.Tree.Has("src/"+strings.ReplaceAll(a, ".", "/")+".py") {
			return true
		}
		for _, e := range b.reach.Entries {
			if (e.Kind == reach.KindTask || e.Kind == reach.KindScript) && strings.HasSuffix(e.ID, "#"+a) {
				return true
			}
		}
	}
	return false
}
