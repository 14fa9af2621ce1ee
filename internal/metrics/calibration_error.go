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
	all, err := s.whole.calibration()
	if err != nil {
		return nil, err
	}
	return &calibrationError{take(all.gap, s.rows), take(all.bin, s.rows), s.weight}, nil
}

// binOf returns the bin that holds a probability. A bin holds its upper end.
func binOf(p float64) uint8 {
	width, bin := 1.0/calibrationBins, 0
	for bin < calibrationBins-1 && p > float64(float64(bin+1)*width) {
		bin++
	}
	return uint8(bin)
}

// calibrate compares what happened with what the model said: of label 1, or of
// the class that the model takes for the most likely.
func (w *whole) calibrate() (*calibrationError, error) {
	happened, said, err := w.outcomes()
	if err != nil {
		return nil, err
	}
	c := &calibrationError{gap: make([]float64, len(said)), bin: make([]uint8, len(said))}
	for row, p := range said {
		c.gap[row], c.bin[row] = indicator(happened[row])-p, binOf(p)
	}
	return c, nil
}

func (w *whole) outcomes() (happened []bool, said []float64, err error) {
	if w.manyClasses() {
		return w.likely()
	}
	if happened, err = w.ones(); err != nil {
		return nil, nil, err
	}
	said, err = w.probabilities()
	return happened, said, err
}

// likely says whether the most likely class is the label, and how likely it is.
func (w *whole) likely() (right []bool, said []float64, err error) {
	c, labels, err := w.classProbabilities()
	if err != nil {
		return nil, nil, err
	}
	highest, err := w.highest(c)
	if err != nil {
		return nil, nil, err
	}
	right, said = make([]bool, len(labels)), make([]float64, len(labels))
	for row, class := range highest {
		right[row], said[row] = class == labels[row], c.score[class][row]
	}
	return right, said, nil
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
