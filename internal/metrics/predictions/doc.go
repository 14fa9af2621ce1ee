// Package predictions reads what a model answered, one row an example, and
// refuses whatever could be misread with file and line. A [Set] holds it by
// column, for the metrics to be computed from.
package predictions
