package metrics

// manyCells is the number of cells from which a table is no shorter way to its
// metrics than the rows.
const manyCells = 4096

// table counts the rows of two models by label and both decisions: all that the
// metrics of decisions depend on where every row is a unit.
type table struct {
	counts              []float64
	candidate, champion *decided // by cell
	// gained and lost count the rows that only one of the models has right,
	// differing those in which they decided otherwise, of each label.
	gained, lost float64
	differing    map[string]float64
}

// newTable counts a subset's rows. It is nil where there are too many cells, and
// where decisions cannot be had, which computing the metric then explains.
func newTable(s *subset) *table {
	if !s.plain || len(s.candidates) != 1 || len(s.champions) != 1 {
		return nil
	}
	mine, theirs := s.candidates[0].sample, s.champions[0].sample
	a, errA := mine.decision()
	b, errB := theirs.decision()
	if errA != nil || errB != nil {
		return nil
	}
	x, y := mine.whole.classes().names, theirs.whole.classes().names
	n := newNumbering(len(x) * len(x) * len(y))
	for place, label := range a.label {
		n.add((int(label)*len(x)+int(a.decision[place]))*len(y)+int(b.decision[place]), place)
		if len(n.first) > manyCells {
			return nil
		}
	}
	t := &table{counts: n.counts, candidate: a.collapse(n.first, n.counts, len(x)), champion: b.collapse(n.first, n.counts, len(y))}
	t.tell(x, y)
	return t
}

// tell counts what the cells say about the two models.
func (t *table) tell(mine, theirs []string) {
	t.differing = make(map[string]float64)
	for cell, count := range t.counts {
		label, own, other := mine[t.candidate.label[cell]], mine[t.candidate.decision[cell]], theirs[t.champion.decision[cell]]
		switch {
		case own == other:
			continue
		case label == own:
			t.gained += count
		case label == other:
			t.lost += count
		}
		t.differing[label] += count
	}
}

// side returns the cells of the candidate (0) or the champion (1).
func (t *table) side(i int) *decided {
	if i == 0 {
		return t.candidate
	}
	return t.champion
}

// collapse takes a place for each cell, which stands for so many rows.
func (d *decided) collapse(cells []int32, counts []float64, classes int) *decided {
	c := &decided{label: take(d.label, cells), decision: take(d.decision, cells)}
	c.summed(classes, counts)
	return c
}

// collapsed is the metric on cells that stand for so many rows each.
func (c *contingency) collapsed(cells *decided, counts []float64) *contingency {
	return &contingency{decided: cells, weight: counts, classes: c.classes, of: c.of, hits: c.hits}
}

// numbering gives keys numbers in the order in which they come, and counts them.
type numbering struct {
	dense  []int32 // number + 1 by key, where there are few keys
	sparse map[int]int32
	first  []int32 // the place at which each came first
	counts []float64
}

func newNumbering(keys int) *numbering {
	if keys > 1<<16 {
		return &numbering{sparse: make(map[int]int32)}
	}
	return &numbering{dense: make([]int32, keys)}
}

// add counts a key and returns its number.
func (n *numbering) add(key, place int) int32 {
	var number int32
	if n.dense != nil {
		number = n.dense[key]
	} else {
		number = n.sparse[key]
	}
	if number == 0 {
		n.first, n.counts = append(n.first, int32(place)), append(n.counts, 0)
		number = int32(len(n.first))
		if n.dense != nil {
			n.dense[key] = number
		} else {
			n.sparse[key] = number
		}
	}
	n.counts[number-1]++
	return number - 1
}
