package metrics

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strconv"

	"github.com/muster-ci/muster/internal/metrics/input"
)

// classes are what labels and decisions can be, sorted: by number if all are
// numbers, else by text. That is the order in which NumPy puts them.
type classes struct {
	names []string
	// code is the place of each of the set's classes.
	code []int32
	// score has the set's scores for each class; nil for a class without any.
	score [][]float64
}

func (w *whole) readClasses() *classes {
	c := &classes{names: slices.Clone(w.set.Classes), code: make([]int32, len(w.set.Classes))}
	if w.binary() {
		for _, name := range []string{"0", "1"} { // a file may lack one of them
			if !slices.Contains(c.names, name) {
				c.names = append(c.names, name)
			}
		}
	}
	sortClasses(c.names)
	place := make(map[string]int32, len(c.names))
	for i, name := range c.names {
		place[name] = int32(i)
	}
	c.score = make([][]float64, len(c.names))
	for i, name := range w.set.Classes {
		c.code[i] = place[name]
		if i < len(w.set.ClassScore) {
			c.score[place[name]] = w.set.ClassScore[i]
		}
	}
	return c
}

func sortClasses(names []string) {
	numbers := make(map[string]float64, len(names))
	for _, name := range names {
		number, err := strconv.ParseFloat(name, 64)
		if err != nil || math.IsNaN(number) {
			slices.Sort(names)
			return
		}
		numbers[name] = number
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(numbers[a], numbers[b]), cmp.Compare(a, b)) })
}

// scored counts the classes that have scores.
func (c *classes) scored() int {
	count := 0
	for _, column := range c.score {
		if column != nil {
			count++
		}
	}
	return count
}

// one returns the place of class 1, or −1.
func (c *classes) one() int { return slices.Index(c.names, "1") }

// marks gives each class a number that it has in every file.
func (c *classes) marks() []float64 {
	out := make([]float64, len(c.names))
	for i, name := range c.names {
		hash := fnv.New32a()
		_, _ = hash.Write([]byte(name))
		out[i] = float64(hash.Sum32())
	}
	return out
}

// decided is the class of each row, and the one that the model decided for.
type decided struct {
	label, decision []int32
	// once are the margins of the table where every row counts once.
	once func() *margins
}

// decide takes the column of decisions, else the class with the highest score
// (the first of several), else whether the score is at least the threshold.
func (w *whole) decide() (*decided, error) {
	if err := w.labelled(); err != nil {
		return nil, err
	}
	if w.set.Label == nil && !w.binary() {
		return nil, w.set.ErrorOf(w.set.Columns.Label, "the labels are numbers, not classes", "rmse, mae and r2 are for regression; for classes write them as text")
	}
	c := w.classes()
	decision, err := w.decision(c)
	if err != nil {
		return nil, err
	}
	return &decided{label: w.labels(c), decision: decision}, nil
}

func (w *whole) labels(c *classes) []int32 {
	if w.set.Label != nil {
		return recode(w.set.Label, c.code)
	}
	ones, _ := w.ones()
	return w.chosen(c, func(row int) bool { return ones[row] })
}

func (w *whole) decision(c *classes) ([]int32, error) {
	switch {
	case w.set.Decision != nil:
		return recode(w.set.Decision, c.code), nil
	case c.scored() >= 2:
		return w.highest(c)
	}
	return w.byThreshold(c)
}

// recode translates codes; it returns them as they are where they stay the same.
func recode(codes, to []int32) []int32 {
	same := true
	for from, code := range to {
		same = same && int(code) == from
	}
	if same {
		return codes
	}
	out := make([]int32, len(codes))
	for row, code := range codes {
		out[row] = to[code]
	}
	return out
}

// highest decides for the class with the highest score.
func (w *whole) highest(c *classes) ([]int32, error) {
	out := make([]int32, w.set.Len())
	best := make([]float64, len(out))
	first := true
	for class, column := range c.score {
		if column == nil {
			continue
		}
		if err := w.finite(column, "score", "score_"+c.names[class]); err != nil {
			return nil, err
		}
		for row, score := range column {
			if first || score > best[row] {
				out[row], best[row] = int32(class), score
			}
		}
		first = false
	}
	return out, nil
}

func (w *whole) byThreshold(c *classes) ([]int32, error) {
	if _, err := w.ones(); err != nil {
		return nil, err
	}
	if threshold := w.set.Columns.Threshold; threshold != nil {
		scores, err := w.scores()
		if err != nil {
			return nil, err
		}
		return w.chosen(c, func(row int) bool { return scores[row] >= *threshold }), nil
	}
	// Without a threshold of its own, 0.5 is one only for probabilities.
	scores, err := w.probabilities()
	if err != nil {
		return nil, err
	}
	return w.chosen(c, func(row int) bool { return scores[row] >= 0.5 }), nil
}

// chosen is class 1 where yes, else class 0.
func (w *whole) chosen(c *classes, yes func(row int) bool) []int32 {
	zero, one := int32(slices.Index(c.names, "0")), int32(c.one())
	out := make([]int32, w.set.Len())
	for row := range out {
		if out[row] = zero; yes(row) {
			out[row] = one
		}
	}
	return out
}

// decide takes the sample's rows.
func (s *sample) decide() (*decided, error) {
	all, err := s.whole.decisions()
	if err != nil {
		return nil, err
	}
	d := &decided{label: take(all.label, s.rows), decision: take(all.decision, s.rows)}
	d.summed(len(s.whole.classes().names), s.weight)
	return d, nil
}

// readTwoClasses refuses labels and decisions other than 0 and 1.
func (w *whole) readTwoClasses() error {
	const hint = "this metric is of class 1 against 0; for other classes use its _macro, _micro or _weighted variant"
	if err := w.labelled(); err != nil {
		return err
	}
	other := func(codes []int32, what, column string) error {
		for row, code := range codes {
			if name := w.set.Classes[code]; name != "0" && name != "1" {
				return w.set.ErrorAt(row, column, fmt.Sprintf("%s is neither 0 nor 1 (%s)", what, input.Quote(name)), hint)
			}
		}
		return nil
	}
	if err := other(w.set.Label, "label", w.set.Columns.Label); err != nil {
		return err
	}
	return other(w.set.Decision, "decision", w.set.Columns.Prediction)
}
