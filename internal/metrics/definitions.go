package metrics

import (
	"math"

	"github.com/muster-ci/muster/internal/result"
)

// decisionRule says in formulas how a row is decided.
const decisionRule = "the decision is the column of decisions, else the class with the highest score (of several the first), else 1 where score ≥ threshold (0.5)"

// definitions is the list of all metrics, in the order in which they are shown.
func definitions() []Definition {
	var all []Definition
	all = append(all, decisionMetrics()...)
	all = append(all, scoreMetrics()...)
	all = append(all, regressionMetrics()...)
	return append(all, ndcgAt(0), gradeMetric())
}

// decisionMetrics are the metrics of a contingency table.
func decisionMetrics() []Definition {
	all := []Definition{
		{
			Name: "accuracy", Better: result.Higher, Task: Classification, Unit: "share of rows", Min: 0, Max: 1,
			Formula: "share of rows whose decision equals the label; " + decisionRule,
			Source:  "scikit-learn 1.2, accuracy_score", proportion: true, prepare: prepareAccuracy,
		},
		{
			Name: "balanced_accuracy", Better: result.Higher, Task: Classification, Unit: "share of a class", Min: 0, Max: 1,
			Formula: "mean over the classes among the labels of the share of their rows that are decided right",
			Source:  "Brodersen et al. 2010, ICPR; scikit-learn 1.2, balanced_accuracy_score", byClass: true, prepare: tabulated(balanced),
		},
	}
	for _, m := range []struct {
		name, formula, unit string
		rate                rate
	}{
		{"precision", "rows decided right for a class / rows decided for it", "share of the decisions for a class", precision()},
		{"recall", "rows decided right for a class / rows with its label", "share of a class", recall()},
		{"f1", "2 · rows decided right for a class / (rows decided for it + rows with its label)", "harmonic mean of shares", f1()},
	} {
		source := "scikit-learn 1.2, " + m.name + "_score(zero_division=0)"
		variant := func(suffix, of string, task Task, prepare func(*sample) (statistic, error)) {
			all = append(all, Definition{
				Name: m.name + suffix, Better: result.Higher, Task: task, Unit: m.unit, Min: 0, Max: 1,
				Formula: m.formula + ", " + of + "; 0 where there is nothing to divide by", Source: source, prepare: prepare,
				byClass: suffix == "" || suffix == "_macro",
			})
		}
		variant("", "of class 1", Binary, ofOne(m.rate))
		variant("_micro", "numerators and denominators summed over the classes", Classification, tabulated(m.rate.micro))
		variant("_macro", "mean over the classes among labels and decisions", Classification, tabulated(m.rate.macro))
		variant("_weighted", "mean over the classes by their number of labels", Classification, tabulated(m.rate.weighted))
	}
	return append(all, Definition{
		Name: "mcc", Better: result.Higher, Task: Classification, Unit: "correlation", Min: -1, Max: 1,
		Formula: "correlation of labels and decisions as indicators of classes; 0 where all labels or all decisions are one class",
		Source:  "Matthews 1975; Gorodkin 2004, Computational Biology and Chemistry 28:367–374; scikit-learn 1.2, matthews_corrcoef", byClass: true, prepare: tabulated(matthews),
	})
}

// scoreMetrics are the metrics of scores for classes.
func scoreMetrics() []Definition {
	return []Definition{
		{
			Name: "roc_auc", Better: result.Higher, Task: Binary, Unit: "probability", Min: 0, Max: 1,
			Formula: "P(score of a 1 > score of a 0) + P(tie)/2, the Mann–Whitney statistic by mid-ranks",
			Source:  "Hanley & McNeil 1982, Radiology 143:29–36; scikit-learn 1.2, roc_auc_score", classes: true, prepare: prepareAUC,
		},
		{
			Name: "pr_auc", Better: result.Higher, Task: Binary, Unit: "precision", Min: 0, Max: 1,
			Formula: "Σ (recall at a score − recall at the next higher score) · precision at the score: average precision, without interpolation",
			Source:  "scikit-learn 1.2, average_precision_score", classes: true, prepare: prepareAveragePrecision,
		},
		{
			Name: "log_loss", Better: result.Lower, Task: Classification, Unit: "nats", Min: 0, Max: math.Inf(1),
			Formula: "mean of −ln(probability of the label), probabilities clipped to [ε, 1 − ε], ε = 2⁻⁵², and for more classes divided by their sum",
			Source:  "scikit-learn 1.2, log_loss", prepare: meanOf("log_loss", logLoss),
		},
		{
			Name: "brier", Better: result.Lower, Task: Classification, Unit: "squared probability", Min: 0, Max: 2,
			Formula: "mean of (score − label)² for labels 0 and 1, at most 1; for other classes mean of the sum over the classes of (score − 1{label})², at most 2",
			Source:  "Brier 1950, Monthly Weather Review 78:1–3; scikit-learn 1.2, brier_score_loss", prepare: meanOf("brier", brier),
		},
		{
			Name: "calibration_error", Better: result.Lower, Task: Classification, Unit: "probability", Min: 0, Max: 1,
			Formula: "expected calibration error: Σ share of rows in a bin · |share of ones − mean score|, ten bins of equal width that hold their upper ends; for other classes than 0 and 1 of the most likely class",
			Source:  "Naeini et al. 2015, AAAI; Guo et al. 2017, ICML", Reported: true, prepare: prepareCalibrationError,
		},
	}
}

// regressionMetrics are the metrics of predicted numbers.
func regressionMetrics() []Definition {
	return []Definition{
		{
			Name: "rmse", Better: result.Lower, Task: Regression, Unit: "the label's unit", Min: 0, Max: math.Inf(1),
			Formula: "√ mean of (score − label)²",
			Source:  "scikit-learn 1.2, mean_squared_error(squared=False)", prepare: prepareRMSE,
		},
		{
			Name: "mae", Better: result.Lower, Task: Regression, Unit: "the label's unit", Min: 0, Max: math.Inf(1),
			Formula: "mean of |score − label|",
			Source:  "scikit-learn 1.2, mean_absolute_error", prepare: meanOf("mae", absolute),
		},
		{
			Name: "r2", Better: result.Higher, Task: Regression, Unit: "share of the labels' variance", Min: math.Inf(-1), Max: 1,
			Formula: "1 − Σ (score − label)² / Σ (label − mean label)²; refused where all labels are one number",
			Source:  "scikit-learn 1.2, r2_score", prepare: prepareDetermination,
		},
		{
			Name: "mape", Better: result.Lower, Task: Regression, Unit: "share of the label", Min: 0, Max: math.Inf(1),
			Formula: "mean of |score − label| / |label|; refused where a label is 0",
			Source:  "scikit-learn 1.2, mean_absolute_percentage_error", prepare: meanOf("mape", relative),
		},
	}
}
