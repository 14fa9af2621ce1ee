package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// maxUnrolled is how much text the rounds of loops may come to in one script:
// loops may nest.
const maxUnrolled = MaxSize

// forClause walks over the body of a loop: once for each of its words, where the
// script says them. Only the last round's status is the loop's.
func (w *walker) forClause(cmd *syntax.ForClause, s scope) {
	name, items := w.items(cmd)
	size := len(items) * int(cmd.End().Offset()-cmd.Pos().Offset())
	if size == 0 || w.unrolled+size > maxUnrolled {
		w.list(cmd.Do, s)
		return
	}
	w.unrolled += size
	before, had := w.vars[name]
	for i, item := range items {
		w.vars[name] = item
		round := s
		round.last = s.last && i == len(items)-1
		w.list(cmd.Do, round)
	}
	delete(w.vars, name)
	if had {
		w.vars[name] = before
	}
}

// items are the words that a loop gives its variable, none if one of them is
// only known when the script runs.
func (w *walker) items(cmd *syntax.ForClause) (name string, items []string) {
	iter, ok := cmd.Loop.(*syntax.WordIter)
	if !ok || iter.Name == nil {
		return "", nil
	}
	items = w.words(iter.Items)
	for _, item := range items {
		if strings.ContainsAny(item, "$*?[{") {
			return "", nil
		}
	}
	return iter.Name.Value, items
}
