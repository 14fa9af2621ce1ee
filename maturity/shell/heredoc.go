package shell

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// readsScript are the shells that read their script from where no file is named.
var readsScript = []string{"bash", "sh", "dash", "zsh", "ssh"}

// fed gives the last command the here-document that it reads as its script, as if
// it stood behind -c; ssh takes it as the words of the other machine's shell.
func (w *walker) fed(redirs []*syntax.Redirect) {
	var text string
	for _, r := range redirs {
		if r.Hdoc != nil && (r.Op == syntax.Hdoc || r.Op == syntax.DashHdoc) {
			text = strings.TrimSpace(w.word(r.Hdoc))
		}
	}
	if text == "" || len(w.commands) == 0 {
		return
	}
	c := &w.commands[len(w.commands)-1]
	name := path.Base(c.Args[0])
	if !slices.Contains(readsScript, name) {
		return
	}
	args := slices.Clone(c.Args)
	for len(args) > 1 && isShell(args[len(args)-1]) {
		args = args[:len(args)-1] // ssh host bash -s
	}
	switch {
	case name == "ssh":
		c.Args = append(args, text)
	case len(args) == 1:
		c.Args = append(args, "-c", text)
	}
}

// isShell reports whether a word starts a shell that reads its script, or is a flag
// of one.
func isShell(word string) bool {
	first, rest, _ := strings.Cut(word, " ")
	return slices.Contains(readsScript, path.Base(first)) && (rest == "" || strings.HasPrefix(rest, "-")) ||
		word == "-s" || word == "-e" || word == "-es" || word == "-se" || word == "-ex"
}
