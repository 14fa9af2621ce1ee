package metricfile

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// parseTOML reads a TOML document. The library checks it first, since a tree of
// expressions alone does not tell what is defined twice.
func parseTOML(f *file) (*node, error) {
	if err := f.checkTreeSize("TOML"); err != nil {
		return nil, err
	}
	if err := f.checkTOML(); err != nil {
		return nil, err
	}
	p := newTOMLParser(f)
	for p.NextExpression() {
		if err := p.expression(p.Expression()); err != nil {
			return nil, err
		}
	}
	return p.root, nil
}

// maxTOMLKeys bounds what costs the library time that grows with its square.
const maxTOMLKeys = 20_000

// countKeys counts keys and tables, also those within a line.
func countKeys(e *unstable.Node) int {
	count := 0
	if e.Kind == unstable.KeyValue || e.Kind == unstable.Table || e.Kind == unstable.ArrayTable {
		count++
	}
	if e.Kind == unstable.KeyValue || e.Kind == unstable.InlineTable || e.Kind == unstable.Array {
		for it := e.Children(); it.Next(); {
			count += countKeys(it.Node())
		}
	}
	return count
}

// checkTOML makes sure that the file is valid, and first that its keys are neither
// so long that the library's recursion could exhaust the stack, nor too many.
func (f *file) checkTOML() error {
	p, keys := newTOMLParser(f), 0
	for p.NextExpression() {
		e := p.Expression()
		if len(p.keys(e)) > maxDepth {
			return f.tooDeep(p.line(e), "")
		}
		if keys += countKeys(e); keys > maxTOMLKeys {
			return f.errorAt(p.line(e), "", fmt.Sprintf("has more than %d keys and tables, the most for TOML", maxTOMLKeys), "keep only numbers in it, or write it as JSON")
		}
	}
	var whole map[string]any
	err := toml.Unmarshal(f.data, &whole)
	if wrong, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, _ := wrong.Position()
		return f.errorAt(line, strings.Join(wrong.Key(), "."), "is not valid TOML: "+strings.TrimPrefix(wrong.Error(), "toml: "), "check it with a TOML parser")
	}
	if err != nil {
		return f.errorAt(0, "", "is not valid TOML: "+strings.TrimPrefix(err.Error(), "toml: "), "check it with a TOML parser")
	}
	return nil
}

// tomlParser makes a tree of expressions.
type tomlParser struct {
	unstable.Parser
	file     *file
	lines    lineCounter
	root     *node
	table    *node // the one whose header was last
	children map[*node]map[string]*node
	left     int // values that it may still have
}

func newTOMLParser(f *file) *tomlParser {
	p := &tomlParser{file: f, lines: lineCounter{data: f.data}, root: &node{kind: object, line: 1}, children: map[*node]map[string]*node{}, left: maxValues}
	p.table = p.root
	p.Reset(f.data)
	return p
}

func (p *tomlParser) keys(e *unstable.Node) []string {
	var keys []string
	if e.Kind != unstable.KeyValue && e.Kind != unstable.Table && e.Kind != unstable.ArrayTable {
		return nil
	}
	for it := e.Key(); it.Next(); {
		keys = append(keys, string(it.Node().Data))
	}
	return keys
}

// line is that of an expression's first key.
func (p *tomlParser) line(e *unstable.Node) int {
	it := e.Key()
	if !it.Next() {
		return 1
	}
	return p.lines.at(int(it.Node().Raw.Offset))
}

func (p *tomlParser) expression(e *unstable.Node) error {
	switch e.Kind {
	case unstable.KeyValue:
		return p.keyValue(p.table, e, 0)
	case unstable.Table:
		return p.header(e, object)
	case unstable.ArrayTable:
		return p.header(e, list)
	}
	return nil
}

// header goes to a table, or to a new one at the end of a list of tables.
func (p *tomlParser) header(e *unstable.Node, kind kind) error {
	keys, line := p.keys(e), p.line(e)
	last := len(keys) - 1
	at, err := p.walk(p.root, keys[:last], line)
	if err != nil {
		return err
	}
	if kind == object {
		p.table, err = p.walk(at, keys[last:], line)
		return err
	}
	all, err := p.child(at, keys[last], list, line)
	if err != nil {
		return err
	}
	p.table = &node{kind: object, line: line}
	all.children = append(all.children, p.table)
	return nil
}

// walk goes down through tables, and makes those that are not there yet.
func (p *tomlParser) walk(at *node, keys []string, line int) (*node, error) {
	for _, key := range keys {
		next, err := p.child(at, key, object, line)
		if err != nil {
			return nil, err
		}
		if next.kind == list && len(next.children) > 0 {
			next = next.children[len(next.children)-1]
		}
		at = next
	}
	return at, nil
}

// child returns what has the key, or makes it.
func (p *tomlParser) child(at *node, key string, kind kind, line int) (*node, error) {
	if found := p.children[at][key]; found != nil {
		return found, nil
	}
	if p.left--; p.left < 0 {
		return nil, p.file.tooMany(line)
	}
	n := &node{key: key, line: line, kind: kind}
	at.children = append(at.children, n)
	if p.children[at] == nil {
		p.children[at] = map[string]*node{}
	}
	p.children[at][key] = n
	return n, nil
}

func (p *tomlParser) keyValue(table *node, e *unstable.Node, depth int) error {
	keys, line := p.keys(e), p.line(e)
	if depth+len(keys) > maxDepth {
		return p.file.tooDeep(line, "")
	}
	last := len(keys) - 1
	at, err := p.walk(table, keys[:last], line)
	if err != nil {
		return err
	}
	n, err := p.child(at, keys[last], other, line)
	if err != nil {
		return err
	}
	return p.value(n, e.Value(), depth+len(keys))
}

// value takes a number, a text or a table; what is none of these is left out.
func (p *tomlParser) value(n *node, from *unstable.Node, depth int) error {
	n.text = string(from.Data)
	switch from.Kind {
	case unstable.String:
		n.kind = text
	case unstable.Integer, unstable.Float:
		n.kind, n.number = number, tomlNumber(n.text)
	case unstable.InlineTable:
		n.kind = object
		for it := from.Children(); it.Next(); {
			if err := p.keyValue(n, it.Node(), depth); err != nil {
				return err
			}
		}
	}
	return nil
}

// tomlNumber reads what the library has found to be one.
func tomlNumber(written string) float64 {
	written = strings.ReplaceAll(written, "_", "")
	if whole, err := strconv.ParseInt(written, 0, 64); err == nil {
		return float64(whole)
	}
	value, err := strconv.ParseFloat(written, 64)
	switch {
	case strings.HasSuffix(written, "nan"):
		return math.NaN()
	case err != nil:
		return math.Inf(1)
	}
	return value
}
