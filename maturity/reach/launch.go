package reach

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/shell"
)

// subprocesses follows the commands that a module starts with literal
// arguments, and the scripts that it hands to a platform.
func (g *graph) subprocesses(p place, mod *python.Module) []string {
	if p.depth > MaxDepth || mod == nil {
		return nil
	}
	starts := g.starts(mod)
	var out []string
	if starts.operator { // a command put together from names is followed by its beginning
		for _, w := range mod.Commands {
			out = append(out, files(g.script(p, w.Text, w.Line, shell.Options{}))...)
		}
	}
	for _, c := range starts.calls {
		text, args := launched(c)
		inner := p
		inner.conditional = p.conditional || c.Conditional
		switch {
		case text != "":
			out = append(out, files(g.script(inner, text, c.Line, shell.Options{}))...)
		case len(args) == 1 && isOperator(c) && strings.Contains(args[0], " "): // filled in when it runs
			out = append(out, files(g.script(inner, variables(args[0]), c.Line, shell.Options{}))...)
		case len(args) > 0:
			out = append(out, g.command(inner, args, c.Line)...)
			if isUntold(args) {
				out = append(out, g.listed(inner, mod)...)
			}
		default:
			found := g.namedModule(inner, c)
			if found == nil {
				found = append(g.component(inner, c), g.handed(inner, c, starts.starters)...)
			}
			out = append(out, found...)
		}
	}
	return out
}

// starts is what a module may start, found once for all entries that reach it.
type starts struct {
	calls    []python.Call
	starters map[string]bool
	operator bool
}

func (g *graph) starts(mod *python.Module) starts {
	found, ok := g.started[mod]
	if !ok {
		found = starts{starters: launchers(mod), operator: slices.ContainsFunc(mod.Calls, isOperator)}
		for _, c := range mod.Calls {
			if mayStart(c) && leads(c, found.starters) {
				found.calls = append(found.calls, c)
			}
		}
		g.started[mod] = found
	}
	return found
}

// mayStart reports whether a call starts a command or has an argument that may
// name a file or a module.
func mayStart(c python.Call) bool {
	if slices.ContainsFunc(c.Args, func(a python.Arg) bool {
		return len(a.Items) > 0 || a.Name == "command" || a.Name == "entrypoint" || python.IsCommandLine(a.Text) || strings.Contains(a.Text, ".") || a.Literal && strings.Contains(a.Value, ".")
	}) {
		return true
	}
	text, args := launched(c)
	return text != "" || len(args) > 0
}

// leads reports whether anything of a call is followed, wherever it stands.
func leads(c python.Call, starters map[string]bool) bool {
	if text, args := launched(c); text != "" || len(args) > 0 || starters[c.Name] || handsOver(c) || namesModule(c) || strings.HasPrefix(c.Method(), "load_component") {
		return true
	}
	_, is := packs(c)
	return is || slices.ContainsFunc(c.Args, func(a python.Arg) bool {
		return a.Name == "command" || a.Name == "entrypoint" || isScriptKey(a.Name) && uploaded(a.Text) != ""
	})
}

// handsOver reports whether a call runs a file that it is given.
func handsOver(c python.Call) bool {
	return c.Method() == "run_path" || c.Method() == "execute_notebook"
}

// Starts reports whether a call may start something that the walk would follow.
func Starts(c python.Call) bool { return isOperator(c) || startsCommand(c.Name) || mayStart(c) }

// isOperator reports whether a call makes a task of a flow out of a command.
func isOperator(c python.Call) bool {
	switch c.Method() {
	case "BashOperator", "SSHOperator", "KubernetesPodOperator", "DockerOperator", "ShellOperation", "shell_run_command":
		return true
	}
	return false
}

// launchers are the functions of a module that starts commands: one of them may
// be told by another what to start.
func launchers(mod *python.Module) map[string]bool {
	out := map[string]bool{}
	if !slices.ContainsFunc(mod.Calls, func(c python.Call) bool { return startsCommand(c.Name) }) {
		return out
	}
	for _, f := range mod.Funcs {
		out[f.Name] = true
	}
	return out
}

func startsCommand(name string) bool {
	switch name {
	case "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen",
		"os.system", "os.popen", "asyncio.create_subprocess_shell", "asyncio.create_subprocess_exec", "runpy.run_path":
		return true
	}
	return false
}

// scriptKeys are the keywords under which platforms take the script that they
// run elsewhere: estimators and processors, job configurations, operators.
var scriptKeys = []string{
	"entry_point", "script_path", "script_name", "script", "code", "application", "python_file", "notebook_path",
	"input_nb", "main_python_file_uri", "entrypoint", "notebook", "driver", "source_script",
}

// isScriptKey reports whether a keyword takes a script that runs elsewhere: one of
// those of platforms, or one of the project's own that says so (train_script_uri).
func isScriptKey(name string) bool {
	return slices.Contains(scriptKeys, name) || strings.Contains(name, "script") && slices.Contains(strings.Split(name, "_"), "script")
}

// uploaded is the path of a script below a store to which the project's files are
// brought, whose address only the run knows: f"{files}/training/train.py". It is
// empty where the text is no script.
func uploaded(text string) string {
	if isScript(text) && !strings.Contains(text, "://") {
		return text
	}
	rest := text[strings.LastIndex(text, python.Hole)+1:]
	if _, after, found := strings.Cut(rest, "://"); found {
		_, rest, _ = strings.Cut(after, "/")
	}
	if rest = strings.TrimPrefix(rest, "/"); isScript(rest) && strings.Contains(rest, "/") {
		return rest
	}
	return ""
}

// folderKeys are the keywords for the folder in which that script lies.
var folderKeys = []string{"source_dir", "source_directory", "code", "working_dir", "root", "source", "local_package_path"}

// handed follows the script that a call hands to a platform, or to a function of
// the same file that starts commands.
func (g *graph) handed(p place, c python.Call, starters map[string]bool) []string {
	dirs := p.dirs
	for _, key := range folderKeys {
		if a, ok := c.Arg(key); ok && a.Text != "" && path.Ext(a.Text) == "" {
			dirs = append(g.into(p.dirs, strings.TrimPrefix(a.Text, "./")), dirs...)
		}
	}
	at := p
	at.dirs = dirs
	for _, a := range c.Args {
		if !isScriptKey(a.Name) {
			continue
		}
		if f := g.handedFile(dirs, uploaded(a.Text)); f != "" {
			return g.python(p.at(p.path), f)
		}
	}
	if a, ok := packs(c); ok {
		if f := g.handedFile(dirs, a); f != "" {
			return g.python(p.at(p.path), f)
		}
	}
	if a, ok := c.Arg("command"); ok && (c.Method() == "command" || c.Method() == "CommandComponent" || python.IsCommandLine(a.Text)) && a.Text != "" {
		return files(g.script(at.at(p.path), placeholders(a.Text), c.Line, shell.Options{}))
	}
	if a, ok := c.Arg("entrypoint"); ok && strings.Contains(a.Text, " ") {
		return files(g.script(at, placeholders(a.Text), c.Line, shell.Options{}))
	}
	if starters[c.Name] || handsOver(c) {
		return g.handedTo(p, c)
	}
	return nil
}

// packs returns the file of the service that a call of BentoML builds.
func packs(c python.Call) (string, bool) {
	if c.Name != "bentoml.build" && c.Name != "bentoml.bentos.build" {
		return "", false
	}
	a, ok := c.Arg("service")
	if !ok {
		a, ok = c.Positional(0)
	}
	file, _, named := strings.Cut(a.Text, ":")
	return file, ok && named
}

// handedTo follows the scripts, and the command lines, among the arguments of a
// function that starts commands.
func (g *graph) handedTo(p place, c python.Call) []string {
	var out []string
	for _, a := range c.Args {
		if python.IsCommandLine(a.Text) {
			out = append(out, files(g.script(p.at(p.path), placeholders(a.Text), c.Line, shell.Options{}))...)
			continue
		}
		for _, text := range append(slices.Clone(a.Items), a.Text) {
			if !isScript(text) {
				continue
			}
			if f := g.handedFile(p.dirs, text); f != "" {
				out = append(out, g.python(p.at(p.path), f)...)
			}
		}
	}
	return out
}

// isUntold reports whether a command starts Python with a script that the line
// does not name.
func isUntold(args []string) bool { return len(args) > 1 && args[0] == "python" && args[1] == "$" }

// listed follows the scripts that a module has in lists, where it starts Python
// with a script that is told elsewhere: one after the other out of such a list.
func (g *graph) listed(p place, mod *python.Module) []string {
	dirs := g.begun(p.dirs, mod)
	var out []string
	for _, c := range mod.Calls {
		for _, a := range c.Args {
			out = append(out, g.allScripts(p, dirs, a.Items)...)
		}
	}
	for _, w := range mod.Programs {
		out = append(out, g.allScripts(p, dirs, strings.Fields(w.Text))...)
	}
	return out
}

// begun are the folders with which a module begins paths whose last part it does
// not know: Path("steps") / name.
func (g *graph) begun(dirs []string, mod *python.Module) []string {
	out := dirs
	for _, c := range mod.Calls {
		for _, a := range c.Args {
			if dir, name := path.Split(a.Text); dir != "" && strings.HasPrefix(name, python.Hole) && !strings.Contains(dir, python.Hole) {
				out = append(g.into(dirs, path.Clean(dir)), out...)
			}
		}
	}
	return out[:min(len(out), maxDirs)]
}

// allScripts follows the files of a list that names nothing but scripts.
func (g *graph) allScripts(p place, dirs, names []string) []string {
	if len(names) == 0 || slices.ContainsFunc(names, func(n string) bool { return !isScript(n) }) {
		return nil
	}
	var out []string
	for _, name := range names {
		if f := g.handedFile(dirs, name); f != "" {
			out = append(out, g.python(p.at(p.path), f)...)
		}
	}
	return out
}

func isScript(text string) bool {
	return (strings.HasSuffix(text, ".py") || strings.HasSuffix(text, ".ipynb")) && !strings.ContainsAny(text, " \n*"+python.Hole)
}

// handedFile finds a script by its path, or by its name where only one file of
// the project has it.
func (g *graph) handedFile(dirs []string, name string) string {
	if f := g.resolve(dirs, strings.TrimPrefix(name, "./")); f != "" {
		return f
	}
	found := ""
	for _, f := range g.imports.byBase[path.Base(name)] {
		if f == name || strings.HasSuffix(f, "/"+strings.TrimPrefix(name, "./")) {
			if found != "" {
				return ""
			}
			found = f
		}
	}
	return found
}

// placeholders puts a word for what a platform or the program fills in.
func placeholders(text string) string {
	parts := strings.Split(text, python.Hole)
	for i := range parts {
		if i%2 == 1 {
			parts[i] = "VALUE"
		}
	}
	return templated.ReplaceAllString(doubled.ReplaceAllString(strings.Join(parts, ""), "VALUE"), "VALUE")
}

// variables are what a formatted text leaves open, as a shell has them: "cd $BASE" for
// "cd {BASE}".
func variables(text string) string {
	return open.ReplaceAllString(doubled.ReplaceAllString(text, "VALUE"), "$$VALUE")
}

var open = regexp.MustCompile(`\{[^{}]*\}`)

// namedModule follows a module of the repository that a call names in full as
// its first argument ("src.orchestration.retrain"), as home-made runners do.
func (g *graph) namedModule(p place, c python.Call) []string {
	if !namesModule(c) {
		return nil
	}
	a, _ := c.Positional(0)
	rel := strings.ReplaceAll(a.Value, ".", "/") + ".py"
	if f := g.find([]string{".", "src"}, rel); f != "" {
		return g.python(p.at(p.path), f)
	}
	return nil
}

// namesModule reports whether the first argument of a call may be the name of a module.
func namesModule(c python.Call) bool {
	switch c.Method() {
	case "getLogger", "patch", "get_logger", "object":
		return false
	}
	a, ok := c.Positional(0)
	return ok && a.Literal && strings.Contains(a.Value, ".") && !strings.ContainsAny(a.Value, " /:")
}

// launched returns the command that a call starts, as text or as words.
func launched(c python.Call) (string, []string) {
	if startsCommand(c.Name) {
		a, ok := c.Positional(0)
		if !ok {
			return "", nil
		}
		if a.Literal {
			return a.Value, nil
		}
		if len(a.Items) == 0 && strings.Contains(a.Text, " ") {
			return placeholders(a.Text), nil
		}
		return "", a.Items
	}
	switch c.Method() {
	case "BashOperator", "SSHOperator", "KubernetesPodOperator", "DockerOperator", "EcsRunTaskOperator", "CloudRunExecuteJobOperator":
		if words := wordsOf(c, "cmds", "arguments"); len(words) > 1 {
			return "", words
		}
		for _, name := range []string{"bash_command", "command", "cmds", "arguments"} {
			if a, ok := c.Arg(name); ok {
				if a.Literal || len(a.Items) > 0 {
					return a.Value, a.Items
				}
				return placeholders(a.Text), nil
			}
		}
	case "ContainerOp", "ContainerSpec":
		return "", wordsOf(c, "command", "arguments", "args")
	case "PythonScriptStep":
		if a, ok := c.Arg("script_name"); ok && a.Literal {
			return "", []string{"python", a.Value}
		}
	}
	return "", nil
}
