package facts

import (
	"regexp"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/catalogue"
)

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
