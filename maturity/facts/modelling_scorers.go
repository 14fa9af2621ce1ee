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

// scorers makes a fact of each file from which a model is loaded and answers:
// a web service, a demo, a handler that a platform calls, a batch job.
func (b *builder) scorers() {
	w := scoringWords{
		loads:   b.firstByPath("load", "unpickle", "registry.lookup", "infer.remote"), // a model server has loaded it
		lookups: b.firstByPath("registry.lookup"),
		answers: b.firstByPath("infer", "predict"),
		trains:  b.firstByPath("train"),
	}
	kinds := b.scorerKinds()
	for _, m := range b.ownModules() {
		kind, files := kinds[m.file], append([]string{m.file}, b.reach.Closure(m.file)...)
		if kind == "" {
			scorer := b.scorerOf(m.file, w)
			if scorer == "" {
				continue
			}
			kind, files = "batch", append([]string{scorer}, files...)
		}
		load, answer, lookup := w.within(files)
		if load == nil && answer != nil && injected.MatchString(answer.Subject) {
			load, lookup = b.handedModel(m, w)
		}
		if answer == nil && load != nil {
			answer = calledModel(m)
		}
		if load == nil || answer == nil {
			continue
		}
		b.add(Fact{
			Category: "serve", Tool: answer.Tool, Subject: answer.Subject + " with what " + load.Subject + " gives", Path: answer.Path, Line: answer.Line,
			Context: string(source.Source), Entries: m.links,
			Detail: map[string]any{
				"kind": kind, "versioned": lookup != nil || b.asksForVersion(load.Path), "from": m.file,
				"rows": kind == "batch" && (isScoring(m.file) || isScoring(answer.Path)),
			},
		})
	}
}

var (
	modelNamed = regexp.MustCompile(`(?i)^(self\.)?_?(model|models|net|network|pipe|pipeline|predictor|classifier|detector)(\[\])?$`)
	loadedCall = regexp.MustCompile(`(^|\.)(load|load_model|from_pretrained|pipeline|load_learner|load_from_checkpoint|YOLO)\(\)$`)
)

// calledModel finds the call of a model as of a function: by what it is called, or
// because a call that loads has given it; or what a platform's hook for predictions
// asks of the model that it is handed.
func calledModel(m module) *Fact {
	for _, c := range m.mod.Calls {
		if c.Func >= 0 && m.mod.Funcs[c.Func].Name == "predict_fn" && c.Receiver != "" && slices.Contains(m.mod.Funcs[c.Func].Parameters, c.Receiver) && modelNamed.MatchString(c.Receiver) {
			return &Fact{Subject: c.Receiver + "." + c.Method(), Path: m.file, Line: c.Line}
		}
		if c.Func >= 0 && len(c.Args) > 0 && !c.Decorator && (modelNamed.MatchString(c.Name) && c.Name == strings.ToLower(c.Name) || loadedCall.MatchString(c.Name)) {
			return &Fact{Subject: c.Subject(), Path: m.file, Line: c.Line}
		}
	}
	return nil
}

// scoringWords are what loads, asks for, uses and fits models, by file.
type scoringWords struct{ loads, lookups, answers, trains map[string]Fact }

// within returns what the first of the files to have them loads, answers and asks for.
func (w scoringWords) within(files []string) (load, answer, lookup *Fact) {
	for _, f := range files {
		load, answer, lookup = orFirst(load, w.loads, f), orFirst(answer, w.answers, f), orFirst(lookup, w.lookups, f)
	}
	return load, answer, lookup
}

var (
	batchName = regexp.MustCompile(`(?i)predict|infer|scor(e|ing)|batch|forecast|recommend|generate|sample|serve|detect|classif|translate|demo|app|main|run|cli`)
	// namesScoring are names of what scores rows and does nothing else.
	namesScoring = regexp.MustCompile(`(?i)predict|infer|scor(e|ing)|batch|forecast|recommend|detect|classif|translate`)
	// judges are names of what asks a model in order to judge it.
	judges = regexp.MustCompile(`(?i)eval|valid|test|metric|compar|monitor|drift|gate|promot|regist|train`)
	// scoringFolder are folders that hold nothing else.
	scoringFolder = regexp.MustCompile(`(?i)^(inference|scoring|predict(ion|ions)?|batch(_(scoring|inference|prediction))?|forecast(ing)?)$`)
	// injected is how the object that predicts is called where a framework hands it
	// over: a resource of Dagster
	// (https://docs.dagster.io/guides/build/external-resources).
	injected = regexp.MustCompile(`(^|\.)resources\.`)
)

// isScoring reports whether a file is named for scoring, or lies in a folder that is.
func isScoring(file string) bool {
	return namesScoring.MatchString(path.Base(file)) || scoringFolder.MatchString(path.Base(path.Dir(file)))
}

// scorerOf returns the file in which a batch job predicts: the job itself, which is
// named as one, or whose function is named for predicting, and trains nothing, or a module named for scoring that the job
// hands the model to. It is empty for other files.
func (b *builder) scorerOf(file string, w scoringWords) string {
	if _, trains := w.trains[file]; trains {
		return ""
	}
	if answer, here := w.answers[file]; here {
		if batchName.MatchString(path.Base(file)) || isScoring(file) {
			return file
		}
		if namesScoring.MatchString(answer.Function) && !judges.MatchString(file) && !judges.MatchString(answer.Function) {
			return file
		}
		return ""
	}
	for _, dep := range b.reach.Imports(file) {
		if _, answers := w.answers[dep]; !answers || !isScoring(dep) || path.Base(file) == "__init__.py" {
			continue
		}
		if load, _, _ := w.within(b.reach.Closure(dep)); load == nil {
			return dep
		}
	}
	return ""
}

// handedModel finds what loads the model that a framework hands to a module: in
// another file of the same pipeline, which trains nothing.
func (b *builder) handedModel(m module, w scoringWords) (load, lookup *Fact) {
	for _, file := range slices.Sorted(maps.Keys(w.loads)) {
		if _, trains := w.trains[file]; trains || load != nil || !meets(m.links, w.loads[file].Entries) {
			continue
		}
		load = orFirst(nil, w.loads, file)
	}
	if load == nil {
		return nil, nil
	}
	for _, file := range slices.Sorted(maps.Keys(w.lookups)) {
		if slices.Contains(b.reach.Closure(file), load.Path) && lookup == nil {
			lookup = orFirst(nil, w.lookups, file)
		}
	}
	return load, lookup
}

// meets reports whether one entry is among both.
func meets(links, others []Link) bool {
	return slices.ContainsFunc(links, func(l Link) bool {
		return slices.ContainsFunc(others, func(o Link) bool { return o.ID == l.ID })
	})
}

func orFirst(have *Fact, in map[string]Fact, file string) *Fact {
	if have != nil {
		return have
	}
	if f, ok := in[file]; ok {
		return &f
	}
	return nil
}

// firstByPath returns the first fact of the categories in each file of source.
func (b *builder) firstByPath(categories ...string) map[string]Fact {
	out := map[string]Fact{}
	for _, c := range categories {
		for _, f := range b.set.Facts[c] {
			if _, taken := out[f.Path]; !taken && f.Context == string(source.Source) {
				out[f.Path] = f
			}
		}
	}
	return out
}

var scorerKind = map[string]string{"serving.app": "web", "serving.stream": "web", "serving": "handler", "serving.handler": "handler"}

// scorerKinds tells which files are services, demos or handlers.
func (b *builder) scorerKinds() map[string]string {
	out := map[string]string{}
	for _, m := range b.ownModules() {
		if isHandler(m.mod) {
			out[m.file] = "handler"
		}
	}
	for _, category := range []string{"serving.stream", "serving.app", "serving", "serving.handler"} {
		for _, f := range b.set.Facts[category] {
			if f.Context == string(source.Source) && strings.HasSuffix(f.Path, ".py") {
				out[f.Path] = scorerKind[category]
			}
		}
	}
	for file, kind := range out {
		if kind == "web" && importsAny(b.in.Tree.Python[file].Module(), []string{"streamlit", "gradio", "chainlit"}) && !importsAny(b.in.Tree.Python[file].Module(), []string{"fastapi", "flask"}) {
			out[file] = "demo"
		}
	}
	return out
}

// isHandler reports whether a platform calls the functions of a file to score:
// SageMaker (model_fn, predict_fn), Azure ML (init, run), AWS Lambda, Cloud Functions,
// Triton's Python backend, Hugging Face's endpoints.
func isHandler(mod *python.Module) bool {
	if slices.ContainsFunc(mod.Classes, func(c python.Class) bool { return c.Name == "TritonPythonModel" || c.Name == "EndpointHandler" }) {
		return true
	}
	has := func(name string, parameters int) bool {
		return slices.ContainsFunc(mod.Funcs, func(f python.Func) bool {
			return f.Name == name && f.Class == "" && f.Parent < 0 && len(f.Parameters) >= parameters
		})
	}
	if slices.ContainsFunc(mod.Funcs, isEventHandler) {
		return true
	}
	return has("model_fn", 1) && (has("predict_fn", 1) || has("transform_fn", 1)) || has("init", 0) && has("run", 1) ||
		has("lambda_handler", 2) || has("handler", 2)
}

// isEventHandler reports whether a function is one that Cloud Functions call with
// an event and its context (https://cloud.google.com/functions/docs/writing).
func isEventHandler(f python.Func) bool {
	return f.Class == "" && f.Parent < 0 && len(f.Parameters) == 2 && f.Parameters[1] == "context" &&
		slices.Contains([]string{"event", "data", "cloud_event"}, f.Parameters[0])
}

var modelVersion = regexp.MustCompile(`(?i)^_?(get_|load_|find_|fetch_|resolve_)?(latest|newest|champion|production|current|registered|best)_?(model|run|version)\w*$|^model_?(version|registry|alias|stage|run_id|uri)\w*$|^(run_id|release_id|registered_model\w*)$`)

// asksForVersion reports whether the file that loads a model names its version,
// and asks a store for it: two signs of a registry of one's own making.
func (b *builder) asksForVersion(file string) bool {
	mod := b.in.Tree.Python[file].Module()
	if mod == nil {
		return false
	}
	named := slices.ContainsFunc(mod.Funcs, func(f python.Func) bool { return modelVersion.MatchString(f.Name) })
	for _, list := range [][]python.Word{mod.Names, mod.Keys} {
		named = named || slices.ContainsFunc(list, func(w python.Word) bool { return modelVersion.MatchString(w.Text) })
	}
	return named && slices.ContainsFunc(mod.Calls, func(c python.Call) bool { return asked.MatchString(c.Method()) })
}

var asked = regexp.MustCompile(`^(find_one|find|download_\w+|get_object|list_objects\w*|list_blobs|fetchone|get_model\w*|search_runs|search_model_versions|get|glob|iterdir|listdir|load_state|safe_load)$`)

// modelEndpoints makes facts of the definitions of Azure ML that put a model
// behind an endpoint, with the pipelines that name their files.
func (b *builder) modelEndpoints() {
	for _, file := range b.ownYAML() {
		text := string(b.in.Tree.Text[file])
		if !azureDeployment.MatchString(text) {
			continue
		}
		model := azureModel.FindStringIndex(text)
		if model == nil {
			continue
		}
		b.add(Fact{
			Category: "serving.manifest", Tool: "Azure Machine Learning", Subject: strings.TrimSpace(text[model[0]:model[1]]), Path: file,
			Line: 1 + strings.Count(text[:model[0]], "\n"), Context: string(source.Source), Entries: b.namedBy(file),
		})
	}
}

var (
	azureDeployment = regexp.MustCompile(`azuremlschemas\S*(Online|Batch)Deployment|(?m)^endpoint_name:`)
	azureModel      = regexp.MustCompile(`(?m)^model: *azureml:\S+`)
)

// namedBy returns the jobs of the pipelines whose files name a path.
func (b *builder) namedBy(file string) []Link {
	var out []Link
	for _, p := range b.in.Pipelines {
		if len(out) < maxLinks && strings.Contains(string(b.in.Tree.Text[p.Path]), file) {
			out = append(out, b.entriesOf(p.Path)...)
		}
	}
	return out[:min(len(out), maxLinks)]
}

var (
	chartKind  = regexp.MustCompile(`(?m)^kind:\s*(InferenceService|SeldonDeployment|RayService|LLMInferenceService)\s*$`)
	chartModel = regexp.MustCompile(`(?m)^\s*(storageUri|modelUri|storage_uri):\s*\S`)
)

// modelCharts makes facts of objects of model servers in the templates of Helm
// charts, which are no YAML, with what installs the chart.
func (b *builder) modelCharts() {
	for _, file := range b.in.Tree.Files {
		chart, _, inChart := strings.Cut(file, "/templates/")
		definition := path.Join(chart, "Chart.yaml")
		if !inChart || !b.mine(file) || !b.in.Tree.Has(definition) || b.in.Tree.Class(definition) != source.Source {
			continue
		}
		text := string(b.in.Tree.Text[file])
		at := chartKind.FindStringSubmatchIndex(text)
		if at == nil || !strings.Contains(text, "{{") {
			continue
		}
		b.add(Fact{
			Category: "serving.manifest", Tool: "Model servers on Kubernetes", Subject: text[at[2]:at[3]] + " of the chart " + path.Base(chart), Path: file,
			Line: 1 + strings.Count(text[:at[0]], "\n"), Context: string(source.Source),
			Entries: b.installers(chart), Detail: map[string]any{"model": chartModel.MatchString(text)},
		})
	}
}

// installers are the entries whose commands install a chart, or that run modules
// which name it and start such commands.
func (b *builder) installers(chart string) []Link {
	links := near(b.applying("workloads", appliesWorkloads), chart)
	for _, f := range b.calls("deploy.app") {
		for _, text := range b.in.Tree.Python[f.Path].Module().Texts {
			if path.Clean(text) == chart {
				links = append(links, f.Entries...)
				break
			}
		}
	}
	return links[:min(len(links), maxLinks)]
}
