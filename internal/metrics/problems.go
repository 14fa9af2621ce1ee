package metrics

import "github.com/muster-ci/muster/internal/result"

// The codes of problems.
const (
	// These make the comparison impossible, or part of it.
	RowsDiffer      = "rows-differ"      // the models did not answer the same ids
	LabelsDiffer    = "labels-differ"    // an id has two labels
	SlicesDiffer    = "slices-differ"    // an id is in two slices of one column
	GroupsDiffer    = "groups-differ"    // an id is in two groups
	TimesDiffer     = "times-differ"     // an id has two times
	WeightsDiffer   = "weights-differ"   // an id has two weights
	ColumnsDiffer   = "columns-differ"   // the two were not read in the same way
	DependenceMixed = "dependence-mixed" // rows depend on one another in two ways at once
	SliceMissing    = "slice-missing"    // a required slice column is not there
	SlicesTooMany   = "slices-too-many"  // a column has too many values to be slices
	MetricUnknown   = "metric-unknown"   // muster does not compute this metric
	MetricUndefined = "metric-undefined" // the data does not fit the metric
	AnchorDiffers   = "anchor-differs"   // the anchor did not answer what the candidate did
	TooFine         = "too-fine"         // worse could not be shown at this confidence with so many comparisons

	// These only warn.
	SliceSuspect     = "slice-suspect"     // worse before the adjustment, not after
	NotDeterministic = "not-deterministic" // the same model gave two answers
)

func impossible(code, message string) result.Problem {
	return result.Problem{Code: code, Severity: result.SeverityDeny, Message: message}
}
