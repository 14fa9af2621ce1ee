package reach

import (
	"iter"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/tasks"
)

// Flow is a file of Python that defines a pipeline in code.
type Flow struct {
	File string
	Line int
	Name string
	// Root is true if a scheduler finds the file by itself.
	Root bool
	// Scheduled is true if the file gives the pipeline a timer.
	Scheduled bool
}

// flows makes entries of pipelines in code that a scheduler finds, or that
// start themselves.
func (g *graph) flows() {
	for _, f := range g.opts.Flows {
		mod := g.tree.Python[f.File].Outline()
		if mod == nil || g.tree.Class(f.File) != source.Source || !f.Root && !mod.Runs {
			continue
		}
		e := Entry{ID: f.File, Kind: KindPipeline, Path: f.File, Line: f.Line, Name: f.Name}
		if f.Scheduled {
			e.Kind, e.Triggers = KindTimer, []ci.Trigger{ci.Schedule}
		}
		g.python(g.entry(e, path.Dir(f.File), "."), f.File)
	}
	g.beside()
}

// beside makes entries of modules that lie beside a flow which a scheduler finds
// by itself, and import it: the scheduler reads the whole folder, so they make
// flows from what it gives them.
func (g *graph) beside() {
	flows, folders := map[string]Flow{}, map[string]bool{}
	for _, f := range g.opts.Flows {
		if f.Root {
			flows[f.File], folders[path.Dir(f.File)] = f, true
		}
	}
	for _, file := range g.tree.Files {
		if _, is := flows[file]; is || !folders[path.Dir(file)] || g.tree.Python[file] == nil || g.tree.Class(file) != source.Source {
			continue
		}
		for _, dep := range g.imports.next(file) {
			f, ok := flows[dep]
			if !ok || path.Dir(dep) != path.Dir(file) {
				continue
			}
			e := Entry{ID: file, Kind: KindPipeline, Path: file, Line: 1, Name: f.Name}
			if f.Scheduled {
				e.Kind, e.Triggers = KindTimer, []ci.Trigger{ci.Schedule}
			}
			g.python(g.entry(e, path.Dir(file), "."), file)
			break
		}
	}
}

// targets makes entries of the targets of task files: each is one command.
func (g *graph) targets() {
	for _, f := range sortedKeys(g.files) {
		if g.tree.Class(f) != source.Source || path.Base(f) == "package.json" || path.Base(f) == "tox.ini" {
			continue
		}
		for _, t := range g.files[f].Targets {
			p := g.entry(Entry{ID: f + "#" + t.Name, Kind: KindTask, Path: f, Line: t.Line, Name: "task " + t.Name}, path.Dir(f))
			g.target(p, f, t)
		}
	}
}

// consoleScripts makes entries of the commands that the package installs.
func (g *graph) consoleScripts() {
	for _, name := range sortedKeys(g.scripts) {
		s := g.scripts[name]
		if g.tree.Class(s.path) != source.Source {
			continue
		}
		dir := path.Dir(s.path)
		p := g.entry(Entry{ID: s.path + "#" + name, Kind: KindScript, Path: s.path, Line: s.line, Name: "command " + name}, dir, path.Join(dir, "src"))
		g.module(p, s.module)
	}
}

var (
	fence  = regexp.MustCompile("^\\s*(```|~~~)\\s*\\{?\\.?([A-Za-z]*)")
	prompt = regexp.MustCompile(`^\s*(?:\$|>|%|#>|\(\w+\)\s*\$)\s+`)
)

// documented makes an entry of each page of documentation that names commands.
func (g *graph) documented() {
	pages := g.opts.Pages.read()
	for _, f := range sortedKeys(pages) {
		p := g.entry(Entry{ID: f, Kind: KindDocumented, Path: f, Line: pages[f][0].line, Name: "documented in " + f}, ".", path.Dir(f))
		for _, l := range pages[f] {
			for _, c := range l.commands {
				if to, ok := chdir(c.Args); ok {
					p.dirs = append(p.dirs, g.into([]string{"."}, to)...)
					continue
				}
				if !g.namedProgram(p, c.Args) {
					g.command(p, c.Args, l.line)
				}
			}
		}
	}
}

// namedProgram follows a file that a page names alone, if it is a program: it
// asks whether it was started itself.
func (g *graph) namedProgram(p place, args []string) bool {
	if len(args) != 1 || path.Ext(args[0]) != ".py" {
		return false
	}
	f := g.resolve(p.dirs, args[0])
	mod := g.tree.Python[f].Outline()
	if mod == nil || !mod.Main || g.tree.Class(f) != source.Source {
		return false
	}
	g.python(p, f)
	return true
}

var windowsPath = regexp.MustCompile(`(^|\s)\.?\\?\w[\w.-]*(\\[\w.-]+)+\.(py|ipynb|sh)\b`)

// slashed writes the paths of a command as on other systems: .\src\train.py.
func slashed(command string) string {
	if !strings.Contains(command, `\`) {
		return command
	}
	return windowsPath.ReplaceAllStringFunc(command, func(p string) string { return strings.ReplaceAll(p, `\`, "/") })
}

// rootName is what stands on a page for the folder into which people cloned: its
// name is theirs.
var rootName = regexp.MustCompile(`(cd\s+)<[\w .-]+>/`)

// literalBlock is what opens a literal block in reStructuredText
// (https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html#literal-blocks).
var literalBlock = regexp.MustCompile(`^\s*(?:\.\. (?:code-block|code|prompt|sourcecode)::\s*(\w*).*|[^.].*::)\s*$`)

// isShell reports whether a block in a language holds commands; one that names
// none may.
func isShell(language string) bool {
	return slices.Contains([]string{"", "bash", "sh", "shell", "console", "zsh", "cli", "text", "terminal", "shellsession"}, strings.ToLower(language))
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

// isTree reports whether a line is one of a drawing of folders, as the program
// tree makes it.
func isTree(line string) bool {
	line = strings.TrimLeft(line, " \t")
	return slices.ContainsFunc([]string{"│", "├", "└", "|--", "+--", "`--"}, func(mark string) bool { return strings.HasPrefix(line, mark) })
}

// submatch is what an expression finds in a line, which is not looked at if it cannot fit.
func submatch(re *regexp.Regexp, line string, may bool) []string {
	if !may {
		return nil
	}
	return re.FindStringSubmatch(line)
}

// inlineCode are the parts of a line that stand between two marks each.
func inlineCode(line string) iter.Seq[string] {
	return func(yield func(string) bool) {
		_, rest, open := strings.Cut(line, "`")
		for open {
			code, after, closed := strings.Cut(rest, "`")
			if !closed || code != "" && !yield(code) {
				return
			}
			if rest = after; code != "" { // two marks beside one another open once
				_, rest, open = strings.Cut(after, "`")
			}
		}
	}
}

// unprompted is a line without the prompt of a shell before its command.
func unprompted(line string) string {
	if text := strings.TrimLeft(line, " \t\r\f"); text == "" || !strings.ContainsAny(text[:1], "$>%#(") {
		return line
	}
	return prompt.ReplaceAllString(line, "")
}

// docCommands finds the command lines of a page: in fenced blocks that are no
// other language, and in inline code.
func docCommands(text string) []tasks.Line {
	var out []tasks.Line
	inside, shellish := false, false
	literal := -1 // the indentation of what opened a literal block, -1 outside of one
	for i, line := range strings.Split(text, "\n") {
		if m := submatch(fence, line, source.IsFence(line)); m != nil {
			inside = !inside
			shellish = isShell(m[2])
			continue
		}
		if literal >= 0 && strings.TrimSpace(line) != "" && indentation(line) <= literal {
			literal = -1
		}
		if m := submatch(literalBlock, line, !inside && literal < 0 && strings.Contains(line, "::")); m != nil && isShell(m[1]) {
			literal = indentation(line)
			continue
		}
		switch {
		case isTree(line): // a drawing of folders
		case inside && shellish || literal >= 0:
			if t := strings.TrimSuffix(strings.TrimSpace(unprompted(line)), "\\"); t != "" && !strings.HasPrefix(t, "#") {
				out = append(out, tasks.Line{Text: slashed(rootName.ReplaceAllString(t, "$1")), Line: i + 1})
			}
		case !inside && strings.Contains(line, "`"):
			for code := range inlineCode(line) {
				if strings.Contains(code, " ") || strings.HasSuffix(code, ".py") || strings.HasSuffix(code, ".sh") {
					out = append(out, tasks.Line{Text: slashed(unprompted(code)), Line: i + 1})
				}
			}
		}
	}
	return out
}
