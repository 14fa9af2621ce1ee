package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// call takes a simple command. It reports whether the script surely ends with it.
func (w *walker) call(cmd *syntax.CallExpr, s scope) bool {
	if len(cmd.Args) == 0 {
		w.assigns(cmd.Assigns, s)
		return false
	}
	inside := s
	inside.swallowed = first(s.swallowed, "it is a substitution in another command")
	for _, word := range cmd.Args {
		w.substitutions(word, inside)
	}
	args := w.words(cmd.Args)
	switch args[0] {
	case "set":
		w.set(args[1:])
		return false
	case "trap":
		w.trap(args[1:])
		return false
	case "exit":
		return !s.conditional
	case "export", "readonly":
		return false
	}
	if body, ok := w.funcs[args[0]]; ok && w.calling[args[0]] == 0 {
		w.calling[args[0]]++
		w.stmt(body, s)
		w.calling[args[0]]--
		return false
	}
	w.commands = append(w.commands, Command{
		Args: args, Env: w.env(cmd.Assigns), Line: int(cmd.Pos().Line()),
		Swallowed: w.why(s), Conditional: s.conditional, Asked: s.asked,
	})
	return false
}

// trap notes a handler that makes every failure after it good.
func (w *walker) trap(args []string) {
	if len(args) < 2 {
		return
	}
	for _, signal := range args[1:] {
		if (signal == "EXIT" || signal == "0" || signal == "ERR") && strings.HasSuffix(strings.TrimRight(args[0], "; "), "exit 0") {
			w.trapped = "trap with exit 0"
		}
	}
}

// assigns notes the values of variables and walks over the commands that make them.
func (w *walker) assigns(assigns []*syntax.Assign, s scope) {
	for _, a := range assigns {
		if a.Value == nil {
			continue
		}
		w.substitutions(a.Value, s)
		if a.Name != nil {
			w.vars[a.Name.Value] = w.word(a.Value)
		}
	}
}

func (w *walker) env(assigns []*syntax.Assign) []string {
	var env []string
	for _, a := range assigns {
		if a.Name != nil && a.Value != nil {
			env = append(env, a.Name.Value+"="+w.word(a.Value))
		}
	}
	return env
}

// set follows set -e, set +e, set -o pipefail and their combinations.
func (w *walker) set(args []string) {
	for i, arg := range args {
		if len(arg) < 2 || arg[0] != '-' && arg[0] != '+' {
			continue
		}
		on := arg[0] == '-'
		if strings.Contains(arg[1:], "e") {
			w.errExit = on
		}
		if strings.Contains(arg[1:], "o") && i+1 < len(args) {
			switch args[i+1] {
			case "errexit":
				w.errExit = on
			case "pipefail":
				w.pipeFail = on
			}
		}
	}
}

// substitutions walks over the commands inside a word.
func (w *walker) substitutions(word *syntax.Word, s scope) {
	syntax.Walk(word, func(n syntax.Node) bool {
		if sub, ok := n.(*syntax.CmdSubst); ok {
			w.list(sub.Stmts, s)
			return false
		}
		return true
	})
}

func (w *walker) words(list []*syntax.Word) []string {
	out := make([]string, 0, len(list))
	for _, word := range list {
		text := w.word(word)
		if unquoted(word) && strings.Contains(text, " ") { // a variable that holds several words
			out = append(out, strings.Fields(text)...)
			continue
		}
		out = append(out, text)
	}
	return out
}

// unquoted reports whether a word is a bare variable, which the shell splits.
func unquoted(word *syntax.Word) bool {
	if len(word.Parts) != 1 {
		return false
	}
	_, ok := word.Parts[0].(*syntax.ParamExp)
	return ok
}

func (w *walker) word(word *syntax.Word) string {
	var b strings.Builder
	w.parts(&b, word.Parts)
	return b.String()
}

// maxWord bounds what variables that hold one another can grow to, maxExpanded what the
// values of variables come to in one script.
const (
	maxWord     = 4 << 10
	maxExpanded = 1 << 20
)

func (w *walker) parts(b *strings.Builder, parts []syntax.WordPart) {
	for _, part := range parts {
		if b.Len() > maxWord {
			return
		}
		switch p := part.(type) {
		case *syntax.Lit:
			b.WriteString(unescape(p.Value))
		case *syntax.SglQuoted:
			b.WriteString(p.Value)
		case *syntax.DblQuoted:
			w.parts(b, p.Parts)
		case *syntax.ParamExp:
			b.WriteString(w.param(p))
		default:
			b.WriteString("$()")
		}
	}
}

func (w *walker) param(p *syntax.ParamExp) string {
	if p.Param == nil {
		return "$"
	}
	value, ok := w.vars[p.Param.Value]
	if ok && p.Slice == nil && p.Repl == nil && !p.Length && w.expanded+len(value) <= maxExpanded {
		w.expanded += len(value)
		return value
	}
	if p.Exp != nil && p.Exp.Word != nil && (p.Exp.Op == syntax.DefaultUnset || p.Exp.Op == syntax.DefaultUnsetOrNull) {
		return w.word(p.Exp.Word)
	}
	return "$" + p.Param.Value
}

// unescape takes the backslashes out of a literal.
func unescape(s string) string {
	if !strings.Contains(s, "\\") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
			if s[i] == '\n' {
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
