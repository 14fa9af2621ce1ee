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
	featureWork = regexp.MustCompile(`(?i)feature|pre_?proc|transform(_|s?\b|ation|ing)|encode|encoding|clean|vectori[sz]|tokeni[sz]e|normali[sz]e|impute|engineer|lag(s|ged)?_`)
	// tidying is to put away what is left over: files, sessions, tasks.
	tidying = regexp.MustCompile(`(?i)(^|_)clean_?up(_|$)`)
	fitted  = regexp.MustCompile(`(?i)scaler|encoder|vectori[sz]er|imputer|pre_?proc|transformer|tokenizer|pipeline|feature|^_?(self\.)?(dv|le|ohe|pca|tfidf|vec|ct)$|column_trans|label_?enc`)
	readers = regexp.MustCompile(`^(joblib|pickle|cloudpickle|dill)\.load$|\.load_artifacts?$|\.load_model$|\.download_artifacts$|(^|\.)load_(object|pickle|artifact|preprocessor|scaler|encoder|vectorizer)\w*$`)
)

// shared makes facts of feature code that both training and serving import,
// and of fitted preprocessing that serving reads and applies.
func (b *builder) shared() {
	trains := b.modules("train", "train.remote")
	training := b.trainingFiles(trains)
	for _, file := range b.servingRoots(trains) {
		for _, dep := range b.reach.Closure(file) {
			if training[dep] && dep != file {
				b.sharedModule(file, dep)
			}
		}
		b.applied(file)
	}
}

// trainingFiles are the modules that train, all that they import, and what else
// is imported by the scripts and flows that lead to them.
func (b *builder) trainingFiles(trains map[string]bool) map[string]bool {
	out := map[string]bool{}
	keep := func(file string) {
		for _, dep := range b.reach.Closure(file) {
			out[dep] = true
		}
	}
	flows := b.modules("pipeline.flow")
	for _, m := range b.ownModules() {
		started := trains[m.file] || flows[m.file] || m.mod.Main
		if started && slices.ContainsFunc(b.reach.Closure(m.file), func(dep string) bool { return trains[dep] }) {
			keep(m.file)
		}
	}
	return out
}

// trainer is how a service that trains on request is called.
var trainer = regexp.MustCompile(`(?i)(^|[/_-])train`)

// servingRoots are the modules that answer or predict, and train nothing.
func (b *builder) servingRoots(trains map[string]bool) []string {
	var out []string
	for _, f := range b.calls("serving.app", "serving", "infer", "load", "registry.lookup") {
		if !trains[f.Path] && len(f.Entries) > 0 && !trainer.MatchString(f.Path) && (f.Category == "serving.app" || !notServing.MatchString(f.Path)) {
			out = append(out, f.Path)
		}
	}
	for _, f := range b.set.Facts["serve"] {
		if from, _ := f.Detail["from"].(string); f.Detail["rows"] == true && len(f.Entries) > 0 && !trainer.MatchString(from) {
			out = append(out, from)
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	apps := b.answeringApps()
	if answering := slices.DeleteFunc(slices.Clone(out), func(file string) bool {
		return !apps[file] && !slices.ContainsFunc(b.reach.Closure(file), func(dep string) bool { return apps[dep] })
	}); len(answering) > 0 {
		return answering // where there is a server, the server decides
	}
	return out
}

// answeringApps are the applications that predict, or import what does: others may
// show what a job has scored.
func (b *builder) answeringApps() map[string]bool {
	apps, predicts := b.modules("serving.app", "serving"), b.modules("infer", "predict", "infer.remote", "load", "registry.lookup")
	maps.DeleteFunc(apps, func(file string, _ bool) bool {
		return !slices.ContainsFunc(b.reach.Closure(file), func(dep string) bool { return predicts[dep] })
	})
	return apps
}

// sharedModule makes a fact of a module of both closures that makes features.
func (b *builder) sharedModule(serving, file string) {
	mod := b.in.Tree.Python[file].Module()
	if mod == nil || !b.mine(file) || b.in.Tree.Class(file) != source.Source {
		return
	}
	i := slices.IndexFunc(mod.Funcs, func(f python.Func) bool {
		return f.Body > 0 && featureWork.MatchString(tidying.ReplaceAllString(f.Name, "")+" "+f.Class)
	})
	switch {
	case i >= 0:
	case featureWork.MatchString(strings.TrimSuffix(path.Base(file), ".py")) && (mod.Statements > 3 || slices.ContainsFunc(mod.Funcs, func(f python.Func) bool { return f.Body > 1 })):
	default:
		return
	}
	if b.constantsOnly(serving, file) {
		return
	}
	line, name := 1, path.Base(file)
	if i >= 0 {
		line, name = mod.Funcs[i].Line, mod.Funcs[i].Name
	}
	b.add(Fact{
		Category: "features.shared", Subject: name + ", used by " + serving, Path: file, Line: line, Context: string(source.Source),
		Entries: b.links(serving),
	})
}

// constantsOnly reports whether all that the code of serving takes from a module are
// constants, and none of them lists the features: the name of the target is no feature
// code. What a package takes to hand it on is not asked.
func (b *builder) constantsOnly(serving, file string) bool {
	stem, taken := strings.TrimSuffix(path.Base(file), ".py"), 0
	for _, dep := range b.reach.Closure(serving) {
		mod := b.in.Tree.Python[dep].Outline()
		if mod == nil || dep == file || path.Base(dep) == "__init__.py" {
			continue
		}
		for _, im := range mod.Imports {
			switch last := im.Module[strings.LastIndexByte(im.Module, '.')+1:]; {
			case im.Name == stem || last == stem && (im.Name == "" || im.Name == "*"):
				return false // the module itself
			case last == stem && (!constantName.MatchString(im.Name) || listsFeatures.MatchString(im.Name)):
				return false
			case last == stem:
				taken++
			}
		}
	}
	return taken > 0
}

var (
	constantName  = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
	listsFeatures = regexp.MustCompile(`FEAT|COL(UMN)?S$`)
)

// applied makes a fact of preprocessing that a module reads, fitted, and applies.
func (b *builder) applied(file string) {
	mod := b.in.Tree.Python[file].Module()
	reads := slices.ContainsFunc(mod.Calls, func(c python.Call) bool { return readers.MatchString(c.Name) })
	for _, c := range mod.Calls {
		if m := c.Method(); m == "fit" || m == "fit_transform" {
			return // it fits its own
		}
	}
	for _, c := range mod.Calls {
		name := c.Receiver[strings.LastIndexByte(c.Receiver, '.')+1:]
		said := strings.Join(c.Texts(), " ")
		applies := reads && c.Method() == "transform" && fitted.MatchString(name)
		loads := readers.MatchString(c.Name) && fitted.MatchString(said)
		if applies || loads {
			b.add(Fact{
				Category: "features.fitted", Subject: c.Subject(), Path: file, Line: c.Line, Context: string(source.Source),
				Function: mod.FuncName(c.Func), Entries: b.links(file),
			})
			return
		}
	}
}
