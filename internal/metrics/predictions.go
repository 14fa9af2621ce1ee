package metrics

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
)

// Columns names the columns of a predictions file. Empty fields take the
// conventional names: id, label and score. Prediction has none: it names the
// column with the model's hard decision, where there is one; then a score is
// not needed.
type Columns struct {
	ID, Label, Score, Prediction string
	// Slices names columns whose values divide the rows into slices.
	Slices []string
}

// withDefaults fills in the conventional names and drops slices named twice.
func (c Columns) withDefaults() Columns {
	name := func(field *string, usual string) {
		if *field == "" {
			*field = usual
		}
	}
	name(&c.ID, "id")
	name(&c.Label, "label")
	var once []string
	for _, s := range c.Slices {
		if !slices.Contains(once, s) {
			once = append(once, s)
		}
	}
	c.Slices = once
	return c
}

// Predictions is one model's answers, one row an id.
type Predictions struct {
	name    string
	columns Columns
	index   map[string]int32 // id → row
	ids     []string
	lines   []int32
	labels  []string   // canonical, see canonicalLabel
	scores  []float64  // nil if the file has none
	hard    []string   // nil if no column of decisions is named
	slices  [][]string // one list for each of columns.Slices
}

// Len returns the number of rows.
func (p *Predictions) Len() int { return len(p.ids) }

// Slices returns the names of the slice columns.
func (p *Predictions) Slices() []string { return slices.Clone(p.columns.Slices) }

// Digest returns the SHA-256 of what the model was asked, without what it
// answered: ids, labels and slices, in the order of the ids. Two models with
// one digest were measured with the same data.
func (p *Predictions) Digest() string {
	hash := sha256.New()
	// A length before each field, so that no two tables give the same bytes.
	var buffer []byte
	put := func(field string) {
		buffer = append(binary.BigEndian.AppendUint64(buffer[:0], uint64(len(field))), field...)
		hash.Write(buffer)
	}
	put("muster.evaluation-data/v1")
	columns := make([]int, len(p.columns.Slices))
	for i := range columns {
		columns[i] = i
	}
	slices.SortFunc(columns, func(a, b int) int { return strings.Compare(p.columns.Slices[a], p.columns.Slices[b]) })
	for _, c := range columns {
		put(p.columns.Slices[c])
	}
	put("")
	rows := p.allRows()
	slices.SortFunc(rows, func(a, b int32) int { return strings.Compare(p.ids[a], p.ids[b]) })
	for _, row := range rows {
		put(p.ids[row])
		put(p.labels[row])
		for _, c := range columns {
			put(p.slices[c][row])
		}
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// allRows lists every row.
func (p *Predictions) allRows() []int32 {
	rows := make([]int32, p.Len())
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}

// errorAt is a mistake in one row.
func (p *Predictions) errorAt(row int32, column, msg, hint string) *FileError {
	return &FileError{Path: p.name, Line: int(p.lines[row]), Column: column, Msg: msg, Hint: hint}
}

// errorOf is a mistake of the whole file.
func (p *Predictions) errorOf(column, msg, hint string) *FileError {
	return &FileError{Path: p.name, Column: column, Msg: msg, Hint: hint}
}

// canonicalLabel makes labels that mean the same the same text, since one
// program writes 1 where another writes 1.0 or True: true and false become 1
// and 0, and whole numbers lose a fraction of zeros. Nothing else is touched:
// "007" and "7" may be two classes.
func canonicalLabel(text string) string {
	text = strings.TrimSpace(text)
	switch strings.ToLower(text) {
	case "true":
		return "1"
	case "false":
		return "0"
	}
	whole, fraction, found := strings.Cut(text, ".")
	if !found || strings.Trim(fraction, "0") != "" {
		return text
	}
	digits := strings.TrimPrefix(whole, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" || (len(digits) > 1 && digits[0] == '0') {
		return text
	}
	if whole == "-0" {
		return "0"
	}
	return whole
}
