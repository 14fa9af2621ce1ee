package predictions

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/muster-ci/muster/internal/metrics/input"
)

// Read reads a CSV file (RFC 4180, UTF-8, with a header) with one row
// for each evaluated example. Columns that are not named are left out. Whatever
// could be misread is refused: the error is a [*input.FileError], unless reading
// itself went wrong. name is what errors call the file.
func Read(r io.Reader, name string, columns Columns) (*Set, error) {
	in := bufio.NewReader(r)
	if err := skipBOM(in, name); err != nil {
		return nil, err
	}
	table := csv.NewReader(in)
	table.ReuseRecord = true
	reader := &rowReader{
		csv:    table,
		result: &Set{Name: name, Columns: columns.withDefaults(), Items: IDs{index: make(map[string]int32)}},
	}
	if err := reader.header(); err != nil {
		return nil, err
	}
	for {
		record, err := table.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, reader.readError(record, err)
		}
		if err := reader.row(record); err != nil {
			return nil, err
		}
	}
	if reader.result.Len() == 0 {
		return nil, reader.result.ErrorOf("", "has a header but no rows", "the evaluate stage must write one row for each example")
	}
	return reader.finish(), nil
}

// finish gives the set its dictionaries.
func (r *rowReader) finish() *Set {
	s := r.result
	s.Classes = r.classes.names
	for i := range s.Slice {
		s.Slice[i].Names = r.values[i].names
	}
	s.LabelNumber = numbers(s)
	return s
}

// numbers reads the labels as numbers, if they all are.
func numbers(s *Set) []float64 {
	values := make([]float64, len(s.Classes))
	for i, name := range s.Classes {
		value, err := strconv.ParseFloat(name, 64)
		if err != nil || math.IsInf(value, 0) || math.IsNaN(value) {
			return nil
		}
		values[i] = value
	}
	out := make([]float64, len(s.Label))
	for row, code := range s.Label {
		out[row] = values[code]
	}
	return out
}

// skipBOM takes the mark that some programs put before UTF-8, and refuses the
// marks of UTF-16.
func skipBOM(in *bufio.Reader, name string) error {
	start, err := in.Peek(3)
	switch {
	case len(start) == 0 && errors.Is(err, io.EOF):
		return &input.FileError{Path: name, Msg: "is empty", Hint: "the evaluate stage must write a header and one row for each example"}
	case len(start) == 0:
		return fmt.Errorf("read %s: %w", name, err)
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		_, err = in.Discard(3)
		return err
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		return &input.FileError{Path: name, Line: 1, Msg: "is UTF-16", Hint: "write it as UTF-8"}
	}
	return nil
}

// rowReader turns records into rows of a Predictions.
type rowReader struct {
	csv                          *csv.Reader
	result                       *Set
	classes                      dictionary
	values                       []dictionary // of the slice columns
	width                        int
	id, label, score, prediction int // columns; -1 for none
	slices                       []int
}

// header finds the columns.
func (r *rowReader) header() error {
	record, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return r.result.ErrorOf("", "is empty", "the evaluate stage must write a header and one row for each example")
	}
	if err != nil {
		return r.readError(record, err)
	}
	names := make([]string, len(record))
	for i, field := range record {
		names[i] = strings.Clone(strings.TrimSpace(field))
	}
	r.width = len(names)
	columns := &r.result.Columns
	r.score, r.prediction = -1, -1
	if r.id, err = r.find(columns.ID, "id", names); err != nil {
		return err
	}
	if r.label, err = r.find(columns.Label, "label", names); err != nil {
		return err
	}
	if columns.Prediction != "" {
		if r.prediction, err = r.find(columns.Prediction, "prediction", names); err != nil {
			return err
		}
	}
	// A score is optional only beside a decision, and only if nobody asked for it by name.
	usual := columns.Score == ""
	if usual {
		columns.Score = "score"
	}
	if !usual || r.prediction < 0 || slices.Contains(names, columns.Score) {
		if r.score, err = r.find(columns.Score, "score", names); err != nil {
			return err
		}
	}
	return r.sliceColumns(names)
}

func (r *rowReader) sliceColumns(names []string) error {
	for _, name := range r.result.Columns.Slices {
		if strings.Contains(name, "=") {
			// "a=b" with value "c" and "a" with value "b=c" would be one slice.
			return r.result.ErrorOf(name, fmt.Sprintf("slice column %s has = in its name", input.Quote(name)), "rename the column")
		}
		at, err := r.find(name, "slices", names)
		if err != nil {
			return err
		}
		r.slices = append(r.slices, at)
	}
	r.result.Slice = make([]Texts, len(r.slices))
	r.values = make([]dictionary, len(r.slices))
	return nil
}

// find returns the place of a column; setting is its key in muster.yaml.
func (r *rowReader) find(want, setting string, names []string) (int, error) {
	at := slices.Index(names, want)
	if at < 0 {
		return 0, r.missing(want, setting, names)
	}
	if slices.Contains(names[at+1:], want) {
		return 0, &input.FileError{
			Path: r.result.Name, Line: 1, Column: want,
			Msg:  fmt.Sprintf("two columns are named %s", input.Quote(want)),
			Hint: "rename one of them",
		}
	}
	return at, nil
}

func (r *rowReader) missing(want, setting string, names []string) *input.FileError {
	e := &input.FileError{Path: r.result.Name, Line: 1, Column: want}
	e.Msg = fmt.Sprintf("there is no column %s; the columns are %s", input.Quote(want), input.QuoteList(names, 20))
	meant := input.Nearest(want, names)
	switch {
	case len(names) == 1 && strings.ContainsAny(names[0], ";\t"):
		e.Hint = "separate the columns with commas"
	case meant != "":
		e.Hint = fmt.Sprintf("did you mean %s? If so, say `%s: %s` under predictions", input.Quote(meant), setting, input.Quote(meant))
	default:
		e.Hint = fmt.Sprintf("write that column, or name the right one as `%s:` under predictions", setting)
	}
	return e
}

// readError says what is wrong with a line that is no CSV.
func (r *rowReader) readError(record []string, err error) error {
	wrong, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return fmt.Errorf("read %s: %w", r.result.Name, err)
	}
	e := &input.FileError{Path: r.result.Name, Line: wrong.Line, Msg: wrong.Err.Error(), Hint: `quote fields as "…" and double the quotes inside them`}
	if errors.Is(wrong.Err, csv.ErrFieldCount) {
		e.Msg = fmt.Sprintf("has %d fields where the header has %d", len(record), r.width)
		e.Hint = "write every column in every row, and quote values with commas"
	}
	return e
}

// row adds one record.
func (r *rowReader) row(record []string) error {
	s := r.result
	line, _ := r.csv.FieldPos(r.id)
	id := record[r.id]
	if strings.TrimSpace(id) == "" {
		return &input.FileError{Path: s.Name, Line: line, Column: s.Columns.ID, Msg: "id is empty", Hint: "give every row an id that is the same for every model"}
	}
	if err := r.checkText(record, r.id, s.Columns.ID); err != nil {
		return err
	}
	if first, twice := s.Items.Find(id); twice {
		return &input.FileError{
			Path: s.Name, Line: line, Column: s.Columns.ID,
			Msg:  fmt.Sprintf("id %s is already in line %d", input.Quote(id), s.lines[first]),
			Hint: "give every row an id of its own",
		}
	}
	s.Items.add(strings.Clone(id))
	s.lines = append(s.lines, int32(line))

	label, err := r.class(record, r.label, "label", s.Columns.Label)
	if err != nil {
		return err
	}
	s.Label = append(s.Label, r.classes.code(label))
	if r.prediction >= 0 {
		decision, err := r.class(record, r.prediction, "prediction", s.Columns.Prediction)
		if err != nil {
			return err
		}
		s.Decision = append(s.Decision, r.classes.code(decision))
	}
	if r.score >= 0 {
		score, err := r.number(record, r.score, s.Columns.Score)
		if err != nil {
			return err
		}
		s.Score = append(s.Score, score)
	}
	for i, at := range r.slices {
		if err := r.checkText(record, at, s.Columns.Slices[i]); err != nil {
			return err
		}
		s.Slice[i].Code = append(s.Slice[i].Code, r.values[i].code(record[at]))
	}
	return nil
}

// dictionary numbers texts in the order in which they come.
type dictionary struct {
	names []string
	codes map[string]int32
}

func (d *dictionary) code(text string) int32 {
	if code, ok := d.codes[text]; ok {
		return code
	}
	if d.codes == nil {
		d.codes = make(map[string]int32)
	}
	// Fields of a record share one string with the whole row, which would otherwise stay alive.
	text = strings.Clone(text)
	d.codes[text] = int32(len(d.names))
	d.names = append(d.names, text)
	return d.codes[text]
}

// class reads a label or a decision.
func (r *rowReader) class(record []string, at int, what, column string) (string, error) {
	if err := r.checkText(record, at, column); err != nil {
		return "", err
	}
	text := canonicalLabel(record[at])
	if text == "" || strings.EqualFold(text, "nan") {
		return "", r.fieldError(at, column, fmt.Sprintf("%s is missing (%s)", what, input.Quote(record[at])), "leave rows without a "+what+" out of the evaluation data")
	}
	return text, nil
}

// number reads a score.
func (r *rowReader) number(record []string, at int, column string) (float64, error) {
	const hint = "the model must give every row a finite number"
	text := strings.TrimSpace(record[at])
	value, err := strconv.ParseFloat(text, 64)
	switch {
	case text == "":
		return 0, r.fieldError(at, column, "score is empty", hint)
	case math.IsNaN(value):
		return 0, r.fieldError(at, column, "score is NaN", hint)
	case math.IsInf(value, 0):
		return 0, r.fieldError(at, column, fmt.Sprintf("score is not finite (%s)", input.Quote(text)), hint)
	case err != nil:
		return 0, r.fieldError(at, column, fmt.Sprintf("score is not a number (%s)", input.Quote(text)), hint)
	}
	return value, nil
}

// checkText refuses what JSON could not carry unchanged.
func (r *rowReader) checkText(record []string, at int, column string) error {
	if utf8.ValidString(record[at]) {
		return nil
	}
	return r.fieldError(at, column, fmt.Sprintf("%s is not UTF-8", input.Quote(record[at])), "write the file as UTF-8")
}

func (r *rowReader) fieldError(at int, column, msg, hint string) *input.FileError {
	line, _ := r.csv.FieldPos(at)
	return &input.FileError{Path: r.result.Name, Line: line, Column: column, Msg: msg, Hint: hint}
}
