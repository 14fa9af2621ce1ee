// Package metrics measures models: it computes metrics of what they answered and
// compares two models on the same rows.
//
// [predictions.Read] gives a [predictions.Set]. [LookupIn] finds what a metric
// is, a [Definition]: of a fixed list, with a number in its name (ndcg@10), or a
// column of values of the set. A sample reads the set once for all metrics and
// slices, and a definition prepares a statistic on it, which knows its value
// under any weighting of the rows and how each row moves it. [Compute] gives one
// metric of one model, [Curves] what there is to draw.
//
// [Compare] joins candidate and champion on id, computes each metric overall and
// on slices, puts an interval around the paired difference and gives each a
// verdict; what makes a comparison impossible comes back as a [result.Problem], never
// as a row left out. Each set is laid over the items that all were asked, and each
// subset of them divided into units: rows, items with several answers, groups,
// times. Units are what is independent, so they are what is resampled, and what
// influence is summed by. [CompareRecipes] compares ways of training by several
// seeds a side.
//
// The same input gives the same bytes on any number of cores. docs/statistics.md
// has the formulas with their sources.
package metrics
