package terraform

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Block is a block of a file: a resource, a module, or a part of one.
type Block struct {
	// Type is "resource", "module", "variable" or the name of a part; Labels are the
	// quoted words after it.
	Type   string
	Labels []string
	Line   int
	Attrs  map[string]Attr
	Blocks []Block
}

// Attr is one attribute of a block.
type Attr struct {
	Line int
	// Text is the attribute's literal value, as text; "" if it is not one.
	Text string
	// Texts are all literals in its expression, bare keys left out, Refs all names that it
	// refers to ("aws_sns_topic.alerts.arn"), each in the order of the file.
	Texts, Refs []string
	// Empty is true for null, an empty text, an empty list or an empty object.
	Empty bool
}

// The bounds of what is read: how deep blocks may lie in one another; how large a file
// may be, since the parser takes the square of the time for some; and how deep it may
// nest, since the parser calls itself for each level until the program dies.
const (
	maxDepth = 12
	maxSize  = 256 << 10
	maxNests = 2000
)

var (
	errLarge = errors.New("read HCL: larger than 256 KB")
	errDeep  = errors.New("read HCL: it nests deeper than anybody writes")
)

// nestsDeep reports whether brackets, signs before a value or parts of a template lie
// deeper in one another than can be parsed, as far as single characters tell.
func nestsDeep(src []byte) bool {
	depth, signs := 0, 0
	for _, c := range src {
		switch c {
		case '{', '[', '(':
			depth++
		case '}', ']', ')':
			depth = max(depth-1, 0)
		}
		switch c {
		case '!', '-':
			signs++
		case ' ', '\t', '\n', '\r':
		default:
			signs = 0
		}
		if depth > maxNests || signs > maxNests {
			return true
		}
	}
	return bytes.Count(src, []byte("%{")) > maxNests // each may be open until an endif
}

// Refused says why nothing of a file is read, nil for one that is.
func Refused(src []byte) error {
	switch {
	case len(src) > maxSize:
		return errLarge
	case nestsDeep(src):
		return errDeep
	}
	return nil
}

// Read returns the blocks of a file in their order. What is broken is left
// out, and is the error; a resource that has not its type and its name is broken.
// Nothing is read of a file that is [Refused].
func Read(name string, src []byte) ([]Block, error) {
	if err := Refused(src); err != nil {
		return nil, err
	}
	file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	var err error
	if diags.HasErrors() {
		err = fmt.Errorf("read HCL: %w", diags)
	}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return nil, err
	}
	all := slices.DeleteFunc(blocks(body, maxDepth), func(b Block) bool { return b.Type == "resource" && len(b.Labels) != 2 })
	return all, err
}

func blocks(body *hclsyntax.Body, depth int) []Block {
	if body == nil || depth == 0 {
		return nil
	}
	out := make([]Block, 0, len(body.Blocks))
	for _, b := range body.Blocks {
		block := Block{Type: b.Type, Labels: b.Labels, Line: b.TypeRange.Start.Line, Attrs: map[string]Attr{}}
		if b.Body != nil {
			for name, a := range b.Body.Attributes {
				block.Attrs[name] = attr(a)
			}
			block.Blocks = blocks(b.Body, depth-1)
		}
		out = append(out, block)
	}
	return out
}

func attr(a *hclsyntax.Attribute) Attr {
	out := Attr{Line: a.NameRange.Start.Line}
	v := &visitor{attr: &out}
	_ = hclsyntax.Walk(a.Expr, v) // the visitor finds no faults
	if len(out.Texts) == 1 && len(out.Refs) == 0 && isScalar(a.Expr) {
		out.Text = out.Texts[0]
	}
	out.Empty = isEmpty(a.Expr)
	return out
}

func isScalar(e hclsyntax.Expression) bool {
	switch e.(type) {
	case *hclsyntax.LiteralValueExpr, *hclsyntax.TemplateExpr:
		return true
	}
	return false
}

func isEmpty(e hclsyntax.Expression) bool {
	switch e := e.(type) {
	case *hclsyntax.TupleConsExpr:
		return len(e.Exprs) == 0
	case *hclsyntax.ObjectConsExpr:
		return len(e.Items) == 0
	case *hclsyntax.LiteralValueExpr:
		return e.Val.IsNull()
	case *hclsyntax.TemplateExpr:
		return len(e.Parts) == 0
	}
	return false
}

// maxNames bounds what is kept of one attribute.
const maxNames = 200

// visitor gathers literals and references.
type visitor struct{ attr *Attr }

func (v *visitor) Enter(n hclsyntax.Node) hcl.Diagnostics {
	if len(v.attr.Texts)+len(v.attr.Refs) >= maxNames {
		return nil
	}
	switch n := n.(type) {
	case *hclsyntax.LiteralValueExpr:
		if text, ok := literal(n.Val); ok {
			v.attr.Texts = append(v.attr.Texts, text)
		}
	case *hclsyntax.ScopeTraversalExpr:
		v.attr.Refs = append(v.attr.Refs, traversal(n.Traversal))
	}
	return nil
}

func (*visitor) Exit(hclsyntax.Node) hcl.Diagnostics { return nil }

func literal(v cty.Value) (string, bool) {
	if v.IsNull() || !v.IsKnown() {
		return "", false
	}
	switch v.Type() {
	case cty.String:
		return v.AsString(), true
	case cty.Bool:
		return fmt.Sprint(v.True()), true
	case cty.Number:
		return v.AsBigFloat().Text('g', -1), true
	}
	return "", false
}

// traversal writes a reference with dots; indexes are left out.
func traversal(t hcl.Traversal) string {
	var parts []string
	for _, step := range t {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			parts = append(parts, step.Name)
		case hcl.TraverseAttr:
			parts = append(parts, step.Name)
		}
	}
	return strings.Join(parts, ".")
}

// Is reports whether the block is a resource of one of the types.
func (b Block) Is(types ...string) bool {
	return b.Type == "resource" && len(b.Labels) == 2 && slices.Contains(types, b.Labels[0])
}

// Name is how other blocks refer to a resource ("aws_sns_topic.alerts"), or "".
func (b Block) Name() string {
	if b.Type != "resource" || len(b.Labels) != 2 {
		return ""
	}
	return b.Labels[0] + "." + b.Labels[1]
}

// Find returns the parts of a block with that name, one level down.
func (b Block) Find(name string) []Block {
	var out []Block
	for _, inner := range b.Blocks {
		if inner.Type == name {
			out = append(out, inner)
		}
	}
	return out
}

// All calls f with the block and every part of it.
func (b Block) All(f func(Block)) {
	f(b)
	for _, inner := range b.Blocks {
		inner.All(f)
	}
}

// Parts are the parts of a block with that name, at any depth.
func (b Block) Parts(name string) []Block {
	var out []Block
	b.All(func(part Block) {
		if part.Type == name {
			out = append(out, part)
		}
	})
	return out
}

// Made is the block that a dynamic one makes, of its label's type and with what its
// content holds (https://developer.hashicorp.com/terraform/language/expressions/dynamic-blocks);
// another block is returned as it is.
func (b Block) Made() Block {
	if b.Type != "dynamic" || len(b.Labels) != 1 {
		return b
	}
	for _, inner := range b.Blocks {
		if inner.Type == "content" {
			return Block{Type: b.Labels[0], Line: b.Line, Attrs: inner.Attrs, Blocks: inner.Blocks}
		}
	}
	return b
}
