package facts

import (
	"regexp"

	"github.com/muster-ci/muster/internal/python"
)

var (
	fitFeatures = regexp.MustCompile(`(?i)^(self\.)?(x_?tr(ain)?\w*|train_?x|train_?(features|inputs))$`)
	fitTarget   = regexp.MustCompile(`(?i)^(self\.)?(y_?tr(ain)?\w*|train_?y|train_?(labels?|targets?))$`)
	fitsNoModel = regexp.MustCompile(`(?i)scaler|encoder|vectori[sz]|imputer|selector|transform|preproc|smote|sampler`)
)

// namedFit reports whether something that no import tells of, as a factory's, is
// fitted to what is called training features and a training target.
func namedFit(c python.Call) bool {
	features, ok := c.Positional(0)
	target, both := c.Positional(1)
	return c.Method() == "fit" && ok && both && fitFeatures.MatchString(features.Written) && fitTarget.MatchString(target.Written) &&
		!fitsNoModel.MatchString(c.Name+" "+c.Receiver)
}
