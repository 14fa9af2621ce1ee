package shell

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// ifClause walks over a condition and its branches.
func (w *walker) ifClause(cmd *syntax.IfClause, s scope) {
	cond := s
	if !anyExits(cmd) {
		cond.swallowed = first(s.swallowed, "it is the condition of an if")
	} else {
		cond.last = true
	}
	for part := cmd; part != nil; part = part.Else {
		w.condition(part.Cond, cond)
		if len(part.Cond) == 1 && settles(part.Cond[0], "false") {
			continue
		}
		s.asked = w.asks(s, part.Cond...) // those that follow ask it as well
		branch := s
		branch.conditional = true
		w.list(part.Then, branch)
		if len(part.Cond) == 1 && settles(part.Cond[0], "true", ":") {
			return
		}
	}
}

// isTest reports whether a statement is no more than a question: [ -f file ], test, grep.
func isTest(stmt *syntax.Stmt) bool {
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || len(call.Args) == 0 {
		return false
	}
	switch call.Args[0].Lit() {
	case "[", "test", "grep":
		return true
	}
	return false
}

// asks is the text of a condition, after those around it.
func (w *walker) asks(s scope, cond ...*syntax.Stmt) string {
	const most = 300
	if len(cond) == 0 || len(s.asked) > most {
		return s.asked
	}
	from, to := int(cond[0].Pos().Offset()), int(cond[len(cond)-1].End().Offset())
	if from > to || to > len(w.src) {
		return s.asked
	}
	return strings.TrimSpace(s.asked + " " + w.src[from:min(to, from+most)])
}

// settles reports whether a statement is no more than one of these words, so that
// its result is known.
func settles(stmt *syntax.Stmt, words ...string) bool {
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	return ok && !stmt.Negated && len(call.Args) == 1 && len(call.Assigns) == 0 && slices.Contains(words, call.Args[0].Lit())
}

// condition walks over a condition; a negation in it is no reason that its
// failure is lost, since a branch may look at it.
func (w *walker) condition(stmts []*syntax.Stmt, s scope) {
	for _, stmt := range stmts {
		if stmt.Negated && s.swallowed == "" {
			plain := *stmt
			plain.Negated = false
			stmt = &plain
		}
		w.stmt(stmt, s)
	}
}

func anyExits(cmd *syntax.IfClause) bool {
	for part := cmd; part != nil; part = part.Else {
		if exits(part.Then) {
			return true
		}
	}
	return false
}
