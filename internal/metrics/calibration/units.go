package calibration

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/metrics/statistics"
)

// units are what is exchanged as a whole: rows that depend on one another stay together.
type units struct {
	name string
	rows [][]int32
}

// unitsOf finds them as the comparison does: groups, blocks of time, the answers
// to one item, or single rows.
func unitsOf(set *predictions.Set, normal []float64) units {
	switch {
	case set.Group != nil:
		return units{"groups", gathered(set.Group.Code)}
	case set.Time != nil:
		return units{"blocks", blocks(set.Time, normal)}
	case set.Item != nil:
		return units{"items", gathered(set.Item)}
	}
	single := make([][]int32, set.Len())
	every := make([]int32, set.Len())
	for row := range every {
		every[row] = int32(row)
		single[row] = every[row : row+1 : row+1]
	}
	return units{"rows", single}
}

// gathered lists the rows of each code, in the order in which codes appear.
func gathered(code []int32) [][]int32 {
	place := make(map[int32]int)
	var out [][]int32
	for row, c := range code {
		at, there := place[c]
		if !there {
			at, place[c] = len(out), len(out)
			out = append(out, nil)
		}
		out[at] = append(out[at], int32(row))
	}
	return out
}

// blocks are runs of neighbours in time; what happened at one time stays
// together. They are as long as the champion's answers depend on one another.
func blocks(time, normal []float64) [][]int32 {
	var moments [][]int32
	var level []float64
	for _, row := range chronological(time) {
		if last := len(moments) - 1; last >= 0 && time[moments[last][0]] == time[row] {
			moments[last] = append(moments[last], row)
			continue
		}
		moments = append(moments, []int32{row})
	}
	for _, rows := range moments {
		sum := 0.0
		for _, row := range rows {
			sum += normal[row]
		}
		level = append(level, sum/float64(len(rows)))
	}
	var out [][]int32
	for block := range slices.Chunk(moments, statistics.BlockLength(level)) {
		out = append(out, slices.Concat(block...))
	}
	return out
}

func chronological(time []float64) []int32 {
	order := make([]int32, len(time))
	for row := range order {
		order[row] = int32(row)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(time[a], time[b]) })
	return order
}

// noise draws a normal variable for each row, which depends on those of other
// rows as much as the champion's own answers do on one another.
type noise struct {
	rows int
	// group is the group of each row and shared the part of the variance that a group has in common.
	group  []int32
	groups int
	shared float64
	// order is that of time and after the correlation of neighbours in it.
	order []int32
	after float64
}

func newNoise(set *predictions.Set, normal []float64) noise {
	n := noise{rows: set.Len()}
	switch {
	case set.Group != nil:
		n.group, n.groups = set.Group.Code, len(set.Group.Names)
	case set.Time != nil:
		n.order = chronological(set.Time)
		n.after = neighbours(n.order, normal)
		return n
	case set.Item != nil:
		n.group, n.groups = set.Item, set.Items.Len()
	}
	if n.group != nil {
		n.shared = common(gathered(n.group), normal)
	}
	return n
}

func (n noise) draw(random *rand.Rand) []float64 {
	out := make([]float64, n.rows)
	for row := range out {
		out[row] = random.NormFloat64()
	}
	switch {
	case n.shared > 0:
		share := make([]float64, n.groups)
		for g := range share {
			share[g] = random.NormFloat64()
		}
		all, own := math.Sqrt(n.shared), math.Sqrt(1-n.shared)
		for row := range out {
			out[row] = float64(all*share[n.group[row]]) + float64(own*out[row])
		}
	case n.after > 0:
		fresh, last := math.Sqrt(1-n.after*n.after), 0.0
		for i, row := range n.order {
			if i > 0 {
				out[row] = float64(n.after*last) + float64(fresh*out[row])
			}
			last = out[row]
		}
	}
	return out
}

// common is the intraclass correlation of values in groups, by the analysis of
// variance (Donner 1986, International Statistical Review 54:67–82, section 2.1),
// from 0 to 1.
func common(groups [][]int32, values []float64) float64 {
	total, n := mean(values), float64(len(values))
	var between, within, squares float64
	for _, rows := range groups {
		sum := 0.0
		for _, row := range rows {
			sum += values[row]
		}
		size := float64(len(rows))
		center := sum / size
		between += float64(size * (center - total) * (center - total))
		squares += float64(size * size)
		for _, row := range rows {
			within += float64((values[row] - center) * (values[row] - center))
		}
	}
	k := float64(len(groups))
	if k < 2 || n <= k {
		return 0
	}
	size := (n - squares/n) / (k - 1)
	between, within = between/(k-1), within/(n-k)
	if !(between+(size-1)*within > 0) {
		return 0
	}
	return min(max((between-within)/(between+(size-1)*within), 0), 1)
}

// neighbours is the correlation of values that follow one another, from 0 to 0.99.
func neighbours(order []int32, values []float64) float64 {
	center := mean(values)
	var products, squares float64
	for i, row := range order {
		own := values[row] - center
		squares += float64(own * own)
		if i > 0 {
			products += float64(own * (values[order[i-1]] - center))
		}
	}
	if !(squares > 0) {
		return 0
	}
	return min(max(products/squares, 0), 0.99)
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
