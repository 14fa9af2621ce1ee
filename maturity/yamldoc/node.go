package yamldoc

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// node is one of a document, as small as it can be: a large repository has a
// million of them.
type node struct {
	text    string // of a scalar
	content []node // of a mapping: a key, its value, the next key
	more    *more  // nil for most
	line    int32
	kind    kind
	tag     uint8 // in tags
	block   bool  // the text of a scalar begins on the line after it
}

// more is what few nodes have: a tag of their own, or another node that they stand for.
type more struct {
	tag   string
	alias *node
}

// tags are those that a parser gives what has none of its own
// (https://yaml.org/spec/1.2.2/#103-core-schema), and the others of YAML 1.1.
//
//nolint:gochecknoglobals // never changed
var tags = [...]string{"", "!!str", "!!map", "!!seq", "!!int", "!!bool", "!!null", "!!float", "!!merge", "!!timestamp", "!!binary"}

// tagged gives the node a tag.
func (n *node) tagged(tag string) {
	if i := slices.Index(tags[:], tag); i >= 0 {
		n.tag = uint8(i)
		return
	}
	n.own().tag = tag
}

// tagOf is the node's tag.
func (n *node) tagOf() string {
	if n.more != nil && n.more.tag != "" {
		return n.more.tag
	}
	return tags[n.tag]
}

// aliasOf is the node that it stands for, or nil.
func (n *node) aliasOf() *node {
	if n.more == nil {
		return nil
	}
	return n.more.alias
}

func (n *node) own() *more {
	if n.more == nil {
		n.more = new(more)
	}
	return n.more
}

type kind uint8

const (
	scalar kind = iota
	mapping
	sequence
	alias
	other
)

// maxAliased bounds what the aliases of a file may add to it, in values and in pieces of
// their text: with each of them written out, a file of a few lines is larger than memory.
const (
	maxAliased = 100_000
	pieceOf    = 64
)

// maker makes nodes of parsed ones. An alias leads to what stands before it, as long
// as there is room; one that would lead to what it is a part of leads nowhere.
type maker struct {
	anchors map[*yaml.Node]anchor
	room    int
}

// anchor is what aliases lead to, and its size with all aliases in it.
type anchor struct {
	node *node
	size int
}

// compact makes a node of a parsed one, with what is below it.
func (m *maker) compact(from *yaml.Node) *node {
	out := new(node)
	m.fill(out, from)
	return out
}

// fill makes a node, and returns its size.
func (m *maker) fill(to *node, from *yaml.Node) int {
	to.line, to.kind = int32(from.Line), other
	to.tagged(from.Tag)
	size := 1 + len(from.Value)/pieceOf
	switch from.Kind {
	case yaml.ScalarNode:
		to.kind, to.text, to.block = scalar, from.Value, from.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
	case yaml.MappingNode:
		to.kind = mapping
	case yaml.SequenceNode:
		to.kind = sequence
	case yaml.AliasNode:
		to.kind = alias
		size += m.lead(to, from.Alias)
	}
	if len(from.Content) > 0 {
		to.content = make([]node, len(from.Content))
	}
	for i, c := range from.Content {
		size += m.fill(&to.content[i], c)
	}
	if from.Anchor != "" {
		m.anchors[from] = anchor{to, size}
	}
	return size
}

// lead makes an alias lead to what it stands for, and returns how much that is.
func (m *maker) lead(to *node, target *yaml.Node) int {
	a, whole := m.anchors[target]
	if !whole || a.size > m.room {
		return 0
	}
	m.room -= a.size
	to.own().alias = a.node
	return a.size
}
