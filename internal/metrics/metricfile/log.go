package metricfile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/metrics/input"
)

// isLog is true if a column says when a row was written: by its name, or as the
// count of rows that pandas puts first.
func (t *table) isLog(first []string) bool {
	for i, name := range t.header {
		if slices.Contains(stepColumns(), strings.ToLower(name)) {
			t.steps = append(t.steps, i)
		}
	}
	if t.header[0] == "" && first[0] == "0" && !slices.Contains(t.header, "f1-score") {
		t.steps = append(t.steps, 0)
	}
	return len(t.steps) > 0
}

// series is a column of a log: its last cell counts.
type series struct {
	line  int
	text  bool
	cell  string
	value float64
	when  string
}

// log takes the last number of each column. Lightning writes the metrics of
// training and of validation into rows of their own, so columns have gaps.
func (t *table) log(first []string) error {
	columns := make([]series, len(t.header))
	err := t.rest(first, func(record []string, line int) error {
		when := t.when(record)
		for i, written := range record {
			if err := t.logged(&columns[i], i, strings.TrimSpace(written), line); err != nil {
				return err
			}
			if columns[i].line == line {
				columns[i].when = when
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, column := range columns {
		if err := t.latest(i, column); err != nil {
			return err
		}
	}
	return nil
}

// latest takes what is last in a column.
func (t *table) latest(i int, column series) error {
	if t.isTime(i) {
		return nil
	}
	name := t.prefix + t.header[i]
	if err := t.claim(name, t.header[i], 1); err != nil {
		return err
	}
	switch {
	case column.line == 0: // no row has a number
		return nil
	case column.text:
		return t.notNumber(name, column.cell, column.line)
	}
	source := fmt.Sprintf("CSV log, line %d%s", column.line, column.when)
	return t.add(Number{Name: name, Value: column.value, Better: Better(name), Source: source}, column.cell, column.line)
}

// isTime is true for columns that say when, which are no metrics.
func (t *table) isTime(column int) bool {
	return slices.Contains(t.steps, column) || slices.Contains(timeColumns(), strings.ToLower(t.header[column]))
}

// logged notes a cell. A column of numbers may not have text in it.
func (t *table) logged(s *series, column int, written string, line int) error {
	if slices.Contains(missing(), written) {
		return nil
	}
	value, isNumber := parseCell(written)
	if s.line > 0 && s.text == isNumber && !t.isTime(column) {
		was, is := "a number", "text"
		if s.text {
			was, is = is, was
		}
		name := t.header[column]
		return t.errorAt(line, name, fmt.Sprintf("%s is %s here (%s) and %s in line %d", input.Quote(name), is, input.Quote(written), was, s.line), "write numbers into every row of a column, or leave cells empty")
	}
	*s = series{line: line, text: !isNumber, cell: written, value: value}
	return nil
}

// when says at which epoch or step a row was written.
func (t *table) when(record []string) string {
	var said []string
	for _, i := range t.steps {
		name := t.header[i]
		if name == "" {
			name = "row"
		}
		if _, err := strconv.ParseFloat(record[i], 64); err == nil && len(record[i]) < 20 {
			said = append(said, name+" "+record[i])
		}
	}
	if len(said) == 0 {
		return ""
	}
	return " (" + strings.Join(said, ", ") + ")"
}
