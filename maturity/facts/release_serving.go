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
)

// servingFiles are the modules that predict and train nothing, with the files
// that they import.
func (b *builder) servingFiles() map[string]bool {
	trains := b.modules("train", "train.remote")
	out := map[string]bool{}
	for _, f := range b.calls("serving.app", "serving", "infer", "load", "registry.lookup") {
		if f.Category == "serving.app" || trains[f.Path] || len(f.Entries) == 0 || notServing.MatchString(f.Path) || keepsModel(b.in.Tree.Python[f.Path].Module()) {
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
		mod := b.in.Tree.Python[file].Module()
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
		Category: "probe.model", Subject: mod.Calls[loads].Subject(), Path: file, Line: mod.Calls[loads].Line, Context: string(source.Source),
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
	remote       = regexp.MustCompile(`^(requests|httpx)\..*(post|get|request)$|urllib\.request\.(urlopen|Request)$|\.invoke_endpoint$|online_endpoints\.invoke$|\.deploy\(\)\.predict$|^google\.cloud\.aiplatform\.[\w.]*Endpoint\S*\.predict$|^sagemaker\.\S*Predictor\(\)\.predict$`)
	aboutAnswers = regexp.MustCompile(`(?i)predict|score|scoring|invoc|infer|smoke|endpoint|probe|classif|recommend`)
)

// pythonProbe finds modules that ask something that runs for a prediction, and
// fail where the answer is wrong.
func (b *builder) pythonProbe(file string, class source.Class, mod *python.Module) {
	for _, c := range mod.Calls {
		text := c.Name + " " + strings.Join(c.Texts(), " ")
		if !remote.MatchString(c.Name) || !aboutAnswers.MatchString(text+" "+path.Base(file)+" "+mod.FuncName(c.Func)) {
			continue
		}
		f := Fact{
			Category: "probe", Subject: c.Subject(), Path: file, Line: c.Line, Context: string(source.Source), Function: mod.FuncName(c.Func),
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
			a, _, _ = strings.Cut(a, "::") // one test of the file
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
