package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/catalogue"
)

// isSilent reports whether a call of a tracker tells it to keep nothing: mode="disabled"
// (https://docs.wandb.ai/ref/python/init), mode="debug" of Neptune, disable=True of
// MLflow's autolog, disabled=True of Comet.
func isSilent(c python.Call) bool {
	return slices.ContainsFunc(c.Args, func(a python.Arg) bool {
		switch {
		case !a.Literal:
			return false
		case a.Name == "mode":
			return a.Value == "disabled" || a.Value == "debug"
		case a.Name == "disable", a.Name == "disabled":
			return a.Value == "True"
		}
		return false
	})
}

// beginners are the last parts of calls with which a tracker begins a run.
var beginners = []string{"init", "init_run", "start", "Experiment"}

// silent are the trackers that a file begins only so that they keep nothing.
func silent(c *catalogue.Catalogue, mod *python.Module, imported map[string]bool) map[string]bool {
	var out map[string]bool
	for _, call := range mod.Calls {
		if call.Decorator || !slices.Contains(beginners, call.Method()) {
			continue
		}
		for _, m := range c.Call(call, imported) {
			if m.As != "tracking" {
				continue
			}
			if out == nil {
				out = map[string]bool{}
			}
			before, known := out[m.Tool]
			out[m.Tool] = isSilent(call) && (before || !known)
		}
	}
	return out
}

// keepsNothing reports whether a use of a tracker is one of what keeps nothing.
func keepsNothing(m catalogue.Match, call python.Call, silent map[string]bool) bool {
	if m.As != "tracking" && !strings.HasPrefix(m.As, "registry.") {
		return false
	}
	return silent[m.Tool] || m.As == "tracking" && isSilent(call)
}

// whenNames are the arguments by which orchestrators take a schedule.
var whenNames = []string{"schedule", "schedule_interval", "timetable", "cron", "interval"}

// isOff reports whether a schedule is none: its constant is None in the module
// that has it, or the call pauses it.
func (s *scan) isOff(file string, mod *python.Module, call python.Call) bool {
	for _, name := range []string{"is_paused_upon_creation", "paused"} {
		if a, ok := call.Arg(name); ok && a.Value == "True" {
			return true
		}
	}
	for _, name := range whenNames {
		if a, ok := call.Arg(name); ok && !a.Literal && a.Value != "" && s.constant(file, mod, a.Value) == "None" {
			return true
		}
	}
	return false
}

// constant returns the value of a constant of the module, or of one that it
// imports from a module of the repository.
func (s *scan) constant(file string, mod *python.Module, name string) string {
	if v, ok := mod.Constants[name]; ok {
		return v
	}
	module, last := cut(strings.TrimLeft(name, "."))
	if module == "" {
		return ""
	}
	rel := strings.ReplaceAll(module, ".", "/") + ".py"
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		for _, candidate := range []string{path.Join(dir, rel), path.Join(dir, "src", rel)} {
			if other := s.modules[candidate]; other != nil {
				return other.Module().Constants[last]
			}
		}
		if dir == "." || dir == "/" {
			return ""
		}
	}
}

// onlyLiterals reports whether all that a call is given are numbers and texts that
// stand there: such a call measures nothing that could change.
func onlyLiterals(c python.Call) bool {
	const least = 2 // what is compared, and with what
	given := 0
	for _, a := range c.Args {
		if a.Name == "" {
			given++
		}
		list := len(a.Items) > 0 && a.Value == "" && a.Written == "" && !slices.Contains(a.Items, "$")
		if !a.Literal && !list {
			return false
		}
	}
	return given >= least
}

var (
	fitFeatures = regexp.MustCompile(`(?i)^(self\.)?(x_?tr(ain)?\w*|train_?x|train_?(features|inputs))$`)
	fitTarget   = regexp.MustCompile(`(?i)^(self\.)?(y_?tr(ain)?\w*|train_?y|train_?(labels?|targets?))$`)
	// fitFrame is a table for training, and fitsModel what is called a model.
	fitFrame    = regexp.MustCompile(`(?i)^(self\.)?train(ing)?(_?(set|data|df|frame|ds))?(\.(data|df|frame))?$`)
	fitsModel   = regexp.MustCompile(`(?i)model|pipeline|classifier|regressor|estimator|clf\b`)
	fitsNoModel = regexp.MustCompile(`(?i)scaler|encoder|vectori[sz]|imputer|selector|transform|preproc|smote|sampler`)
)

// namedFit reports whether something that no import tells of, as a factory's, is
// fitted to what is called training features and a training target; or whether what
// is called a model is fitted to a table for training.
func namedFit(c python.Call) bool {
	features, ok := c.Positional(0)
	target, both := c.Positional(1)
	if c.Method() != "fit" || !ok || !both || fitsNoModel.MatchString(c.Name+" "+c.Receiver) {
		return false
	}
	table := fitFrame.MatchString(features.Written) && !target.Literal && fitsModel.MatchString(c.Receiver)
	return table || fitFeatures.MatchString(features.Written) && fitTarget.MatchString(target.Written)
}

// solves are the calls by which code without a library for models learns
// coefficients itself.
var solves = regexp.MustCompile(`^(numpy|scipy|jax\.numpy|jax\.scipy|cupy|torch)\.(linalg\.(lstsq|solve|pinv|inv|svd|cholesky)|optimize\.\w+|polyfit)$`)

// learner is what a class is called that learns in another way than by solving.
var learner = regexp.MustCompile(`(?i)classifier|regressor|regression|knn|neighbou?rs|bayes|perceptron|forest|decision_?tree|svm\b|neural_?net`)

// ownEstimators finds classes that fit features to a target by such a call, or are
// called like what learns, and predict: they are models, though no library knows
// them.
func (s *scan) ownEstimators(file string, mod *python.Module) {
	predicts := map[string]bool{}
	for _, f := range mod.Funcs {
		if f.Name == "predict" || f.Name == "predict_proba" {
			predicts[f.Class] = true
		}
	}
	const least = 3 // self, features and target
	for i, f := range mod.Funcs {
		if f.Name == "fit" && learner.MatchString(f.Class) && predicts[f.Class] && len(f.Parameters) >= least && f.Body >= least {
			s.use(catalogue.Match{Tool: "own estimator", As: "train"}, file, f.Line, f.Class+".fit", mod, i, false)
		}
	}
	for _, c := range mod.Calls {
		if c.Func < 0 || !solves.MatchString(c.Name) {
			continue
		}
		if f := mod.Funcs[c.Func]; f.Name == "fit" && f.Class != "" && predicts[f.Class] && len(f.Parameters) >= least {
			s.use(catalogue.Match{Tool: "own estimator", As: "train"}, file, c.Line, c.Name+" in "+f.Class+".fit", mod, c.Func, c.Conditional)
		}
	}
}
