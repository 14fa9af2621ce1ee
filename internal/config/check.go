package config

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// check finds the mistakes that no schema can say, and resolves the model.
func (c *Config) check() []Problem {
	ch := &checker{cfg: c, stages: map[string]Stage{}}
	for _, stage := range c.Stages {
		ch.stages[stage.Name] = stage
	}
	ch.path("/params", c.Params)
	ch.registry()
	for _, stage := range c.Stages {
		ch.stage(stage)
	}
	ch.modelFrom()
	ch.outputs()
	if len(ch.problems) == 0 { // the model is found through paths that are sound
		ch.model()
		ch.gate()
	}
	return ch.problems
}

type checker struct {
	cfg      *Config
	stages   map[string]Stage
	problems []Problem
}

func (ch *checker) add(pointer, hint, format string, args ...any) {
	ch.problems = append(ch.problems, ch.cfg.source.problem(pointer, fmt.Sprintf(format, args...), hint))
}

func (ch *checker) stage(s Stage) {
	at := "/stages/" + s.Name
	ch.kind(at, s)
	for _, in := range s.Inputs {
		ch.input(ch.item(at+"/inputs", in), in)
	}
	ch.paths(at+"/outputs", s.Outputs)
	ch.paths(at+"/metrics", s.Metrics)
	ch.path(at+"/junit", s.JUnit)
	if s.Predictions != nil {
		ch.path(at+"/predictions", s.Predictions.Path)
		if s.Cell != nil {
			ch.add(at+"/predictions", "let one stage gather what the matrix made, and measure the model there", "a stage with a matrix has predictions of several models")
		}
	}
	for _, name := range s.Needs {
		if _, ok := ch.stages[name]; !ok {
			ch.add(ch.item(at+"/needs", name), ch.known(), "there is no stage %q", name)
		}
	}
	if len(s.Params) > 0 && ch.cfg.Params == "" {
		ch.add(at+"/params", "name the file at the top: params: params.yaml", "the stage reads parameters, but there is no params file")
	}
	ch.image(at+"/image", s.Image)
	ch.surroundings(at, s)
	ch.overlaps(at, s)
}

// overlaps refuses paths of one stage that lie in one another. What a pattern
// will match is not known here: the run leaves out what the stage itself made.
func (ch *checker) overlaps(at string, s Stage) {
	for i, in := range s.Inputs {
		for _, other := range s.Inputs[:i] {
			if !IsPattern(in) && !IsPattern(other) && (Within(in, other) || Within(other, in)) {
				ch.add(ch.item(at+"/inputs", in), "name the outer one only", "inputs %s and %s lie in one another", other, in)
			}
		}
	}
	for _, out := range s.AllOutputs() {
		for _, in := range s.Inputs {
			if Within(out, in) || Within(in, out) || Matches(in, out) {
				ch.add(at, "write it to a path of its own", "output %s and input %s lie in one another", out, in)
			}
		}
	}
}

// kind checks that a stage does one thing, and has what that takes.
func (ch *checker) kind(at string, s Stage) {
	runs := s.Run.Shell != "" || len(s.Run.Words) > 0
	does := 0
	for _, is := range []bool{runs, s.Build != nil, s.Notebook != nil, s.Fetch != nil} {
		if is {
			does++
		}
	}
	switch {
	case does == 0:
		ch.add(at, "add run: COMMAND, notebook: FILE, fetch: {url: …}, or build: {context: .}", "the stage does nothing")
	case does > 1:
		ch.add(ch.first(at, "build", "fetch", "notebook"), "make it two stages", "a stage does one of run, notebook, fetch and build")
	case s.Build != nil:
		ch.build(at, s)
	case s.Notebook != nil:
		ch.path(at+"/notebook", s.Notebook.Path)
		ch.path(at+"/notebook/output", s.Notebook.Output)
		if s.Workdir != "" {
			ch.add(at+"/workdir", "leave it out", "a notebook runs in its own folder")
		}
		if within := slices.ContainsFunc(s.Inputs, func(in string) bool { return Within(s.Notebook.Path, in) || Matches(in, s.Notebook.Path) }); within {
			ch.add(at+"/inputs", "leave it out there: the notebook is an input without being named", "the notebook %s is also an input", s.Notebook.Path)
		}
	case s.Fetch != nil:
		if len(s.AllOutputs()) != 1 || len(s.Outputs) != 1 || strings.HasSuffix(s.Outputs[0], "/") {
			ch.add(at, "name the file that it becomes: outputs: [data/raw.csv]", "a fetch stage has one output, which is a file")
		}
		if wantsContainer(s) {
			ch.add(at+"/fetch", "besides fetch and outputs it may have needs, when, timeout, retries and matrix", "muster fetches it by itself, without a container")
		}
	}
}

// wantsContainer reports whether the stage has keys that say how a command runs, and with what.
func wantsContainer(s Stage) bool {
	return len(s.Inputs)+len(s.Refs)+len(s.Params)+len(s.Env)+len(s.Secrets)+len(s.Services) > 0 ||
		s.Image != "" || s.Network || s.User != "" || s.Workdir != "" || s.Resources != Resources{}
}

func (ch *checker) build(at string, s Stage) {
	if len(s.AllOutputs()) > 0 || wantsContainer(s) {
		ch.add(at+"/build", "besides build it may have needs, when, timeout, retries and matrix", "the input of a build stage is the context, its output the image: it runs nothing itself")
		return
	}
	if s.Build.Context != "." {
		ch.path(at+"/build/context", s.Build.Context)
	}
	ch.path(at+"/build/dockerfile", s.Build.Dockerfile)
}

// surroundings checks what a stage wants of the machine that it runs on.
func (ch *checker) surroundings(at string, s Stage) {
	ch.path(at+"/workdir", s.Workdir)
	for i, name := range s.Secrets {
		if slices.Contains(HostTokens(), name) {
			ch.add(fmt.Sprintf("%s/secrets/%d", at, i), "give the stage a token of its own, that can do no more than it must, under another name",
				"%s is what muster speaks to its host with, and no stage gets it", name)
		}
		if _, both := s.Env[name]; both {
			ch.add(fmt.Sprintf("%s/secrets/%d", at, i), "keep one of them", "%s is in env too", name)
		}
	}
	for _, service := range s.Services {
		ch.image(at+"/services/"+service.Name+"/image", service.Image)
	}
}

// first returns the pointer to the first of the keys that is in the file.
func (ch *checker) first(at string, keys ...string) string {
	for _, key := range keys {
		if ch.cfg.source.has(at + "/" + key) {
			return at + "/" + key
		}
	}
	return at
}

// item returns the pointer to the entry of a list that has this value, or to the list.
func (ch *checker) item(list, value string) string {
	return ch.cfg.source.item(list, value)
}

func (ch *checker) image(at, image string) {
	name, isStage := strings.CutPrefix(image, "stage:")
	if !isStage {
		return
	}
	maker, ok := ch.stages[name]
	switch {
	case !ok:
		ch.add(at, ch.known(), "there is no stage %q", name)
	case maker.Build == nil:
		ch.add(at, "give that stage a build, or name an image", "stage %q builds no image", name)
	}
}

func (ch *checker) paths(pointer string, paths []string) {
	for i, p := range paths {
		ch.path(fmt.Sprintf("%s/%d", pointer, i), p)
	}
}

// input takes what path takes, and patterns too.
func (ch *checker) input(pointer, p string) {
	if !IsPattern(p) {
		ch.path(pointer, p)
		return
	}
	if !doublestar.ValidatePattern(p) {
		ch.add(pointer, "close its brackets; ** stands for any folders, * for any name, ? for one character", "pattern %q cannot be read", p)
		return
	}
	fixed, _ := doublestar.SplitPattern(p)
	if fixed == "." {
		fixed = "x" // a pattern may begin at the top
	}
	ch.path(pointer, fixed)
	if strings.Contains(p, "../") {
		ch.add(pointer, "use a pattern below this file's folder", "pattern %q leaves the repository", p)
	}
}

// path refuses what could leave the repository or reach muster's own files.
func (ch *checker) path(pointer, p string) {
	if p == "" {
		return
	}
	clean := path.Clean(p)
	switch {
	case path.IsAbs(p) || strings.Contains(p, `\`) || clean == ".." || strings.HasPrefix(clean, "../"):
		ch.add(pointer, "use a path below this file's folder, with slashes", "path %q leaves the repository", p)
	case clean == ".":
		ch.add(pointer, "name the files and folders in it that the stage needs", "the whole repository cannot be an input or output")
	case Within(clean, ".muster") || Within(clean, ".git"):
		ch.add(pointer, "use another folder", "%s belongs to %s", p, strings.SplitN(clean, "/", 2)[0])
	case strings.ContainsAny(p, "\x00\n*?["):
		ch.add(pointer, "name the file or its folder", "path %q has a character that cannot be used here", p)
	}
}

// outputs checks that every file has one maker.
func (ch *checker) outputs() {
	type made struct{ path, stage string }
	var all []made
	for _, stage := range ch.cfg.Stages {
		for _, out := range stage.AllOutputs() {
			for _, other := range all {
				switch {
				case path.Clean(out) == path.Clean(other.path) && other.stage == stage.Name:
					ch.add("/stages/"+stage.Name, "name it once: what metrics, junit and predictions name are outputs already", "output %s stands twice in this stage", out)
				case path.Clean(out) == path.Clean(other.path):
					ch.add("/stages/"+stage.Name, "let one of them write another file", "output %s is also one of stage %q", out, other.stage)
				case Within(out, other.path) || Within(other.path, out):
					ch.add("/stages/"+stage.Name, "use folders that lie apart", "output %s and output %s of stage %q lie in one another", out, other.path, other.stage)
				}
			}
			all = append(all, made{out, stage.Name})
		}
	}
}

func (ch *checker) known() string {
	var names []string
	for _, stage := range ch.cfg.Stages {
		names = append(names, stage.Name)
	}
	return "the stages are " + strings.Join(names, ", ")
}

// evaluate returns the stage that measures the model: the one with
// predictions, else the one with metrics.
func (ch *checker) evaluate() (Stage, bool) {
	var predicting, measuring []Stage
	for _, stage := range ch.cfg.Stages {
		if stage.Predictions != nil {
			predicting = append(predicting, stage)
		} else if len(stage.Metrics) > 0 {
			measuring = append(measuring, stage)
		}
	}
	if len(predicting) > 1 {
		ch.add("/stages/"+predicting[1].Name+"/predictions", "keep one; several models are several "+FileName+" files",
			"stage %q has predictions too", predicting[0].Name)
	}
	switch {
	case len(predicting) > 0:
		return predicting[0], true
	case len(measuring) == 1:
		return measuring[0], true
	default:
		return Stage{}, false
	}
}

// model finds what the model is: as named, or the one stage output that evaluate reads.
func (ch *checker) model() {
	evaluate, ok := ch.evaluate()
	if !ok {
		if ch.cfg.Model != nil {
			ch.add("/model", "give the stage that measures it predictions: or metrics:", "no stage measures the model")
		}
		return
	}
	if ch.cfg.Model == nil {
		ch.inferModel(evaluate)
		return
	}
	m := ch.cfg.Model
	m.Evaluate = evaluate.Name
	maker := ch.maker(m.Path)
	switch {
	case maker == "":
		ch.add("/model/path", "name an output of the stage that trains", "no stage makes %s", m.Path)
	case m.Stage != "" && m.Stage != maker:
		ch.add("/model/stage", "name "+maker+", or leave it out", "%s is an output of stage %q", m.Path, maker)
	case !slices.ContainsFunc(evaluate.Inputs, func(in string) bool { return path.Clean(in) == path.Clean(m.Path) }):
		ch.add("/stages/"+evaluate.Name+"/inputs", "add "+m.Path, "stage %q measures the model but does not read it", evaluate.Name)
	}
	m.Stage = maker
	ch.wholeModel(evaluate)
}

// wholeModel wants everything that evaluate reads of training to be in the
// model: what is not would be the candidate's when the champion is evaluated.
func (ch *checker) wholeModel(evaluate Stage) {
	m := ch.cfg.Model
	for _, in := range evaluate.Inputs {
		for _, out := range ch.stages[m.Stage].AllOutputs() {
			ofModel := Within(in, m.Path) || (IsPattern(in) && Within(out, m.Path))
			if CanRead(in, out) && !ofModel {
				ch.add(ch.item("/stages/"+evaluate.Name+"/inputs", in),
					"let training write all of the model into one folder, and name that as the model",
					"%s comes from training too, and is not part of the model %s", in, m.Path)
			}
		}
	}
}

func (ch *checker) inferModel(evaluate Stage) {
	var candidates []string
	for _, in := range evaluate.Inputs {
		if ch.maker(in) != "" {
			candidates = append(candidates, in)
		}
	}
	switch {
	case len(candidates) == 1:
		ch.cfg.Model = &Model{Path: candidates[0], Stage: ch.maker(candidates[0]), Evaluate: evaluate.Name}
		ch.wholeModel(evaluate)
	case ch.cfg.Gate == nil:
		return // nothing is gated, so nothing need be known
	case len(candidates) == 0:
		ch.add("/stages/"+evaluate.Name+"/inputs", "add the model, an output of the stage that trains", "stage %q reads no model that this pipeline makes", evaluate.Name)
	default:
		ch.add("/stages/"+evaluate.Name+"/inputs", "add at the top: model: {path: …}",
			"which of %s is the model?", strings.Join(candidates, ", "))
	}
}

// maker returns the stage that has exactly this path among its outputs.
func (ch *checker) maker(p string) string {
	for _, stage := range ch.cfg.Stages {
		for _, out := range stage.Outputs {
			if path.Clean(out) == path.Clean(p) {
				return stage.Name
			}
		}
	}
	return ""
}

func (ch *checker) gate() {
	if ch.cfg.Gate == nil || len(ch.problems) > 0 {
		return
	}
	if _, ok := ch.evaluate(); !ok {
		ch.add("/gate", "give the stage that evaluates predictions: predictions.csv", "there is a gate, but no stage measures the model")
	}
	ch.labels()
	ch.policies(ch.cfg.Gate.Policies)
	ch.path("/gate/waivers", ch.cfg.Gate.Waivers)
	ch.guards()
	evaluate, _ := ch.evaluate()
	for i, column := range ch.cfg.Gate.Slices.Required {
		if evaluate.Predictions == nil || !slices.Contains(evaluate.Predictions.Slices, column) {
			ch.add(fmt.Sprintf("/gate/slices/required/%d", i), "name it in the predictions' slices", "%q is not a slice column of the predictions", column)
		}
	}
	for i, name := range ch.cfg.Gate.Slices.Metrics {
		if !slices.ContainsFunc(ch.cfg.Gate.Metrics, func(m GateMetric) bool { return m.Name == name }) {
			ch.add(fmt.Sprintf("/gate/slices/metrics/%d", i), "name it in the gate's metrics", "%q is not gated", name)
		}
	}
}

// policies checks where a team's policies are said to be.
func (ch *checker) policies(p Policies) {
	const at = "/gate/policies"
	ch.path(at, p.Path)
	ch.path(at+"/key", p.Key)
	scheme, _, elsewhere := strings.Cut(p.Bundle, "://")
	switch {
	case p.Path != "" && p.Key != "":
		ch.add(at+"/key", "leave it out: files of the repository are those of its commit", "a folder has no signature")
	case p.Bundle != "" && !elsewhere:
		ch.path(at+"/bundle", p.Bundle)
	case elsewhere && scheme != "https" && scheme != "oci" && scheme != "http":
		ch.add(at+"/bundle", "use https:// or oci://", "bundles are not fetched by %s://", scheme)
	}
}
