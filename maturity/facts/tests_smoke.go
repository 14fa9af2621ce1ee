package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
)

// smokeTests makes facts of checks of a running service by CI: a script that is
// named as one, asks the service and asserts; a container of an own image that is
// started and asked so that a wrong answer fails.
func (b *builder) smokeTests() {
	for _, file := range b.in.Tree.Files {
		mod := b.in.Tree.Python[file].Module()
		if mod == nil || !b.mine(file) || namedTogether(file) == "" {
			continue
		}
		asserts := slices.ContainsFunc(mod.Funcs, func(f python.Func) bool { return f.Asserts > 0 })
		if asserts && slices.ContainsFunc(mod.Calls, isRequest) {
			links := b.jobLinks(file)
			b.add(Fact{
				Category: "test.together", Subject: "asks the running service and asserts", Path: file, Line: 1, Context: string(source.Test),
				Entries: links, Detail: map[string]any{"holds": len(links) > 0 || b.in.Tree.Class(file) == source.Test},
			})
		}
	}
	b.askedContainers()
	b.checkedRuns()
}

// checkedRuns makes facts of jobs that run the project's own program and then
// look into what it wrote, so that something else there fails the job.
func (b *builder) checkedRuns() {
	const near = 8                // lines
	ran := map[string]reach.Hit{} // by entry and file, the last program
	for _, h := range b.reach.Hits {
		key := h.Entry + "\x00" + h.Path
		if b.startsOwn(h) {
			ran[key] = h
			continue
		}
		before, ok := ran[key]
		if !ok || h.Line-before.Line > near || h.Swallowed != "" || !looksInto(h.Args) || b.set.Entries[h.Entry].Kind != string(reach.KindJob) {
			continue
		}
		b.add(Fact{
			Category: "test.together", Subject: "runs " + shorten(strings.Join(before.Args, " ")) + " and checks what it wrote", Path: h.Path, Line: max(h.Line, 1),
			Context: "command", Entries: []Link{linkOf(h)}, Detail: map[string]any{"holds": true},
		})
	}
}

// startsOwn reports whether a command starts a file of the project that is no test.
func (b *builder) startsOwn(h reach.Hit) bool {
	if len(h.Args) < 2 || !strings.HasPrefix(h.Args[0], "python") {
		return false
	}
	for _, w := range programWord.FindAllString(strings.Join(h.Args[1:], " "), 1) {
		name := strings.TrimPrefix(w, "-m ")
		if name != w {
			name = strings.ReplaceAll(name, ".", "/") + ".py"
		}
		if f := b.in.Tree.LookFor(name, []string{h.Dir, ".", b.project}); f != "" && b.in.Tree.Class(f) == source.Source {
			return true
		}
	}
	return false
}

// looksInto reports whether a command fails where a file does not hold what it should.
func looksInto(args []string) bool {
	switch {
	case len(args) < 3:
		return false
	case args[0] == "grep" || args[0] == "egrep" || args[0] == "rg":
		return path.Ext(args[len(args)-1]) != ""
	case args[0] == "diff" || args[0] == "cmp":
		return true
	case args[0] == "jq":
		return slices.Contains(args, "-e") || slices.Contains(args, "--exit-status")
	}
	return false
}

// jobLinks are the jobs of CI that run a file.
func (b *builder) jobLinks(file string) []Link {
	return slices.DeleteFunc(b.links(file), func(l Link) bool { return b.set.Entries[l.ID].Kind != string(reach.KindJob) })
}

// askedContainers makes facts of jobs that start a container and then ask it.
func (b *builder) askedContainers() {
	started := map[string]string{} // by entry, what started it
	stops := map[string]bool{}     // entries with a command that fails by itself
	for _, h := range b.reach.Hits {
		words := h.Args
		if len(h.Full) > 0 {
			words = h.Full
		}
		text := strings.Join(words, " ")
		if container.MatchString(text) {
			started[h.Entry+"\x00"+h.Path] = text
		}
		if len(h.Args) > 1 && h.Args[0] == "exit" && h.Args[1] != "0" {
			stops[h.Entry+"\x00"+h.Path] = true
		}
	}
	for _, h := range b.reach.Hits {
		key := h.Entry + "\x00" + h.Path
		if started[key] == "" || len(h.Args) == 0 || h.Args[0] != "curl" && h.Args[0] != "wget" {
			continue
		}
		e := b.set.Entries[h.Entry]
		strict := failing.MatchString(strings.Join(h.Args, " ")) && h.Swallowed == ""
		if e.Kind == string(reach.KindJob) && e.Off == "" && (strict || stops[key]) {
			b.add(Fact{
				Category: "test.together", Subject: "starts a container and asks it", Path: h.Path, Line: max(h.Line, 1), Context: "command",
				Entries: []Link{{ID: h.Entry}}, Detail: map[string]any{"holds": true},
			})
		}
	}
}

var (
	container = regexp.MustCompile(`^(docker|podman) (compose .*)?(run|up)\b|^docker-compose .*\b(run|up)\b`)
	failing   = regexp.MustCompile(` -[a-zA-Z]*f[a-zA-Z]*( |$)|--fail|^wget `)
)
