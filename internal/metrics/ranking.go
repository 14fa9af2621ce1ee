package metrics

import (
	"math"
	"math/bits"
)

// ranks are the rows of a set by ascending score, sorted once for all metrics
// and slices.
type ranks struct {
	rows []int32
	// rank is the place of a row's score among the different scores.
	rank []uint32
}

// rank sorts the scores. Equal scores stand in the order of the rows.
func (w *whole) rank() (*ranks, error) {
	scores, err := w.scores()
	if err != nil {
		return nil, err
	}
	keys := make([]uint64, len(scores))
	rows := make([]int32, len(scores))
	for row, score := range scores {
		keys[row], rows[row] = sortable(score), int32(row)
	}
	keys, rows = radixSort(keys, rows)
	r := &ranks{rows: rows, rank: make([]uint32, len(rows))}
	rank := uint32(0)
	for i, row := range rows {
		if i > 0 && keys[i] != keys[i-1] {
			rank++
		}
		r.rank[row] = rank
	}
	return r, nil
}

// sortable returns a number that is as much larger as the score: negative
// numbers have all bits turned, the others the sign.
func sortable(score float64) uint64 {
	b := math.Float64bits(score + 0) // −0 becomes 0
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

// radixSort sorts keys and takes the values along, from the least significant
// digit of 11 bits on; it leaves out digits in which all keys agree. Equal keys
// keep their order. The slices given are used as scratch.
func radixSort[K uint32 | uint64](keys []K, values []int32) ([]K, []int32) {
	const digit = 11
	var differ K
	for _, key := range keys {
		differ |= key ^ keys[0]
	}
	var otherKeys []K
	var otherValues []int32
	for shift := 0; shift < bits.Len64(uint64(differ)); shift += digit {
		if (differ>>shift)&(1<<digit-1) == 0 {
			continue
		}
		if otherKeys == nil {
			otherKeys, otherValues = make([]K, len(keys)), make([]int32, len(keys))
		}
		var next [1 << digit]int
		for _, key := range keys {
			next[(key>>shift)&(1<<digit-1)]++
		}
		place := 0
		for i, count := range next {
			next[i] = place
			place += count
		}
		for i, key := range keys {
			to := &next[(key>>shift)&(1<<digit-1)]
			otherKeys[*to], otherValues[*to] = key, values[i]
			*to++
		}
		keys, otherKeys = otherKeys, keys
		values, otherValues = otherValues, values
	}
	return keys, values
}

// ranking is a sample by ascending score.
type ranking struct {
	places []int32
	// last says whether a place is the last of those with its score.
	last []bool
}

// rank puts the sample's places in the order of the scores of the whole set.
func (s *sample) rank() (*ranking, error) {
	all, err := s.whole.ranks()
	if err != nil {
		return nil, err
	}
	if s.rows == nil {
		return &ranking{all.rows, lastOf(take(all.rank, all.rows))}, nil
	}
	places := make([]int32, len(s.rows))
	for place := range places {
		places[place] = int32(place)
	}
	sorted, places := radixSort(take(all.rank, s.rows), places)
	return &ranking{places, lastOf(sorted)}, nil
}

func lastOf(sorted []uint32) []bool {
	last := make([]bool, len(sorted))
	for i := range sorted {
		last[i] = i+1 == len(sorted) || sorted[i+1] != sorted[i]
	}
	return last
}

// tied returns where the places with the score of the one at start end.
func (r *ranking) tied(start int) int {
	for !r.last[start] {
		start++
	}
	return start + 1
}

// rankOf returns the rank of each row, once they were ranked without an error.
func (w *whole) rankOf() []uint32 {
	r, _ := w.ranks()
	return r.rank
}
