package starter

import (
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxNodes bounds how much a file may grow by its aliases.
const (
	maxNodes   = 50_000
	maxNesting = 60
)

// value is a part of a YAML file with the line that it stood in. Only one of
// fields, items and text is meant, as kind says; the zero kind is null.
type value struct {
	kind   yaml.Kind
	text   string // of a scalar
	tag    string // of a scalar: !!str, !!int, …
	line   int
	keys   []string // of a mapping, in the order of the file
	fields map[string]*value
	items  []*value
}

var errBomb = errors.New("it is too large or too deep once its aliases are followed")

// parseYAML reads one document. Merge keys are followed; of keys that stand
// twice the first counts, and twice is called for each other one.
func parseYAML(data []byte, twice func(key string, line int)) (*value, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(doc.Content) == 0 {
		return &value{}, nil
	}
	c := &converter{twice: twice}
	return c.convert(doc.Content[0], 0)
}

type converter struct {
	nodes int
	twice func(string, int)
}

func (c *converter) convert(node *yaml.Node, depth int) (*value, error) {
	if c.nodes++; c.nodes > maxNodes || depth > maxNesting {
		return nil, errBomb
	}
	switch node.Kind {
	case yaml.AliasNode:
		return c.convert(node.Alias, depth+1)
	case yaml.MappingNode:
		return c.mapping(node, depth)
	case yaml.SequenceNode:
		v := &value{kind: node.Kind, line: node.Line}
		for _, child := range node.Content {
			item, err := c.convert(child, depth+1)
			if err != nil {
				return nil, err
			}
			v.items = append(v.items, item)
		}
		return v, nil
	default:
		if node.ShortTag() == "!!null" {
			return &value{line: node.Line}, nil
		}
		return &value{kind: yaml.ScalarNode, text: node.Value, tag: node.ShortTag(), line: node.Line}, nil
	}
}

func (c *converter) mapping(node *yaml.Node, depth int) (*value, error) {
	v := &value{kind: yaml.MappingNode, line: node.Line, fields: map[string]*value{}}
	var merged []*value
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, child := node.Content[i], node.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("line %d: a key must be a plain word", key.Line)
		}
		field, err := c.convert(child, depth+1)
		if err != nil {
			return nil, err
		}
		if key.Tag == "!!merge" {
			merged = append(merged, field)
			continue
		}
		if _, there := v.fields[key.Value]; there {
			c.twice(key.Value, key.Line)
			continue
		}
		if field.line == 0 || field.kind != yaml.ScalarNode {
			field = field.at(key.Line)
		}
		v.set(key.Value, field)
	}
	for _, m := range merged {
		v.merge(m)
	}
	return v, nil
}

// at returns the value as one that stands in another line: an alias stands where
// it is used.
func (v *value) at(line int) *value {
	moved := *v
	moved.line = line
	return &moved
}

func (v *value) set(key string, field *value) {
	if _, there := v.fields[key]; !there {
		v.keys = append(v.keys, key)
	}
	v.fields[key] = field
}

// merge adds the fields of a merge key that are not there.
func (v *value) merge(from *value) {
	for _, item := range from.items {
		v.merge(item)
	}
	for _, key := range from.keys {
		if _, there := v.fields[key]; !there {
			v.set(key, from.fields[key])
		}
	}
}

// get returns the value at a path of keys, or an empty one.
func (v *value) get(path ...string) *value {
	for _, key := range path {
		next, ok := v.fields[key]
		if !ok {
			return &value{}
		}
		v = next
	}
	return v
}

// pick returns the value at a dotted path with indices, as DVC writes it: a.b[0].c.
func (v *value) pick(dotted string) (*value, bool) {
	dotted = strings.NewReplacer("[", ".", "]", "").Replace(dotted)
	for key := range strings.SplitSeq(dotted, ".") {
		if key = strings.Trim(key, `'" `); v.kind == yaml.SequenceNode {
			at, err := strconv.Atoi(key)
			if err != nil || at < 0 || at >= len(v.items) {
				return nil, false
			}
			v = v.items[at]
			continue
		}
		next, ok := v.fields[key]
		if !ok {
			return nil, false
		}
		v = next
	}
	return v, true
}

func (v *value) isMap() bool    { return v.kind == yaml.MappingNode }
func (v *value) isList() bool   { return v.kind == yaml.SequenceNode }
func (v *value) isScalar() bool { return v.kind == yaml.ScalarNode }
func (v *value) isNull() bool   { return v.kind == 0 }
func (v *value) isTrue() bool   { return v.tag == "!!bool" && strings.EqualFold(v.text, "true") }

// list returns the items of a list, or a scalar as a list of one.
func (v *value) list() []*value {
	if v.isScalar() {
		return []*value{v}
	}
	return v.items
}

// texts returns the scalars of a list, or one scalar, as they were written.
func (v *value) texts() []string {
	var out []string
	for _, item := range v.list() {
		if item.isScalar() {
			out = append(out, item.text)
		}
	}
	return out
}

// copied returns a mapping of its own with the same fields.
func (v *value) copied() *value {
	out := &value{kind: yaml.MappingNode, line: v.line, keys: append([]string(nil), v.keys...), fields: maps.Clone(v.fields)}
	if out.fields == nil {
		out.fields = map[string]*value{}
	}
	return out
}

// merged returns the mapping with another one over it, mappings in it likewise.
func (v *value) merged(other *value, depth int) *value {
	out := v.copied()
	for _, key := range other.keys {
		field := other.fields[key]
		if mine, there := out.fields[key]; there && mine.isMap() && field.isMap() && depth < maxNesting {
			field = mine.merged(field, depth+1)
		}
		out.set(key, field)
	}
	return out
}

func textValue(text string) *value {
	return &value{kind: yaml.ScalarNode, text: text, tag: "!!str"}
}
