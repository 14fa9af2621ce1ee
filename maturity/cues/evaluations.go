package cues

import (
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
)

var (
	// evaluating are names of functions that measure a model, or check something else.
	evaluating = regexp.MustCompile(`(?i)^_?(vali|valid|validate|validation|test|eval|evaluate|evaluation)(_\w+)?$`)
	// withoutGradients are the decorators and contexts of PyTorch in which nothing is
	// learned (https://pytorch.org/docs/stable/notes/autograd.html#locally-disabling-gradient-computation).
	withoutGradients = regexp.MustCompile(`(^|\.)(no_grad|inference_mode)$`)
	// averaging are the calls by which measures of batches become one.
	averaging = regexp.MustCompile(`(^|\.)(mean|average|item|sum|nanmean)$`)
)

// evaluations notes each function that is named for evaluating, puts the model
// into the mode for it or learns nothing, and averages what comes out: measures of
// one's own need no library.
func (f *finder) evaluations() {
	for i, fn := range f.mod.Funcs {
		if !evaluating.MatchString(fn.Name) || !learnsNothing(f.mod, i) {
			continue
		}
		if slices.ContainsFunc(f.mod.Calls, func(c python.Call) bool { return c.Func == i && averaging.MatchString(c.Name) }) {
			f.note("metric.own", "def "+fn.Name, fn.Line, fn.Name)
		}
	}
}

// learnsNothing reports whether a function runs a model of PyTorch without training it.
func learnsNothing(mod *python.Module, i int) bool {
	if slices.ContainsFunc(mod.Funcs[i].Decorators, func(d string) bool { return withoutGradients.MatchString(strings.TrimSuffix(d, "()")) }) {
		return true
	}
	return slices.ContainsFunc(mod.Calls, func(c python.Call) bool {
		return c.Func == i && (withoutGradients.MatchString(c.Name) || c.Method() == "eval" && len(c.Args) == 0 && c.Receiver != "")
	})
}
