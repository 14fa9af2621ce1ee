package facts

import (
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

// pointers makes facts of calls that are given the file which names the current
// model: a registry of one's own making is asked by it, and changed by it.
func (b *builder) pointers(m module) {
	for _, c := range m.mod.Calls {
		for _, a := range c.Args {
			name := a.Text
			if name == "" && a.Literal {
				name = a.Value
			}
			if runFile.MatchString(name) && opensToRead(c) {
				b.note(m, "registry.run", c.Subject()+" "+name, c.Line, m.mod.FuncName(c.Func))
			}
			if !pointerFile.MatchString(name) {
				continue
			}
			category := "registry.lookup"
			if pointing.MatchString(c.Method()) {
				category = "registry.promote"
			}
			b.note(m, category, c.Subject()+" "+name, c.Line, m.mod.FuncName(c.Func))
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

// keysByFunction collects the keys that each function writes in dictionaries.
func keysByFunction(mod *python.Module) map[int][]python.Pair {
	out := map[int][]python.Pair{}
	for _, p := range mod.Pairs {
		if p.Func >= 0 {
			out[p.Func] = append(out[p.Func], p)
		}
	}
	return out
}

var (
	tensorKeys   = []string{"inputs", "shape", "datatype", "data"}
	postingCall  = regexp.MustCompile(`^(post|request|infer|async_infer)$`)
	predictRoute = regexp.MustCompile(`(/v1/models/[^/]*:predict|:predict|/v2/models/.*/infer|/infer)$`)
)

// modelRequests makes facts of functions that ask a model server: their payload
// is that of the Open Inference Protocol
// (https://github.com/kserve/open-inference-protocol), or instances are sent to
// the address :predict of TensorFlow Serving and KServe.
func (b *builder) modelRequests(m module) {
	for fn, pairs := range keysByFunction(m.mod) {
		has := func(key string) bool {
			return slices.ContainsFunc(pairs, func(p python.Pair) bool { return p.Name == key })
		}
		tensors := !slices.ContainsFunc(tensorKeys, func(key string) bool { return !has(key) })
		instances := has("instances") && addresses(m.mod, predictRoute)
		if !tensors && !instances {
			continue
		}
		for _, c := range m.mod.Calls {
			if c.Func == fn && postingCall.MatchString(c.Method()) {
				b.note(m, "infer", "a request to a model server", c.Line, m.mod.FuncName(fn))
				b.note(m, "infer.remote", "a request to a model server", c.Line, m.mod.FuncName(fn))
			}
		}
	}
}

// addresses reports whether a module holds an address of that form.
func addresses(mod *python.Module, form *regexp.Regexp) bool {
	if slices.ContainsFunc(mod.Addresses, func(w python.Word) bool { return form.MatchString(w.Text) }) {
		return true
	}
	return slices.ContainsFunc(mod.Calls, func(c python.Call) bool {
		return slices.ContainsFunc(c.Args, func(a python.Arg) bool { return form.MatchString(a.Text) })
	})
}
