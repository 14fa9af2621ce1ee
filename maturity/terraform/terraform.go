package terraform

import (
	"regexp"
	"slices"
	"strings"
)

// MaxSize is the largest file that is read; maxDepth how deep blocks and
// values may nest.
const (
	MaxSize  = 1 << 20
	maxDepth = 40
)

// Block is a block: resource "aws_lambda_function" "train" { … }.
type Block struct {
	Type   string
	Labels []string
	Line   int
	Attrs  []Attr
	Blocks []Block
}

// Attr is a name with its value, in a block or in an object.
type Attr struct {
	Name  string
	Line  int
	Value Value
}

// Value is an expression.
type Value struct {
	Line int
	// Raw is the expression as written.
	Raw string
	// Text is the content of a string or heredoc; ${…} stays in it.
	Text string
	// Call is the function that makes the value: jsonencode, file, templatefile.
	Call string
	// Items are those of a list, or the arguments of Call.
	Items []Value
	// Pairs are those of an object.
	Pairs []Attr
}

// Read returns the blocks of a file in their order.
func Read(src []byte) []Block {
	if len(src) > MaxSize {
		return nil
	}
	r := &reader{src: string(src), line: 1}
	_, blocks := r.body(0)
	return blocks
}

// Is reports whether the block is a resource (or data source) of that type.
func (b Block) Is(kind string) bool {
	return (b.Type == "resource" || b.Type == "data") && len(b.Labels) > 0 && b.Labels[0] == kind
}

// Name is the block's last label: a resource's own name.
func (b Block) Name() string {
	if len(b.Labels) == 0 {
		return ""
	}
	return b.Labels[len(b.Labels)-1]
}

// Address is how other blocks refer to a resource: "aws_lambda_function.train".
func (b Block) Address() string {
	if b.Type == "data" {
		return "data." + strings.Join(b.Labels, ".")
	}
	return strings.Join(b.Labels, ".")
}

// Get returns an attribute, looked up through nested blocks and objects.
func (b Block) Get(path ...string) Value {
	if len(path) == 0 {
		return Value{}
	}
	for _, a := range b.Attrs {
		if a.Name == path[0] {
			return a.Value.Get(path[1:]...)
		}
	}
	for _, inner := range b.Blocks {
		if inner.Type == path[0] {
			if v := inner.Get(path[1:]...); v.Exists() {
				return v
			}
		}
	}
	return Value{}
}

// All returns the nested blocks of a type, at any depth.
func (b Block) All(kind string) []Block {
	var out []Block
	for _, inner := range b.Blocks {
		if inner.Type == kind || inner.Type == "dynamic" && slices.Contains(inner.Labels, kind) {
			out = append(out, inner)
		}
		out = append(out, inner.All(kind)...)
	}
	return out
}

// Exists reports whether the value is there.
func (v Value) Exists() bool { return v.Raw != "" }

// Get returns the value under keys of nested objects; a function's first
// argument stands for what it encodes.
func (v Value) Get(path ...string) Value {
	for _, key := range path {
		for v.Call != "" && len(v.Items) > 0 {
			v = v.Items[0]
		}
		found := Value{}
		for _, p := range v.Pairs {
			if p.Name == key {
				found = p.Value
			}
		}
		v = found
	}
	return v
}

// Texts are the strings of a list, or the one string.
func (v Value) Texts() []string {
	if v.Text != "" {
		return []string{v.Text}
	}
	var out []string
	for _, item := range v.Items {
		if item.Text != "" {
			out = append(out, item.Text)
		}
	}
	return out
}

var reference = regexp.MustCompile(`\b(?:data\.)?[a-z][a-z0-9]*_[a-z0-9_]+\.[A-Za-z_][\w-]*|\b(?:module|var|local)\.[A-Za-z_][\w-]*`)

// Refs are the resources, modules and variables that the expression names.
func (v Value) Refs() []string { return reference.FindAllString(v.Raw, -1) }
