package metricfile

import "github.com/muster-ci/muster/internal/result"

// isClassificationReport recognises what scikit-learn's
// classification_report(output_dict=True) returns: beside the classes it has
// their averages, each with precision, recall, f1-score and support.
func isClassificationReport(o *node) bool {
	average := o.get("macro avg")
	return average.isObject() && o.get("weighted avg").isObject() && average.get("f1-score") != nil && average.get("support") != nil
}

// refineReport goes by what a number is in a report, whatever the class is called.
func refineReport(key string, n *Number) {
	switch key {
	case "support":
		n.Better, n.Unit = "", "rows"
	case "precision", "recall", "f1-score", "accuracy":
		n.Better = result.Higher
	}
}
