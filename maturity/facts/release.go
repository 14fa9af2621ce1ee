package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/catalogue"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// release makes the facts that the criteria of level 3 need: into which
// environments something is deployed, and whether a version can be named; what
// infrastructure is code; what serves, and what it says of itself.
func (b *builder) release() {
	b.ownMachines()
	b.remoteReleases()
	b.environments()
	b.versions()
	b.named()
	b.rollbackTasks()
	b.rollbackFunctions()
	b.infrastructure()
	b.traffic()
	b.commitImages()
	b.emptyImages()
	b.exposed()
	b.probes()
	b.shared()
	b.takeovers()
	b.syncedReleases()
}

// The environments that a release moves through.
const (
	production  = "production"
	staging     = "staging"
	development = "development"
	preview     = "preview"
)

// environmentWords name environments. ACI and AKS are where Azure's guides put
// tests and production (https://learn.microsoft.com/azure/machine-learning/v1/how-to-deploy-and-where).
var environmentWords = map[string]string{
	"production": production, "prod": production, "prd": production, "live": production,
	"staging": staging, "stage": staging, "stg": staging, "preprod": staging, "preproduction": staging, "uat": staging, "qa": staging,
	"acceptance": staging, "acc": staging, "development": development, "dev": development, "sandbox": development, "preview": preview, "review": preview,
}

var wordsOf = regexp.MustCompile(`[A-Za-z][a-z]+|[A-Z]+`)

// environmentsIn returns the environments that a text names, each once.
func environmentsIn(text string) []string {
	var out []string
	for _, w := range wordsOf.FindAllString(strings.ReplaceAll(text, "pre-prod", "preprod"), -1) {
		if e, ok := environmentWords[strings.ToLower(w)]; ok && !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	return out
}

// deploys are the categories of what puts a release in place.
var deploys = []string{"deploy.model", "deploy.app", "infra.apply"}

// environments makes a fact for each environment that a deployment names: in
// its job, its arguments, its inputs.
func (b *builder) environments() {
	for _, h := range b.reach.Hits {
		if b.deploysHit(h) {
			e, _ := b.reach.Entry(h.Entry)
			b.stage(environmentOf(e, h), h.Path, h.Line, "command", []Link{linkOf(h)})
		}
	}
	for _, f := range b.calls(deploys...) {
		for _, l := range f.Entries {
			e, _ := b.reach.Entry(l.ID)
			b.stage(environmentOf(e, reach.Hit{}), f.Path, f.Line, f.Context, []Link{l})
		}
		b.stage(environmentPairs(b.in.Tree.Python[f.Path].Module()), f.Path, f.Line, f.Context, f.Entries)
	}
	b.environmentArguments()
	b.registryStages()
	b.environmentFiles()
}

// deploysHit reports whether a command or action puts a release in place.
func (b *builder) deploysHit(h reach.Hit) bool {
	return slices.ContainsFunc(b.hit(h), func(m catalogue.Match) bool { return slices.Contains(deploys, m.As) })
}

// calls are the facts of calls in the project's own code.
func (b *builder) calls(categories ...string) []Fact {
	var out []Fact
	for _, c := range categories {
		for _, f := range b.set.Facts[c] {
			if f.Context == string(source.Source) && b.in.Tree.Python[f.Path] != nil {
				out = append(out, f)
			}
		}
	}
	return out
}

// environmentOf returns what the entry, or else its command, says of the
// environment. An expression may choose among several.
func environmentOf(e reach.Entry, h reach.Hit) []string {
	for _, text := range []string{e.Environment, e.Name, strings.Join(h.Args, " "), inputs(h.With), path.Base(e.Path)} {
		if found := environmentsIn(text); len(found) > 0 {
			return found
		}
	}
	return nil
}

func inputs(with map[string]string) string {
	var out []string
	for _, v := range with {
		out = append(out, v)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// environmentPairs are the environments for which a module that deploys keeps
// settings of their own: where production is one of several.
func environmentPairs(mod *python.Module) []string {
	var out []string
	for _, p := range mod.Pairs {
		if e, ok := environmentWords[strings.ToLower(p.Name)]; ok && !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

func (b *builder) stage(names []string, file string, line int, context string, links []Link) {
	for _, name := range names {
		b.add(Fact{Category: "deploy.stage", Subject: name, Path: file, Line: line, Context: context, Entries: links})
	}
}

var environmentParameter = regexp.MustCompile(`(?i)^(target_?)?(env|environment|deploy(ment)?_env(ironment)?)$`)

// environmentArguments makes facts of calls that are told in which environment
// they work, in files that something runs.
func (b *builder) environmentArguments() {
	for _, m := range b.ownModules() {
		for _, c := range m.mod.Calls {
			for _, a := range c.Args {
				if e, ok := environmentWords[strings.ToLower(a.Value)]; ok && a.Literal && environmentParameter.MatchString(a.Name) {
					b.add(Fact{Category: "run.stage", Subject: e, Path: m.file, Line: c.Line, Context: string(source.Source), Entries: m.links})
				}
			}
		}
	}
}

// registryStages makes facts of calls that ask the registry for the version of an
// environment, or put one there.
func (b *builder) registryStages() {
	for _, f := range b.calls("registry.promote", "registry.lookup") {
		for _, c := range b.in.Tree.Python[f.Path].Module().Calls {
			if c.Line != f.Line {
				continue
			}
			for _, a := range c.Args {
				for _, v := range append([]string{a.Value, a.Text, b.in.Tree.Python[f.Path].Module().Constants[a.Value]}, a.Items...) {
					v = v[strings.LastIndexAny(v, "/@")+1:]
					if e, ok := environmentWords[strings.ToLower(v)]; ok {
						b.add(Fact{Category: "registry.stage", Subject: e, Path: f.Path, Line: c.Line, Context: f.Context, Entries: f.Entries})
					}
				}
			}
		}
	}
}

var environmentFile = regexp.MustCompile(`\.(ya?ml|json|toml|env|tfvars|ini)$|^\.env\.`)

// environmentFiles makes facts of configuration that is kept for each
// environment, where there are several.
func (b *builder) environmentFiles() {
	var facts []Fact
	names := map[string]bool{}
	for _, file := range b.in.Tree.Files {
		base := path.Base(file)
		if !b.mine(file) || !environmentFile.MatchString(base) || b.in.Tree.Class(file) != source.Source {
			continue
		}
		for _, e := range environmentsIn(strings.TrimSuffix(base, path.Ext(base))) {
			names[e] = true
			facts = append(facts, Fact{Category: "env.config", Subject: e, Path: file, Line: 1, Context: string(source.Source)})
		}
	}
	if !names[production] || len(names) < 2 {
		return
	}
	for _, f := range facts {
		b.add(f)
	}
}

// namesVersion is how inputs and parameters that choose a version are called.
var namesVersion = regexp.MustCompile(`(?i)^-*(model|image|target|artifact|artefact|release|serving|previous|rollback|run|build|pipeline|deploy|bundle|package)?[-_]?(version|revision|release|rev|run[-_]?id|build[-_]?id|image[-_]?tag|tag|digest|sha|model[-_]?uri)([-_]?(id|number|name|to))?$`)

// versions makes facts of what deploys or promotes the version that it is
// told: inputs of pipelines, options of scripts, parameters of functions.
func (b *builder) versions() {
	for _, p := range b.in.Pipelines {
		if links := b.deploying(p.Path); len(links) > 0 {
			b.pipelineInputs(p.Path, links)
		}
	}
	for _, f := range b.calls("deploy.model", "registry.promote") {
		mod := b.in.Tree.Python[f.Path].Module()
		for _, c := range mod.Calls {
			name, ok := c.Positional(0)
			if ok && (c.Method() == "add_argument" || c.Method() == "option" || c.Method() == "argument") && namesVersion.MatchString(name.Value) {
				b.chosen(name.Value, f.Path, c.Line, f.Category, f.Entries)
			}
		}
		for _, class := range mod.Classes {
			if i := slices.IndexFunc(class.Fields, namesVersion.MatchString); i >= 0 && hasMethod(mod, f.Function, class.Name) {
				b.chosen(class.Fields[i]+" of "+class.Name, f.Path, class.Line, f.Category, f.Entries)
			}
		}
		for _, fn := range mod.Funcs {
			i := slices.IndexFunc(fn.Parameters, namesVersion.MatchString)
			if i >= 0 && fn.Name == f.Function && slices.ContainsFunc(fn.Decorators, entryDecorator.MatchString) {
				b.chosen(fn.Parameters[i]+" of "+fn.Name, f.Path, fn.Line, f.Category, f.Entries)
			}
		}
	}
}

// hasMethod reports whether the class has a method of that name.
func hasMethod(mod *python.Module, method, class string) bool {
	return slices.ContainsFunc(mod.Funcs, func(f python.Func) bool { return f.Name == method && f.Class == class })
}

// entryDecorator marks functions that people or requests call: commands, flows, routes.
var entryDecorator = regexp.MustCompile(`(?i)(^|\.)(command|flow|post|put|patch|route|job|dag)$`)

func (b *builder) chosen(what, file string, line int, note string, links []Link) {
	b.add(Fact{Category: "deploy.version", Subject: strings.TrimLeft(what, "-"), Path: file, Line: line, Context: string(source.Source), Note: note, Entries: links})
}

// named makes facts of commands that deploy a model by its version, as it is
// written: the walk has no values for variables.
func (b *builder) named() {
	const lines = 4
	for _, f := range b.set.Facts["deploy.model"] {
		if f.Context != "command" || b.in.Tree.Text[f.Path] == nil {
			continue
		}
		text := strings.Split(string(b.in.Tree.Text[f.Path]), "\n")
		from := min(max(f.Line-1, 0), len(text))
		if versioned.MatchString(strings.Join(text[from:min(from+lines, len(text))], "\n")) {
			b.add(Fact{Category: "deploy.named", Subject: f.Subject, Path: f.Path, Line: f.Line, Context: f.Context, Entries: f.Entries})
		}
	}
}

var versioned = regexp.MustCompile(`(?i)--(model|model-uri|name|model_name)\b.*(version|models:/|run_?id)`)

// deploying returns the jobs of a pipeline that put a model or an application
// in place.
func (b *builder) deploying(file string) []Link {
	var out []Link
	for _, category := range []string{"deploy.model", "deploy.app", "registry.promote"} {
		for _, f := range b.set.Facts[category] {
			for _, l := range f.Entries {
				if e := b.set.Entries[l.ID]; e.Path == file && f.Context != string(source.Example) && !slices.Contains(out, l) {
					out = append(out, l)
				}
			}
		}
	}
	return out[:min(len(out), maxLinks)]
}

// pipelineInputs makes facts of the inputs with which a person chooses a
// version, where the pipeline uses them.
func (b *builder) pipelineInputs(file string, links []Link) {
	docs := b.in.Tree.Documents(file)
	if len(docs) == 0 {
		return
	}
	text := string(b.in.Tree.Text[file])
	names, notes := map[string]int{}, map[string]string{} // inputs that choose a version, by their name or what is said of them
	choose := func(name string, v yamldoc.Value) {
		said := v.Get("description").Text() + v.Get("displayName").Text()
		if namesVersion.MatchString(snake(name)) || saysVersion.MatchString(said+" "+v.Get("default").Text()) {
			names[name], notes[name] = v.Line(), "input"
			if aModel.MatchString(name + " " + said) {
				notes[name] = "input.model"
			}
		}
	}
	for _, on := range []string{"on", "true"} {
		for _, trigger := range []string{"workflow_dispatch", "repository_dispatch"} {
			for _, e := range docs[0].Get(on, trigger, "inputs").Entries() {
				choose(e.Key, e.Value)
			}
		}
	}
	for _, item := range docs[0].Get("parameters").Items() {
		choose(item.Get("name").Text(), item)
	}
	for _, e := range docs[0].Get("variables").Entries() {
		if e.Value.Get("description").Exists() {
			choose(e.Key, e.Value)
		}
	}
	for name, line := range names {
		if strings.Count(text, name) > 1 {
			b.chosen("input "+name, file, line, notes[name], links)
		}
	}
}

var aModel = regexp.MustCompile(`(?i)model|artifact`)

// saysVersion is how an input's description speaks of a version.
var saysVersion = regexp.MustCompile(`(?i)\b(model|artifact|image|registry)\b.*(\bversion\b|:alias|:v\d|\btag\b)|\bversion\b.*\b(deploy|roll|restore|promote|serve)|\bgit sha\b|\brun[ _-]id\b`)

var humps = regexp.MustCompile(`([a-z])([A-Z])`)

// snake writes artifactBuildId as artifact_build_id.
func snake(name string) string { return strings.ToLower(humps.ReplaceAllString(name, "${1}_${2}")) }
