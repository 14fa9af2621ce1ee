package calibration

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/metrics/statistics"
)

// lab makes pairs of models of which it is known how good they are.
//
// A rival of the champion is either the other model, or answers as follows: to
// each row what the champion answered to a row of the same label, near in rank.
// Ranks go together as two normal variables of a given correlation do (the
// binormal model of paired readings: Hanley & McNeil 1983, Radiology
// 148:839–843; Metz, Wang & Kronman 1984). So what the rival answers to the rows
// of a label is distributed as what the champion does.
//
// Then, for each unit by the toss of a coin, champion and rival change places
// (Pitman 1937; Noreen 1989, Computer-Intensive Methods for Testing Hypotheses,
// chapter 2). After that no metric and no slice can favour either.
type lab struct {
	champion, other *predictions.Set
	own, others     *ranking // others is nil without a second model
	units           units
	noise           noise
	correlation     float64
	// numbers is true where answers are numbers that are to be near the label.
	numbers bool
	// value is the column of values by which answers are good or bad, where nothing else says so.
	value     int
	valueSign float64
	foreign   bool
	elsewhere [][]int32 // the rows of other labels, by stratum; for foreign answers
	seed      uint64
}

func newLab(request Request, other *predictions.Set) *lab {
	l := &lab{champion: request.Champion, other: other, correlation: request.Correlation, seed: request.Options.Seed}
	l.recognise(request.Specs)
	stratum := strata(l.champion, l.numbers)
	l.own = newRanking(stratum, l.quality(l.champion))
	if other != nil {
		l.others = newRanking(stratum, l.quality(other))
	}
	l.units = unitsOf(l.champion, l.own.normal)
	l.noise = newNoise(l.champion, l.own.normal)
	if len(l.own.order) > 1 {
		l.elsewhere = l.outside()
	}
	return l
}

// recognise finds out from the metrics what answers are, gated ones first.
func (l *lab) recognise(specs []metrics.Spec) {
	l.valueSign = 1
	valued := false
	for _, spec := range append(gated(specs), specs...) {
		definition, err := metrics.LookupIn(l.champion, spec.Metric)
		if err != nil {
			continue // that is a problem of the comparison already
		}
		if definition.Task == metrics.Regression && l.champion.Score != nil && l.champion.LabelNumber != nil {
			l.numbers = true
		}
		if at := slices.Index(l.champion.Columns.Values, spec.Metric); at >= 0 && !valued {
			better := cmp.Or(spec.Better, definition.Better)
			l.value, l.valueSign, valued = at, turned(better), true
		}
	}
}

func gated(specs []metrics.Spec) []metrics.Spec {
	return slices.DeleteFunc(slices.Clone(specs), func(spec metrics.Spec) bool { return !spec.Gated })
}

// outside lists for each label the rows of the others.
func (l *lab) outside() [][]int32 {
	out := make([][]int32, len(l.own.order))
	if len(out) > 50 { // many classes: any row is nearly always one of another
		return nil
	}
	for stratum := range out {
		for row, s := range l.own.stratum {
			if int(s) != stratum {
				out[stratum] = append(out[stratum], int32(row))
			}
		}
	}
	return out
}

// model is what a made model answers to each row: what a real one answered to another.
type model struct {
	row   []int32
	other []bool // whether the real one is the other model
	scale float64
}

// pair makes a champion and a candidate, equal but for how much worse the
// candidate is made: strength 0 is not at all. The same trial of another
// strength is the same pair, made worse.
func (l *lab) pair(trial uint64, strength float64) (candidate, champion model) {
	random := l.random(trial)
	n := l.champion.Len()
	rival := l.rival(random)
	candidate, champion = newModel(n), newModel(n)
	for _, rows := range l.units.rows {
		swap := random.Uint64()&1 == 1
		for _, row := range rows {
			if swap {
				candidate.row[row], champion.row[row] = rival.row[row], row
				candidate.other[row] = rival.other[row]
			} else {
				candidate.row[row], champion.row[row] = row, rival.row[row]
				champion.other[row] = rival.other[row]
			}
		}
	}
	l.worsen(&candidate, strength, random)
	return candidate, champion
}

// random is the stream of a trial.
func (l *lab) random(trial uint64) *rand.Rand {
	return rand.New(statistics.Stream(l.seed^ownStreams, trial))
}

// hardest is the strength beyond which answers do not get worse.
func (l *lab) hardest() float64 {
	switch {
	case l.numbers:
		return 100 // errors a hundred times as large
	case l.foreign:
		return 1 // every row
	default:
		return 6 // below the last of a million, in rank
	}
}

func newModel(n int) model {
	return model{row: make([]int32, n), other: make([]bool, n), scale: 1}
}

// rival is the other model, or one that answers like the champion but not the same.
func (l *lab) rival(random *rand.Rand) model {
	m := newModel(l.champion.Len())
	if l.other != nil {
		for row := range m.row {
			m.row[row], m.other[row] = int32(row), true
		}
		return m
	}
	noise := l.noise.draw(random)
	rest := math.Sqrt(1 - l.correlation*l.correlation)
	for row := range m.row {
		normal := float64(l.correlation*l.own.normal[row]) + float64(rest*noise[row])
		m.row[row] = l.own.at(l.own.stratum[row], normal)
	}
	return m
}

// worsen makes a model worse everywhere: to each row it answers what it would to
// one of the same label that it finds harder, so much further down in rank;
// errors of numbers grow by that share. Where the champion has no worse answers
// to give, that share of rows gets an answer to a row of another label.
func (l *lab) worsen(m *model, strength float64, random *rand.Rand) {
	switch {
	case strength == 0:
	case l.numbers:
		m.scale = 1 + strength
	case l.foreign:
		for row := range m.row {
			at := random.Float64()
			if place := random.Uint64(); at < strength {
				m.row[row] = l.strange(row, place)
			}
		}
	default:
		for row, from := range m.row {
			ranking := l.own
			if m.other[row] {
				ranking = l.others
			}
			m.row[row] = ranking.at(ranking.stratum[row], ranking.normal[from]-strength)
		}
	}
}

// strange picks a row of another label.
func (l *lab) strange(row int, chance uint64) int32 {
	rows := l.elsewhere[l.own.stratum[row]]
	if len(rows) == 0 {
		return int32(row)
	}
	return rows[chance%uint64(len(rows))]
}

// write puts a model's answers down as predictions.
func (l *lab) write(m model) *predictions.Set {
	out := *l.champion
	from := func(row int) *predictions.Set {
		if m.other[row] {
			return l.other
		}
		return l.champion
	}
	n := len(m.row)
	if out.Score != nil {
		out.Score = make([]float64, n)
		for row, donor := range m.row {
			out.Score[row] = l.score(from(row), row, int(donor), m.scale)
		}
	}
	if out.Decision != nil {
		out.Decision = make([]int32, n)
		for row, donor := range m.row {
			out.Decision[row] = from(row).Decision[donor]
		}
	}
	out.ClassScore = columns(out.ClassScore, n, func(column, row int) float64 {
		if c := from(row).ClassScore[column]; c != nil {
			return c[m.row[row]]
		}
		return 0
	})
	out.Value = columns(out.Value, n, func(column, row int) float64 { return from(row).Value[column][m.row[row]] })
	return &out
}

// score is the answer to a row of a model that errs as it did at the donor.
func (l *lab) score(set *predictions.Set, row, donor int, scale float64) float64 {
	if !l.numbers || donor == row && scale == 1 {
		return set.Score[donor]
	}
	return set.LabelNumber[row] + float64(scale*(set.Score[donor]-set.LabelNumber[donor]))
}

func columns(like [][]float64, n int, value func(column, row int) float64) [][]float64 {
	if like == nil {
		return nil
	}
	out := make([][]float64, len(like))
	for c := range like {
		if like[c] == nil {
			continue
		}
		out[c] = make([]float64, n)
		for row := range n {
			out[c][row] = value(c, row)
		}
	}
	return out
}

// disagreement is the share of rows on which two models decide differently, and
// whether answers are decisions at all.
func disagreement(a, b *predictions.Set) (float64, bool) {
	decide := decisions(a)
	other := decisions(b)
	if decide == nil || other == nil {
		return 0, false
	}
	count := 0
	for row := range a.Len() {
		if decide(row) != other(row) {
			count++
		}
	}
	return float64(count) / float64(a.Len()), true
}

// decisions says what a model decides, by class; nil if it decides nothing.
func decisions(set *predictions.Set) func(row int) int32 {
	switch {
	case set.Decision != nil:
		return func(row int) int32 { return set.Decision[row] }
	case set.Label != nil && set.Score != nil && binary(set):
		threshold := 0.5
		if set.Columns.Threshold != nil {
			threshold = *set.Columns.Threshold
		}
		return func(row int) int32 { return int32(max(sign(set.Score[row] >= threshold), 0)) }
	case set.Label != nil && set.ClassScore != nil:
		return func(row int) int32 { return likeliest(set.ClassScore, row) }
	}
	return nil
}

func likeliest(columns [][]float64, row int) int32 {
	best, highest := -1, math.Inf(-1)
	for class, column := range columns {
		if column != nil && column[row] > highest {
			best, highest = class, column[row]
		}
	}
	return int32(best)
}
