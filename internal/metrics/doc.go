// Package metrics measures models: it reads what they answered, computes their
// metrics and compares two models on the same rows.
//
// [ReadPredictions] takes a CSV file with one row an id and refuses whatever
// could be misread, with file and line. [Compute] gives one metric of one model.
// [Compare] joins candidate and champion on id, computes each metric overall and
// on slices, puts an interval around the paired difference and gives each a
// verdict; what makes a comparison impossible comes back as a [result.Problem], never
// as a row left out. [ReadNumbers] reads numbers that an evaluate stage wrote
// itself, which are shown but not computed here.
//
// The same input gives the same bytes on any number of cores. docs/statistics.md
// has the formulas with their sources.
package metrics
