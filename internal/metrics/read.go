package metrics

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
)

// ReadPredictions reads a CSV file (RFC 4180, UTF-8, with a header) with one row
// for each evaluated example. Columns that are not named are left out. Whatever
// could be misread is refused: the error is a [*FileError], unless reading
// itself went wrong. name is what errors call the file.
func ReadPredictions(r io.Reader, name string, columns Columns) (*Predictions, error) {
	in := bufio.NewReader(r)
	if err := skipBOM(in, name); err != nil {
		return nil, err
	}
	table := csv.NewReader(in)
	table.ReuseRecord = true
	reader := &rowReader{
		csv:    table,
		texts:  make(map[string]string),
		result: &Predictions{name: name, columns: columns.withDefaults(), index: make(map[string]int32)},
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
		return nil, reader.result.errorOf("", "has a header but no rows", "the evaluate stage must write one row for each example")
	}
	return reader.result, nil
}

// skipBOM takes the mark that some programs put before UTF-8, and refuses the
// marks of UTF-16.
func skipBOM(in *bufio.Reader, name string) error {
	start, err := in.Peek(3)
	switch {
	case len(start) == 0 && errors.Is(err, io.EOF):
		return &FileError{Path: name, Msg: "is empty", Hint: "the evaluate stage must write a header and one row for each example"}
	case len(start) == 0:
		return fmt.Errorf("read %s: %w", name, err)
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		_, err = in.Discard(3)
		return err
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		return &FileError{Path: name, Line: 1, Msg: "is UTF-16", Hint: "write it as UTF-8"}
	}
	return nil
}

// rowReader turns records into rows of a Predictions.
type rowReader struct {
	csv    *csv.Reader
	result *Predictions
	// texts holds one copy of each label and slice value. Fields of a record
	// share one string with the whole row, which would otherwise stay alive.
	texts                        map[string]string
	width                        int
	id, label, score, prediction int // columns; -1 for none
	slices                       []int
}

// header finds the columns.
func (r *rowReader) header() error {
	record, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return r.result.errorOf("", "is empty", "the evaluate stage must write a header and one row for each example")
	}
	if err != nil {
		return r.readError(record, err)
	}
	names := make([]string, len(record))
	for i, field := range record {
		names[i] = strings.Clone(strings.TrimSpace(field))
	}
	r.width = len(names)
	columns := &r.result.columns
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
	for _, name := range r.result.columns.Slices {
		if strings.Contains(name, "=") {
			// "a=b" with value "c" and "a" with value "b=c" would be one slice.
			return r.result.errorOf(name, fmt.Sprintf("slice column %s has = in its name", quote(name)), "rename the column")
		}
		at, err := r.find(name, "slices", names)
		if err != nil {
			return err
		}
		r.slices = append(r.slices, at)
	}
	r.result.slices = make([][]string, len(r.slices))
	return nil
}

// find returns the place of a column; setting is its key in muster.yaml.
func (r *rowReader) find(want, setting string, names []string) (int, error) {
	at := slices.Index(names, want)
	if at < 0 {
		return 0, r.missing(want, setting, names)
	}
	if slices.Contains(names[at+1:], want) {
		return 0, &FileError{
			Path: r.result.name, Line: 1, Column: want,
			Msg:  fmt.Sprintf("two columns are named %s", quote(want)),
			Hint: "rename one of them",
		}
	}
	return at, nil
}

func (r *rowReader) missing(want, setting string, names []string) *FileError {
	e := &FileError{Path: r.result.name, Line: 1, Column: want}
	e.Msg = fmt.Sprintf("there is no column %s; the columns are %s", quote(want), quoteList(names, 20))
	meant := nearest(want, names)
	switch {
	case len(names) == 1 && strings.ContainsAny(names[0], ";\t"):
		e.Hint = "separate the columns with commas"
	case meant != "":
		e.Hint = fmt.Sprintf("did you mean %s? If so, say `%s: %s` under predictions", quote(meant), setting, quote(meant))
	default:
		e.Hint = fmt.Sprintf("write that column, or name the right one as `%s:` under predictions", setting)
	}
	return e
}

// readError says what is wrong with a line that is no CSV.
func (r *rowReader) readError(record []string, err error) error {
	wrong, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return fmt.Errorf("read %s: %w", r.result.name, err)
	}
	e := &FileError{Path: r.result.name, Line: wrong.Line, Msg: wrong.Err.Error(), Hint: `quote fields as "…" and double the quotes inside them`}
	if errors.Is(wrong.Err, csv.ErrFieldCount) {
		e.Msg = fmt.Sprintf("has %d fields where the header has %d", len(record), r.width)
		e.Hint = "write every column in every row, and quote values with commas"
	}
	return e
}

// row adds one record.
func (r *rowReader) row(record []string) error {
	p := r.result
	line, _ := r.csv.FieldPos(r.id)
	id := record[r.id]
	if strings.TrimSpace(id) == "" {
		return &FileError{Path: p.name, Line: line, Column: p.columns.ID, Msg: "id is empty", Hint: "give every row an id that is the same for every model"}
	}
	if err := r.checkText(record, r.id, p.columns.ID); err != nil {
		return err
	}
	if first, twice := p.index[id]; twice {
		return &FileError{
			Path: p.name, Line: line, Column: p.columns.ID,
			Msg:  fmt.Sprintf("id %s is already in line %d", quote(id), p.lines[first]),
			Hint: "give every row an id of its own",
		}
	}
	id = strings.Clone(id)
	p.index[id] = int32(len(p.ids))
	p.ids = append(p.ids, id)
	p.lines = append(p.lines, int32(line))

	label, err := r.class(record, r.label, "label", p.columns.Label)
	if err != nil {
		return err
	}
	p.labels = append(p.labels, label)
	if r.prediction >= 0 {
		hard, err := r.class(record, r.prediction, "prediction", p.columns.Prediction)
		if err != nil {
			return err
		}
		p.hard = append(p.hard, hard)
	}
	if r.score >= 0 {
		score, err := r.number(record, r.score, p.columns.Score)
		if err != nil {
			return err
		}
		p.scores = append(p.scores, score)
	}
	for i, at := range r.slices {
		if err := r.checkText(record, at, p.columns.Slices[i]); err != nil {
			return err
		}
		p.slices[i] = append(p.slices[i], r.keep(record[at]))
	}
	return nil
}

// class reads a label or a decision.
func (r *rowReader) class(record []string, at int, what, column string) (string, error) {
	if err := r.checkText(record, at, column); err != nil {
		return "", err
	}
	text := canonicalLabel(record[at])
	if text == "" || strings.EqualFold(text, "nan") {
		return "", r.fieldError(at, column, fmt.Sprintf("%s is missing (%s)", what, quote(record[at])), "leave rows without a "+what+" out of the evaluation data")
	}
	return r.keep(text), nil
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
		return 0, r.fieldError(at, column, fmt.Sprintf("score is not finite (%s)", quote(text)), hint)
	case err != nil:
		return 0, r.fieldError(at, column, fmt.Sprintf("score is not a number (%s)", quote(text)), hint)
	}
	return value, nil
}

// checkText refuses what JSON could not carry unchanged.
func (r *rowReader) checkText(record []string, at int, column string) error {
	if utf8.ValidString(record[at]) {
		return nil
	}
	return r.fieldError(at, column, fmt.Sprintf("%s is not UTF-8", quote(record[at])), "write the file as UTF-8")
}

func (r *rowReader) fieldError(at int, column, msg, hint string) *FileError {
	line, _ := r.csv.FieldPos(at)
	return &FileError{Path: r.result.name, Line: line, Column: column, Msg: msg, Hint: hint}
}

// keep returns a copy of text, the same one for equal texts while there are few.
func (r *rowReader) keep(text string) string {
	const most = 1 << 12
	if kept, ok := r.texts[text]; ok {
		return kept
	}
	text = strings.Clone(text)
	if len(r.texts) < most {
		r.texts[text] = text
	}
	return text
}
