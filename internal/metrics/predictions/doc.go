// Package predictions reads what a model answered, one row an example, and
// refuses whatever could be misread with file and line. A [Set] holds it by
// column, for the metrics to be computed from.
//
// [Read] recognises the format. A plan says which columns are wanted; pieces of
// the file (blocks of lines, ranges of a row group) become parts side by side, and
// an assembler puts the parts together in the order of the file, so that neither
// the set nor the first mistake depends on the number of cores.
package predictions
