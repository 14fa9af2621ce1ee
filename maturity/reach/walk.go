package reach

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/source"
)

// place is where a command stands when it is followed.
type place struct {
	entry       string
	path        string   // the file that names the command
	dirs        []string // folders that it may run in, the likeliest first
	env         map[string]string
	depth       int
	swallowed   string
	conditional bool
	cond        string // the condition of the step or job around it
	asked       string // what branches of the script ask
	host        string // of the pipeline, where it is a job
	reported    bool   // a later step of the job fails with the tests that were reported
	line        int    // of the command that is followed
	quiet       string // the tool that the environment makes keep nothing
}

// at returns the place one step further.
func (p place) at(file string, dirs ...string) place {
	p.depth++
	p.path = file
	if len(dirs) > 0 {
		p.dirs = dirs
	}
	return p
}

// deeper returns the place for what must be done before.
func (p place) deeper() place {
	p.depth++
	return p
}

// with adds what holds for one command in the place.
func (p place) with(c shell.Command) place {
	p.swallowed = cmp.Or(p.swallowed, c.Swallowed)
	p.conditional = p.conditional || c.Conditional
	p.asked = cmp.Or(p.asked, c.Asked)
	return p
}

// script follows the commands of a script's text. Line is where its first line
// stands in the file. It returns the Python files that run.
func (g *graph) script(p place, text string, line int, opts shell.Options) []Step {
	if p.depth > MaxDepth {
		return nil
	}
	g.text += len(text)
	if g.full(p) {
		return nil
	}
	opts.Env = p.env
	commands, err := shell.Read(text, opts)
	if err != nil {
		g.unread(p.path, line, err)
		return nil
	}
	var steps []Step
	for _, c := range commands {
		at := line + c.Line - 1
		if to, ok := chdir(c.Args); ok {
			p.dirs = g.into(p.dirs, to)
			continue
		}
		if len(c.Args) > 1 && c.Args[0] == "export" {
			p.quiet = g.quieted(p.quiet, c.Args[1:])
		}
		inner := p.with(c)
		inner.quiet = g.quieted(p.quiet, c.Env)
		files := g.command(inner, c.Args, at)
		steps = append(steps, Step{
			Path: p.path, Line: at, Name: strings.Join(c.Args, " "), Files: files,
			Swallowed: p.with(c).swallowed,
		})
	}
	return steps
}

// unread notes a script that cannot be parsed, at the line that is wrong. Commands that
// documents show are often shortened: those hide nothing.
func (g *graph) unread(file string, line int, err error) {
	if g.tree.Class(file) == source.Docs {
		return
	}
	u := Unresolved{Path: file, Line: line, What: err.Error()}
	if wrong, ok := errors.AsType[*shell.SyntaxError](err); ok {
		u.Line, u.What = line+wrong.Line-1, "a script for the shell that cannot be read: "+wrong.Text
	}
	g.result.Unread = append(g.result.Unread, u)
}

// chdir reports whether a command changes the folder for those after it.
func chdir(args []string) (string, bool) {
	if len(args) == 2 && (args[0] == "cd" || args[0] == "pushd") {
		return args[1], true
	}
	return "", false
}

// maxDirs bounds the folders that a command may run in: each change of folder
// may hold or not.
const maxDirs = 16

// into returns the folders after a change into another one, each once.
func (g *graph) into(dirs []string, to string) []string {
	var out []string
	keep := func(dir string) {
		if len(out) < maxDirs && !slices.Contains(out, dir) {
			out = append(out, dir)
		}
	}
	for _, d := range dirs {
		if next := path.Join(d, to); !strings.HasPrefix(next, "..") && !strings.HasPrefix(to, "/") {
			keep(next)
		}
	}
	for _, d := range dirs {
		keep(d)
	}
	return out
}

// files gathers the files of steps.
func files(steps []Step) []string {
	var out []string
	for _, s := range steps {
		out = append(out, s.Files...)
	}
	return out
}

// command follows one command: notes it as a hit and goes where it leads.
func (g *graph) command(p place, args []string, line int) []string {
	full := args
	args = unwrap(args)
	if len(args) == 0 || p.depth > MaxDepth || idle(args) || g.full(p) {
		return nil
	}
	p.line = line
	dir := "."
	if len(p.dirs) > 0 {
		dir = p.dirs[0]
	}
	if d := shell.Flag(full, "--directory", "--project"); d != "" && full[0] == "uv" {
		p.dirs = g.into(p.dirs, d)
	}
	if slices.Equal(full, args) {
		full = nil
	}
	if p.reported && reportsTests(args) {
		p.swallowed = ""
	}
	g.result.Hits = append(g.result.Hits, Hit{
		Entry: p.entry, Args: args, Full: full, Path: p.path, Line: line, Dir: dir,
		Swallowed: p.swallowed, Conditional: p.conditional, Asked: p.asked, If: p.cond, Depth: p.depth,
	})
	g.spawning(p, args)
	if full != nil {
		if out := g.ownScript(p, full[:max(len(full)-len(args), 0)], args[0]); out != nil {
			return out
		}
	}
	return g.lead(p, args, line)
}

// The bounds of what is followed for all entries together, each of which may lead to
// every script, target and file: how many of them and of commands there are, and how
// many bytes of scripts are parsed.
const (
	maxFollowed = 200_000
	maxText     = 64 << 20
)

// full reports whether no more can be followed, which is said once.
func (g *graph) full(p place) bool {
	if g.followed <= maxFollowed && len(g.result.Hits) <= maxFollowed && g.text <= maxText {
		return false
	}
	if !g.cut {
		g.cut = true
		g.result.Unread = append(g.result.Unread, Unresolved{p.path, max(p.line, 1), "what runs what is more than can be followed: the rest is left out"})
	}
	return true
}

// once runs follow for a place of an entry unless it was followed already in
// at least as good a way.
func (g *graph) once(p place, key string, follow func() []string) []string {
	key = p.entry + "\x00" + key
	if p.swallowed != "" || p.quiet != "" {
		if have, ok := g.seen[key]; ok {
			return have
		}
		key += "\x00" + p.quiet
		if p.swallowed != "" {
			key += "\x00swallowed"
		}
	}
	if have, ok := g.seen[key]; ok {
		return have
	}
	if g.running[key] {
		return nil
	}
	if g.followed++; g.full(p) {
		return nil
	}
	g.running[key] = true
	out := follow()
	delete(g.running, key)
	slices.Sort(out)
	out = slices.Compact(out)
	g.seen[key] = out
	return out
}

// shellFile follows a shell script of the repository.
func (g *graph) shellFile(p place, file string, opts shell.Options) []string {
	src, ok := g.tree.Text[file]
	if !ok || isNoScript(file) {
		return nil
	}
	return g.once(p, file, func() []string {
		steps := g.script(p.at(file), string(src), 1, opts)
		g.sequence(Sequence{Kind: "script", Path: file, Line: 1, Name: path.Base(file), Entry: p.entry, Steps: steps})
		return files(steps)
	})
}

// isNoScript reports whether a file is by its ending something that no shell reads:
// where it stands in the place of a command, it is only named there.
func isNoScript(file string) bool {
	switch path.Ext(file) {
	case ".md", ".rst", ".txt", ".yml", ".yaml", ".json", ".toml", ".ini", ".cfg", ".tf", ".csv", ".ipynb":
		return true
	}
	return false
}

// sequence keeps several steps that run in order.
func (g *graph) sequence(s Sequence) {
	if len(s.Steps) > 0 {
		g.result.Sequences = append(g.result.Sequences, s)
	}
}

// python follows a Python file that is started: its imports, and the commands
// that it starts itself.
func (g *graph) python(p place, file string) []string {
	if g.tree.Python[file] == nil {
		return nil
	}
	class := g.tree.Class(file)
	if class == source.Vendored || class == source.Template {
		return nil
	}
	return g.once(p, file, func() []string {
		out := []string{file}
		all := g.imports.all(file)
		g.tooMany(file)
		for _, f := range all {
			g.result.note(f, p.entry, Run{Swallowed: p.swallowed, Conditional: p.conditional, Asked: p.asked, If: p.cond, Imported: f != file, Quiet: p.quiet})
			inner := p.at(f, append([]string{path.Dir(f)}, p.dirs...)...)
			out = append(out, g.subprocesses(inner, g.tree.Python[f].Outline())...)
			if f == file {
				g.runsTests(inner, g.tree.Python[f].Outline())
			}
		}
		return out
	})
}

// tooMany says once of a file that it imports more than is followed.
func (g *graph) tooMany(file string) {
	if g.imports.long[file] {
		delete(g.imports.long, file)
		g.broken(file, fmt.Errorf("it imports %d files or more, directly or not: the rest was not followed", maxClosure))
	}
}

// entry adds an entry and returns the place in which its commands begin.
func (g *graph) entry(e Entry, dirs ...string) place {
	base := e.ID
	for n := g.alike[base] + 1; ; n++ {
		if n > 1 {
			e.ID = fmt.Sprintf("%s (%d)", base, n)
		}
		if _, taken := g.result.Entry(e.ID); !taken {
			g.alike[base] = n
			break
		}
	}
	if e.Chain == "" {
		e.Chain = e.ID
	}
	if len(e.Triggers) == 0 {
		e.Triggers = []ci.Trigger{ci.Manual}
	}
	g.result.byID[e.ID] = len(g.result.Entries)
	g.result.Entries = append(g.result.Entries, e)
	if len(dirs) == 0 {
		dirs = []string{"."}
	}
	return place{entry: e.ID, path: e.Path, dirs: dirs}
}
