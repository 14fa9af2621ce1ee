package facts

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
)

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
	looked, scoring := b.lookedUp(), b.scoringFiles()
	for _, m := range b.ownModules() {
		file, mod := m.file, m.mod
		links := b.links(file)
		if len(links) == 0 {
			continue
		}
		b.records(file, mod, links)
		if releasing.MatchString(path.Base(file)) || b.onlyTold(links) && !scoring[file] {
			continue // documentation names much that has nothing to do with what serves
		}
		if (!serving[file] || training[file]) && !b.predicting(file, predicting) && !looked[file] {
			b.summaries(file, mod, links)
			continue
		}
		for _, p := range mod.Pairs {
			if id := identifies(p.Name); id != "" && p.Func >= 0 && !echoed.MatchString(p.Value) {
				id = traced(id, p.Value)
				b.expose(file, p.Name, id, p.Line, mod.FuncName(p.Func), p.Fixed || mod.Constants[p.Value] != "", links)
			}
		}
		for _, c := range mod.Calls {
			b.exposedArguments(file, mod, c, links)
		}
	}
}

// onlyTold reports whether a file is run by commands of the documentation alone.
func (b *builder) onlyTold(links []Link) bool {
	return !slices.ContainsFunc(links, func(l Link) bool { return b.set.Entries[l.ID].Kind != string(reach.KindDocumented) })
}

// scoringFiles are what the services, handlers and jobs that score consist of.
func (b *builder) scoringFiles() map[string]bool {
	out := map[string]bool{}
	for _, f := range b.set.Facts["serve"] {
		from, _ := f.Detail["from"].(string)
		for _, dep := range b.reach.Closure(from) {
			out[dep] = true
		}
	}
	return out
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
	for fn, pairs := range mod.PairsByFunction() {
		if !slices.ContainsFunc(pairs, func(p python.Pair) bool { return summarises.MatchString(p.Name) }) {
			continue
		}
		for _, p := range pairs {
			if id := identifies(p.Name); id != "" {
				b.expose(file, p.Name, traced(id, p.Value), p.Line, mod.FuncName(fn), p.Fixed || mod.Constants[p.Value] != "", links)
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
			b.expose(file, a.Name, id, c.Line, mod.FuncName(c.Func), a.Literal || mod.Constants[a.Value] != "", links)
		}
	}
}

var (
	// echoed is what the caller said himself, and gets back; fromSettings is what a
	// setting says, whichever model is loaded.
	echoed       = regexp.MustCompile(`(?i)^(request|req|payload|body|query|params)\.`)
	fromSettings = regexp.MustCompile(`(?i)(^|\.)(settings|config|cfg|conf|constants)\.\w+$`)
	// takes are functions that are given a version rather than tell it.
	takes = regexp.MustCompile(`^(cached_)?(make|get|predict|load|run|compute|fetch|find|download)_`)
)

var settingsFile = regexp.MustCompile(`(?i)(^|[/_])(config|configuration|settings?|conf)\.py$`)

// traced is what a key identifies, by the value that it has.
func traced(id, value string) string {
	if id == "model" && fromSettings.MatchString(value) {
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
