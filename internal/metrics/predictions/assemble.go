package predictions

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/muster-ci/muster/internal/metrics/input"
)

const (
	// manyLabels is the number of different labels from which they are numbers
	// only and no classes, if they all are numbers.
	manyLabels = 1 << 16
	// mostRows is the number of rows above which a file is no set of predictions.
	mostRows = 50_000_000
	// mostText is how many bytes all ids together can have.
	mostText = math.MaxUint32
)

// assembler puts parts together, in the order of the file.
type assembler struct {
	plan  *plan
	parts []*part
	rows  int
	text  int // bytes of ids
	// most is how many of those there can be: places in them are 32 bits long.
	most int

	classes       dictionary
	slice         []dictionary
	group, repeat dictionary
	clock         clock
	// decided says that there are many labels, numbers that they all are numbers.
	decided, numbers bool
}

func newAssembler(p *plan) *assembler {
	return &assembler{plan: p, most: mostText, slice: make([]dictionary, p.count(roleSlice))}
}

// add takes the next part; the error is the first mistake in it.
func (a *assembler) add(p *part) error {
	if len(p.ids.text) > a.most-a.text {
		p.rows, p.ids, p.err = 0, arena{}, a.errorOf(tooMuchText, "use shorter ids")
	}
	if p.clock != noClock && a.clock != noClock && p.clock != a.clock {
		p.cut(0, "time", otherClock(p.clock, a.clock))
	}
	if a.clock == noClock {
		a.clock = p.clock
	}
	a.addLabels(p)
	for i := range p.slice {
		a.slice[i].take(&p.slice[i])
	}
	a.group.take(&p.group)
	a.repeat.take(&p.repeat)
	a.parts = append(a.parts, p)
	a.rows += p.rows
	a.text += len(p.ids.text)
	switch {
	case p.err != nil:
		return p.err
	case a.rows > mostRows:
		return a.errorOf(fmt.Sprintf("has more than %d rows", mostRows), "evaluate on fewer rows")
	}
	return nil
}

func (a *assembler) errorOf(msg, hint string) error {
	return &input.FileError{Path: a.plan.path, Msg: msg, Hint: hint}
}

// cut leaves out the rows from one with a mistake on.
func (p *part) cut(row int, column string, f *fault) {
	p.err = p.at(p.line(row), column, f)
	p.rows = row
}

// take makes the codes of a part's column those of the whole.
func (d *dictionary) take(t *texts) {
	recode(t.codes, d.merge(t.dictionary.names))
	t.dictionary = dictionary{}
}

// addLabels makes the codes of labels and decisions those of the whole file.
func (a *assembler) addLabels(p *part) {
	names := p.classes.names
	p.classes = classDictionary{}
	switch {
	case p.labelNumber != nil:
		return
	case a.numbers:
		p.toNumbers(names)
		return
	}
	codes := a.classes.merge(names)
	recode(p.label, codes)
	recode(p.decision, codes)
	// What the first labels are decides, not where the file was cut into parts.
	decided := !a.decided && len(a.classes.names) > manyLabels
	a.decided = a.decided || decided
	if decided && !a.plan.classified() && allNumbers(a.classes.names[:manyLabels+1]) {
		a.numbers = true
		a.plan.numbers.Store(true)
		for _, p := range append(slices.Clone(a.parts), p) {
			p.toNumbers(a.classes.names)
		}
		a.classes = dictionary{}
	}
}

func allNumbers(names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool {
		_, ok := finiteNumber(name)
		return !ok
	})
}

// toNumbers replaces codes of classes by the numbers that they are.
func (p *part) toNumbers(names []string) {
	values := make([]float64, len(names))
	for i, name := range names {
		var ok bool
		if values[i], ok = finiteNumber(name); !ok {
			values[i] = math.NaN()
		}
	}
	p.labelNumber = make([]float64, 0, len(p.label))
	for row, code := range p.label[:p.rows] {
		if math.IsNaN(values[code]) {
			p.cut(row, p.plan.columns.Label, notNumber(names[code]))
			break
		}
		p.labelNumber = append(p.labelNumber, values[code])
	}
	p.label = nil
}

// finish makes the set; failed is the mistake that ended the file early, which
// comes after what is wrong with the rows before it.
func (a *assembler) finish(failed error) (*Set, error) {
	s := &Set{Name: a.plan.path, Columns: a.plan.columns, first: a.plan.first, records: a.plan.records}
	s.lines = a.lines()
	rows := a.ids()
	if _, repeats := a.plan.field(roleRepeat); repeats {
		a.repeats(s, rows)
	} else if err := s.unique(rows); err != nil {
		return nil, err
	}
	a.columns(s)
	if err := s.agree(); err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, failed
	}
	if a.rows == 0 {
		return nil, a.errorOf("has a header but no rows", "the evaluate stage must write one row for each example")
	}
	if err := a.check(s); err != nil {
		return nil, err
	}
	s.digest = sync.OnceValue(s.computeDigest)
	return s, nil
}

// ids puts the ids of all rows together.
func (a *assembler) ids() arena {
	all := arena{text: make([]byte, 0, a.text), ends: make([]uint32, 0, a.rows)}
	for _, p := range a.parts {
		base := uint32(len(all.text))
		for _, end := range p.ids.ends[:p.rows] {
			all.ends = append(all.ends, base+end)
		}
		if p.rows > 0 {
			all.text = append(all.text, p.ids.text[:p.ids.ends[p.rows-1]]...)
		}
		p.ids = arena{}
	}
	return all
}

// lines returns the line of each row, or nil if each has the next one.
func (a *assembler) lines() []int32 {
	next, usual := a.plan.first, true
	for _, p := range a.parts {
		usual = usual && (p.rows == 0 || (p.lines == nil && p.first == next))
		next += p.rows
	}
	if usual {
		return nil
	}
	lines := make([]int32, 0, a.rows)
	for _, p := range a.parts {
		for row := range p.rows {
			lines = append(lines, int32(p.line(row)))
		}
	}
	return lines
}

// columns puts the columns together.
func (a *assembler) columns(s *Set) {
	s.NumericIDs = !slices.ContainsFunc(a.parts, func(p *part) bool { return !p.whole })
	s.Label = gather(a, func(p *part) *[]int32 { return &p.label })
	s.Decision = gather(a, func(p *part) *[]int32 { return &p.decision })
	s.LabelNumber = gather(a, func(p *part) *[]float64 { return &p.labelNumber })
	s.Score = gather(a, func(p *part) *[]float64 { return &p.score })
	s.Weight = gather(a, func(p *part) *[]float64 { return &p.weight })
	s.Time = gather(a, func(p *part) *[]float64 { return &p.time })
	for i := range s.Columns.Values {
		s.Value = append(s.Value, gather(a, func(p *part) *[]float64 { return &p.value[i] }))
	}
	for i := range s.Columns.Slices {
		codes := gather(a, func(p *part) *[]int32 { return &p.slice[i].codes })
		s.Slice = append(s.Slice, Texts{Names: a.slice[i].names, Code: codes})
	}
	if s.Columns.Group != "" {
		s.Group = &Texts{Names: a.group.names, Code: gather(a, func(p *part) *[]int32 { return &p.group.codes })}
	}
	a.addClasses(s)
	if s.Label != nil {
		s.LabelNumber = numbers(s)
	}
}

// gather puts one column of all parts together, and frees the parts'.
func gather[T any](a *assembler, column func(*part) *[]T) []T {
	var out []T
	for _, p := range a.parts {
		values := column(p)
		if len(*values) == 0 {
			continue
		}
		if out == nil {
			out = make([]T, 0, a.rows)
		}
		out = append(out, (*values)[:p.rows]...)
		*values = nil
	}
	return out
}

// addClasses names the classes: those of the rows in the order in which they
// come, then those that have a column of scores and no row.
func (a *assembler) addClasses(s *Set) {
	codes := a.classes.merge(a.plan.classes)
	s.Classes = a.classes.names
	if len(codes) == 0 {
		return
	}
	s.ClassScore = make([][]float64, len(s.Classes))
	for i, code := range codes {
		s.ClassScore[code] = gather(a, func(p *part) *[]float64 { return &p.classScore[i] })
	}
}

// numbers reads the labels as numbers, if they all are.
func numbers(s *Set) []float64 {
	values := make([]float64, len(s.Classes))
	for i, name := range s.Classes {
		var ok bool
		if values[i], ok = finiteNumber(name); !ok {
			values[i] = math.NaN()
		}
	}
	out := make([]float64, len(s.Label))
	for row, code := range s.Label {
		if out[row] = values[code]; math.IsNaN(out[row]) {
			return nil
		}
	}
	return out
}

// check refuses what only the whole file shows.
func (a *assembler) check(s *Set) error {
	if s.Weight != nil && !slices.ContainsFunc(s.Weight, func(w float64) bool { return w > 0 }) {
		return s.ErrorOf(s.Columns.Weight, "every weight is 0", "give some rows a weight above 0")
	}
	return nil
}

// unique makes each row an item, and refuses an id that is there twice.
func (s *Set) unique(rows arena) error {
	s.Items = newIDs(rows)
	if rows.ordered() {
		return nil
	}
	x := s.Items.index
	x.build(rows)
	if x.twice < 0 {
		return nil
	}
	return s.ErrorAt(int(x.twice), s.Columns.ID,
		fmt.Sprintf("id %s is already in %s", input.Quote(rows.At(int(x.twice))), s.place(int(x.first))),
		"give every row an id of its own, or name the column that tells answers to one id apart as `repeat:` under predictions")
}

// place says where a row is.
func (s *Set) place(row int) string {
	if s.records {
		return fmt.Sprintf("row %d", s.Line(row))
	}
	return fmt.Sprintf("line %d", s.Line(row))
}
