package metricfile

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/result"
)

// What keeps a hostile file from costing memory.
const (
	maxSize     = 16 << 20
	maxTreeSize = 4 << 20 // of YAML and TOML, whose parsers hold every word of a file
	maxDepth    = 64
	maxValues   = 1_000_000
	maxNumbers  = 100_000
	maxName     = 1000 // bytes
)

// Number is one number of a file.
type Number struct {
	// Name is that of the key or column; nested ones are joined with dots.
	Name  string
	Value float64
	// Better is empty where neither the file nor convention says what is better.
	Better result.Direction
	// Unit is empty where the format does not say what the number counts.
	Unit string
	// Source is the format and the place, for people: "CSV log, line 12 (epoch 9)".
	Source string
}

// Read returns the numbers of a file in its order. Text, booleans, null and
// lists are left out. What could be misread is refused with a [*input.FileError]:
// NaN and infinities, two numbers of one name, text where a number is due.
func Read(r io.Reader, name string) ([]Number, error) {
	f, err := load(r, name)
	if err != nil {
		return nil, err
	}
	c := newCollector(f)
	switch f.kind() {
	case "json":
		err = c.tree("JSON", parseJSON)
	case "yaml":
		err = c.tree("YAML", parseYAML)
	case "toml":
		err = c.tree("TOML", parseTOML)
	case "csv":
		err = c.csv()
	case "mlflow":
		err = c.mlflow()
	default:
		err = f.errorAt(0, "", "is of no kind that muster knows by its name or by its first line", "name it .json, .yaml, .toml, .csv or .tsv, after what is in it")
	}
	if err != nil {
		return nil, err
	}
	return c.numbers, nil
}

// file is a file that was read whole.
type file struct {
	name string
	data []byte
}

func load(r io.Reader, name string) (*file, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	f := &file{name: name, data: data}
	switch {
	case len(data) > maxSize:
		return nil, f.errorAt(0, "", "is larger than 16 MB", "keep only numbers in it")
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return nil, f.errorAt(0, "", "is UTF-16", "write it as UTF-8")
	case !utf8.Valid(data):
		return nil, f.errorAt(0, "", "is not UTF-8", "write it as UTF-8")
	case bytes.IndexByte(data, 0) >= 0:
		return nil, f.errorAt(f.lineAt(bytes.IndexByte(data, 0)), "", "has a zero byte: it is no text, or UTF-16", "write it as UTF-8")
	}
	f.data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(f.data)) == 0 {
		return nil, f.errorAt(0, "", "is empty", f.example())
	}
	return f, nil
}

// kind tells what a file is: by the end of its name, else by how it begins.
func (f *file) kind() string {
	switch strings.ToLower(path.Ext(f.name)) {
	case ".json":
		return "json"
	case ".yaml", ".yml":
		return "yaml"
	case ".toml":
		return "toml"
	case ".csv", ".tsv":
		return "csv"
	}
	first := f.firstLine()
	switch {
	case strings.HasPrefix(first, "{"), strings.HasPrefix(first, "["):
		return "json"
	case isMLflowLine(first):
		return "mlflow"
	case strings.ContainsAny(first, ",;\t"): // Keras' training.log
		return "csv"
	}
	return ""
}

func (f *file) firstLine() string {
	first, _, _ := bytes.Cut(bytes.TrimLeft(f.data, " \t\r\n"), []byte("\n"))
	return strings.TrimSuffix(string(first), "\r")
}

// example is what an empty file could have been.
func (f *file) example() string {
	switch strings.ToLower(path.Ext(f.name)) {
	case ".yaml", ".yml":
		return "write a mapping such as f1: 0.91"
	case ".toml":
		return "write a line such as f1 = 0.91"
	case ".csv", ".tsv":
		return "write a header and a row below it"
	}
	return `write an object such as {"f1": 0.91}`
}

// lineAt is the line of the byte at an offset.
func (f *file) lineAt(offset int) int {
	return 1 + bytes.Count(f.data[:min(max(offset, 0), len(f.data))], []byte("\n"))
}

// errorAt is a mistake in a line; parsers may count one more than there is.
func (f *file) errorAt(line int, key, msg, hint string) *input.FileError {
	return &input.FileError{Path: f.name, Line: min(line, f.lineAt(len(f.data))), Column: key, Msg: msg, Hint: hint}
}

// lineCounter gives the lines of offsets that mostly grow, without counting twice.
type lineCounter struct {
	data   []byte
	offset int
	line   int
}

func (l *lineCounter) at(offset int) int {
	if offset < l.offset {
		l.offset, l.line = 0, 0
	}
	l.line += bytes.Count(l.data[l.offset:offset], []byte("\n"))
	l.offset = offset
	return l.line + 1
}
