package facts

import (
	"regexp"
	"slices"

	"github.com/muster-ci/muster/internal/python"
)

var (
	// pointerFile is a file that says which model is the current one.
	pointerFile = regexp.MustCompile(`(?i)(^|[/\\])(champion|incumbent|(current|active|production|prod|deployed|serving)_?(model|version|release))(_?(pointer|ref|info|metadata|version))?\.(json|ya?ml|toml|txt)$`)
	pointing    = regexp.MustCompile(`(?i)(^|_)(write|dump|upload|save|put|push|publish|update|set|promote)`)
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
			if !pointerFile.MatchString(name) {
				continue
			}
			category := "registry.lookup"
			if pointing.MatchString(c.Method()) {
				category = "registry.promote"
			}
			b.note(m, category, subject(c)+" "+name, c.Line, function(m.mod, c.Func))
		}
	}
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

func hasKey(pairs []python.Pair, key *regexp.Regexp) bool {
	return slices.ContainsFunc(pairs, func(p python.Pair) bool { return key.MatchString(p.Name) })
}

var (
	predictedKey = regexp.MustCompile(`(?i)^(y_?)?(pred|predicted|prediction|predictions|predicted_\w+|\w+_prediction|probability|probabilities|\w+_probability|\w+_proba|(fraud|churn|risk|model|anomaly|prediction|credit|default)_score|score|predicted)$`)
	originKey    = regexp.MustCompile(`(?i)^(model_?(version|name|id|uri|run_id|alias)|registered_version|run_id)$`)
)

// predictionRecords makes facts of functions that hand over records in which a
// prediction stands beside the model that made it.
func (b *builder) predictionRecords(m module) {
	for fn, pairs := range keysByFunction(m.mod) {
		if !hasKey(pairs, predictedKey) || !hasKey(pairs, originKey) {
			continue
		}
		i := slices.IndexFunc(m.mod.Calls, func(c python.Call) bool { return c.Func == fn && stores(c) })
		if i < 0 {
			continue
		}
		c := m.mod.Calls[i]
		b.note(m, "cue.predictions", "a record of the prediction and its model", c.Line, function(m.mod, fn))
		b.note(m, "store", subject(c), c.Line, function(m.mod, fn))
	}
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
				b.note(m, "infer", "a request to a model server", c.Line, function(m.mod, fn))
				b.note(m, "infer.remote", "a request to a model server", c.Line, function(m.mod, fn))
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
