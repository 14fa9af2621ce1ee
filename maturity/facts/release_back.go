package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/source"
)

var (
	goesBack = regexp.MustCompile(`(?i)roll[-_ ]?back|restore[-_ ]previous|revert[-_](model|release|deploy)`)
	acts     = regexp.MustCompile(`^(ln|systemctl|gsutil|rsync|sam|nomad|kubectl|helm|docker|docker-compose|aws|gcloud|az|curl|ssh|mlflow|dvc|gto|oc|argocd|flyctl|heroku|muster)$`)
)

// rollbackTasks makes facts of targets, scripts and jobs that are named for
// going back, and work on what serves or says what is current.
func (b *builder) rollbackTasks() {
	places, known := b.modules("registry.promote", "deploy.model", "cue.reload", "cue.deploy"), map[string]bool{}
	defer func() { b.rollbackScripts(known) }()
	for _, s := range b.reach.Sequences {
		known[s.Path] = true
		name := s.Name + " " + path.Base(s.Path)
		if !goesBack.MatchString(name) || strings.Contains(name, "test") || !b.mine(s.Path) && s.Kind != "job" || b.in.Tree.Class(s.Path) != source.Source {
			continue
		}
		works := slices.ContainsFunc(s.Steps, func(st reach.Step) bool {
			first, _, _ := strings.Cut(st.Name, " ")
			return acts.MatchString(path.Base(first)) || slices.ContainsFunc(st.Files, func(file string) bool { return places[file] })
		})
		if works {
			b.add(Fact{Category: "task.rollback", Tool: s.Kind, Subject: s.Name, Path: s.Path, Line: s.Line, Context: string(source.Source), Entries: []Link{{ID: s.Entry}}})
		}
	}
}

// rollbackScripts makes facts of scripts that are named for going back and that nothing
// starts: people do, as a runbook may tell them. They take a version, or look for the
// one before, and work on what serves.
func (b *builder) rollbackScripts(known map[string]bool) {
	for _, file := range b.in.Tree.Files {
		text := b.in.Tree.Text[file]
		if ext := path.Ext(file); ext != ".sh" && ext != ".bash" && ext != "" || !goesBack.MatchString(path.Base(file)) || known[file] || len(text) == 0 ||
			!b.mine(file) || b.in.Tree.Class(file) != source.Source {
			continue
		}
		commands, err := shell.Read(string(text), shell.Options{})
		if err != nil || !takesVersion.Match(text) {
			continue
		}
		i := slices.IndexFunc(commands, func(c shell.Command) bool { return len(c.Args) > 0 && acts.MatchString(path.Base(c.Args[0])) })
		if i >= 0 {
			b.add(Fact{
				Category: "task.rollback", Tool: "script", Subject: file, Path: file, Line: commands[i].Line, Context: string(source.Source),
				Entries: b.links(file), Detail: map[string]any{"script": true},
			})
		}
	}
}

// takesVersion is a script that is told what to go back to, or finds out.
var takesVersion = regexp.MustCompile(`\$\{?[1@]|(?i)previous|rollout undo|readlink|\bprev_`)

// rollbackFunctions makes facts of functions named for going back that
// something of the project calls, or that answer requests or commands.
func (b *builder) rollbackFunctions() {
	named := map[string]Fact{}
	for _, f := range b.calls("cue.rollback") {
		named[f.Function] = f
	}
	if len(named) == 0 {
		return
	}
	for _, m := range b.ownModules() {
		file, mod := m.file, m.mod
		for _, c := range mod.Calls {
			if f, ok := named[c.Method()]; ok && !c.Decorator {
				b.back(f)
			}
		}
		for _, fn := range mod.Funcs {
			if f, ok := named[fn.Name]; ok && f.Path == file && slices.ContainsFunc(fn.Decorators, entryDecorator.MatchString) {
				b.back(f)
			}
		}
	}
}

func (b *builder) back(f Fact) {
	f.Category = "call.rollback"
	b.add(f)
}
