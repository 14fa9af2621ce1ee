// Package yamldoc reads YAML files while keeping the line of every value, for
// files whose schema is only partly known. Anchors and merge keys are followed
// a few steps, never expanded, and only as often as makes a file of bounded size, so
// that none can grow while it is read.
package yamldoc

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Value is a node of a document. The zero Value is one that is not there.
type Value struct {
	node *node
	doc  *about
}

// IsYAML reports whether a file is one of YAML, by its name.
func IsYAML(file string) bool { return path.Ext(file) == ".yaml" || path.Ext(file) == ".yml" }

// about is what is known of few documents.
type about struct {
	// large are where the keys of large mappings stand, so that a file of ten thousand
	// jobs is not gone through for each of them.
	large map[*node]*keys
	// cut is true if some alias leads nowhere.
	cut bool
}

type keys struct {
	at     map[string]int
	merges []int
}

// document is a node with all that is below it.
func document(root *node) Value {
	doc := about{large: map[*node]*keys{}}
	doc.note(root)
	if len(doc.large) == 0 && !doc.cut {
		return Value{root, nil}
	}
	return Value{root, &doc}
}

// isLarge says from how many keys on the place of one is looked up.
const isLarge = 200

// note finds the large mappings of a part of a document, and aliases that lead nowhere.
func (a *about) note(n *node) {
	if n.kind == mapping && len(n.content) >= 2*isLarge {
		a.large[n] = keysOf(n)
	}
	a.cut = a.cut || n.kind == alias && n.aliasOf() == nil
	for i := range n.content {
		if c := &n.content[i]; c.kind == alias || len(c.content) > 0 {
			a.note(c)
		}
	}
}

func keysOf(n *node) *keys {
	k := &keys{at: make(map[string]int, len(n.content)/2)}
	for i := 0; i+1 < len(n.content); i += 2 {
		key := n.content[i].text
		if _, twice := k.at[key]; !twice {
			k.at[key] = i
		}
		if key == mergeKey {
			k.merges = append(k.merges, i)
		}
	}
	return k
}

// find returns where the value of a key stands in a mapping, and where those of merge
// keys do; -1 if it has no such key.
func (v Value) find(n *node, key string) (at int, merges []int) {
	if k := v.keys(n); k != nil {
		if i, ok := k.at[key]; ok {
			return i + 1, k.merges
		}
		return -1, k.merges
	}
	for i := 0; i+1 < len(n.content); i += 2 {
		switch n.content[i].text {
		case key:
			return i + 1, merges
		case mergeKey:
			merges = append(merges, i)
		}
	}
	return -1, merges
}

// keys are where those of a large mapping stand, or nil.
func (v Value) keys(n *node) *keys {
	if v.doc == nil {
		return nil
	}
	return v.doc.large[n]
}

// Cut reports whether the document was read in part: its aliases stand for more than is
// read, or for what they are a part of.
func (v Value) Cut() bool { return v.doc != nil && v.doc.cut }

const mergeKey = "<<"

// at is another node of the same document.
func (v Value) at(n *node) Value { return Value{n, v.doc} }

// maxAliases bounds how many aliases in a row are followed.
const maxAliases = 10

// Read returns the documents of a file. Where a later one is broken, those
// before it are returned beside the error.
func Read(data []byte) ([]Value, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	m := maker{anchors: map[*yaml.Node]anchor{}, room: maxAliased}
	var docs []Value
	for {
		var parsed yaml.Node
		err := dec.Decode(&parsed)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return docs, fmt.Errorf("this is no YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
		}
		if len(parsed.Content) > 0 {
			docs = append(docs, document(m.compact(parsed.Content[0])))
		}
	}
}

// resolved follows aliases.
func (v Value) resolved() *node {
	n := v.node
	for range maxAliases {
		if n == nil || n.kind != alias {
			return n
		}
		n = n.aliasOf()
	}
	return nil
}

// Exists reports whether the value is there.
func (v Value) Exists() bool { return v.resolved() != nil }

// Line is the line that the value stands on, or 0.
func (v Value) Line() int {
	if v.node == nil {
		return 0
	}
	return int(v.node.line)
}

// maxMerged bounds how many mappings are looked into for one key: each may merge several,
// which merge several more.
const maxMerged = 200

// Get returns the value of a key, followed through merge keys.
func (v Value) Get(path ...string) Value {
	for _, key := range path {
		budget := maxMerged
		v = v.get(key, 0, &budget)
	}
	return v
}

func (v Value) get(key string, depth int, budget *int) Value {
	n := v.resolved()
	if *budget--; n == nil || n.kind != mapping || depth > maxAliases || *budget < 0 {
		return Value{}
	}
	at, merges := v.find(n, key)
	if at >= 0 {
		return v.at(&n.content[at])
	}
	for _, i := range merges {
		for _, part := range v.at(&n.content[i+1]).items() {
			if found := part.get(key, depth+1, budget); found.Exists() {
				return found
			}
		}
	}
	return Value{}
}

// KeyLine is the line on which a key of the mapping stands, or 0.
func (v Value) KeyLine(key string) int {
	n := v.resolved()
	if n == nil || n.kind != mapping {
		return 0
	}
	if at, _ := v.find(n, key); at > 0 {
		return int(n.content[at-1].line)
	}
	return 0
}

// items is the list's items, or the value itself.
func (v Value) items() []Value {
	if n := v.resolved(); n != nil && n.kind == sequence {
		return v.Items()
	}
	return []Value{v}
}

// Text is the value of a scalar, or "".
func (v Value) Text() string {
	if n := v.resolved(); n != nil && n.kind == scalar && n.tagOf() != "!!null" {
		return n.text
	}
	return ""
}

// Tag is the value's tag, such as "!reference".
func (v Value) Tag() string {
	if v.node == nil {
		return ""
	}
	return v.node.tagOf()
}

// IsMap reports whether the value is a mapping.
func (v Value) IsMap() bool {
	n := v.resolved()
	return n != nil && n.kind == mapping
}

// IsList reports whether the value is a sequence.
func (v Value) IsList() bool {
	n := v.resolved()
	return n != nil && n.kind == sequence
}

// IsBlock reports whether the value is a block scalar, whose text begins on
// the line after it.
func (v Value) IsBlock() bool {
	n := v.resolved()
	return n != nil && n.kind == scalar && n.block
}

// TextLine is the line on which the text of a scalar begins.
func (v Value) TextLine() int {
	if v.IsBlock() {
		return int(v.resolved().line) + 1
	}
	return v.Line()
}

// Items returns the items of a sequence.
func (v Value) Items() []Value {
	n := v.resolved()
	if n == nil || n.kind != sequence {
		return nil
	}
	out := make([]Value, 0, len(n.content))
	for i := range n.content {
		out = append(out, v.at(&n.content[i]))
	}
	return out
}

// Texts returns the scalars of a sequence, or the one scalar.
func (v Value) Texts() []string {
	if t := v.Text(); t != "" {
		return []string{t}
	}
	var out []string
	for _, item := range v.Items() {
		if t := item.Text(); t != "" {
			out = append(out, t)
		}
	}
	return out
}

// Entry is one key of a mapping with its value.
type Entry struct {
	Key   string
	Line  int
	Value Value
}

// Entries returns the keys of a mapping in their order, those of merge keys
// left out.
func (v Value) Entries() []Entry {
	n := v.resolved()
	if n == nil || n.kind != mapping {
		return nil
	}
	out := make([]Entry, 0, len(n.content)/2)
	for i := 0; i+1 < len(n.content); i += 2 {
		if n.content[i].text != mergeKey {
			out = append(out, Entry{n.content[i].text, int(n.content[i].line), v.at(&n.content[i+1])})
		}
	}
	return out
}

// MaxStrings bounds the values that a mapping gives as strings: those of variables are
// copied for each step that has them.
const MaxStrings = 300

// Len is how many keys a mapping has, those of merge keys left out.
func (v Value) Len() int {
	n := v.resolved()
	if n == nil || n.kind != mapping {
		return 0
	}
	return len(n.content) / 2
}

// StringMap returns the scalar values of a mapping by key, of the first 300 keys.
func (v Value) StringMap() map[string]string {
	out := map[string]string{}
	n := v.resolved()
	if n == nil || n.kind != mapping {
		return out
	}
	for i := 0; i+1 < min(len(n.content), 2*MaxStrings); i += 2 {
		if t := v.at(&n.content[i+1]).Text(); t != "" && n.content[i].text != mergeKey {
			out[n.content[i].text] = t
		}
	}
	return out
}

// Scalars calls f with every scalar in the value, as deep as depth, with the
// keys that lead there joined by dots.
func (v Value) Scalars(depth int, f func(path string, value Value)) {
	v.scalars("", depth, f)
}

func (v Value) scalars(path string, depth int, f func(string, Value)) {
	n := v.node // aliases are not followed: what they name is visited where it stands
	if n == nil || depth < 0 {
		return
	}
	switch n.kind {
	case scalar:
		f(path, v)
	case sequence:
		for i := range n.content {
			v.at(&n.content[i]).scalars(path, depth-1, f)
		}
	case mapping:
		for i := 0; i+1 < len(n.content); i += 2 {
			v.at(&n.content[i+1]).scalars(joined(path, n.content[i].text), depth-1, f)
		}
	}
}

// maxKeys bounds the path of keys above a scalar, in bytes: of a longer one, the rest is left out.
const maxKeys = 4096

func joined(path, key string) string {
	if path == "" || len(path)+len(key) > maxKeys {
		return cmp.Or(path, key[:min(len(key), maxKeys)])
	}
	return path + "." + key
}
