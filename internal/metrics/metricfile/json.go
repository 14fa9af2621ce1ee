// Package metricfile reads the numbers that stages write themselves.
package metricfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/muster-ci/muster/internal/metrics/input"
)

// maxNumbersSize and maxNumbersDepth keep a hostile file from costing memory.
const (
	maxNumbersSize  = 16 << 20
	maxNumbersDepth = 64
)

// ReadJSON reads a JSON object, such as an evaluate stage's metrics.json, and
// returns its numbers; the names of nested ones are joined with dots. Text,
// booleans, null and lists are left out. What could be misread is refused with a
// [*input.FileError]: NaN and infinities, keys that occur twice, anything but one object.
func ReadJSON(r io.Reader, name string) (map[string]float64, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxNumbersSize+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(data) > maxNumbersSize {
		return nil, &input.FileError{Path: name, Msg: "is larger than 16 MB", Hint: "keep only numbers in it"}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	walk := &numberWalk{name: name, data: data, seen: make(map[string]bool), numbers: make(map[string]float64)}
	if err := walk.syntax(); err != nil {
		return nil, err
	}
	walk.decoder = json.NewDecoder(bytes.NewReader(data))
	walk.decoder.UseNumber()
	if err := walk.object("", 0); err != nil {
		return nil, err
	}
	return walk.numbers, nil
}

// numberWalk goes through one document.
type numberWalk struct {
	name    string
	data    []byte
	decoder *json.Decoder
	seen    map[string]bool
	numbers map[string]float64
}

// syntax makes sure that the whole file is one JSON object.
func (w *numberWalk) syntax() error {
	if !utf8.Valid(w.data) {
		return &input.FileError{Path: w.name, Msg: "is not UTF-8", Hint: "write it as UTF-8"}
	}
	trimmed := bytes.TrimLeft(w.data, " \t\r\n")
	if len(trimmed) == 0 {
		return &input.FileError{Path: w.name, Msg: "is empty", Hint: `write an object such as {"f1": 0.91}`}
	}
	var whole json.RawMessage
	err := json.Unmarshal(w.data, &whole)
	if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
		return w.syntaxError(wrong)
	}
	if err != nil {
		return &input.FileError{Path: w.name, Msg: err.Error()}
	}
	if trimmed[0] != '{' {
		at := int64(len(w.data) - len(trimmed) + 1)
		return w.errorAt(at, "", "is not a JSON object", `write an object such as {"f1": 0.91}`)
	}
	return nil
}

// syntaxError names the tokens that Python writes and JSON does not know.
func (w *numberWalk) syntaxError(wrong *json.SyntaxError) error {
	at := max(wrong.Offset-1, 0)
	rest := w.data[min(at, int64(len(w.data))):]
	for _, token := range []string{"NaN", "Infinity"} {
		if bytes.HasPrefix(rest, []byte(token)) {
			return w.errorAt(wrong.Offset, "", "a number is "+token, "a metric must be finite; leave out what could not be computed")
		}
	}
	return w.errorAt(wrong.Offset, "", "is not valid JSON: "+wrong.Error(), "")
}

// object reads what follows, an object, into numbers named prefix + key.
func (w *numberWalk) object(prefix string, depth int) error {
	if depth > maxNumbersDepth {
		return w.errorHere(prefix, "is nested too deeply", fmt.Sprintf("use at most %d levels", maxNumbersDepth))
	}
	if _, err := w.decoder.Token(); err != nil { // the brace
		return w.errorHere(prefix, err.Error(), "")
	}
	for w.decoder.More() {
		token, err := w.decoder.Token()
		if err != nil {
			return w.errorHere(prefix, err.Error(), "")
		}
		key, _ := token.(string)
		name := prefix + key
		if key == "" {
			return w.errorHere(name, "a key is empty", "give every number a name")
		}
		if w.seen[name] {
			return w.errorHere(name, fmt.Sprintf("%s occurs twice", input.Quote(name)), "give every number a name of its own")
		}
		w.seen[name] = true
		if err := w.value(name, depth); err != nil {
			return err
		}
	}
	_, err := w.decoder.Token()
	return err
}

// value reads what follows a key.
func (w *numberWalk) value(name string, depth int) error {
	rest := bytes.TrimLeft(w.data[w.decoder.InputOffset():], ": \t\r\n")
	if len(rest) > 0 && rest[0] == '{' {
		return w.object(name+".", depth+1)
	}
	var value any
	if err := w.decoder.Decode(&value); err != nil {
		return w.errorHere(name, err.Error(), "")
	}
	number, ok := value.(json.Number)
	if !ok {
		return nil
	}
	parsed, err := strconv.ParseFloat(number.String(), 64)
	if err != nil || math.IsInf(parsed, 0) {
		return w.errorHere(name, fmt.Sprintf("%s is out of range (%s)", input.Quote(name), input.Quote(number.String())), "a metric must be finite")
	}
	w.numbers[name] = parsed
	return nil
}

func (w *numberWalk) errorHere(key, msg, hint string) error {
	return w.errorAt(w.decoder.InputOffset(), key, msg, hint)
}

// errorAt is a mistake before the byte at offset.
func (w *numberWalk) errorAt(offset int64, key, msg, hint string) error {
	before := w.data[:min(max(offset-1, 0), int64(len(w.data)))]
	return &input.FileError{Path: w.name, Line: 1 + bytes.Count(before, []byte("\n")), Column: key, Msg: msg, Hint: hint}
}
