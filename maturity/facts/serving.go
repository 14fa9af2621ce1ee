package facts

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/catalogue"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
)

// servingFiles are the modules that predict and train nothing, with the files
// that they import.
func (b *builder) servingFiles() map[string]bool {
	trains := b.modules("train", "train.remote")
	out := map[string]bool{}
	for _, f := range b.calls("serving.app", "serving", "infer", "load", "registry.lookup") {
		if f.Category == "serving.app" || trains[f.Path] || len(f.Entries) == 0 || notServing.MatchString(f.Path) || keepsModel(b.in.Tree.Python[f.Path]) {
			continue
		}
		for _, dep := range b.reach.Closure(f.Path) {
			out[dep] = true
		}
	}
	return out
}

// keepsModel reports whether a module logs or registers a model: it made that one,
// or files it, and does not serve it.
func keepsModel(mod *python.Module) bool {
	return slices.ContainsFunc(mod.Calls, func(c python.Call) bool { return c.Method() == "log_model" || c.Method() == "register_model" })
}

// predicting reports whether an application imports code that predicts.
func (b *builder) predicting(file string, predicting map[string]bool) bool {
	apps := b.modules("serving.app")
	if !apps[file] || trainer.MatchString(file) {
		return false
	}
	return slices.ContainsFunc(b.reach.Closure(file), func(dep string) bool { return predicting[dep] })
}

// notServing are modules that predict in order to judge or choose a model.
var notServing = regexp.MustCompile(`(?i)eval|valid|train|metric|tun(e|ing)|promot|regist|explain`)

func (b *builder) modules(categories ...string) map[string]bool {
	out := map[string]bool{}
	for _, f := range b.calls(categories...) {
		out[f.Path] = true
	}
	return out
}

// releasing are modules that put models in place or judge them: what they say
// is for whoever runs them.
var releasing = regexp.MustCompile(`(?i)^(deploy|promot|regist|evaluat|monitor)\w*\.py$`)

var (
	namesRun    = regexp.MustCompile(`(?i)^((source|active|serving|champion)_?)?(model_?|mlflow_?|train(ing)?_?)?run_?id$|^(model_?)?release_?id$`)
	namesModel  = regexp.MustCompile(`(?i)^(model|registered|champion|artifact|artefact|bundle)_?(version|uri|hash|sha|digest)$|^version$`)
	namesCommit = regexp.MustCompile(`(?i)^(git_?)?(commit|sha|revision)(_?(sha|hash|id))?$|^code_?version$`)
	namesData   = regexp.MustCompile(`(?i)^(data|dataset)(set)?_?(version|hash|digest|fingerprint|sha|md5|snapshot|id)(_?sha256)?$`)
)

// identifies tells which sort of version a key names.
func identifies(key string) string {
	switch {
	case namesRun.MatchString(key):
		return "run"
	case namesModel.MatchString(key):
		return "model"
	case namesCommit.MatchString(key):
		return "commit"
	case namesData.MatchString(key):
		return "data"
	}
	return ""
}

// exposed makes facts of what a service says of the version that it serves,
// and of records in which a version stands beside its run, commit or data.
func (b *builder) exposed() {
	serving := b.servingFiles()
	predicting := b.modules("infer", "load", "registry.lookup")
	training := b.trainingFiles(b.modules("train", "train.remote"))
	looked := b.lookedUp()
	for _, m := range b.ownModules() {
		file, mod := m.file, m.mod
		links := b.links(file)
		if len(links) == 0 {
			continue
		}
		b.records(file, mod, links)
		if releasing.MatchString(path.Base(file)) {
			continue
		}
		if (!serving[file] || training[file]) && !b.predicting(file, predicting) && !looked[file] {
			b.summaries(file, mod, links)
			continue
		}
		for _, p := range mod.Pairs {
			if id := identifies(p.Name); id != "" && p.Func >= 0 && !echoed.MatchString(p.Value) {
				id = traced(id, p.Value)
				b.expose(file, p.Name, id, p.Line, function(mod, p.Func), p.Fixed || mod.Constants[p.Value] != "", links)
			}
		}
		for _, c := range mod.Calls {
			b.exposedArguments(file, mod, c, links)
		}
	}
}

// lookedUp are the modules of services from which scores are read that a job has
// made before: none of them predicts.
func (b *builder) lookedUp() map[string]bool {
	out := map[string]bool{}
	if !slices.ContainsFunc(b.set.Facts["serve"], func(f Fact) bool { return f.Detail["rows"] == true }) {
		return out
	}
	answering := b.answeringApps()
	for file := range b.modules("serving.app") {
		if answering[file] {
			continue
		}
		for _, dep := range b.reach.Closure(file) {
			out[dep] = true
		}
	}
	return out
}

// summarises is how keys are called under which a job says how many rows it
// scored, or when.
var summarises = regexp.MustCompile(`(?i)^(scored|predicted|scoring)_(at|on|rows|count|date)\w*$|^(n|num|total|rows|count)_?(scored|predict(ed|ions))\w*$|^(scored|prediction)_count$`)

// summaries finds what a job that scores rows writes of the version, beside how
// many it scored.
func (b *builder) summaries(file string, mod *python.Module, links []Link) {
	for fn, pairs := range keysByFunction(mod) {
		if !slices.ContainsFunc(pairs, func(p python.Pair) bool { return summarises.MatchString(p.Name) }) {
			continue
		}
		for _, p := range pairs {
			if id := identifies(p.Name); id != "" {
				b.expose(file, p.Name, traced(id, p.Value), p.Line, function(mod, fn), p.Fixed || mod.Constants[p.Value] != "", links)
			}
		}
	}
}

// exposedArguments finds answers that are made as objects: Answer(model_version=…).
func (b *builder) exposedArguments(file string, mod *python.Module, c python.Call, links []Link) {
	if c.Func < 0 || !answers.MatchString(c.Method()) || takes.MatchString(c.Method()) {
		return
	}
	for _, a := range c.Args {
		if id := identifies(a.Name); id != "" && !echoed.MatchString(cmp.Or(a.Written, a.Value)) {
			id = traced(id, cmp.Or(a.Written, a.Value))
			b.expose(file, a.Name, id, c.Line, function(mod, c.Func), a.Literal || mod.Constants[a.Value] != "", links)
		}
	}
}

var (
	// echoed is what the caller said himself, and gets back; configured is what a
	// setting says, whichever model is loaded.
	echoed     = regexp.MustCompile(`(?i)^(request|req|payload|body|query|params)\.`)
	configured = regexp.MustCompile(`(?i)(^|\.)(settings|config|cfg|conf|constants)\.\w+$`)
	// takes are functions that are given a version rather than tell it.
	takes = regexp.MustCompile(`^(cached_)?(make|get|predict|load|run|compute|fetch|find|download)_`)
)

var settingsFile = regexp.MustCompile(`(?i)(^|[/_])(config|configuration|settings?|conf)\.py$`)

// traced is what a key identifies, by the value that it has.
func traced(id, value string) string {
	if id == "model" && configured.MatchString(value) {
		return "setting"
	}
	return id
}

var answers = regexp.MustCompile(`(?i)response|result|prediction|output|info|health|status|record|labels|log|metadata`)

func (b *builder) expose(file, key, id string, line int, fn string, fixed bool, links []Link) {
	if id != "" && settingsFile.MatchString(file) {
		id = "setting" // what it is set to, whatever is loaded
	}
	b.add(Fact{
		Category: "trace.exposed", Subject: key, Path: file, Line: line, Function: fn, Context: string(source.Source),
		Entries: links, Detail: map[string]any{"identifies": id, "fixed": fixed},
	})
}

// records finds functions that write a version beside the run, commit or data
// that it came from.
func (b *builder) records(file string, mod *python.Module, links []Link) {
	kinds, lines := map[int]map[string]bool{}, map[int]int{}
	for _, p := range mod.Pairs {
		if id := identifies(p.Name); id != "" && p.Func >= 0 && !p.Fixed {
			if kinds[p.Func] == nil {
				kinds[p.Func], lines[p.Func] = map[string]bool{}, p.Line
			}
			kinds[p.Func][id] = true
		}
	}
	for fn, have := range kinds {
		if len(have) < 2 {
			continue
		}
		var names []string
		for id := range have {
			names = append(names, id)
		}
		slices.Sort(names)
		b.add(Fact{
			Category: "trace.record", Subject: strings.Join(names, ", ") + " in " + mod.Funcs[fn].Name, Path: file, Line: lines[fn],
			Function: mod.Funcs[fn].Name, Context: string(source.Source), Entries: links, Detail: map[string]any{"run": have["run"], "origin": have["model"] && (have["run"] || have["commit"] || have["data"])},
		})
	}
}

var shaTag = regexp.MustCompile(`(?i)github\.sha|GITHUB_SHA|CI_COMMIT_(SHORT_)?SHA|Build\.SourceVersion|COMMIT_SHA|SHORT_SHA|git rev-parse|image\.revision|CODEBUILD_RESOLVED|\bGIT_(SHA|COMMIT)\b`)

// commitImages makes facts of images that are named, or labelled, by the commit that
// they are built from.
func (b *builder) commitImages() {
	for _, h := range b.reach.Hits {
		text := strings.Join(h.Args, " ") + " " + inputs(h.With)
		name, _, _ := strings.Cut(h.Uses, "@")
		metadata := name == "docker/metadata-action" && (strings.Contains(h.With["tags"], "type=sha") || h.With["tags"] == "")
		command := len(h.Args) > 1 && (h.Args[0] == "docker" || h.Args[0] == "gcloud" || h.Args[0] == "podman" || h.Args[0] == "kubectl" || h.Args[0] == "helm" || h.Args[0] == "az")
		if metadata || (command || strings.HasPrefix(name, "docker/")) && shaTag.MatchString(text) {
			b.add(Fact{
				Category: "image.commit", Tool: name, Subject: shorten(text), Path: h.Path, Line: h.Line, Context: "command",
				Entries: []Link{linkOf(h)},
			})
		}
	}
}

var (
	predictionURL = regexp.MustCompile(`(?i)https?://.*(predict|invocation|score|scoring|infer|classif|recommend|forecast|generate|/v[12]/models|:\d+/\w)|/(predict|invocations|score|infer|classify|recommend|forecast)\b`)
	assertion     = regexp.MustCompile(`^(grep|jq|test|\[|\[\[|exit|diff)$`)
)

// probes makes facts of requests for a prediction to something that runs.
func (b *builder) probes() {
	hits := b.reach.Hits
	for i, h := range hits {
		if len(h.Args) == 0 || h.Args[0] != "curl" && h.Args[0] != "wget" && h.Args[0] != "http" {
			continue
		}
		if !predictionURL.MatchString(strings.Join(h.Args, " ")) || !predicts(h.Args) {
			continue
		}
		check, ok := followed(hits, i)
		if !ok || check.Line > h.Line && failsAlone(h.Args) {
			check = h
		}
		b.add(Fact{
			Category: "probe", Tool: h.Args[0], Subject: shorten(strings.Join(h.Args, " ")), Path: h.Path, Line: h.Line, Context: "command",
			Entries: []Link{{ID: h.Entry, Swallowed: check.Swallowed, Conditional: h.Conditional, If: h.If}},
			Detail:  map[string]any{"checks": ok || failsAlone(h.Args)},
		})
	}
	for _, file := range b.in.Tree.Files {
		mod := b.in.Tree.Python[file]
		class := b.in.Tree.Class(file)
		if mod != nil && b.mine(file) && (class == source.Source || class == source.Test) && !strings.HasSuffix(file, ".ipynb") {
			b.pythonProbe(file, class, mod)
			b.modelProbe(file, class, mod)
		}
	}
}

// modelProbe finds tests and scripts that load the registered model and assert
// something of what it is or answers.
func (b *builder) modelProbe(file string, class source.Class, mod *python.Module) {
	loads := slices.IndexFunc(mod.Calls, func(c python.Call) bool {
		if !strings.HasSuffix(c.Name, ".load_model") && c.Method() != "get_latest_versions" && c.Method() != "get_model_version_by_alias" {
			return false
		}
		return slices.ContainsFunc(b.in.Catalogue.Call(c, map[string]bool{"mlflow": true}), func(m catalogue.Match) bool { return m.As == "registry.lookup" || m.As == "load" })
	})
	predicts := slices.ContainsFunc(mod.Calls, func(c python.Call) bool { return c.Method() == "predict" || c.Method() == "predict_proba" })
	if loads < 0 || !predicts || !refuses(mod) || class == source.Source && !aboutTests.MatchString(path.Base(file)) {
		return
	}
	f := Fact{
		Category: "probe.model", Subject: subject(mod.Calls[loads]), Path: file, Line: mod.Calls[loads].Line, Context: string(source.Source),
		Entries: b.links(file),
	}
	if class == source.Test {
		f.Entries = b.testers(file)
	}
	b.add(f)
}

var aboutTests = regexp.MustCompile(`(?i)test|smoke|verif|check|valid`)

// predicts reports whether the request asks for more than health.
func predicts(args []string) bool {
	return !slices.ContainsFunc(args, func(a string) bool { return healthPath.MatchString(a) })
}

var healthPath = regexp.MustCompile(`(?i)https?://\S*/(health\w*|ready\w*|live\w*|ping|metrics|docs|version|openapi\S*)/?$`)

// failsAlone reports whether the request fails where the answer is an error.
func failsAlone(args []string) bool {
	return slices.ContainsFunc(args[1:], func(a string) bool {
		return a == "--fail" || a == "--fail-with-body" || a == "--check-status" || len(a) > 1 && a[0] == '-' && a[1] != '-' && len(a) < 8 && strings.Contains(a, "f")
	}) || args[0] == "wget"
}

// followed returns the command at or just after the i-th that looks at its answer.
func followed(hits []reach.Hit, i int) (reach.Hit, bool) {
	const near = 12
	for _, h := range hits {
		if h.Entry == hits[i].Entry && h.Path == hits[i].Path && len(h.Args) > 0 && h.Line >= hits[i].Line && h.Line < hits[i].Line+near && assertion.MatchString(path.Base(h.Args[0])) {
			return h, true
		}
	}
	return reach.Hit{}, false
}

var (
	remote       = regexp.MustCompile(`^(requests|httpx)\..*(post|get|request)$|urllib\.request\.(urlopen|Request)$|\.invoke_endpoint$|online_endpoints\.invoke$|\.deploy\(\)\.predict$`)
	aboutAnswers = regexp.MustCompile(`(?i)predict|score|scoring|invoc|infer|smoke|endpoint|probe|classif|recommend`)
)

// pythonProbe finds modules that ask something that runs for a prediction, and
// fail where the answer is wrong.
func (b *builder) pythonProbe(file string, class source.Class, mod *python.Module) {
	for _, c := range mod.Calls {
		text := c.Name + " " + strings.Join(argTexts(c), " ")
		if !remote.MatchString(c.Name) || !aboutAnswers.MatchString(text+" "+path.Base(file)+" "+function(mod, c.Func)) {
			continue
		}
		f := Fact{
			Category: "probe", Subject: subject(c), Path: file, Line: c.Line, Context: string(source.Source), Function: function(mod, c.Func),
			Entries: b.links(file), Detail: map[string]any{"checks": refuses(mod), "test": class == source.Test},
		}
		if class == source.Test {
			f.Entries = b.testers(file)
		}
		b.add(f)
		return
	}
}

// refuses reports whether a module can fail for what it finds.
func refuses(mod *python.Module) bool {
	for _, f := range mod.Funcs {
		if f.Asserts > 0 {
			return true
		}
	}
	for _, c := range mod.Calls {
		if c.Method() == "raise_for_status" || c.Name == "sys.exit" || c.Name == "exit" {
			return true
		}
	}
	return mod.Refuses > 0
}

// testers are the entries whose test runner takes a file of tests.
func (b *builder) testers(file string) []Link {
	var out []Link
	for _, f := range b.set.Facts["test"] {
		if f.Context != "command" {
			continue
		}
		named, takes := false, false
		for _, a := range strings.Fields(f.Subject)[1:] {
			if a = path.Clean(a); b.in.Tree.Has(a) || strings.Contains(a, "/") || a == "tests" {
				named = true
				takes = takes || a == file || source.Under(file, a)
			}
		}
		if !named || takes {
			out = append(out, f.Entries...)
		}
	}
	return out[:min(len(out), maxLinks)]
}
