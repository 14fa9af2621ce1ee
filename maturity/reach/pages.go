package reach

import (
	"strings"
	"sync"

	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/source"
)

// Pages are the commands that the pages of a repository's documentation show. They are
// read when the first is asked for, and may be read before.
type Pages struct{ read func() map[string][]shown }

// shown is what stands on one line of a page, or between two marks on it.
type shown struct {
	line     int
	commands []shell.Command
}

// NewPages returns the pages of a tree.
func NewPages(tree *source.Tree) *Pages {
	return &Pages{sync.OnceValue(func() map[string][]shown { return readPages(tree) })}
}

// Read reads the pages now.
func (p *Pages) Read() { p.read() }

func readPages(tree *source.Tree) map[string][]shown {
	out := map[string][]shown{}
	parsed := map[string][]shell.Command{} // the same lines stand in many pages
	for _, f := range tree.Files {
		src, ok := tree.Text[f]
		if !ok || tree.Class(f) != source.Docs || strings.HasPrefix(f, ".") {
			continue
		}
		for _, l := range docCommands(string(src)) {
			commands, known := parsed[l.Text]
			if !known {
				commands, _ = shell.Read(l.Text, shell.Options{}) // what is no command is none
				parsed[l.Text] = commands
			}
			out[f] = append(out[f], shown{l.Line, commands})
		}
	}
	return out
}
