package statistics

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// MeanStdDev is the mean and the sample standard deviation, by the corrected two-pass
// algorithm (Chan, Golub & LeVeque 1983, American Statistician 37:242–247, 1.7), of two
// values or more; of one the deviation is NaN. It is gonum/stat's to the last bit, whose
// package brings BLAS and LAPACK with it, 2 MB of the binary.
func MeanStdDev(values []float64) (mean, sd float64) {
	count := float64(len(values))
	mean = floats.Sum(values) / count
	var squares, rest float64
	for _, v := range values {
		d := v - mean
		squares += float64(d * d)
		rest += d
	}
	return mean, math.Sqrt((squares - float64(rest*rest)/count) / (count - 1))
}
