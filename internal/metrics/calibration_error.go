package metrics

import "math"

// calibrationBins is the number of bins of equal width.
const calibrationBins = 10

// calibrationError is the expected calibration error: the mean over the rows of
// how far, in their bin, the share of what happened is from the mean of what the
// model said.
type calibrationError struct {
	// gap is by place what happened, 0 or 1, less the probability that the model gave it.
	gap    []float64
	bin    []uint8
	weight []float64 // by place; nil if all rows count alike
}

func prepareCalibrationError(s *sample) (statistic, error) {
	gap, err := s.whole.column("calibration gap", calibrationGap)
	if err != nil {
		return nil, err
	}
	said, err := s.whole.column("confidence", confidence)
	if err != nil {
		return nil, err
	}
	c := &calibrationError{gap: take(gap, s.rows), bin: make([]uint8, s.len()), weight: s.weight}
	for place, p := range take(said, s.rows) {
		c.bin[place] = binOf(p)
	}
	return c, nil
}

// binOf returns the bin that holds a probability. A bin holds its upper end.
func binOf(p float64) uint8 {
	width, bin := 1.0/calibrationBins, 0
	for bin < calibrationBins-1 && p > float64(float64(bin+1)*width) {
		bin++
	}
	return uint8(bin)
}

// confidence is the probability of label 1, or of the class that the model takes
// for the most likely.
func confidence(w *whole) ([]float64, error) {
	if !w.manyClasses() {
		return w.probabilities()
	}
	c, _, err := w.classProbabilities()
	if err != nil {
		return nil, err
	}
	best := make([]float64, w.set.Len())
	for _, column := range c.score {
		for row, p := range column {
			best[row] = max(best[row], p)
		}
	}
	return best, nil
}

// calibrationGap is whether the label is 1, or whether the most likely class is
// the label, less the confidence in it.
func calibrationGap(w *whole) ([]float64, error) {
	happened := func(int) bool { return false }
	if w.manyClasses() {
		c := w.classes()
		likely, err := w.highest(c)
		if err != nil {
			return nil, err
		}
		if err := w.labelled(); err != nil {
			return nil, err
		}
		labels := w.labels(c)
		happened = func(row int) bool { return likely[row] == labels[row] }
	} else {
		ones, err := w.ones()
		if err != nil {
			return nil, err
		}
		happened = func(row int) bool { return ones[row] }
	}
	said, err := w.column("confidence", confidence)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(said))
	for row, p := range said {
		out[row] = indicator(happened(row)) - p
	}
	return out, nil
}

func (c *calibrationError) sums(times []float64) (sums [calibrationBins]float64, total float64) {
	for place, gap := range c.gap {
		weight := float64(at(times, place) * at(c.weight, place))
		sums[c.bin[place]] += float64(weight * gap)
		total += weight
	}
	return sums, total
}

func (c *calibrationError) value(times []float64) float64 {
	sums, total := c.sums(times)
	off := 0.0
	for _, sum := range sums {
		off += math.Abs(sum)
	}
	return off / total
}

// influence is the gap, turned by the sign of its bin's, less the mean.
func (c *calibrationError) influence() []float64 {
	sums, _ := c.sums(nil)
	value := c.value(nil)
	out := make([]float64, len(c.gap))
	for place, gap := range c.gap {
		out[place] = math.Copysign(gap, gap*sums[c.bin[place]]) - value
	}
	return out
}

func (c *calibrationError) effects() []float64 { return c.gap }
