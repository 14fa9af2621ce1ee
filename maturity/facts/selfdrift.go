package facts

import (
	"regexp"
	"slices"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
)

// samples are tests of two samples against one another.
var samples = []string{"ks_2samp", "wasserstein_distance", "chi2_contingency", "jensenshannon", "mannwhitneyu", "ttest_ind", "epps_singleton_2samp", "anderson_ksamp"}

var (
	// comparing is what a function of one's own that measures drift is called.
	comparing = regexp.MustCompile(`(?i)drift|\bpsi|psi$|stability|divergence`)
	// training and heldBack are files of the data that a model is made and tried on.
	trainingFile = regexp.MustCompile(`(?i)(^|[/._-])(x_|y_)?train(ing)?([/._-]|$)`)
	heldBackFile = regexp.MustCompile(`(?i)(^|[/._-])(x_|y_)?(test|val|valid|validation|hold_?out)([/._-]|$)`)
)

// selfMeasured makes facts of what a function that measures drift compares with
// itself: one frame with a copy or another part of it, one file read twice, the data
// of training with what was held back of it, numbers that nothing measured.
func (b *builder) selfMeasured(s site, calls []python.Call) {
	mod := b.in.Tree.Python[s.file].Module()
	note := func(what string, line int) {
		b.add(Fact{
			Category: "drift.self", Subject: what, Path: s.file, Line: max(line, 1), Context: string(source.Source),
			Function: mod.FuncName(s.fn), Entries: b.links(s.file),
		})
	}
	var read []string
	last, drawn := 0, 0
	for _, c := range calls {
		if c.Twice && comparesTwo(c) {
			note("the same values twice", c.Line)
		}
		if a, ok := c.Positional(0); ok && reads.MatchString(c.Method()) {
			read, last = append(read, a.Text), c.Line
		}
		if drawsOne.MatchString(c.Name) {
			drawn = c.Line
		}
	}
	switch {
	case len(read) > 1 && read[0] != "" && !slices.ContainsFunc(read, func(f string) bool { return f != read[0] }):
		note("one file read twice", last)
	case len(read) > 1 && splitOfOne(read):
		note("training data and what was held back of it", last)
	case drawn > 0 && len(calls) == 1 && s.fn >= 0 && len(mod.Funcs[s.fn].Parameters) == 0:
		note("a random number", drawn)
	}
}

// drawsOne are calls that make up one number.
var drawsOne = regexp.MustCompile(`^(random\.(random|uniform|gauss|randint|choice)|numpy\.random\.(rand|random|uniform|normal|choice))$`)

// comparesTwo reports whether a call compares two sets of data.
func comparesTwo(c python.Call) bool {
	_, reference := c.Arg("reference_data")
	return reference || slices.Contains(samples, c.Method()) || comparing.MatchString(c.Method())
}

// splitOfOne reports whether the files are those of training, and what was held back.
func splitOfOne(files []string) bool {
	train, held := false, false
	for _, f := range files {
		switch {
		case heldBackFile.MatchString(f):
			held = true
		case trainingFile.MatchString(f):
			train = true
		default:
			return false
		}
	}
	return train && held
}
