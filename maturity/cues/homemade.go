package cues

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
)

var (
	// pointerFile is a file that says which model is the current one.
	pointerFile = regexp.MustCompile(`(?i)(^|[/\\])(champion|incumbent|(current|active|production|prod|deployed|serving)_?(model|version|release))(_?(pointer|ref|info|metadata|version))?\.(json|ya?ml|toml|txt)$`)
	// runFile is a file that says which run's model is the current one.
	runFile  = regexp.MustCompile(`(?i)(^|[/\\])((best|latest|current|production)_)?run_?id\.(txt|json|ya?ml)$`)
	pointing = regexp.MustCompile(`(?i)(^|_)(write|dump|upload|save|put|push|publish|update|set|promote)`)
)

// pointers notes calls that are given the file which names the current
// model: a registry of one's own making is asked by it, and changed by it.
func (f *finder) pointers() {
	for _, c := range f.mod.Calls {
		for _, a := range c.Args {
			name := a.Text
			if name == "" && a.Literal {
				name = a.Value
			}
			if runFile.MatchString(name) && opensToRead(c) {
				f.note("registry.run", c.Subject()+" "+name, c.Line, f.mod.FuncName(c.Func))
			}
			if !pointerFile.MatchString(name) {
				continue
			}
			category := "registry.lookup"
			if pointing.MatchString(c.Method()) {
				category = "registry.promote"
			}
			f.note(category, c.Subject()+" "+name, c.Line, f.mod.FuncName(c.Func))
		}
	}
}

// opensToRead reports whether a call that opens a file does it to read.
func opensToRead(c python.Call) bool {
	if pointing.MatchString(c.Method()) {
		return false
	}
	for _, a := range c.Args {
		if a.Literal && (a.Name == "mode" || a.Name == "") && strings.ContainsAny(a.Value, "wax") && len(a.Value) <= len("rb+") {
			return false
		}
	}
	return true
}

var (
	tensorKeys   = []string{"inputs", "shape", "datatype", "data"}
	postingCall  = regexp.MustCompile(`^(post|request|infer|async_infer)$`)
	predictRoute = regexp.MustCompile(`(/v1/models/[^/]*:predict|:predict|/v2/models/.*/infer|/infer)$`)
)

// modelRequests notes functions that ask a model server: their payload
// is that of the Open Inference Protocol
// (https://github.com/kserve/open-inference-protocol), or instances are sent to
// the address :predict of TensorFlow Serving and KServe.
func (f *finder) modelRequests() {
	byFunction := f.mod.PairsByFunction()
	for _, fn := range slices.Sorted(maps.Keys(byFunction)) {
		pairs := byFunction[fn]
		has := func(key string) bool {
			return slices.ContainsFunc(pairs, func(p python.Pair) bool { return p.Name == key })
		}
		tensors := !slices.ContainsFunc(tensorKeys, func(key string) bool { return !has(key) })
		instances := has("instances") && holdsAddress(f.mod, predictRoute)
		if !tensors && !instances {
			continue
		}
		for _, c := range f.mod.Calls {
			if c.Func == fn && postingCall.MatchString(c.Method()) {
				f.note("infer", "a request to a model server", c.Line, f.mod.FuncName(fn))
				f.note("infer.remote", "a request to a model server", c.Line, f.mod.FuncName(fn))
			}
		}
	}
}

// holdsAddress reports whether a module holds an address of that form.
func holdsAddress(mod *python.Module, form *regexp.Regexp) bool {
	if slices.ContainsFunc(mod.Addresses, func(w python.Word) bool { return form.MatchString(w.Text) }) {
		return true
	}
	return slices.ContainsFunc(mod.Calls, func(c python.Call) bool {
		return slices.ContainsFunc(c.Args, func(a python.Arg) bool { return form.MatchString(a.Text) })
	})
}
