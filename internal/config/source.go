package config

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxNodes bounds how much a file may grow by its aliases: far above any real
// pipeline, far below what a "billion laughs" needs.
const maxNodes = 100_000

// source is a YAML file that remembers where everything stood.
type source struct {
	path  string
	lines []string
	root  *yaml.Node
	// keys and values by JSON pointer
	keys, values map[string]*yaml.Node
	nodes        int
	schema       []byte // that the file is checked against
}

// readSource parses data. The mistakes it returns are those of YAML itself:
// syntax, keys that stand twice, aliases without end.
func readSource(path string, data []byte) (*source, any, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	s := &source{
		path:   path,
		lines:  strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n"),
		keys:   map[string]*yaml.Node{},
		values: map[string]*yaml.Node{},
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, nil, s.syntaxError(err)
	}
	if len(doc.Content) == 0 {
		return nil, nil, &Error{[]Problem{{Path: path, Message: "the file is empty", Hint: "it needs at least version and stages"}}}
	}
	s.root = doc.Content[0]
	value, err := s.convert("", s.root, 0)
	if err != nil {
		return nil, nil, err
	}
	return s, value, nil
}

// syntaxError turns the library's "yaml: line 3: …" into a problem with a place.
func (s *source) syntaxError(err error) error {
	p := Problem{Path: s.path, Message: strings.TrimPrefix(err.Error(), "yaml: ")}
	if m := regexp.MustCompile(`^line (\d+): (.*)`).FindStringSubmatch(p.Message); m != nil {
		p.Line, _ = strconv.Atoi(m[1])
		p.Column, p.Message, p.Source = 1, m[2], s.line(p.Line)
	}
	if strings.Contains(p.Message, "character that cannot start any token") {
		p.Hint = "indent with spaces, not tabs"
	}
	return &Error{[]Problem{p}}
}

// convert returns the node as the value that a JSON Schema can check, and
// remembers where each part of it stood.
func (s *source) convert(pointer string, node *yaml.Node, depth int) (any, error) {
	if s.nodes++; s.nodes > maxNodes || depth > 100 {
		return nil, s.errorAt(node, "the file is too large or too deep once its aliases are followed", "write it without aliases")
	}
	s.values[pointer] = node
	switch node.Kind {
	case yaml.AliasNode:
		return s.convert(pointer, node.Alias, depth+1)
	case yaml.MappingNode:
		return s.convertMapping(pointer, node, depth)
	case yaml.SequenceNode:
		list := make([]any, len(node.Content))
		for i, child := range node.Content {
			value, err := s.convert(fmt.Sprintf("%s/%d", pointer, i), child, depth+1)
			if err != nil {
				return nil, err
			}
			list[i] = value
		}
		return list, nil
	default:
		return s.convertScalar(node)
	}
}

func (s *source) convertMapping(pointer string, node *yaml.Node, depth int) (any, error) {
	object := make(map[string]any, len(node.Content)/2)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, child := node.Content[i], node.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			return nil, s.errorAt(key, "a key must be a plain word", "")
		}
		if key.Tag == "!!merge" {
			return nil, s.errorAt(key, "merge keys (<<) are not understood", "write the keys out")
		}
		at := pointer + "/" + escape(key.Value)
		if first, twice := s.keys[at]; twice && first != key {
			if _, here := object[key.Value]; here {
				return nil, s.errorAt(key, fmt.Sprintf("key %q stands twice", key.Value), fmt.Sprintf("the first is in line %d; remove one", first.Line))
			}
		}
		s.keys[at] = key
		value, err := s.convert(at, child, depth+1)
		if err != nil {
			return nil, err
		}
		object[key.Value] = value
	}
	return object, nil
}

func (s *source) convertScalar(node *yaml.Node) (any, error) {
	var value any
	if err := node.Decode(&value); err != nil {
		return nil, s.errorAt(node, strings.TrimPrefix(err.Error(), "yaml: "), "")
	}
	switch v := value.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, s.errorAt(node, node.Value+" is no number that can be counted with", "write a finite one; quote it if it is text")
		}
		return v, nil
	case string:
		if strings.ContainsRune(v, 0) {
			return nil, s.errorAt(node, "this text has a NUL character in it", "no command, path or variable can have one: remove it")
		}
		return v, nil
	case int, int64, uint64, bool, nil:
		return v, nil
	default: // a timestamp, or bytes: what was written is what was meant
		return node.Value, nil
	}
}

func (s *source) errorAt(node *yaml.Node, message, hint string) error {
	return &Error{[]Problem{{
		Path: s.path, Line: node.Line, Column: node.Column,
		Message: message, Hint: hint, Source: s.line(node.Line),
	}}}
}

// cellName finds in a pointer the name of a stage that a matrix made: in the
// file there is only the stage with the matrix.
var cellName = regexp.MustCompile(`^(/stages/[^/@]*)@[^/]*`)

// problem places a mistake at the pointer, or at the nearest place around it.
func (s *source) problem(pointer, message, hint string) Problem {
	p := Problem{Path: s.path, Message: message, Hint: hint}
	pointer = cellName.ReplaceAllString(pointer, "$1")
	for {
		node, ok := s.keys[pointer]
		if !ok {
			node, ok = s.values[pointer]
		}
		if ok {
			p.Line, p.Column, p.Source = node.Line, node.Column, s.line(node.Line)
			return p
		}
		cut := strings.LastIndexByte(pointer, '/')
		if cut < 0 {
			return p
		}
		pointer = pointer[:cut]
	}
}

func (s *source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	return s.lines[n-1]
}

// escape writes a key as a token of a JSON pointer (RFC 6901, section 3).
func escape(key string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}

// keyNamed returns the pointer to the first key of the file that is this word.
func (s *source) keyNamed(word string) string {
	found, first := "", 0
	for pointer, node := range s.keys {
		if node.Value == word && (first == 0 || node.Line < first) {
			found, first = pointer, node.Line
		}
	}
	return found
}

// has reports whether the file has a value at the pointer.
func (s *source) has(pointer string) bool {
	return s.values[cellName.ReplaceAllString(pointer, "$1")] != nil
}

// item returns the pointer to the first entry of the list that is this word, or
// else to the list itself.
func (s *source) item(list, value string) string {
	node := s.values[cellName.ReplaceAllString(list, "$1")]
	if node != nil {
		for i, entry := range follow(node).Content {
			if follow(entry).Value == value {
				return fmt.Sprintf("%s/%d", list, i)
			}
		}
	}
	return list
}

var errNoMapping = errors.New("not a mapping")

// mapping calls visit for each entry of the mapping at pointer, in the order of the file.
func (s *source) mapping(pointer string, visit func(key string, value *yaml.Node) error) error {
	node := s.values[pointer]
	if node == nil || follow(node).Kind != yaml.MappingNode {
		return fmt.Errorf("read %s: %w", pointer, errNoMapping)
	}
	return eachEntry(node, visit)
}

// eachEntry calls visit for each entry of a mapping, in the order of the file; what is none has no entries.
func eachEntry(node *yaml.Node, visit func(key string, value *yaml.Node) error) error {
	node = follow(node)
	if node.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if err := visit(node.Content[i].Value, node.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// follow returns what an alias stands for.
func follow(node *yaml.Node) *yaml.Node {
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	return node
}
