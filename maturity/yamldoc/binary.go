package yamldoc

import (
	"encoding/binary"
	"errors"
)

// errBinary says that bytes are no documents, or ones that another program wrote.
var errBinary = errors.New("damaged documents")

// ownTag stands for a tag that is none of these, and is written out.
const ownTag = 0xff

const (
	isBlock  = 1 << 6
	isTarget = 1 << 7 // an alias leads there
)

// Append appends documents in a form that [Decode] reads. Only the same program reads it.
func Append(b []byte, docs []Value) []byte {
	w := writer{data: b, targets: map[*node]int{}}
	b = binary.AppendUvarint(b, uint64(len(docs)))
	for _, doc := range docs {
		w.data, w.line, w.next = b, 0, 0
		clear(w.targets)
		w.find(doc.node)
		n := 0
		count(doc.node, &n)
		w.data = binary.AppendUvarint(w.data, uint64(n))
		w.node(doc.node)
		b = w.data
	}
	return b
}

// count adds the nodes below one.
func count(n *node, to *int) {
	*to += len(n.content)
	for i := range n.content {
		count(&n.content[i], to)
	}
}

type writer struct {
	data    []byte
	targets map[*node]int // the number of each, -1 before it is written
	next    int
	line    int32
}

// find notes what aliases lead to.
func (w *writer) find(n *node) {
	if to := n.aliasOf(); to != nil {
		w.targets[to] = -1
	}
	for i := range n.content {
		w.find(&n.content[i])
	}
}

func (w *writer) node(n *node) {
	head := byte(n.kind)
	if n.block {
		head |= isBlock
	}
	if _, ok := w.targets[n]; ok {
		head |= isTarget
		w.targets[n], w.next = w.next, w.next+1
	}
	if n.more != nil && n.more.tag != "" {
		w.data = append(w.data, head, ownTag)
		w.string(n.more.tag)
	} else {
		w.data = append(w.data, head, n.tag)
	}
	w.data = binary.AppendVarint(w.data, int64(n.line-w.line))
	w.line = n.line
	switch n.kind {
	case scalar:
		w.string(n.text)
	case alias:
		w.data = binary.AppendVarint(w.data, int64(w.number(n)))
	}
	w.data = binary.AppendUvarint(w.data, uint64(len(n.content)))
	for i := range n.content {
		w.node(&n.content[i])
	}
}

// number is that of what an alias leads to, which stands before it; -1 for nothing.
func (w *writer) number(n *node) int {
	if n.aliasOf() == nil {
		return -1
	}
	return w.targets[n.aliasOf()]
}

func (w *writer) string(s string) {
	w.data = append(binary.AppendUvarint(w.data, uint64(len(s))), s...)
}

// Decode reads what [Append] wrote; it keeps nothing of the bytes.
func Decode(data []byte) ([]Value, error) {
	r := reader{data: string(data)}
	docs := make([]Value, 0, r.length())
	for range cap(docs) {
		r.line, r.targets = 0, r.targets[:0]
		r.free = make([]node, r.length()+1)
		root := r.take(1)
		r.node(&root[0])
		docs = append(docs, document(&root[0]))
	}
	if r.bad {
		return nil, errBinary
	}
	return docs, nil
}

type reader struct {
	data    string
	targets []*node
	free    []node // of the document
	line    int32
	bad     bool
}

// take returns the next nodes.
func (r *reader) take(n int) []node {
	if n > len(r.free) {
		r.bad = true
		return nil
	}
	part := r.free[:n:n]
	r.free = r.free[n:]
	return part
}

func (r *reader) node(n *node) {
	head, tag := r.byte(), r.byte()
	n.kind, n.block = kind(head&^(isBlock|isTarget)), head&isBlock != 0
	if head&isTarget != 0 {
		r.targets = append(r.targets, n)
	}
	if tag == ownTag {
		n.own().tag = r.string()
	} else if int(tag) < len(tags) {
		n.tag = tag
	}
	r.line += int32(r.varint())
	n.line = r.line
	switch n.kind {
	case scalar:
		n.text = r.string()
	case alias:
		if at := r.varint(); at >= 0 && at < int64(len(r.targets)) {
			n.own().alias = r.targets[at]
		}
	}
	if size := r.length(); size > 0 && !r.bad {
		n.content = r.take(size)
	}
	for i := range n.content {
		if r.bad {
			return
		}
		r.node(&n.content[i])
	}
}

func (r *reader) byte() byte {
	if r.data == "" {
		r.bad = true
		return 0
	}
	b := r.data[0]
	r.data = r.data[1:]
	return b
}

func (r *reader) uvarint() uint64 {
	var u uint64
	for shift := 0; shift < 64; shift += 7 {
		b := r.byte()
		if u |= uint64(b&0x7f) << shift; b < 0x80 {
			return u
		}
	}
	r.bad = true
	return 0
}

// varint reads a number as [binary.AppendVarint] writes it.
func (r *reader) varint() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// length reads how many parts follow, each of which takes a byte at least.
func (r *reader) length() int {
	u := r.uvarint()
	if u > uint64(len(r.data)) {
		r.bad = true
		return 0
	}
	return int(u)
}

func (r *reader) string() string {
	n := r.length()
	s := r.data[:n]
	r.data = r.data[n:]
	return s
}
