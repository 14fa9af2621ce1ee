// Package statistics has the numerical methods by which two models are compared:
// numbers in, numbers out. It knows no files and no metrics.
//
// A difference is turned so that above 0 the candidate is better. Every method
// gives an [Interval] at a one-sided level alpha, 0.025 for 95 %: [Tango] and
// [ExactBound] for proportions, [DeLong] for areas under the curve, [NewBCa] from
// resamples, [FromSE] and [FromStudent] from the spread of influence values, [Groups]
// where rows depend on one another, [Welch] where training varies too, [Unchanged]
// where nothing was seen to differ. Resamples come from [Draw], [Multinomial] and
// [DrawBlocks]: each depends on its seed and its number alone, so they can be drawn
// on any number of cores.
//
// Unless a function says otherwise, alpha lies above 0 and below 0.5, counts are
// whole numbers, all values are finite, and then no result is NaN and no interval
// has width zero. Where the data give no interval the methods say so by a second
// result, false.
package statistics
