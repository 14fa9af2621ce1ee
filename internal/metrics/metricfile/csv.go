package metricfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/metrics/input"
)

// stepColumns are the columns that make a table a log: they say when a row was
// written, and are no metrics themselves.
func stepColumns() []string {
	return []string{"epoch", "step", "global_step", "iteration", "iter", "trainer/global_step", "_step"}
}

// timeColumns are no metrics of a log either.
func timeColumns() []string { return []string{"timestamp", "_timestamp"} }

// pairHeaders are the headers of tables with a metric and its value in each row.
func pairHeaders() [2][]string {
	return [2][]string{{"metric", "name", "key", "measure", "metric_name"}, {"value", "score", "metric_value"}}
}

// missing are the cells that programs write where there is no number.
func missing() []string { return []string{"", "NA", "N/A", "<NA>", "null", "None"} }

// csv reads a table: a log (Keras, Lightning, DVCLive), one metric a row, one row
// of metrics, or one row a class.
func (c *collector) csv() error {
	if !bytes.Contains(c.data, []byte("\n")) && bytes.Contains(c.data, []byte("\r")) {
		return c.errorAt(1, "", "ends its lines with CR alone", "end them with LF, or CR and LF")
	}
	t := &table{collector: c, reader: csv.NewReader(bytes.NewReader(c.data)), prefix: plotFolder(c.name)}
	t.reader.Comma = delimiter(c.file)
	header, err := t.next()
	if err != nil {
		return err
	}
	t.header = slices.Clone(header)
	for i := range t.header {
		t.header[i] = strings.TrimSpace(t.header[i])
	}
	if t.isPairs() {
		return t.pairs()
	}
	if err := t.checkHeader(); err != nil {
		return err
	}
	first, err := t.next()
	if errors.Is(err, io.EOF) {
		return c.errorAt(1, "", "has a header but no rows", "write a row of numbers below the header")
	}
	if err != nil {
		return err
	}
	first = slices.Clone(first)
	switch {
	case t.isLog(first):
		return t.log(first)
	case t.header[0] == "":
		return t.named(first)
	}
	return t.single(first)
}

// table is a CSV file that is being read.
type table struct {
	*collector
	reader *csv.Reader
	header []string
	prefix string // before the names of columns
	steps  []int  // the columns that say when
}

// plotFolder is what DVCLive makes of the first part of a metric's name: the
// folders below plots/metrics.
func plotFolder(name string) string {
	_, below, found := strings.Cut("/"+name, "/plots/metrics/")
	if !found || path.Dir(below) == "." {
		return ""
	}
	return strings.ReplaceAll(path.Dir(below), "/", ".") + "."
}

// delimiter is the one of three that the first line has most of.
func delimiter(f *file) rune {
	if strings.EqualFold(path.Ext(f.name), ".tsv") {
		return '\t'
	}
	best, most := ',', 0
	for _, candidate := range []rune{',', ';', '\t'} {
		if n := strings.Count(f.firstLine(), string(candidate)); n > most {
			best, most = candidate, n
		}
	}
	return best
}

func (t *table) next() ([]string, error) {
	record, err := t.reader.Read()
	wrong, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return record, err
	}
	if errors.Is(wrong.Err, csv.ErrFieldCount) {
		return nil, t.errorAt(wrong.Line, "", fmt.Sprintf("has %d fields where the header has %d", len(record), len(t.header)), "write every column in every row, and quote values that have the delimiter in them")
	}
	return nil, t.errorAt(wrong.Line, "", "is not valid CSV: "+wrong.Err.Error(), `quote fields as "…" and double the quotes inside them`)
}

// rest calls row for the first row and all that follow, with the line of each.
func (t *table) rest(first []string, row func(record []string, line int) error) error {
	line, _ := t.reader.FieldPos(0)
	for record := first; ; {
		if err := row(record, line); err != nil {
			return err
		}
		var err error
		if record, err = t.next(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		line, _ = t.reader.FieldPos(0)
	}
}

// checkHeader refuses columns that could not be told apart.
func (t *table) checkHeader() error {
	seen := map[string]bool{}
	for i, name := range t.header {
		if i == 0 && name == "" {
			continue // pandas' index
		}
		if name == "" {
			return t.errorAt(1, "", fmt.Sprintf("column %d has no name", i+1), "give every column a name")
		}
		if seen[name] {
			return t.errorAt(1, name, fmt.Sprintf("two columns are named %s", input.Quote(name)), "rename one of them")
		}
		seen[name] = true
		if _, ok := parseCell(name); ok {
			return t.errorAt(1, name, fmt.Sprintf("the header has the number %s", input.Quote(name)), "write the names of the columns into the first line")
		}
	}
	return nil
}

// isPairs is true for two columns of names and values, with or without a header.
func (t *table) isPairs() bool {
	if len(t.header) != 2 {
		return false
	}
	known := pairHeaders()
	if slices.Contains(known[0], strings.ToLower(t.header[0])) && slices.Contains(known[1], strings.ToLower(t.header[1])) {
		return true
	}
	return t.header[0] == "" && t.header[1] == "0" || t.headless() // a Series of pandas
}

// headless is true where the first line is a name and its number already.
func (t *table) headless() bool {
	_, name := parseCell(t.header[0])
	_, value := parseCell(t.header[1])
	return t.header[0] != "" && !name && value
}

func (t *table) pairs() error {
	first := t.header
	if !t.headless() {
		record, err := t.next()
		if errors.Is(err, io.EOF) {
			return t.errorAt(1, "", "has a header but no rows", "write a row for each metric")
		}
		if err != nil {
			return err
		}
		first = record
	}
	return t.rest(first, func(record []string, line int) error {
		name := strings.TrimSpace(record[0])
		if err := t.claim(name, name, line); err != nil {
			return err
		}
		return t.cell(name, record[1], line, fmt.Sprintf("CSV, line %d", line))
	})
}

// named reads rows that begin with a name, as pandas writes a data frame of a
// classification report.
func (t *table) named(first []string) error {
	report := slices.Contains(t.header, "f1-score") && slices.Contains(t.header, "support")
	return t.rest(first, func(record []string, line int) error {
		for i, column := range t.header[1:] {
			name := strings.TrimSpace(record[0]) + "." + column
			if err := t.claim(name, record[0], line); err != nil {
				return err
			}
			if err := t.cell(name, record[i+1], line, fmt.Sprintf("CSV, line %d", line)); err != nil {
				return err
			}
			if at := len(t.numbers) - 1; report && at >= 0 && t.numbers[at].Name == name {
				refineReport(column, &t.numbers[at])
			}
		}
		return nil
	})
}

// single reads the only row below a header.
func (t *table) single(first []string) error {
	rows := 0
	return t.rest(first, func(record []string, line int) error {
		if rows++; rows > 1 {
			return t.errorAt(line, "", "is a second row, and no column says which of them counts", "write a column epoch or step, the columns metric and value, or one row only")
		}
		for i, column := range t.header {
			if err := t.claim(column, column, line); err != nil {
				return err
			}
			if err := t.cell(column, record[i], line, fmt.Sprintf("CSV, line %d", line)); err != nil {
				return err
			}
		}
		return nil
	})
}

// cell takes a number; text is left out, unless it was meant as a number.
func (t *table) cell(name, written string, line int, source string) error {
	written = strings.TrimSpace(written)
	value, ok := parseCell(written)
	switch {
	case !ok && slices.Contains(missing(), written) && Better(name) != "": // pandas writes NaN so
		return t.errorAt(line, name, fmt.Sprintf("%s has no value (%s)", input.Quote(name), input.Quote(written)), "a metric must be finite; leave out what could not be computed")
	case !ok:
		return t.notNumber(name, written, line)
	}
	return t.add(Number{Name: name, Value: value, Better: Better(name), Source: source}, written, line)
}

// parseCell reads a decimal number, or what stands for none that is finite.
func parseCell(written string) (float64, bool) {
	if strings.ContainsAny(written, "xXpP_") {
		return 0, false
	}
	value, err := strconv.ParseFloat(written, 64)
	if errors.Is(err, strconv.ErrRange) {
		return math.Inf(1), true
	}
	return value, err == nil
}
