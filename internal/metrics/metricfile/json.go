package metricfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/muster-ci/muster/internal/metrics/input"
)

const jsonHint = "check it with a JSON parser"

// parseJSON reads one JSON object.
func parseJSON(f *file) (*node, error) {
	if err := f.checkJSON(); err != nil {
		return nil, err
	}
	p := &jsonParser{file: f, lines: lineCounter{data: f.data}, left: maxValues}
	p.decoder = json.NewDecoder(bytes.NewReader(f.data))
	p.decoder.UseNumber()
	return p.value("", "", 0)
}

// checkJSON makes sure that the whole file is one JSON object.
func (f *file) checkJSON() error {
	var whole json.RawMessage
	err := json.Unmarshal(f.data, &whole)
	if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
		return f.jsonSyntax(wrong)
	}
	if err != nil {
		return f.errorAt(0, "", err.Error(), jsonHint)
	}
	at := len(f.data) - len(bytes.TrimLeft(f.data, " \t\r\n"))
	if f.data[at] != '{' {
		return f.errorAt(f.lineAt(at), "", "is not a JSON object", f.example())
	}
	return nil
}

// jsonSyntax names the tokens that Python writes and JSON does not know.
func (f *file) jsonSyntax(wrong *json.SyntaxError) error {
	at := min(max(int(wrong.Offset)-1, 0), len(f.data))
	for _, token := range []string{"NaN", "Infinity"} {
		if bytes.HasPrefix(f.data[at:], []byte(token)) {
			return f.errorAt(f.lineAt(at), "", "a number is "+token, "a metric must be finite; leave out what could not be computed")
		}
	}
	return f.errorAt(f.lineAt(at), "", "is not valid JSON: "+wrong.Error(), jsonHint)
}

// jsonParser makes a tree of a document whose syntax was checked.
type jsonParser struct {
	*file
	lines   lineCounter
	decoder *json.Decoder
	left    int // values that it may still have
}

func (p *jsonParser) here() int { return p.lines.at(int(p.decoder.InputOffset())) }

// value reads what comes next; name is what errors call it.
func (p *jsonParser) value(key, name string, depth int) (*node, error) {
	token, err := p.decoder.Token()
	if err != nil {
		return nil, p.errorAt(p.here(), name, err.Error(), jsonHint)
	}
	n := &node{key: key, line: p.here()}
	switch token := token.(type) {
	case json.Delim:
		return n, p.container(n, token, name, depth)
	case json.Number:
		n.kind, n.text = number, token.String()
		if n.number, err = strconv.ParseFloat(n.text, 64); err != nil {
			n.number = math.Inf(1)
		}
	case string:
		n.kind, n.text = text, token
	case bool:
		n.text = strconv.FormatBool(token)
	}
	return n, nil
}

func (p *jsonParser) container(n *node, open json.Delim, name string, depth int) error {
	if depth > maxDepth {
		return p.tooDeep(n.line, name)
	}
	n.kind = object
	if open == '[' {
		n.kind = list
	}
	keys := map[string]bool{}
	for p.decoder.More() {
		key, err := p.key(n, name, keys)
		if err != nil {
			return err
		}
		below := name
		if n.kind == object {
			below = join(name, key)
		}
		child, err := p.value(key, below, depth+1)
		if err != nil {
			return err
		}
		if n.kind == list && child.kind != object && child.kind != list {
			continue
		}
		if p.left--; p.left < 0 {
			return p.tooMany(child.line)
		}
		n.children = append(n.children, child)
	}
	_, err := p.decoder.Token()
	return err
}

// key reads the key that a value of an object has.
func (p *jsonParser) key(n *node, name string, keys map[string]bool) (string, error) {
	if n.kind == list {
		return "", nil
	}
	token, err := p.decoder.Token()
	if err != nil {
		return "", p.errorAt(p.here(), name, err.Error(), jsonHint)
	}
	key, _ := token.(string)
	if keys[key] {
		return "", p.twice(join(name, key), p.here())
	}
	keys[key] = true
	return key, nil
}

func join(prefix, key string) string {
	if prefix == "" {
		return key
	}
	return prefix + "." + key
}

func (f *file) twice(name string, line int) error {
	return f.errorAt(line, name, fmt.Sprintf("%s occurs twice", input.Quote(name)), "give every number a name of its own")
}

func (f *file) tooDeep(line int, name string) error {
	return f.errorAt(line, name, "is nested too deeply", fmt.Sprintf("use at most %d levels", maxDepth))
}

func (f *file) tooMany(line int) error {
	return f.errorAt(line, "", fmt.Sprintf("has more than %d values", maxValues), "keep only numbers in it")
}
