package metricfile

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"unicode"

	"github.com/muster-ci/muster/internal/metrics/input"
)

// kind is what a value of a nested file is.
type kind int

const (
	other kind = iota // null, a boolean, a date
	object
	list
	number
	text
)

// node is a value of a nested file, and its key.
type node struct {
	key      string
	line     int
	kind     kind
	number   float64
	text     string  // of a text, or of a number as it is written
	children []*node // of a list only the objects and lists
}

// get follows keys; nil if they lead nowhere.
func (n *node) get(keys ...string) *node {
	for _, key := range keys {
		if n == nil || n.kind != object {
			return nil
		}
		var found *node
		for _, child := range n.children {
			if child.key == key {
				found = child
				break
			}
		}
		n = found
	}
	return n
}

// isObject is false for nil, too.
func (n *node) isObject() bool { return n != nil && n.kind == object }

// collector takes every number of a file, and refuses what could be misread.
type collector struct {
	*file
	seen    map[string]bool
	numbers []Number
}

func newCollector(f *file) *collector {
	return &collector{file: f, seen: map[string]bool{}}
}

// tree reads a nested file.
func (c *collector) tree(format string, parse func(*file) (*node, error)) error {
	root, err := parse(c.file)
	if err != nil {
		return err
	}
	switch {
	case isHarness(root):
		return c.harness(root)
	case promptfooSummary(root) != nil:
		return c.promptfoo(promptfooSummary(root))
	}
	return c.object(root, "", dialect{format: format})
}

// dialect is how the numbers of a format are described.
type dialect struct {
	format string
	// rename and refine may be nil: what a key is called, and what is known of its number.
	rename func(key string) string
	refine func(key string, n *Number)
}

// object collects what is in an object, under names that begin with prefix.
func (c *collector) object(o *node, prefix string, as dialect) error {
	if isClassificationReport(o) {
		as = dialect{format: "classification_report", refine: refineReport}
	}
	for _, child := range o.children {
		name := child.key
		if as.rename != nil {
			name = as.rename(name)
		}
		name = prefix + name
		if err := c.claim(name, child.key, child.line); err != nil {
			return err
		}
		if err := c.value(child, name, as); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) value(n *node, name string, as dialect) error {
	switch n.kind {
	case object:
		return c.object(n, name+".", as)
	case text:
		return c.notNumber(name, n.text, n.line)
	case number:
		found := Number{Name: name, Value: n.number, Better: Better(name), Source: fmt.Sprintf("%s, line %d", as.format, n.line)}
		if as.refine != nil {
			as.refine(n.key, &found)
		}
		return c.add(found, n.text, n.line)
	}
	return nil
}

// claim takes a name, which no other value may have.
func (c *collector) claim(name, key string, line int) error {
	switch {
	case key == "":
		return c.errorAt(line, name, "a key is empty", "give every number a name")
	case len(name) > maxName:
		return c.errorAt(line, name, fmt.Sprintf("the name %s is longer than %d bytes", input.Quote(name), maxName), "give every number a short name")
	case strings.ContainsFunc(key, unprintable):
		return c.errorAt(line, name, fmt.Sprintf("the name %s has characters that cannot be seen", input.Quote(name)), "leave line breaks, control characters and marks of direction out of names")
	case c.seen[name]:
		return c.errorAt(line, name, fmt.Sprintf("%s occurs twice", input.Quote(name)), "give every number a name of its own")
	}
	c.seen[name] = true
	return nil
}

// unprintable is true for what breaks a line, and for marks that make one text
// look like another. Joiners, which some scripts need, are none of these.
func unprintable(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control) || r == '\ufeff' || r == utf8Error
}

const utf8Error = '\ufffd' // what a parser makes of half a character

// add takes a number, the name of which was claimed.
func (c *collector) add(n Number, written string, line int) error {
	switch {
	case math.IsNaN(n.Value):
		return c.errorAt(line, n.Name, fmt.Sprintf("%s is NaN", input.Quote(n.Name)), "a metric must be finite; leave out what could not be computed")
	case math.IsInf(n.Value, 0):
		return c.errorAt(line, n.Name, fmt.Sprintf("%s is out of range (%s)", input.Quote(n.Name), input.Quote(written)), "a metric must be finite")
	case len(c.numbers) == maxNumbers:
		return c.errorAt(line, n.Name, fmt.Sprintf("has more than %d numbers", maxNumbers), "keep only metrics in it")
	}
	c.numbers = append(c.numbers, n)
	return nil
}

// numberLike is text that was meant as a number: also with a decimal comma, with
// a per cent sign, or NaN.
var numberLike = regexp.MustCompile(`(?i)^[-+]?(nan|inf|infinity|[\d.,_']*\d[\d.,_']*(e[-+]?\d+)?\s*%?)$`)

// notNumber lets text pass, unless its name is that of a metric and it was meant
// as a number: left out, it would be missed.
func (c *collector) notNumber(name, value string, line int) error {
	value = strings.TrimSpace(value)
	if len(value) > 64 || !numberLike.MatchString(value) || Better(name) == "" {
		return nil
	}
	hint := "write it as a number, without quotes and with a decimal point"
	switch parsed, ok := parseCell(value); {
	case !ok:
		hint = "write it with a decimal point, without separators or a per cent sign"
	case math.IsNaN(parsed), math.IsInf(parsed, 0):
		hint = "a metric must be finite; leave out what could not be computed"
	}
	return c.errorAt(line, name, fmt.Sprintf("%s is the text %s", input.Quote(name), input.Quote(value)), hint)
}
