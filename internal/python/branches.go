package python

import "slices"

// header opens the block that a compound statement begins.
func (r *reader) header(tokens []token, indent int) {
	if tokens[0].text == "async" && len(tokens) > 1 {
		tokens = tokens[1:]
	}
	outer := r.top()
	b := block{
		indent: indent, kind: tokens[0].text, fn: outer.fn, class: outer.class,
		dead: outer.dead, branch: outer.branch, guarded: outer.guarded, main: outer.main, asserted: r.asserted,
		loop: outer.loop || tokens[0].text == "while",
	}
	if b.kind == "elif" || b.kind == "else" {
		b.allEnded = r.follows(&b) && r.closed.allEnded
	}
	switch b.kind {
	case "def":
		r.define(tokens, &b)
	case "class":
		r.class(tokens, &b)
	case "if", "elif", "while":
		r.condition(tokens, &b)
	case "else", "case", "match":
		b.branch = true
		b.dead = b.dead || b.kind == "else" && r.follows(&b) && r.closed.taken
	case "for":
		r.loopTargets(tokens[1:])
		for _, t := range tokens[1:] {
			if t.kind == tokName {
				r.rebind(scope{outer.fn, t.text}, made{})
			}
			if t.text == "in" {
				break
			}
		}
	case "try":
		b.guarded = true
	case "except":
		b.guarded, b.branch = true, true
		b.asserted, b.swallows = r.closed.asserted, isBroad(tokens[1:])
		b.tried, b.forgives = r.closed.tried, takesRefusals(tokens[1:])
	case "with":
		b.swallows = isBroad(tokens[1:]) && slices.ContainsFunc(tokens, func(t token) bool { return t.text == "suppress" })
	}
	b.compared, b.held = [2]int{len(r.mod.Compares), len(r.mod.Compares)}, [2]int{len(r.mod.Thresholds), 0}
	if !b.dead && b.kind != "def" && b.kind != "class" {
		r.mod.Statements++
		r.expression(tokens[1:], tokens[0].text)
		b.compared[1], b.held[1] = len(r.mod.Compares), len(r.mod.Thresholds)
	}
	if (b.kind == "elif" || b.kind == "else") && r.follows(&b) {
		b.effects, b.compared[0] = r.closed.effects, r.closed.compared[0]
	}
	r.blocks = append(r.blocks, b)
}

// follows reports whether a block is one more branch of the one before it.
func (r *reader) follows(b *block) bool {
	return r.closed.indent == b.indent && (r.closed.kind == "if" || r.closed.kind == "elif")
}

// condition finds out what an if means for its block.
func (r *reader) condition(tokens []token, b *block) {
	cond := tokens[1:]
	holds, known := r.truth(cond)
	later := b.kind == "elif" && r.follows(b) && r.closed.taken
	switch {
	case later, known && !holds:
		b.dead, b.taken = true, later
	case isMainGuard(cond):
		b.main = true
		r.mod.Main = r.mod.Main || !b.dead
		r.mod.Runs = r.mod.Runs || !b.dead
	case known && b.kind == "if":
		b.taken = true
	case b.kind != "while":
		b.branch, b.taken = true, known
	}
	if before := len(r.mod.Branches); !b.dead && !isMainGuard(cond) {
		if r.branch(cond, false); len(r.mod.Branches) > before {
			b.asks = len(r.mod.Branches)
		}
	}
}

func isMainGuard(cond []token) bool {
	if len(cond) < 3 || cond[1].text != "==" {
		return false
	}
	a, b := cond[0], cond[2]
	return a.text == "__name__" && b.text == "__main__" || a.text == "__main__" && b.text == "__name__"
}

// leave notes what the end of a block, which is no longer open, means for what
// follows.
func (r *reader) leave(b *block) {
	if b.returned && b.fn >= 0 {
		r.left[b.fn] = true
	}
	if outer := r.top(); b.effects && outer.fn == b.fn {
		outer.effects, outer.last = true, len(r.mod.Calls)
	}
	if b.stops && b.asks > 0 {
		r.mod.Branches[b.asks-1].Stops = true
	}
	switch b.kind {
	case "if", "elif", "else":
		r.leaveBranch(b)
		r.idle(b)
	case "try":
		b.asserted = r.asserted - b.asserted // how many there are in it
		b.tried = [2]int{b.last, len(r.mod.Calls)}
	case "except":
		r.forgive(b)
		if b.swallows {
			r.withdraw(b.fn, b.asserted)
			b.asserted = 0 // once, whatever other excepts follow
		}
	case "with":
		if b.swallows {
			r.withdraw(b.fn, r.asserted-b.asserted)
		}
	}
}

// leaveBranch finds out whether what follows a branch is ever reached.
func (r *reader) leaveBranch(b *block) {
	b.allEnded = b.ended && (b.kind == "if" || b.allEnded)
	if b.taken && b.ended && b.kind == "if" || b.kind == "else" && b.allEnded {
		r.end()
	}
}

// end notes that the rest of the innermost block is never reached. A notebook is
// gone through cell by cell, whatever one of them raises.
func (r *reader) end() {
	if b := r.top(); len(r.blocks) > 0 || !r.notebook {
		b.dead, b.ended = true, true
	}
}

// ends reports whether a statement is the last that runs in its block.
func (r *reader) ends(tokens []token) bool {
	switch tokens[0].text {
	case "return", "raise", "continue", "break":
		return true
	case "sys", "os", "exit", "quit", "pytest", "self":
	default:
		return false
	}
	at := 1
	for at+1 < len(tokens) && tokens[at].text == "." {
		at += 2
	}
	if at >= len(tokens) || tokens[at].text != "(" || !closes(tokens[at:]) {
		return false
	}
	switch r.dotted(tokens) {
	case "sys.exit", "os._exit":
		return true
	case "exit", "quit":
		return !r.known(tokens[0].text)
	case "pytest.skip", "pytest.fail", "pytest.xfail", "self.skipTest", "self.fail":
		return r.top().fn >= 0
	}
	return false
}

// isBroad reports whether what an except or a suppress names is the failure of
// an assertion too.
func isBroad(tokens []token) bool {
	return len(tokens) == 0 || slices.ContainsFunc(tokens, func(t token) bool {
		return t.text == "Exception" || t.text == "BaseException" || t.text == "AssertionError"
	})
}

// fails notes that the except blocks around a statement let a failure through.
func (r *reader) fails() {
	const far = 50 // blocks
	for i := len(r.blocks) - 1; i >= max(0, len(r.blocks)-far) && r.blocks[i].kind != "def"; i-- {
		if r.blocks[i].kind == "except" {
			r.blocks[i].swallows = false
		}
	}
}
