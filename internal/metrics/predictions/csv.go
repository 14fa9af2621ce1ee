package predictions

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/muster-ci/muster/internal/metrics/input"
)

// table reads CSV: RFC 4180 with a header, separated by commas or tabs.
type table struct {
	path    string
	columns Columns
	comma   byte
	plan    *plan
	width   int
	limit   int // of a record's length
}

// readTable reads a file of separated values.
func readTable(path string, columns Columns, b *blocks) (*Set, error) {
	t := &table{path: path, columns: columns, limit: b.longest}
	rest, err := t.top(b)
	if err != nil {
		return nil, err
	}
	a := newAssembler(t.plan)
	failed := a.add(t.rows(rest))
	if failed == nil {
		failed = a.parse(b, t.rows)
	}
	return a.finish(failed)
}

// top finds the columns, and returns what is below the header in its block.
func (t *table) top(b *blocks) (block, error) {
	for {
		first, err := b.next()
		if errors.Is(err, io.EOF) {
			return first, isEmpty(t.path)
		}
		if err != nil {
			return first, readError(t.path, err)
		}
		t.comma = separator(first.text)
		rest, err := t.header(first)
		if !errors.Is(err, io.EOF) { // else there were blank lines only
			return rest, err
		}
	}
}

func isEmpty(path string) error {
	return &input.FileError{Path: path, Msg: "is empty", Hint: "the evaluate stage must write a header and one row for each example"}
}

// separator returns what stands between the columns of the first line.
func separator(text string) byte {
	header, _, _ := strings.Cut(strings.TrimLeft(text, "\r\n"), "\n")
	if strings.Contains(header, "\t") && !strings.Contains(header, ",") {
		return '\t'
	}
	return ','
}

func (t *table) reader(text string) *csv.Reader {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.ReuseRecord, r.FieldsPerRecord = rune(t.comma), true, t.width
	return r
}

// header finds the columns, and returns what is below the header; the error is
// io.EOF if there is none.
func (t *table) header(b block) (block, error) {
	r := t.reader(b.text)
	names, err := r.Read()
	switch {
	case errors.Is(err, io.EOF):
		return b, io.EOF
	case err != nil && b.cut:
		return b, t.fault(b.line, tooLong(t.limit))
	case err != nil:
		return b, t.wrong(names, b.line-1, err)
	}
	for i, name := range names {
		names[i] = strings.Clone(strings.TrimSpace(name))
	}
	t.width = len(names)
	end := int(r.InputOffset())
	lines := strings.Count(b.text[:end], "\n")
	if t.plan, err = newPlan(t.columns, heading{path: t.path, line: 1, names: names, first: 2}); err != nil {
		return b, err
	}
	return block{text: b.text[end:], line: b.line + lines, cut: b.cut}, nil
}

// rows parses the records of a block.
func (t *table) rows(b block) *part {
	p := newPart(t.plan, b.line)
	p.err = t.records(b, func(record []string, line func(field int) int) error {
		for i := range t.plan.fields {
			f := &t.plan.fields[i]
			if fault := p.add(f, cell{text: record[f.at]}); fault != nil {
				return p.at(line(f.at), f.name, fault)
			}
		}
		p.done(line(t.plan.fields[0].at))
		return nil
	})
	return p
}

// records passes on the records of a block until there is a mistake. line says
// in which line a field of the record begins.
func (t *table) records(b block, row func(record []string, line func(field int) int) error) error {
	var err error
	if strings.Contains(b.text, `"`) {
		err = t.quoted(b, row)
	} else {
		err = t.plain(b, row)
	}
	if err == nil && b.cut {
		err = t.fault(b.line, tooLong(t.limit))
	}
	return err
}

// quoted reads records as encoding/csv does.
func (t *table) quoted(b block, row func([]string, func(int) int) error) error {
	r := t.reader(b.text)
	above := b.line - 1
	line := func(field int) int {
		at, _ := r.FieldPos(field)
		return above + at
	}
	for {
		record, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && b.cut && errors.Is(err, csv.ErrQuote) && r.InputOffset() == int64(len(b.text)):
			return t.fault(startLine(err)+above, tooLong(t.limit))
		case err != nil:
			return t.wrong(record, above, err)
		}
		if err := row(record, line); err != nil {
			return err
		}
	}
}

// plain reads records without quotes, just as encoding/csv does and much faster.
func (t *table) plain(b block, row func([]string, func(int) int) error) error {
	text, at := b.text, b.line
	line := func(int) int { return at }
	record := make([]string, 0, t.width)
	for ; text != ""; at++ {
		var fields string
		end := strings.IndexByte(text, '\n')
		if end < 0 {
			if b.cut {
				return t.fault(at, tooLong(t.limit))
			}
			end = len(text)
		}
		fields, text = strings.TrimSuffix(text[:end], "\r"), text[min(end+1, len(text)):]
		if fields == "" {
			continue
		}
		record = split(record[:0], fields, t.comma)
		if len(record) != t.width {
			return t.fault(at, t.fieldCount(len(record)))
		}
		if err := row(record, line); err != nil {
			return err
		}
	}
	return nil
}

// split appends the fields of a line without quotes.
func split(record []string, fields string, comma byte) []string {
	for {
		end := strings.IndexByte(fields, comma)
		if end < 0 {
			return append(record, fields)
		}
		record, fields = append(record, fields[:end]), fields[end+1:]
	}
}

func (t *table) fieldCount(fields int) *fault {
	return &fault{
		fmt.Sprintf("has %d fields where the header has %d", fields, t.width),
		"write every column in every row, and quote values with commas",
	}
}

func (t *table) fault(line int, f *fault) error {
	return &input.FileError{Path: t.path, Line: line, Msg: f.msg, Hint: f.hint}
}

// wrong says what is wrong with lines that are no CSV.
func (t *table) wrong(record []string, above int, err error) error {
	parsed, ok := errors.AsType[*csv.ParseError](err)
	switch {
	case !ok:
		return readError(t.path, err)
	case errors.Is(err, csv.ErrFieldCount):
		return t.fault(above+parsed.Line, t.fieldCount(len(record)))
	}
	return t.fault(above+parsed.Line, &fault{parsed.Err.Error(), `quote fields as "…" and double the quotes inside them`})
}

func startLine(err error) int {
	if parsed, ok := errors.AsType[*csv.ParseError](err); ok {
		return parsed.StartLine
	}
	return 0
}
