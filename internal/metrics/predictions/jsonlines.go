package predictions

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/muster-ci/muster/internal/metrics/input"
)

// objects reads JSON lines: an object on each line. Objects within become
// dotted names, so that {"score": {"cat": 0.9}} has a column score.cat.
type objects struct {
	path  string
	plan  *plan
	limit int // of a line's length
	// slots are the places of the wanted columns among the cells of a row, by name.
	slots map[string]int
	// slot is the place of each field of the plan.
	slot []int
}

// readObjects reads a file of JSON lines.
func readObjects(path string, columns Columns, b *blocks) (*Set, error) {
	o := &objects{path: path, limit: b.longest}
	for {
		first, err := b.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil, isEmpty(path)
		case err != nil:
			return nil, readError(path, err)
		case strings.TrimSpace(first.text) == "":
			continue
		}
		if err := o.heading(first, columns); err != nil {
			return nil, err
		}
		a := newAssembler(o.plan)
		failed := a.add(o.rows(first))
		if failed == nil {
			failed = a.parse(b, o.rows)
		}
		return a.finish(failed)
	}
}

// heading takes the columns from the first object.
func (o *objects) heading(b block, columns Columns) error {
	var names []string
	err := eachLine(b, func(line int, text string) error {
		if fault := o.check(text); fault != nil {
			return o.fault(line, fault)
		}
		scan(text, func(name string, c cell) {
			if c.kind != nested || c.text == "[" {
				names = append(names, strings.Clone(name))
			}
		})
		var err error
		if o.plan, err = newPlan(columns, heading{path: o.path, line: line, names: names, first: 1}); err != nil {
			return err
		}
		return io.EOF // the other lines are read later
	})
	if !errors.Is(err, io.EOF) {
		return err
	}
	o.slots = make(map[string]int)
	for _, f := range o.plan.fields {
		if _, ok := o.slots[f.name]; !ok {
			o.slots[f.name] = len(o.slots)
		}
		o.slot = append(o.slot, o.slots[f.name])
	}
	return nil
}

// eachLine passes on the lines that are not blank, until there is an error.
func eachLine(b block, do func(line int, text string) error) error {
	line := b.line
	for text := range strings.Lines(b.text) {
		if text = strings.TrimSpace(text); text != "" {
			if err := do(line, text); err != nil {
				return err
			}
		}
		line++
	}
	return nil
}

// rows parses the lines of a block.
func (o *objects) rows(b block) *part {
	p := newPart(o.plan, b.line)
	if b.cut {
		p.err = o.fault(b.line, tooLong(o.limit))
		return p
	}
	row := &objectRow{objects: o, part: p, cells: make([]cell, len(o.slots)), there: make([]bool, len(o.slots))}
	p.err = eachLine(b, row.add)
	return p
}

func (o *objects) fault(line int, f *fault) error {
	return &input.FileError{Path: o.path, Line: line, Msg: f.msg, Hint: f.hint}
}

// objectRow collects the cells of one line after the other.
type objectRow struct {
	*objects
	part  *part
	cells []cell
	there []bool
	wrong *fault
}

func (r *objectRow) add(line int, text string) error {
	if fault := r.check(text); fault != nil {
		return r.fault(line, fault)
	}
	clear(r.there)
	r.wrong = nil
	scan(text, r.take)
	if r.wrong != nil {
		return r.fault(line, r.wrong)
	}
	for i := range r.plan.fields {
		f := &r.plan.fields[i]
		slot := r.slot[i]
		if !r.there[slot] {
			return r.part.at(line, f.name, &fault{f.what + " is missing: there is no key " + input.Quote(f.name), f.hint()})
		}
		if fault := r.part.add(f, r.cells[slot]); fault != nil {
			return r.part.at(line, f.name, fault)
		}
	}
	r.part.done(line)
	return nil
}

// take keeps a cell if it is wanted.
func (r *objectRow) take(name string, c cell) {
	slot, wanted := r.slots[name]
	switch {
	case wanted && r.there[slot]:
		r.wrong = &fault{fmt.Sprintf("key %s is there twice", input.Quote(name)), "leave one of them out"}
	case wanted:
		r.cells[slot], r.there[slot] = c, true
	case r.late(name, c):
		r.wrong = &fault{fmt.Sprintf("there is a key %s, which the first line does not have", input.Quote(name)), "write the same keys in every line"}
	}
}

// late says whether a key would have been a column if the first line had had it.
func (o *objects) late(name string, c cell) bool {
	score := o.plan.columns.Score
	switch {
	case name == o.plan.columns.Label:
		return true
	case name == score:
		return c.kind != nested || len(o.plan.classes) == 0
	case len(o.plan.classes) == 0 || !strings.HasPrefix(name, score):
		return false
	}
	rest := name[len(score):]
	return len(rest) > 1 && (rest[0] == '.' || rest[0] == '_') && c.kind != nested
}

// check says what keeps a line from being an object.
func (o *objects) check(text string) *fault {
	if json.Valid([]byte(text)) {
		if text[0] == '{' {
			return nil
		}
		return &fault{"is no JSON object", "write one object on each line, with id, label and score"}
	}
	var none any
	err := json.Unmarshal([]byte(text), &none)
	if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
		if fault := notInJSON(text, int(wrong.Offset)); fault != nil {
			return fault
		}
	}
	return &fault{fmt.Sprintf("is no JSON (%v)", err), "write one object on each line"}
}

// notInJSON names the key of a number that Python writes and JSON does not have.
func notInJSON(text string, offset int) *fault {
	before := text[:max(offset-1, 0)]
	for _, number := range []string{"NaN", "Infinity"} {
		if !strings.HasPrefix(text[len(before):], number) {
			continue
		}
		before, minus := strings.CutSuffix(before, "-")
		if minus {
			number = "-" + number
		}
		key := strings.TrimRight(strings.TrimRight(before, " \t"), ":")
		key = strings.TrimSuffix(strings.TrimRight(key, " \t"), `"`)
		key = key[strings.LastIndexByte(key, '"')+1:]
		return &fault{fmt.Sprintf("%s is %s, which JSON does not have", input.Quote(key), number), "the model must give every row finite numbers"}
	}
	return nil
}

// deepest is how many objects within objects have names of their own.
const deepest = 4

// scan passes on the keys of an object that is known to be JSON, and those of
// the objects in it below dotted names.
func scan(text string, take func(name string, c cell)) {
	s := &scanner{text: text, take: take}
	s.object("", 0)
}

// scanner walks through valid JSON.
type scanner struct {
	text string
	at   int
	take func(name string, c cell)
}

// next skips white space and what is in set, and returns the byte there.
func (s *scanner) next(skip string) byte {
	for s.at < len(s.text) && (strings.IndexByte(" \t\r\n", s.text[s.at]) >= 0 || strings.IndexByte(skip, s.text[s.at]) >= 0) {
		s.at++
	}
	return s.text[s.at]
}

// object reads from { to behind }.
func (s *scanner) object(prefix string, depth int) {
	s.at++
	for s.next(",") != '}' {
		name, _ := s.quoted()
		if prefix != "" {
			name = prefix + "." + name
		}
		start := s.next(":")
		if start == '{' && depth < deepest {
			s.take(name, cell{kind: nested, text: "{"})
			s.object(name, depth+1)
			continue
		}
		s.take(name, s.value(start))
	}
	s.at++
}

// value reads a value.
func (s *scanner) value(start byte) cell {
	from := s.at
	switch start {
	case '"':
		text, ok := s.quoted()
		if !ok {
			text = "\xff" // is refused where it is wanted
		}
		return cell{kind: textual, text: text}
	case '{', '[':
		s.skip()
		return cell{kind: nested, text: s.text[from : from+1]}
	}
	for s.at < len(s.text) && strings.IndexByte(",]} \t\r\n", s.text[s.at]) < 0 {
		s.at++
	}
	switch word := s.text[from:s.at]; word {
	case "null":
		return cell{kind: missing}
	case "true":
		return cell{kind: boolean, text: "True"}
	case "false":
		return cell{kind: boolean, text: "False"}
	default:
		return cell{kind: decimal, text: word}
	}
}

// skip reads a list or an object.
func (s *scanner) skip() {
	for depth := 0; ; {
		switch s.text[s.at] {
		case '"':
			s.string()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.at++
		if depth == 0 {
			return
		}
	}
}

// string reads a string as it is written, with its quotes.
func (s *scanner) string() string {
	from := s.at
	for s.at++; s.text[s.at] != '"'; s.at++ {
		if s.text[s.at] == '\\' {
			s.at++
		}
	}
	s.at++
	return s.text[from:s.at]
}

// quoted reads a string; ok is false if it holds half of a character, which
// would be read as another one.
func (s *scanner) quoted() (text string, ok bool) {
	raw := s.string()
	if !strings.Contains(raw, `\`) {
		return raw[1 : len(raw)-1], true
	}
	if err := json.Unmarshal([]byte(raw), &text); err != nil {
		return "", false
	}
	const instead = "\uFFFD"
	lost := strings.Contains(text, instead) && !strings.Contains(raw, instead) && !strings.Contains(strings.ToLower(raw), `\ufffd`)
	return text, !lost
}
