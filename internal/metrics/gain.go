package metrics

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/muster-ci/muster/internal/result"
)

// ndcgAt is the metric that looks at the first k rows of a query; at all if k is 0.
func ndcgAt(k int) Definition {
	d := Definition{
		Name: "ndcg", Better: result.Higher, Task: Ranking, Unit: "share of the best gain", Min: 0, Max: 1,
		Formula: "mean over the queries (column `group:`) of DCG / best DCG; DCG = Σ label / log₂(place + 1), places by descending score, rows with one score sharing their places; 0 for a query without gain",
		Source:  "Järvelin & Kekäläinen 2002, ACM TOIS 20:422–446; ties by McSherry & Najork 2008, ECIR; scikit-learn 1.2, ndcg_score",
		prepare: func(s *sample) (statistic, error) { return s.ndcg(k) },
	}
	if k > 0 {
		d.Name = fmt.Sprintf("ndcg@%d", k)
		d.Formula += fmt.Sprintf("; only the first %d places count", k)
	}
	return d
}

// gains are the labels, which must not be negative.
func gains(w *whole) ([]float64, error) {
	labels, err := w.numbers()
	if err != nil {
		return nil, err
	}
	for row, label := range labels {
		if label < 0 {
			return nil, w.set.ErrorAt(row, w.set.Columns.Label, fmt.Sprintf("label %v is no gain", label), "write how relevant the row is, from 0")
		}
	}
	return labels, nil
}

// ndcg gives every place the value of its query, which it shares with the other
// rows of it.
func (s *sample) ndcg(k int) (*mean, error) {
	gain, err := s.whole.column("gain", gains)
	if err != nil {
		return nil, err
	}
	if s.set.Group == nil {
		return nil, s.set.ErrorOf("", "there is no column of queries", "name it as `group:`: rows with the same value are ranked against one another")
	}
	queries, err := s.queries()
	if err != nil {
		return nil, err
	}
	rank := take(s.whole.rankOf(), s.rows)
	gain = take(gain, s.rows)
	m := &mean{values: make([]float64, s.len()), weight: make([]float64, s.len()), share: make([]float64, s.len())}
	discount := discounts(queries, k)
	for _, places := range queries {
		value := gained(places, gain, rank, discount)
		for _, place := range places {
			m.values[place], m.share[place] = value, 1/float64(len(places))
			m.weight[place] = at(s.weight, int(place)) / float64(len(places))
		}
	}
	return m, nil
}

// queries divides the places by query, each by descending score.
func (s *sample) queries() ([][]int32, error) {
	r, err := s.ranking()
	if err != nil {
		return nil, err
	}
	codes := take(s.set.Group.Code, s.rows)
	next := make([]int, len(s.set.Group.Names)+1)
	for _, code := range codes {
		next[code+1]++
	}
	for code := range s.set.Group.Names {
		next[code+1] += next[code]
	}
	starts, all := slices.Clone(next), make([]int32, len(codes))
	for _, place := range slices.Backward(r.places) {
		code := codes[place]
		all[next[code]] = place
		next[code]++
	}
	var queries [][]int32
	for code := range s.set.Group.Names {
		if starts[code] < starts[code+1] {
			queries = append(queries, all[starts[code]:starts[code+1]])
		}
	}
	return queries, nil
}

// discounts are what the places of the longest query count.
func discounts(queries [][]int32, k int) []float64 {
	longest := 0
	for _, places := range queries {
		longest = max(longest, len(places))
	}
	out := make([]float64, longest)
	for i := range out {
		if k == 0 || i < k {
			out[i] = 1 / math.Log2(float64(i+2))
		}
	}
	return out
}

// gained is the discounted gain of one query over the best that there could be.
func gained(places []int32, gain []float64, rank []uint32, discount []float64) float64 {
	best := make([]float64, len(places))
	dcg := 0.0
	for start := 0; start < len(places); {
		end, sum, counts := start, 0.0, 0.0
		for ; end < len(places) && rank[places[end]] == rank[places[start]]; end++ {
			best[end] = gain[places[end]]
			sum += best[end]
			counts += discount[end]
		}
		dcg += float64(sum / float64(end-start) * counts)
		start = end
	}
	slices.SortFunc(best, func(a, b float64) int { return cmp.Compare(b, a) })
	ideal := 0.0
	for i, gain := range best {
		ideal += float64(gain * discount[i])
	}
	if ideal == 0 {
		return 0
	}
	return dcg / ideal
}
