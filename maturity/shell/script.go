package shell

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"mvdan.cc/sh/v3/syntax"
)

// MaxSize is the largest script that is read.
const MaxSize = 256 << 10

// maxDepth is how deep the brackets and the compound commands of a script may
// nest, and how many commands may hang together: reading it recurses.
const maxDepth = 500

// maxSteps bounds the statements that are walked over: functions may call one another
// twice, and those others twice.
const maxSteps = MaxSize

// ErrTooLarge says that a script is larger than [MaxSize], nests too deep, or calls its
// functions too often.
var ErrTooLarge = errors.New("script is too large")

// Command is one simple command of a script.
type Command struct {
	// Args are its words. A variable that the script itself sets is replaced by
	// its value, another one stays "$NAME"; a substitution is "$()".
	Args []string
	// Env are the assignments in front of it, as "NAME=value".
	Env []string
	// Line counts from 1 at the beginning of the script.
	Line int
	// Swallowed says why its failure does not fail the script; it is empty if it does.
	Swallowed string
	// Conditional is true if a branch decides whether it runs; Asked is then what the
	// branches ask, as it is written.
	Conditional bool
	Asked       string
}

// Options say how the script is started.
type Options struct {
	// ErrExit and PipeFail are set from the start (bash -e -o pipefail).
	ErrExit  bool
	PipeFail bool
	// Env holds variables whose values are known.
	Env map[string]string
}

// Read returns the commands of a script in the order in which they stand.
func Read(src string, opts Options) ([]Command, error) {
	if len(src) > MaxSize || depth(src) > maxDepth {
		return nil, fmt.Errorf("read script: %w", ErrTooLarge)
	}
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(src), "")
	if err != nil {
		return nil, fmt.Errorf("read script: %w", located(err))
	}
	w := &walker{
		src:     src,
		errExit: opts.ErrExit || shebangHas(src, 'e'), pipeFail: opts.PipeFail,
		vars: map[string]string{}, funcs: map[string]*syntax.Stmt{}, calling: map[string]int{},
		statuses: exitStatuses(file),
	}
	maps.Copy(w.vars, opts.Env)
	w.list(file.Stmts, scope{last: true})
	if w.steps > maxSteps {
		return nil, fmt.Errorf("read script: %w", ErrTooLarge)
	}
	return w.commands, nil
}

// depth is how deep a script nests at most, quotes not looked at.
func depth(src string) int {
	most, brackets, words := 0, 0, 0
	for i := range len(src) {
		switch src[i] {
		case '(', '{', '`', '!':
			brackets++
		case ')', '}', '\n':
			brackets = max(0, brackets-1)
		}
		most = max(most, brackets)
	}
	most = max(most, chained(src))
	for word := range strings.FieldsSeq(src) {
		switch strings.Trim(word, ";") {
		case "if", "while", "until", "for", "case", "select", "!", "time", "coproc", "elif", "function":
			words++
		case "fi", "done", "esac":
			words = max(0, words-1)
		}
		most = max(most, words)
	}
	return most
}

// chained is how many commands at most hang together by &&, || and |, quotes not looked at.
func chained(src string) int {
	most, signs, goesOn := 0, 0, false
	for i := range len(src) {
		switch c := src[i]; {
		case c == '&' || c == '|':
			signs, goesOn = signs+1, true
			most = max(most, signs)
		case c == '\n' && !goesOn, c == ';':
			signs = 0
		case c != ' ' && c != '\t' && c != '\n':
			goesOn = c == '\\' // the line goes on
		}
	}
	return most / 2
}

// shebangHas reports whether the script's first line starts its shell with that flag.
func shebangHas(src string, flag byte) bool {
	line, _, _ := strings.Cut(src, "\n")
	if !strings.HasPrefix(line, "#!") {
		return false
	}
	for _, word := range strings.Fields(line)[1:] {
		if strings.HasPrefix(word, "-") && !strings.HasPrefix(word, "--") && strings.IndexByte(word, flag) > 0 {
			return true
		}
	}
	return false
}

// scope is where in the script a statement stands.
type scope struct {
	last        bool   // its status is the script's
	conditional bool   // a branch decides whether it runs
	asked       string // what the branch asks
	unchecked   bool   // errexit does not look at it
	swallowed   string // why its failure is lost, whatever else holds
}

// walker goes over the statements in the order in which they would run.
type walker struct {
	src               string
	errExit, pipeFail bool
	vars              map[string]string
	funcs             map[string]*syntax.Stmt
	calling           map[string]int
	steps             int             // the statements so far
	unrolled          int             // the text of rounds of loops so far, in bytes
	expanded          int             // the text of variables so far, in bytes
	trapped           string          // why what comes after a trap cannot fail the script
	statuses          map[string]bool // the variables that the script leaves with
	commands          []Command
}

// list walks over statements that follow one another. It reports whether the
// script surely ends inside.
func (w *walker) list(stmts []*syntax.Stmt, s scope) bool {
	exit := sync.OnceValue(func() int { return lastExit(stmts) })
	for i, stmt := range stmts {
		inner := s
		inner.last = s.last && i == len(stmts)-1
		if i+1 < len(stmts) && readsStatus(stmts[i+1]) && exit() > i {
			inner.last = true // the script looks at the status, and leaves with it
		}
		if w.stmt(stmt, inner) && !s.conditional {
			return true
		}
	}
	return false
}

// readsStatus reports whether a statement looks at the status of the one before.
func readsStatus(stmt *syntax.Stmt) bool {
	found := false
	syntax.Walk(stmt, func(n syntax.Node) bool {
		if p, ok := n.(*syntax.ParamExp); ok && p.Param != nil && (p.Param.Value == "?" || p.Param.Value == "PIPESTATUS") {
			found = true
		}
		return !found
	})
	return found
}

// why says how the failure of a command in that scope is lost, if it is.
func (w *walker) why(s scope) string {
	switch {
	case s.swallowed != "":
		return s.swallowed
	case w.trapped != "":
		return w.trapped
	case s.last:
		return ""
	case s.unchecked:
		return "the shell goes on after a failure on the left of &&"
	case !w.errExit:
		return "the script goes on after a failure (no set -e)"
	}
	return ""
}

// stmt walks over one statement; it reports whether the script surely ends there.
func (w *walker) stmt(stmt *syntax.Stmt, s scope) bool {
	if w.steps++; w.steps > maxSteps {
		return true
	}
	if stmt.Negated {
		s.swallowed = first(s.swallowed, "its result is negated")
	}
	if stmt.Background || stmt.Coprocess {
		s.swallowed = first(s.swallowed, "it runs in the background")
	}
	switch cmd := stmt.Cmd.(type) {
	case *syntax.CallExpr:
		before := len(w.commands)
		ends := w.call(cmd, s)
		if len(w.commands) > before {
			w.fed(stmt.Redirs)
		}
		return ends
	case *syntax.BinaryCmd:
		w.binary(cmd, s)
	case *syntax.IfClause:
		w.ifClause(cmd, s)
	case *syntax.Block:
		return w.list(cmd.Stmts, s)
	case *syntax.Subshell:
		errExit := w.errExit
		w.list(cmd.Stmts, s)
		w.errExit = errExit
	case *syntax.WhileClause:
		if len(cmd.Cond) == 1 && !cmd.Until && settles(cmd.Cond[0], "false") {
			return false
		}
		cond := s
		cond.swallowed = first(s.swallowed, "it is the condition of a loop")
		w.list(cmd.Cond, cond)
		w.list(cmd.Do, s)
	case *syntax.ForClause:
		w.forClause(cmd, s)
	case *syntax.CaseClause:
		s.conditional = true
		for _, item := range cmd.Items {
			w.list(item.Stmts, s)
		}
	case *syntax.FuncDecl:
		if cmd.Name != nil { // a function may have no name
			w.funcs[cmd.Name.Value] = cmd.Body
		}
	case *syntax.TimeClause:
		if cmd.Stmt != nil {
			return w.stmt(cmd.Stmt, s)
		}
	case *syntax.DeclClause:
		s.swallowed = first(s.swallowed, "its status is that of the declaration around it")
		w.assigns(cmd.Args, s)
	}
	return false
}

// binary walks over "a && b", "a || b" and "a | b".
func (w *walker) binary(cmd *syntax.BinaryCmd, s scope) {
	left := s
	switch cmd.Op {
	case syntax.AndStmt:
		left.unchecked = true
		if settles(cmd.X, "false") {
			return // what follows never runs
		}
		right := s
		right.conditional = true
		if _, program := cmd.X.Cmd.(*syntax.CallExpr); !program || cmd.X.Negated || isTest(cmd.X) {
			right.asked = w.asks(s, cmd.X) // else it is the next step
		}
		w.stmt(cmd.X, left)
		w.stmt(cmd.Y, right)
		return
	case syntax.OrStmt:
		if settles(cmd.X, "true", ":") {
			return
		}
		if why := w.forgives(cmd.Y); why != "" {
			left.swallowed = first(s.swallowed, why)
		} else {
			left.last = true // its failure becomes that of the right side
		}
		w.stmt(cmd.X, left)
		s.conditional, s.asked = true, w.asks(s, cmd.X)
		w.stmt(cmd.Y, s)
		return
	}
	if !w.pipeFail {
		left.swallowed = first(s.swallowed, "a pipe takes its place (no pipefail)")
	}
	w.stmt(cmd.X, left)
	w.stmt(cmd.Y, s)
}

// forgives says how the right side of || makes a failure good, if it does.
func (w *walker) forgives(stmt *syntax.Stmt) string {
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok {
		if block, ok := stmt.Cmd.(*syntax.Block); ok && len(block.Stmts) > 0 && !exits(block.Stmts) {
			return w.forgives(block.Stmts[len(block.Stmts)-1])
		}
		return ""
	}
	args := w.words(call.Args)
	switch {
	case len(args) == 0 && w.remembers(call):
		return ""
	case len(args) == 0:
		return "|| with an assignment"
	}
	switch args[0] {
	case "true", ":", "echo", "printf", "date", "ls", "cat":
		return "|| " + args[0]
	case "exit", "return":
		if len(args) > 1 && args[1] == "0" {
			return "|| " + args[0] + " 0"
		}
	}
	return ""
}

// exits reports whether one of the statements leaves with a failure.
func exits(stmts []*syntax.Stmt) bool { return lastExit(stmts) >= 0 }

// lastExit is the last of the statements that leaves with a failure, or -1.
func lastExit(stmts []*syntax.Stmt) int {
	found := false
	for i, stmt := range slices.Backward(stmts) {
		syntax.Walk(stmt, func(n syntax.Node) bool {
			if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 {
				name := call.Args[0].Lit()
				leaves := name == "exit" || name == "return" || name == "false" || name == "die"
				found = found || leaves && (len(call.Args) < 2 || call.Args[1].Lit() != "0")
			}
			return !found
		})
		if found {
			return i
		}
	}
	return -1
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
