package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/catalogue"
	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/source"
)

// commands makes the facts of the commands and actions that entries reach.
func (b *builder) commands() {
	others := b.elsewhereOnly()
	for _, h := range b.reach.Hits {
		if others[b.set.Entries[h.Entry].Path] {
			continue
		}
		var matches []catalogue.Match
		subject := strings.Join(h.Args, " ")
		if h.Uses != "" {
			matches, subject = b.in.Catalogue.Action(h.Uses, h.With), h.Uses
			if b.buildsNothing(h) {
				matches = nil
			}
		} else {
			matches = append(b.command(h.Args), b.environmentOf(h.Full)...)
		}
		for _, m := range matches {
			f := Fact{
				Category: m.As, Tool: m.Tool, Subject: shorten(subject), Path: h.Path, Line: h.Line, Context: "command",
				Note: m.Note, Conditional: h.Conditional,
				Entries: []Link{linkOf(h)},
			}
			if n, ok := b.selected(h); m.As == "test" && m.Tool == "pytest" && ok {
				f.Detail = map[string]any{"selects": n}
			}
			b.add(f)
		}
	}
}

// buildsNothing reports whether an action is to build and push an image of a
// Dockerfile that is not here: it fails before it pushes anything.
func (b *builder) buildsNothing(h reach.Hit) bool {
	name, _, _ := strings.Cut(strings.ToLower(h.Uses), "@")
	told := h.With["context"] + h.With["file"]
	if name != "docker/build-push-action" || strings.Contains(told, ci.Unknown) || strings.Contains(told, "://") || strings.Contains(told, "{{") {
		return false
	}
	return !slices.ContainsFunc(b.reach.Builds, func(x reach.Build) bool { return x.Path == h.Path && x.Line == h.Line })
}

// environmentOf is what a wrapper builds for the command that it runs: "nix develop -c make".
func (b *builder) environmentOf(full []string) []catalogue.Match {
	if len(full) == 0 {
		return nil
	}
	return slices.DeleteFunc(b.matches(full), func(m catalogue.Match) bool { return m.As != "container.build" })
}

// command returns what a command is the use of.
func (b *builder) command(args []string) []catalogue.Match {
	if matches := b.matches(args); len(matches) > 0 {
		return matches
	}
	return b.matches(shell.AfterPython(args))
}

// besides reports whether a folder lies neither in the project nor around it: what
// runs there is another part's of the repository, be it a project of its own or not.
func (b *builder) besides(dir string) bool {
	return dir != "" && b.project != "." && !source.Under(dir, b.project) && !source.Under(b.project, dir)
}

// places are the paths that a command names, and those that it stands in.
func places(h reach.Hit) []string {
	out := []string{h.Path, path.Join(h.Dir, "x")}
	for _, a := range h.Args {
		out = append(out, path.Join(h.Dir, a, "x"), path.Join(a, "x"))
	}
	for _, v := range h.With {
		out = append(out, path.Join(v, "x"))
	}
	return out
}

// sequences makes a fact of each sequence of steps that run the project's
// Python, saying how many there are and whether one of them trains.
func (b *builder) sequences() {
	training := map[string]bool{}
	for _, f := range b.set.Facts["train"] {
		if f.Context == string(source.Source) {
			training[f.Path] = true
		}
	}
	programs := b.trainingCommands()
	for _, s := range b.reach.Sequences {
		if !b.mine(s.Path) && s.Kind != "job" {
			continue
		}
		steps, trains, program := map[string]bool{}, false, false
		for _, st := range s.Steps {
			if programs[place{st.Path, st.Line}] || s.Kind == "target" && b.makesFile(st) {
				steps[st.Name], program = true, program || programs[place{st.Path, st.Line}]
			}
			if isDefinition(s.Kind) && len(st.Files) > 0 {
				steps[st.Name] = true
			}
			for _, file := range st.Files {
				if b.in.Tree.Class(file) != source.Source {
					continue
				}
				if b.fits(isWork, st.Name+" "+path.Base(file)) && !onlySays(b.in.Tree.Python[file].Outline()) {
					steps[st.Name] = true
				}
				for _, dep := range b.reach.Closure(file) {
					trains = trains || training[dep]
				}
			}
		}
		if len(steps) == 0 {
			continue
		}
		trains = program || trains && (isDefinition(s.Kind) || !oneProgram(s.Steps) || slices.ContainsFunc(s.Steps, saysTraining) && slices.ContainsFunc(s.Steps, saysOther))
		detail := map[string]any{"steps": len(steps), "trains": trains, "connected": s.Connected}
		if s.Kind == "dvc" {
			detail["locked"] = b.in.Tree.Has(path.Join(path.Dir(s.Path), "dvc.lock"))
		}
		b.add(Fact{
			Category: "sequence", Tool: s.Kind, Subject: s.Name, Path: s.Path, Line: s.Line, Context: string(b.in.Tree.Class(s.Path)),
			Entries: []Link{{ID: s.Entry}},
			Detail:  detail,
		})
	}
}

var saying = regexp.MustCompile(`^(print|time\.sleep|logging\..*|loguru\.logger\..*|.*\blog(ger)?\.(debug|info|warning))$`)

// onlySays reports whether a program of Python prints words and does nothing else: it
// stands in the place of a step that nobody has written.
func onlySays(mod *python.Module) bool {
	if mod == nil || len(mod.Calls) == 0 {
		return false
	}
	own := map[string]bool{}
	for _, f := range mod.Funcs {
		own[f.Name] = true
	}
	return !slices.ContainsFunc(mod.Calls, func(c python.Call) bool { return !own[c.Name] && !saying.MatchString(c.Name) })
}

// place is a line of a file.
type place struct {
	path string
	line int
}

// trainingCommands are the lines of targets and scripts on which a program of somebody
// else's trains.
func (b *builder) trainingCommands() map[place]bool {
	out := map[place]bool{}
	for _, f := range b.set.Facts["train"] {
		if f.Context == "command" {
			out[place{f.Path, f.Line}] = true
		}
	}
	return out
}

// makesFile reports whether a step is a target of make that is a file of data or the
// like, which another one needs.
func (b *builder) makesFile(s reach.Step) bool {
	return strings.Contains(s.Name, "/") && !strings.ContainsAny(s.Name, " $") && b.fits(isWork, s.Name)
}

// oneProgram reports whether all of several steps that run code run one and the same program:
// then their words tell what each of them does.
func oneProgram(steps []reach.Step) bool {
	steps = slices.DeleteFunc(slices.Clone(steps), func(s reach.Step) bool { return len(s.Files) == 0 })
	return len(steps) > 1 && !slices.ContainsFunc(steps, func(s reach.Step) bool { return !slices.Equal(s.Files, steps[0].Files) })
}

var trainingWord = regexp.MustCompile(`(?i)train|fit\b|learn|tun(e|ing)|pipeline|\ball\b`)

// saysOther tells a step that does not train: several runs of one training, with
// other settings, are no pipeline.
func saysOther(s reach.Step) bool { return len(s.Files) > 0 && !saysTraining(s) }

func saysTraining(s reach.Step) bool { return trainingWord.MatchString(s.Name) }

// isWork tells the steps of a pipeline from servers and checks that stand
// beside them.
var isWork = regexp.MustCompile(`(?i)prep|data|etl|feature|eval|valid|ingest|split|fetch|download|tun(e|ing)|promot|predict|score|regist|infer|clean|process|transform|extract|report|metric|export|deploy|pipeline|train|fit`)

// isDefinition reports whether all steps of a sequence are stages by definition.
func isDefinition(kind string) bool {
	return slices.Contains([]string{"dvc", "muster", "azureml", "databricks", "spacy", "mage", "ploomber", "kestra", "targets"}, kind)
}

var (
	commentedCron = regexp.MustCompile(`^\s*#+\s*(-\s*)?(cron|schedule)\s*:`)
	nestedCI      = regexp.MustCompile(`.+/(\.(github|gitea|forgejo)/workflows/[^/]+\.ya?ml|\.gitlab-ci\.yml|\.circleci/config\.yml|\.buildkite/pipeline[^/]*\.ya?ml|bitbucket-pipelines\.yml|\.travis\.yml|\.drone\.yml|\.woodpecker\.ya?ml|\.taskcluster\.yml)$`)
)

// elsewhere makes facts of CI files that the host does not read, and of timers
// that are commented out.
func (b *builder) elsewhere() {
	for _, file := range b.in.Tree.Files {
		if nestedCI.MatchString(file) && b.mine(file) && b.in.Tree.Class(file) == source.Source {
			b.add(Fact{Category: "elsewhere", Subject: file, Path: file, Line: 1, Context: string(source.Source)})
		}
	}
	for _, p := range b.in.Pipelines {
		for i, line := range strings.Split(string(b.in.Tree.Text[p.Path]), "\n") {
			if commentedCron.MatchString(line) {
				b.add(Fact{Category: "commented", Subject: strings.TrimSpace(line), Path: p.Path, Line: i + 1, Context: string(source.Source)})
			}
		}
	}
}

// manifests are the files by which a folder is a package on its own.
var manifests = []string{"pyproject.toml", "setup.py", "DESCRIPTION", "Project.toml", "build.sbt", "pom.xml", "package.json", "go.mod"}

// elsewhereOnly returns the pipelines that no change of the project starts, but
// only changes of a package that lies in one folder of it and is built on its
// own. Where the project has no tests beside those, they are its own.
func (b *builder) elsewhereOnly() map[string]bool {
	out := map[string]bool{}
	if !b.isPackage(b.project) {
		return out
	}
	for _, p := range b.in.Pipelines {
		if dir := partOf(p); dir != "" && source.Under(dir, b.project) && dir != b.project && b.isPackage(dir) && b.testsBeside(dir) {
			out[p.Path] = true
		}
	}
	return out
}

// partOf is the folder in which all files lie whose change starts a pipeline,
// beside the pipeline itself, or "".
func partOf(p *ci.Pipeline) string {
	dir := ""
	for _, pattern := range p.Only {
		if strings.HasPrefix(pattern, "!") || strings.HasPrefix(pattern, ".github/") {
			continue
		}
		fixed, _, _ := strings.Cut(pattern, "*")
		fixed = path.Dir(fixed + "x")
		if dir == "" {
			dir = fixed
		}
		dir = commonFolder(dir, fixed)
	}
	if dir == "." {
		return ""
	}
	return dir
}

func commonFolder(a, b string) string {
	for a != "." && a != b && !strings.HasPrefix(b, a+"/") {
		a = path.Dir(a)
	}
	return a
}

// isPackage reports whether a folder, or one just below it, is built on its own.
func (b *builder) isPackage(dir string) bool {
	for _, name := range manifests {
		if b.in.Tree.Has(path.Join(dir, name)) {
			return true
		}
	}
	for _, file := range b.in.Tree.Files {
		if dir != b.project && path.Dir(path.Dir(file)) == dir && slices.Contains(manifests, path.Base(file)) {
			return true
		}
	}
	return false
}

// testsBeside reports whether tests of the project lie outside of one folder.
func (b *builder) testsBeside(dir string) bool {
	for file, code := range b.in.Tree.Python {
		if b.in.Tree.Class(file) != source.Test || source.Under(file, dir) || !b.mine(file) {
			continue
		}
		for _, f := range code.Outline().Funcs {
			if strings.HasPrefix(f.Name, "test") && f.Asserts > 0 {
				return true
			}
		}
	}
	return false
}
