package catalogue

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
)

// Call returns what a call in a file is the use of. Imported names the tools
// that the file imports.
func (c *Catalogue) Call(call python.Call, imported map[string]bool) []Match {
	first, _, _ := strings.Cut(call.Name, ".")
	first = strings.TrimSuffix(strings.SplitN(first, "(", 2)[0], "[]")
	var out []Match
	for _, rules := range [...][]rule{c.calls[first], c.calls[""]} {
		for _, r := range rules {
			if r.fits(call.Name) && r.use.fits(call) {
				out = append(out, r.match())
			}
		}
	}
	if len(out) > 0 {
		return out
	}
	known := c.imports[first] != nil && !strings.HasPrefix(call.Name, "?")
	for _, r := range c.methods[call.Method()] {
		if (r.use.Alone || !known && imported[r.tool.ID]) && strings.Contains(call.Name, ".") && r.use.fits(call) {
			out = append(out, r.match())
		}
	}
	return out
}

func (r rule) match() Match {
	return Match{Tool: r.tool.Name, As: r.use.As, Note: r.use.Note, Root: r.use.Root}
}

// fits checks the conditions on the receiver and the arguments.
func (u *Use) fits(call python.Call) bool {
	if u.receivers != nil && !u.receivers.MatchString(call.Receiver) || u.not != nil && u.not.MatchString(call.Receiver) {
		return false
	}
	if len(u.Decorators) > 0 && len(u.Calls) == 0 && !call.Decorator {
		return false
	}
	for name, want := range u.when {
		arg, ok := call.Arg(name)
		if i, isIndex := index(name); isIndex {
			arg, ok = call.Positional(i)
		}
		if !want.holds(values(arg), ok) {
			return false
		}
	}
	return true
}

// values are what an argument may be held against: its text, the strings of its
// list, its literal or name.
func values(arg python.Arg) []string {
	var out []string
	if arg.Text != "" && arg.Text != arg.Value {
		out = append(out, arg.Text)
	}
	return append(append(out, arg.Items...), arg.Value)
}

// index reads a condition's name as the position of an argument.
func index(name string) (int, bool) {
	if len(name) == 1 && name[0] >= '0' && name[0] <= '9' {
		return int(name[0] - '0'), true
	}
	return 0, false
}

// condition is one condition on an argument or input.
type condition struct {
	want string
	re   *regexp.Regexp
	// not is what no value may match beside it: "/score/ !/latency/".
	not *regexp.Regexp
}

// conditions compiles the conditions of a use.
func conditions(when map[string]string) (map[string]condition, error) {
	out := make(map[string]condition, len(when))
	for name, want := range when {
		c := condition{want: want}
		if len(want) > 1 && want[0] == '/' && want[len(want)-1] == '/' {
			yes, no, _ := strings.Cut(want[1:len(want)-1], "/ !/")
			var err error
			if c.re, err = optional(yes); err != nil {
				return nil, fmt.Errorf("compile condition on %s: %w", name, err)
			}
			if c.not, err = optional(no); err != nil {
				return nil, fmt.Errorf("compile condition on %s: %w", name, err)
			}
		}
		out[name] = c
	}
	return out, nil
}

// holds checks the condition against the values of an argument; ok is whether
// there is one.
func (c condition) holds(values []string, ok bool) bool {
	switch {
	case c.re != nil:
		return ok && slices.ContainsFunc(values, c.re.MatchString) && (c.not == nil || !slices.ContainsFunc(values, c.not.MatchString))
	case c.want == "present":
		return ok
	case c.want == "absent":
		return !ok
	case c.want == "set":
		last := ""
		if len(values) > 0 {
			last = values[len(values)-1]
		}
		return ok && last != "None" && last != "False" && last != "@once"
	}
	return ok && slices.Contains(values, c.want)
}

// Class returns what deriving from a class is the use of.
func (c *Catalogue) Class(base string) []Match {
	first, _, _ := strings.Cut(base, ".")
	var out []Match
	for _, rules := range [...][]rule{c.bases[first], c.bases[""]} {
		for _, r := range rules {
			if r.fits(base) {
				out = append(out, r.match())
			}
		}
	}
	return out
}

// Function returns what a function of the project's own is, by its name.
func (c *Catalogue) Function(name string) []Match {
	var out []Match
	for _, r := range c.funcs {
		if r.fits(name) {
			out = append(out, r.match())
		}
	}
	return out
}

// Import returns what the import of a module is the use of.
func (c *Catalogue) Import(module string) []Match {
	var out []Match
	for name := module; name != ""; name = name[:max(strings.LastIndexByte(name, '.'), 0)] {
		for _, r := range c.used[name] {
			out = append(out, r.match())
		}
	}
	return out
}

// Command returns what a command is the use of. Its words must hold those of
// the entry in their order, the first one first; flags may stand between. A
// word of the entry that begins with a dash must be there.
func (c *Catalogue) Command(args []string) []Match {
	if len(args) == 0 {
		return nil
	}
	var out []Match
	for _, r := range c.commands[path.Base(args[0])] {
		if inOrder(strings.Fields(r.use.Commands[0])[1:], args[1:]) && r.use.given(args[1:]) {
			out = append(out, r.match())
		}
	}
	return out
}

func inOrder(words, args []string) bool {
	for _, w := range words {
		i := slices.IndexFunc(args, func(a string) bool { return wordFits(w, a) })
		if i < 0 {
			return false
		}
		args = args[i+1:]
	}
	return true
}

func wordFits(word, arg string) bool {
	if strings.Contains(word, "*") {
		return starred(strings.Split(word, "*"), arg)
	}
	return arg == word || strings.HasPrefix(word, "-") && strings.HasPrefix(arg, word+"=")
}

// starred matches the parts of a pattern between its stars, each where it comes first.
func starred(parts []string, arg string) bool {
	rest, ok := strings.CutPrefix(arg, parts[0])
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		var found bool
		_, rest, found = strings.Cut(rest, part)
		ok = ok && found
	}
	return ok && strings.HasSuffix(rest, last)
}

// given checks the conditions of a command: "absent" names words that must not stand in it.
func (u *Use) given(args []string) bool {
	for name, want := range u.When {
		if slices.Contains(args, name) == (want == "absent") {
			return false
		}
	}
	return true
}

// Action returns what an action of a CI host is the use of.
func (c *Catalogue) Action(uses string, with map[string]string) []Match {
	name, _, _ := strings.Cut(strings.ToLower(uses), "@")
	var out []Match
	for _, r := range c.actions {
		if !r.fits(name) {
			continue
		}
		fits := true
		for input, want := range r.use.when {
			value, ok := with[input]
			fits = fits && want.holds([]string{value}, ok)
		}
		if fits {
			out = append(out, r.match())
		}
	}
	return out
}

// Kind returns what a Kubernetes object of that kind is the use of.
func (c *Catalogue) Kind(kind string) []Match {
	var out []Match
	for _, r := range c.kinds[kind] {
		out = append(out, r.match())
	}
	return out
}

// File returns what the presence of a file is the use of.
func (c *Catalogue) File(file string) []Match {
	var out []Match
	for _, r := range c.files {
		if r.fits(path.Base(file)) {
			out = append(out, r.match())
		}
	}
	return out
}
