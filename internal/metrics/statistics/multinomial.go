package statistics

// Multinomial draws tables of counts as resampling the rows behind them would:
// Σ counts rows, each of a cell with the chance count/Σ. It may be used by
// several goroutines.
type Multinomial struct {
	counts []float64
	total  float64
}

// NewMultinomial takes the counts of the cells, at least one of them above 0.
func NewMultinomial(counts []float64) *Multinomial {
	m := &Multinomial{counts: counts}
	for _, count := range counts {
		m.total += count
	}
	return m
}

// Draw fills in table b, which has as many cells as the counts. Each cell is
// binomial, given the cells before it (Davis 1993, Computational Statistics &
// Data Analysis 16:205–217).
func (m *Multinomial) Draw(table []float64, seed, b uint64) {
	u := uniform{Stream(seed, b)}
	rows, rest := m.total, m.total
	for i, count := range m.counts {
		switch {
		case count == 0 || rows == 0:
			table[i] = 0
		case count == rest:
			table[i] = rows
		default:
			table[i] = u.binomial(rows, count/rest)
		}
		rows -= table[i]
		rest -= count
	}
}
