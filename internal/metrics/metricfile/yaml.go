package metricfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/muster-ci/muster/internal/metrics/input"
)

// parseYAML reads one YAML mapping. Aliases and merges are followed, within the
// number of values that any file may have.
func parseYAML(f *file) (*node, error) {
	if err := f.checkTreeSize("YAML"); err != nil {
		return nil, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(f.data))
	var document yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, f.errorAt(0, "", "is empty", f.example())
	} else if err != nil {
		return nil, f.yamlSyntax(err)
	}
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		return nil, f.errorAt(second.Line, "", "has more than one document", "write one mapping")
	} else if !errors.Is(err, io.EOF) {
		return nil, f.yamlSyntax(err)
	}
	top := document.Content[0]
	if top.Kind == yaml.ScalarNode && top.ShortTag() == "!!null" {
		return nil, f.errorAt(0, "", "is empty", f.example())
	}
	if top.Kind != yaml.MappingNode {
		return nil, f.errorAt(top.Line, "", "is not a YAML mapping", f.example())
	}
	p := &yamlParser{file: f, left: maxValues}
	return p.value("", "", top, 0)
}

func (f *file) checkTreeSize(format string) error {
	if len(f.data) > maxTreeSize {
		return f.errorAt(0, "", fmt.Sprintf("is larger than %d MB, the most for %s", maxTreeSize>>20, format), "keep only numbers in it, or write it as JSON")
	}
	return nil
}

var yamlLine = regexp.MustCompile(`^line (\d+): `)

// yamlSyntax takes the line out of the parser's message.
func (f *file) yamlSyntax(err error) error {
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 0
	if found := yamlLine.FindStringSubmatch(msg); found != nil {
		line, _ = strconv.Atoi(found[1])
		msg = strings.TrimPrefix(msg, found[0])
	}
	return f.errorAt(line, "", "is not valid YAML: "+msg, "check it with a YAML parser")
}

// yamlParser makes a tree of YAML's own.
type yamlParser struct {
	*file
	left int // values that it may still have
}

func (p *yamlParser) value(key, name string, from *yaml.Node, depth int) (*node, error) {
	n := &node{key: key, line: from.Line}
	if p.left--; p.left < 0 {
		return nil, p.tooMany(from.Line)
	}
	for from.Kind == yaml.AliasNode {
		from = from.Alias
	}
	if depth > maxDepth {
		return nil, p.tooDeep(from.Line, name)
	}
	if strings.Contains(from.Tag, "python/object") {
		return nil, p.errorAt(from.Line, name, fmt.Sprintf("%s is a Python object (%s)", input.Quote(name), input.Quote(from.Tag)), "convert it with float() before it is written")
	}
	switch from.Kind {
	case yaml.MappingNode:
		n.kind = object
		return n, p.mapping(n, name, from, depth)
	case yaml.SequenceNode:
		n.kind = list
		return n, p.sequence(n, name, from, depth)
	}
	return n, p.scalar(n, name, from)
}

func (p *yamlParser) sequence(n *node, name string, from *yaml.Node, depth int) error {
	if p.left -= len(from.Content); p.left < 0 { // plain ones, too: an alias may repeat them without end
		return p.tooMany(from.Line)
	}
	for _, item := range from.Content {
		if item.Kind == yaml.ScalarNode {
			continue
		}
		child, err := p.value("", name, item, depth+1)
		if err != nil {
			return err
		}
		n.children = append(n.children, child)
	}
	return nil
}

func (p *yamlParser) mapping(n *node, name string, from *yaml.Node, depth int) error {
	keys := map[string]bool{}
	var merged []*yaml.Node
	for i := 0; i+1 < len(from.Content); i += 2 {
		key, value := from.Content[i], from.Content[i+1]
		for key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		switch {
		case key.Kind != yaml.ScalarNode:
			return p.errorAt(key.Line, name, "a key is a list or a mapping", "use text as keys")
		case key.ShortTag() == "!!merge":
			merged = append(merged, value)
			continue
		case keys[key.Value]:
			return p.twice(join(name, key.Value), key.Line)
		}
		keys[key.Value] = true
		child, err := p.value(key.Value, join(name, key.Value), value, depth+1)
		if err != nil {
			return err
		}
		n.children = append(n.children, child)
	}
	for _, value := range merged {
		if err := p.merge(n, name, keys, value, depth); err != nil {
			return err
		}
	}
	return nil
}

// merge adds what "<<" names, but for keys that are there already
// (yaml.org/type/merge: of several mappings the first one counts).
func (p *yamlParser) merge(n *node, name string, keys map[string]bool, value *yaml.Node, depth int) error {
	from, err := p.value("", name, value, depth+1)
	if err != nil {
		return err
	}
	sources := []*node{from}
	if from.kind == list {
		sources = from.children
	}
	if len(sources) == 0 { // a list of texts, of which the tree has none
		sources = append(sources, &node{kind: text})
	}
	for _, source := range sources {
		if source.kind != object {
			return p.errorAt(value.Line, name, "<< names something other than a mapping", "merge mappings only")
		}
		for _, child := range source.children {
			if !keys[child.key] {
				keys[child.key] = true
				n.children = append(n.children, child)
			}
		}
	}
	return nil
}

// scalar takes a number or a text; what is neither is left out.
func (p *yamlParser) scalar(n *node, name string, from *yaml.Node) error {
	n.text = from.Value
	switch from.ShortTag() {
	case "!!str":
		n.kind = text
		if _, err := strconv.ParseFloat(n.text, 64); from.Style == 0 && errors.Is(err, strconv.ErrRange) {
			n.kind, n.number = number, math.Inf(1) // 1e999, which the library takes for text
		}
	case "!!int", "!!float":
		n.kind = number
		var value any
		err := from.Decode(&value)
		switch value := value.(type) {
		case int:
			n.number = float64(value)
		case int64:
			n.number = float64(value)
		case uint64:
			n.number = float64(value)
		case float64:
			n.number = value
		default:
			if err != nil {
				return p.errorAt(from.Line, name, fmt.Sprintf("%s is marked as a number but is %s", input.Quote(name), input.Quote(from.Value)), "write it as a number")
			}
			n.number = math.NaN()
		}
	}
	return nil
}
