package rego

import (
	"fmt"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/builtins"
)

// maxText is the longest text that a built-in may make, in bytes. Policies make
// sentences; what a longer text costs is paid in one step that nothing can stop.
const maxText = 4 << 20

// maxShift is how far bits.lsh may shift: a number of a megabit.
const maxShift = 1 << 20

// boundBuiltins puts a check before those of OPA's built-ins that can make
// something huge out of something small in one step, without looking whether
// evaluation was cancelled, and one behind those that make texts. OPA has one
// table of built-ins in a process, which is changed before anything reads it.
//
//nolint:gochecknoglobals // see above
var boundBuiltins = sync.OnceFunc(func() {
	for name, cost := range costs() {
		topdown.RegisterBuiltinFunc(name, bounded(topdown.GetBuiltin(name), cost))
	}
	for _, name := range texts() {
		topdown.RegisterBuiltinFunc(name, short(topdown.GetBuiltin(name)))
	}
})

// cost says how large a built-in's result may become, in bytes.
type cost func(operands []*ast.Term) int

// costs lists the built-ins whose result can be far larger than their operands.
func costs() map[string]cost {
	return map[string]cost{
		"sprintf":                          sprintfCost,
		"concat":                           concatCost,
		"json.marshal":                     func(o []*ast.Term) int { return textSize(o[0], maxText) },
		"json.marshal_with_options":        marshalCost,
		"yaml.marshal":                     func(o []*ast.Term) int { return textSize(o[0], maxText) },
		"urlquery.encode_object":           func(o []*ast.Term) int { return 3 * textSize(o[0], maxText) },
		"internal.template_string":         func(o []*ast.Term) int { return textSize(o[0], maxText) },
		"bits.lsh":                         shiftCost,
		"regex.find_all_string_submatch_n": submatchCost,
	}
}

// texts lists the built-ins that make a text of texts. They look whether they
// should stop, or their result is a small multiple of what they are given.
func texts() []string {
	return []string{
		"replace", "strings.replace_n", "regex.replace", "regex.template_match", "base64.encode", "base64url.encode",
		"base64url.encode_no_pad", "hex.encode", "urlquery.encode", "format_int",
	}
}

// bounded refuses a call whose result could be too large.
func bounded(builtin topdown.BuiltinFunc, cost cost) topdown.BuiltinFunc {
	return func(ctx topdown.BuiltinContext, operands []*ast.Term, iter func(*ast.Term) error) error {
		if cost(operands) > maxText {
			return fmt.Errorf("the result may be larger than %d MiB", maxText>>20)
		}
		return builtin(ctx, operands, iter)
	}
}

// short refuses a result that is too long, so that the next step cannot make it longer.
func short(builtin topdown.BuiltinFunc) topdown.BuiltinFunc {
	return func(ctx topdown.BuiltinContext, operands []*ast.Term, iter func(*ast.Term) error) error {
		return builtin(ctx, operands, func(result *ast.Term) error {
			if text, ok := result.Value.(ast.String); ok && len(text) > maxText {
				return topdown.Halt{Err: &topdown.Error{
					Code: topdown.BuiltinErr, Location: ctx.Location,
					Message: fmt.Sprintf("the result is larger than %d MiB", maxText>>20),
				}}
			}
			return iter(result)
		})
	}
}

// sprintfCost bounds what a format and its arguments give. Each number in a
// format may be a width of up to a million characters (package fmt's own
// limit), each * takes one from the arguments, and an index such as [1] makes
// an argument appear again.
func sprintfCost(operands []*ast.Term) int {
	format, ok := operands[0].Value.(ast.String)
	args, isArray := operands[1].Value.(*ast.Array)
	if !ok || !isArray {
		return 0 // the built-in says what is wrong
	}
	const widest = 1_000_000
	text := string(format)
	total := len(text) + textSize(operands[1], maxText) + widest*strings.Count(text, "*")
	if strings.Contains(text, "[") {
		total += strings.Count(text, "%") * largest(args)
	}
	number := 0
	for _, r := range text + " " {
		if r >= '0' && r <= '9' {
			number = min(10*number+int(r-'0'), widest)
			continue
		}
		total, number = min(total+number, 2*maxText), 0
	}
	return total
}

func largest(args *ast.Array) int {
	most := 0
	for i := range args.Len() {
		most = max(most, textSize(args.Elem(i), maxText))
	}
	return most
}

// concatCost is the length of the whole: concat takes the space at once.
func concatCost(operands []*ast.Term) int {
	separator, _ := operands[0].Value.(ast.String)
	total := 0
	add := func(term *ast.Term) {
		if text, ok := term.Value.(ast.String); ok {
			total = min(total+len(text)+len(separator), 2*maxText)
		}
	}
	switch parts := operands[1].Value.(type) {
	case *ast.Array:
		parts.Foreach(add)
	case ast.Set:
		parts.Foreach(add)
	}
	return total
}

// marshalCost counts the indentation too, which may be any text.
func marshalCost(operands []*ast.Term) int {
	size := textSize(operands[0], maxText)
	return min(size, maxText+1) * (1 + min(textSize(operands[1], maxText), maxText))
}

func shiftCost(operands []*ast.Term) int {
	by, err := builtins.BigIntOperand(operands[1].Value, 2)
	if err == nil && (!by.IsInt64() || by.Int64() > maxShift) {
		return maxText + 1
	}
	return 0
}

// submatchCost counts the matches that there can be, each with its groups.
func submatchCost(operands []*ast.Term) int {
	pattern, _ := operands[0].Value.(ast.String)
	text, _ := operands[1].Value.(ast.String)
	return (1 + strings.Count(string(pattern), "(")) * len(text)
}

// textSize is about how long a value is when it is written down. It stops
// counting beyond the limit: a value whose parts are shared may be longer than
// any memory.
func textSize(term *ast.Term, limit int) int {
	size := 0
	count(term, limit, &size)
	return size
}

// count adds the sizes of a value's parts. Its depth is bounded by the limit too.
func count(term *ast.Term, limit int, size *int) {
	*size += 2
	if *size > limit {
		return
	}
	each := func(part *ast.Term) error {
		count(part, limit, size)
		if *size > limit {
			return errStop
		}
		return nil
	}
	switch value := term.Value.(type) {
	case ast.String:
		*size += len(value)
	case ast.Number:
		*size += len(value)
	case *ast.Array:
		_ = value.Iter(each)
	case ast.Set:
		_ = value.Iter(each)
	case ast.Object:
		_ = value.Iter(func(key, part *ast.Term) error {
			if err := each(key); err != nil {
				return err
			}
			return each(part)
		})
	default:
		*size += 5
	}
}
