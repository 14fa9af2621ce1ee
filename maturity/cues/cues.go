// Package cues finds what single lines of a module of Python tell of how a model is
// made and followed: data held out, seeds, files of metrics, what a run records,
// registries and requests of the project's own making, joins with what came true.
package cues

import (
	"regexp"

	"github.com/muster-ci/muster/internal/python"
)

// Cue is what a line tells.
type Cue struct {
	// Category is that of the fact which is made of it.
	Category string
	Tool     string
	// Subject is what stands there.
	Subject  string
	Line     int
	Function string
}

// Find returns the cues of a module. Fits reports whether an expression fits a text:
// the same names stand in many modules, so that a caller may remember it.
func Find(file string, mod *python.Module, fits func(re *regexp.Regexp, text string) bool) []Cue {
	f := &finder{file: file, mod: mod, fits: fits}
	f.heldOut()
	f.metricFiles()
	f.evaluations()
	f.seeds()
	f.recorded()
	f.lookups()
	f.addresses()
	f.pointers()
	f.modelRequests()
	f.outcomes()
	return f.found
}

// finder gathers the cues of one module.
type finder struct {
	file  string
	mod   *python.Module
	fits  func(re *regexp.Regexp, text string) bool
	found []Cue
}

func (f *finder) note(category, subject string, line int, function string) {
	f.found = append(f.found, Cue{Category: category, Subject: subject, Line: line, Function: function})
}
