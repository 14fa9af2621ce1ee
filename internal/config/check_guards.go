package config

import (
	"fmt"
	"path"
)

// guards checks what the gate holds the candidate against beside the champion.
func (ch *checker) guards() {
	gate := ch.cfg.Gate
	ch.anchor(gate)
	if gate.Baseline != nil {
		ch.baseline(*gate.Baseline)
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
