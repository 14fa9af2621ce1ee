package config

import (
	"path"
	"slices"
)

// labels makes sure that nothing that a model has to do with sees the labels that
// muster joins: not training, nor what it learns from, nor what asks the model.
func (ch *checker) labels() {
	labels, model := ch.cfg.Gate.Labels, ch.cfg.Model
	if labels == nil || model == nil {
		return
	}
	at := ch.first("/gate", "labels/path", "labels")
	ch.path(at, labels.Path)
	evaluate := ch.stages[model.Evaluate]
	if p := evaluate.Predictions; p == nil {
		ch.add(at, "give stage "+evaluate.Name+" predictions: predictions.csv", "there are labels, and no predictions to join them to")
	} else if p.Label != "" {
		ch.add("/stages/"+evaluate.Name+"/predictions", "take label: out there: the gate's labels count", "the labels come from %s, and from the predictions too", labels.Path)
	}
	before, after := ch.reach(model.Stage, false), ch.reach(model.Stage, true)
	after[model.Evaluate] = true
	for _, stage := range ch.cfg.Stages {
		why := ""
		switch {
		case stage.Name == model.Evaluate:
			why = "measures the model"
		case stage.Name == model.Stage:
			why = "makes the model"
		case before[stage.Name]:
			why = "makes what the model learns from"
		case after[stage.Name] && ch.reach(model.Evaluate, false)[stage.Name]:
			why = "runs the model"
		default:
			continue
		}
		ch.apart(stage, labels.Path, why)
	}
}

// apart refuses a stage that reads the labels, or that makes them out of what the model does.
func (ch *checker) apart(stage Stage, labels, why string) {
	at := "/stages/" + stage.Name
	for _, in := range stage.Inputs {
		if CanRead(in, labels) {
			ch.add(ch.item(at+"/inputs", in), "let it read other files; muster reads the labels itself", "stage %q %s, and may not read the labels %s", stage.Name, why, labels)
		}
	}
	if b := stage.Build; b != nil {
		return // a context is what .dockerignore leaves; the file says nothing of it
	}
	touched := why == "measures the model" || why == "makes the model" || why == "runs the model"
	for _, out := range stage.AllOutputs() {
		if touched && (Within(labels, out) || Within(out, labels)) {
			ch.add(at, "let another stage make them, or commit them", "stage %q %s, and may not make the labels %s", stage.Name, why, labels)
		}
	}
}

// reach names the stages that a stage reads from, directly or through others; or,
// downwards, those that read from it.
func (ch *checker) reach(name string, down bool) map[string]bool {
	seen := map[string]bool{}
	open := []string{name}
	for len(open) > 0 {
		this := ch.stages[open[0]]
		open = open[1:]
		for _, other := range ch.cfg.Stages {
			from, to := other, this
			if down {
				from, to = this, other
			}
			if other.Name != this.Name && !seen[other.Name] && reads(to, from) {
				seen[other.Name] = true
				open = append(open, other.Name)
			}
		}
	}
	return seen
}

// reads reports whether one stage reads what another makes.
func reads(to, from Stage) bool {
	inputs := to.Inputs
	if to.Notebook != nil {
		inputs = append([]string{to.Notebook.Path}, inputs...)
	}
	return slices.ContainsFunc(inputs, func(in string) bool {
		return slices.ContainsFunc(from.AllOutputs(), func(out string) bool { return CanRead(path.Clean(in), out) })
	})
}
