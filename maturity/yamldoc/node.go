package yamldoc

import "go.yaml.in/yaml/v3"

// node is one of a document, as small as it can be: a large repository has a
// million of them.
type node struct {
	text    string // of a scalar
	tag     string
	content []node // of a mapping: a key, its value, the next key
	alias   *node
	line    int32
	kind    kind
	block   bool // the text of a scalar begins on the line after it
}

type kind uint8

const (
	scalar kind = iota
	mapping
	sequence
	alias
	other
)

// compact makes a node of a parsed one, with what is below it.
func compact(from *yaml.Node) *node {
	m := maker{anchors: map[*yaml.Node]*node{}}
	out := new(node)
	m.fill(out, from)
	for _, use := range m.uses {
		use.node.alias = m.anchors[use.of]
	}
	return out
}

// maker makes nodes; where an alias leads to is known once all are made.
type maker struct {
	anchors map[*yaml.Node]*node
	uses    []use
}

type use struct {
	node *node
	of   *yaml.Node
}

func (m *maker) fill(to *node, from *yaml.Node) {
	to.tag, to.line, to.kind = from.Tag, int32(from.Line), other
	if from.Anchor != "" {
		m.anchors[from] = to
	}
	switch from.Kind {
	case yaml.ScalarNode:
		to.kind, to.text, to.block = scalar, from.Value, from.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
	case yaml.MappingNode:
		to.kind = mapping
	case yaml.SequenceNode:
		to.kind = sequence
	case yaml.AliasNode:
		to.kind = alias
		m.uses = append(m.uses, use{to, from.Alias})
	}
	if len(from.Content) > 0 {
		to.content = make([]node, len(from.Content))
	}
	for i, c := range from.Content {
		m.fill(&to.content[i], c)
	}
}
