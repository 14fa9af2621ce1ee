package predictions

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/muster-ci/muster/internal/metrics/input"
)

// part is some rows of a file, one after the other. Parts are made by several
// cores at once and know nothing of one another.
type part struct {
	plan *plan
	// first is the line of the first row; lines is nil while each row has the next one.
	first int
	rows  int
	lines []int32

	ids arena
	// whole says that all ids are whole numbers.
	whole bool

	classes         classDictionary
	label, decision []int32
	// labelNumber is used instead of label once the labels are known to be many numbers.
	labelNumber  []float64
	score        []float64
	classScore   [][]float64
	value        [][]float64
	weight, time []float64
	clock        clock
	slice        []texts
	group        texts
	repeat       texts

	// err is the mistake in the row after the last.
	err error
}

// texts is a column of texts that are often the same.
type texts struct {
	dictionary dictionary
	codes      []int32
}

func newPart(p *plan, first int) *part {
	return &part{
		plan: p, first: first, whole: true,
		classScore: make([][]float64, p.count(roleClassScore)),
		value:      make([][]float64, p.count(roleValue)),
		slice:      make([]texts, p.count(roleSlice)),
	}
}

// done ends a row that was added whole.
func (p *part) done(line int) {
	if p.lines == nil && line != p.first+p.rows {
		for i := range p.rows {
			p.lines = append(p.lines, int32(p.first+i))
		}
	}
	if p.lines != nil || line != p.first+p.rows {
		p.lines = append(p.lines, int32(line))
	}
	p.rows++
}

// line returns the line of a row.
func (p *part) line(row int) int {
	if p.lines == nil {
		return p.first + row
	}
	return int(p.lines[row])
}

// fault is what is wrong with a cell; where it is, the reader knows.
type fault struct{ msg, hint string }

func (p *part) at(line int, column string, f *fault) error {
	return &input.FileError{Path: p.plan.path, Line: line, Column: column, Msg: f.msg, Hint: f.hint}
}

// add takes a cell into its column.
func (p *part) add(f *field, c cell) *fault {
	switch c.kind {
	case missing:
		return &fault{f.what + " is missing (null)", f.hint()}
	case nested:
		return &fault{f.what + " is a list or an object", f.hint()}
	}
	switch f.role {
	case roleID:
		return p.addID(f, c)
	case roleLabel:
		return p.addLabel(f, c)
	case roleDecision:
		return p.addClass(f, c, &p.decision)
	case roleScore:
		return addNumber(f, c, &p.score)
	case roleClassScore:
		return addNumber(f, c, &p.classScore[f.index])
	case roleValue:
		return addNumber(f, c, &p.value[f.index])
	case roleWeight:
		return p.addWeight(f, c)
	case roleTime:
		return p.addTime(f, c)
	case roleSlice:
		return addText(c, &p.slice[f.index])
	case roleGroup:
		return addName(f, c, &p.group)
	default:
		return addName(f, c, &p.repeat)
	}
}

// hint says what a column must have.
func (f *field) hint() string {
	switch f.role {
	case roleID:
		return "give every row an id that is the same for every model"
	case roleLabel, roleDecision:
		return "leave rows without a " + f.what + " out of the evaluation data"
	case roleScore, roleClassScore:
		return "the model must give every row a finite number"
	case roleValue:
		return "give every row a finite number"
	case roleWeight:
		return "give every row a finite weight of 0 or more"
	case roleTime:
		return "give every row a number, or a date or time as 2006-01-02T15:04:05Z"
	default:
		return "give every row a value, such as unknown"
	}
}

// tooMuchText is the mistake of a file whose ids have more than mostText bytes.
const tooMuchText = "ids have more than 4 GiB together"

func (p *part) addID(f *field, c cell) *fault {
	switch c.kind {
	case integer:
		p.ids.text = strconv.AppendInt(p.ids.text, c.int, 10)
		p.ids.ends = append(p.ids.ends, uint32(len(p.ids.text)))
		return nil
	case floating:
		if fault := finite(f, c.real); fault != nil {
			return fault
		}
	}
	id := c.String()
	if c.kind == floating || c.kind == decimal {
		id = wholeNumber(id) // pandas makes 7.0 of 7 where another row has none
	}
	if strings.TrimSpace(id) == "" {
		return &fault{"id is empty", f.hint()}
	}
	if fault := checkText(id); fault != nil {
		return fault
	}
	if len(id) > mostText-len(p.ids.text) { // a dictionary may repeat a long one without end
		return &fault{tooMuchText, "use shorter ids"}
	}
	p.whole = p.whole && (c.kind == floating || c.kind == decimal || (c.kind == untyped && isWhole(id)))
	p.ids.add(id)
	return nil
}

// addLabel takes a label as a class, or as a number where there are too many for classes.
func (p *part) addLabel(f *field, c cell) *fault {
	if p.labelNumber == nil && (p.rows > 0 || !p.plan.numbers.Load()) {
		return p.addClass(f, c, &p.label)
	}
	value, ok := c.real, c.kind == floating
	if !ok {
		value, ok = finiteNumber(canonicalLabel(c.String()))
	}
	if !ok || math.IsNaN(value) || math.IsInf(value, 0) {
		if fault := p.addClass(f, c, &p.label); fault != nil {
			return fault
		}
		return notNumber(c.String())
	}
	p.labelNumber = append(p.labelNumber, value)
	return nil
}

// notNumber is the fault of a label that is text where very many before are numbers.
func notNumber(text string) *fault {
	return &fault{
		fmt.Sprintf("label is not a finite number (%s), but more than %d different numbers are", input.Quote(text), manyLabels),
		"write labels that are all numbers, or all classes",
	}
}

// addClass takes a label or a decision.
func (p *part) addClass(f *field, c cell, to *[]int32) *fault {
	text := c.String()
	if fault := checkText(text); fault != nil {
		return fault
	}
	code, ok := p.classes.code(text)
	if !ok {
		return &fault{fmt.Sprintf("%s is missing (%s)", f.what, input.Quote(text)), f.hint()}
	}
	*to = append(*to, code)
	return nil
}

func addText(c cell, to *texts) *fault {
	text := c.String()
	if fault := checkText(text); fault != nil {
		return fault
	}
	to.codes = append(to.codes, to.dictionary.code(text))
	return nil
}

// addName takes a text that says what belongs together: nothing is no such text.
func addName(f *field, c cell, to *texts) *fault {
	if c.kind == untyped || c.kind == textual {
		if strings.TrimSpace(c.text) == "" {
			return &fault{f.what + " is empty", f.hint()}
		}
	}
	return addText(c, to)
}

func addNumber(f *field, c cell, to *[]float64) *fault {
	value, fault := number(f, c)
	if fault != nil {
		return fault
	}
	*to = append(*to, value)
	return nil
}

func (p *part) addWeight(f *field, c cell) *fault {
	value, wrong := number(f, c)
	if wrong != nil {
		return wrong
	}
	if value < 0 {
		return &fault{fmt.Sprintf("weight is below 0 (%v)", value), f.hint()}
	}
	p.weight = append(p.weight, value)
	return nil
}

// number reads a finite number.
func number(f *field, c cell) (float64, *fault) {
	switch c.kind {
	case floating:
		return c.real, finite(f, c.real)
	case integer:
		return float64(c.int), nil
	case untyped, decimal:
	default:
		return 0, &fault{fmt.Sprintf("%s is not a number but %s", f.what, c.describe()), f.hint()}
	}
	text := strings.TrimSpace(c.text)
	value, err := strconv.ParseFloat(text, 64)
	switch {
	case text == "":
		return 0, &fault{f.what + " is empty", f.hint()}
	case math.IsNaN(value):
		return 0, &fault{f.what + " is NaN", f.hint()}
	case math.IsInf(value, 0):
		return 0, &fault{fmt.Sprintf("%s is not finite (%s)", f.what, input.Quote(text)), f.hint()}
	case err != nil:
		return 0, &fault{fmt.Sprintf("%s is not a number (%s)", f.what, input.Quote(text)), f.hint()}
	}
	return value, nil
}

func finite(f *field, value float64) *fault {
	switch {
	case math.IsNaN(value):
		return &fault{f.what + " is NaN", f.hint()}
	case math.IsInf(value, 0):
		return &fault{fmt.Sprintf("%s is not finite (%v)", f.what, value), f.hint()}
	}
	return nil
}

// describe says what kind of value a cell is.
func (c cell) describe() string {
	switch c.kind {
	case boolean:
		return strings.ToLower(c.text)
	case instant:
		return "a time"
	}
	return "text (" + input.Quote(c.text) + ")"
}

func (p *part) addTime(f *field, c cell) *fault {
	var value float64
	how := counted
	switch c.kind {
	case instant:
		value, how = float64(c.int), local
	case textual:
		value, how = parseTime(strings.TrimSpace(c.text))
	case untyped:
		if text := strings.TrimSpace(c.text); len(text) >= len("2006-01-02") {
			value, how = parseTime(text)
			if how != noClock {
				break
			}
			how = counted
		}
		fallthrough
	default:
		var wrong *fault
		if value, wrong = number(f, c); wrong != nil {
			return wrong
		}
	}
	switch {
	case how == noClock:
		return &fault{fmt.Sprintf("time is neither a number nor a date or time (%s)", input.Quote(c.text)), f.hint()}
	case p.clock != noClock && how != p.clock:
		return otherClock(how, p.clock)
	}
	p.clock = how
	p.time = append(p.time, value)
	return nil
}

// otherClock is the fault of a file that writes times in two ways.
func otherClock(how, before clock) *fault {
	return &fault{fmt.Sprintf("time is %s where rows before have %s", how, before), "write all times in one way"}
}

// checkText refuses what JSON could not carry unchanged.
func checkText(text string) *fault {
	if utf8.ValidString(text) {
		return nil
	}
	return &fault{input.Quote(text) + " is not UTF-8", "write the file as UTF-8"}
}
