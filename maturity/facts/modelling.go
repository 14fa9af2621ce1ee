package facts

import (
	"regexp"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/cues"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
)

// modelling makes the facts that the criteria of level 2 need beside the uses
// of tools: evaluation, seeds, the versions of code and data that runs record,
// checks of data, tests of the models' code, owners, what scores.
func (b *builder) modelling() {
	for _, m := range b.ownModules() {
		for _, c := range b.cues(m) {
			b.add(Fact{
				Category: c.Category, Tool: c.Tool, Subject: shorten(c.Subject), Path: m.file, Line: max(c.Line, 1), Context: string(source.Source),
				Function: c.Function, Entries: m.links,
			})
		}
		b.snapshots(m)
	}
	g := newCallGraph(b)
	b.versionStores(g)
	b.flowSteps(g)
	b.stageMetrics()
	b.kedroMetrics()
	b.kedro()
	b.dataChecks()
	b.data()
	b.modelEndpoints()
	b.modelCharts()
	b.scorers()
	b.modelTests()
	b.ownership()
}

// module is a file of the project's own Python, with the entries that run it.
type module struct {
	file  string
	mod   *python.Module
	links []Link
}

// ownModules are the modules of the project that do its work; neither tests
// nor notebooks are among them.
func (b *builder) ownModules() []module {
	if b.ownMods != nil {
		return b.ownMods
	}
	out := []module{}
	for _, file := range b.in.Tree.Files {
		mod := b.in.Tree.Python[file].Module()
		if mod != nil && b.mine(file) && b.in.Tree.Class(file) == source.Source {
			out = append(out, module{file, mod, b.links(file)})
		}
	}
	b.ownMods = out
	return out
}

// cues are those of a module, found once for all projects.
func (b *builder) cues(m module) []cues.Cue {
	found, ok := b.index.cues[m.file]
	if !ok {
		found = cues.Find(m.file, m.mod, b.fits)
		b.index.cues[m.file] = found
	}
	return found
}

// note makes a fact of a line of a module.
func (b *builder) note(m module, category, subject string, line int, function string) {
	b.add(Fact{
		Category: category, Subject: shorten(subject), Path: m.file, Line: max(line, 1), Context: string(source.Source),
		Function: function, Entries: m.links,
	})
}

// stageMetrics notes the files of metrics that the definition of a pipeline names.
func (b *builder) stageMetrics() {
	for _, s := range b.reach.Sequences {
		if !isDefinition(s.Kind) || !b.mine(s.Path) || b.in.Tree.Class(s.Path) != source.Source {
			continue
		}
		for i, line := range strings.Split(string(b.in.Tree.Text[s.Path]), "\n") {
			if t := strings.TrimSpace(line); strings.HasPrefix(t, "metrics:") || s.Kind == "muster" && strings.HasPrefix(t, "predictions:") {
				b.add(Fact{
					Category: "metrics.stage", Tool: s.Kind, Subject: strings.TrimSuffix(t, ":"), Path: s.Path, Line: i + 1,
					Context: string(source.Source), Entries: []Link{{ID: s.Entry}}, Detail: map[string]any{"stage": stageAt(s, i+1)},
				})
				break
			}
		}
	}
}

// stageAt is the name of the stage that a line of a definition belongs to.
func stageAt(s reach.Sequence, line int) string {
	name := ""
	for _, st := range s.Steps {
		if st.Path == s.Path && st.Line <= line {
			name = st.Name
		}
	}
	return name
}

// usesSnapshot are functions that are given a snapshot, and keep none.
var usesSnapshot = regexp.MustCompile(`(?i)^_*(send|get|list|load|read|find|delete|remove|clean\w*|prune|restore|sync|compare|show|print|fetch|download|rollback|parse|validate|check|test)_`)

// snapshots makes facts of home-made snapshots of data: a function that is named
// for them, in a module that keeps some.
func (b *builder) snapshots(m module) {
	if !cues.KeepsSnapshots(m.mod) {
		return
	}
	for _, f := range b.set.Facts["cue.snapshot"] {
		if f.Path == m.file && !usesSnapshot.MatchString(f.Function) {
			b.note(m, "data.snapshot", f.Subject, f.Line, f.Function)
		}
	}
}
