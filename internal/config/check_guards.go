package config

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// registry refuses two places for one registry: one of them would say nothing.
func (ch *checker) registry() {
	ch.paths("/registry/keys", ch.cfg.Registry.Keys)
	if ch.cfg.Registry.Git == nil {
		return
	}
	source := ch.cfg.source
	kind := source.values["/registry/type"]
	switch {
	case source.has("/registry/path"):
		ch.add("/registry/path", "take path: out, or what says that it is a branch", "the registry is a branch of the repository, and a folder")
	case source.has("/registry/git") && kind != nil && follow(kind).Value == "dir":
		ch.add("/registry/type", "take type: out, or git:", "the registry is a folder, and git: makes it a branch of the repository")
	}
}

// guards checks what the gate holds the candidate against beside the champion.
func (ch *checker) guards() {
	gate := ch.cfg.Gate
	ch.anchor(gate)
	if gate.Baseline != nil {
		ch.baseline(*gate.Baseline)
	}
	if gate.Holdout.Audit != "" {
		ch.audit(gate)
	} else if gate.Holdout.Replaces != "" {
		ch.add("/gate/holdout/replaces", "name the data: audit: FILE", "there is no audit data to stand in for %s", gate.Holdout.Replaces)
	}
}

// audit wants data that nothing else sees, and finds what it stands in for.
func (ch *checker) audit(gate *Gate) {
	const at = "/gate/holdout/audit"
	audit := gate.Holdout.Audit
	ch.path(at, audit)
	for _, stage := range ch.cfg.Stages {
		for _, in := range stage.Inputs {
			if CanRead(in, audit) {
				ch.add(at, "keep it where no stage reads it", "stage %q reads %s, so it is not opened for promotion only", stage.Name, audit)
				return
			}
		}
	}
	if gate.Labels != nil {
		ch.add(at, "let the audit data have labels of its own: take labels: out", "labels are joined to the evaluation data, and not to %s", audit)
		return
	}
	ch.replaces(gate)
}

// replaces finds the input of evaluate that the audit data stands in for.
func (ch *checker) replaces(gate *Gate) {
	evaluate, _ := ch.evaluate()
	if evaluate.Predictions == nil || ch.cfg.Model == nil {
		return // that is said elsewhere, or the gate says it
	}
	data := slices.DeleteFunc(slices.Clone(evaluate.Inputs), func(in string) bool {
		return IsCode(in) || Within(in, ch.cfg.Model.Path)
	})
	const hint = "say which: holdout: {audit: %s, replaces: PATH}"
	switch named := gate.Holdout.Replaces; {
	case named != "" && !slices.Contains(data, named):
		ch.add("/gate/holdout/replaces", "name one of the stage's inputs: "+strings.Join(data, ", "), "stage %q does not read %s as data", evaluate.Name, named)
	case named != "":
	case len(data) == 1 && !IsPattern(data[0]):
		gate.Holdout.Replaces = data[0]
	case len(data) == 0:
		ch.add("/gate/holdout/audit", "let the stage read its data from a file that is among its inputs", "stage %q reads no data that %s could stand in for", evaluate.Name, gate.Holdout.Audit)
	default:
		ch.add("/gate/holdout/audit", fmt.Sprintf(hint, gate.Holdout.Audit), "which of %s does %s stand in for?", strings.Join(data, ", "), gate.Holdout.Audit)
	}
}

// maxAlias is how long a registry lets the name of an alias be.
const maxAlias = 63

func (ch *checker) anchor(gate *Gate) {
	switch {
	case gate.Anchor == gate.Champion:
		ch.add(ch.first("/gate", "anchor", "champion"), "give the anchor an alias of its own, or leave the line out", "the anchor would move with the champion: both are %s", gate.Anchor)
	case len(gate.Anchor) > maxAlias:
		ch.add("/gate/champion", "name the anchor's alias: anchor: NAME", "the anchor's alias %s is longer than %d letters", gate.Anchor, maxAlias)
	}
}

// baseline refuses numbers that this pipeline writes itself: the candidate would be
// held against what it has just written.
func (ch *checker) baseline(b Baseline) {
	at := ch.first("/gate", "baseline/path", "baseline")
	ch.path(at, b.Path)
	if b.Ref != "" {
		return
	}
	for _, stage := range ch.cfg.Stages {
		for _, out := range stage.AllOutputs() {
			if Within(path.Clean(b.Path), path.Clean(out)) {
				ch.add(at, fmt.Sprintf("keep the numbers in a file of their own, or say at which commit they count: baseline: {path: %s, ref: main}", b.Path),
					"stage %q writes %s: the model would be held against itself", stage.Name, b.Path)
			}
		}
	}
}
