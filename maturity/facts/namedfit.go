package facts

import (
	"regexp"

	"github.com/muster-ci/muster/internal/python"
)

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
