package reach

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// image is what a Dockerfile says.
type image struct {
	runs []dockerLine
	// start is the command of the container, from CMD and ENTRYPOINT of the last stage.
	entrypoint, cmd dockerLine
	// copies are the folders and files of the context that come into the image;
	// placed says which file of the context has another name there.
	copies []string
	placed map[string]string
	// env are the variables that the last stage sets, as NAME=value.
	env []string
}

// dockerLine is an instruction in its shell form or as words.
type dockerLine struct {
	text string
	args []string
	line int
}

// dockerfile reads a Dockerfile; one that cannot be read gives an empty image and
// the error.
func dockerfile(src []byte) (image, error) {
	var img image
	parsed, err := parser.Parse(bytes.NewReader(src))
	if err != nil {
		return img, fmt.Errorf("read Dockerfile: %w", err)
	}
	for _, node := range parsed.AST.Children {
		line := dockerLine{line: node.StartLine}
		for n := node.Next; n != nil; n = n.Next {
			line.args = append(line.args, n.Value)
		}
		if !node.Attributes["json"] {
			line.text = strings.Join(line.args, " ")
			line.args = nil
		}
		if len(node.Heredocs) > 0 && strings.HasPrefix(strings.TrimSpace(line.text), "<<") {
			line.text, line.line = node.Heredocs[0].Content, node.StartLine+1
		}
		switch strings.ToUpper(node.Value) {
		case "FROM":
			img.entrypoint, img.cmd, img.env = dockerLine{}, dockerLine{}, nil
		case "ENV":
			for n := node.Next; n != nil && n.Next != nil; { // name, value and what stood between
				img.env = append(img.env, n.Value+"="+n.Next.Value)
				if n = n.Next.Next; n != nil {
					n = n.Next
				}
			}
		case "RUN":
			img.runs = append(img.runs, line)
		case "CMD":
			img.cmd = line
		case "ENTRYPOINT":
			img.entrypoint = line
		case "COPY", "ADD":
			if !slices.ContainsFunc(node.Flags, func(f string) bool { return strings.HasPrefix(f, "--from") }) {
				img.take(append(strings.Fields(line.text), line.args...))
			}
		}
	}
	return img, nil
}

// take notes what an instruction brings into the image.
func (img *image) take(words []string) {
	if len(words) < 2 {
		return
	}
	sources, to := words[:len(words)-1], words[len(words)-1]
	img.copies = append(img.copies, sources...)
	if len(sources) == 1 && path.Base(sources[0]) != path.Base(to) && !strings.HasSuffix(to, "/") {
		if img.placed == nil {
			img.placed = map[string]string{}
		}
		img.placed[path.Base(to)] = sources[0]
	}
}

// original are the words of a command with the name that its program has in the
// repository, where the image has it under another one.
func (img image) original(words []string) []string {
	if len(words) == 0 || img.placed[path.Base(words[0])] == "" {
		return words
	}
	return append([]string{img.placed[path.Base(words[0])]}, words[1:]...)
}

// dirs are the folders that the image's commands may see: the context, what is
// copied from it, the folder of the Dockerfile.
func (img image) dirs(context, file string) []string {
	out := []string{path.Clean(context)}
	for _, c := range img.copies {
		if dir := path.Join(context, c); !strings.HasPrefix(dir, "..") {
			out = append(out, dir, path.Dir(dir))
		}
	}
	return append(out, path.Dir(file))
}

// working are the programs of RUN lines that may make or fetch a model.
var working = regexp.MustCompile(`(^|[\s;&|/])(python3?|dvc|mlflow|curl|wget|aws|gsutil|gcloud|az|git|huggingface-cli|hf|make|bash|sh)\s+[^|;&]*[\w/]`)

// setting are commands that name such a program and start none: a user's shell, the
// settings of git.
var setting = regexp.MustCompile(`\b(user(add|mod)|adduser|chsh|git config)\b`)

// works reports whether building the image starts something beside the
// installation of packages.
func (img image) works() bool {
	return slices.ContainsFunc(img.runs, func(l dockerLine) bool {
		for _, part := range strings.FieldsFunc(l.text+" "+strings.Join(l.args, " "), func(r rune) bool { return r == ';' || r == '&' }) {
			if !strings.Contains(part, "pip") && !strings.Contains(part, "apt") && !strings.Contains(part, "venv") && !setting.MatchString(part) && working.MatchString(part) {
				return true
			}
		}
		return false
	})
}

// line follows an instruction.
func (g *graph) line(p place, l dockerLine) []string {
	if l.text != "" {
		return files(g.script(p, l.text, l.line, shell.Options{ErrExit: true}))
	}
	if len(l.args) > 0 {
		return g.command(p, l.args, l.line)
	}
	return nil
}

// start follows what a container of the image runs; args replace its CMD.
func (g *graph) start(p place, file string, args []string) {
	img := g.images[file]
	p.quiet = g.quieted(p.quiet, img.env)
	p.env = with(p.env, img.env)
	cmd := img.cmd
	if len(args) > 0 {
		cmd = dockerLine{args: args, line: cmd.line}
	}
	if len(cmd.args) == 1 && g.handler(p, cmd.args[0]) {
		return
	}
	entrypoint := img.original(img.entrypoint.args)
	words := append(slices.Clone(entrypoint), cmd.args...)
	if len(entrypoint) > 0 && len(words) > 0 {
		line := img.entrypoint.line
		if len(cmd.args) > 0 && isShellScript(entrypoint[0]) { // an entry script that ends with exec "$@"
			g.command(p, entrypoint, line)
			g.command(p, cmd.args, cmd.line)
			return
		}
		g.command(p, words, line)
		return
	}
	if img.entrypoint.text != "" {
		cmd = img.entrypoint
	}
	g.line(p, cmd)
}

// handler follows what the runtime of AWS Lambda is to call in an image: the only
// word of its command is a function of a module, app.main.handler.
func (g *graph) handler(p place, name string) bool {
	module, function := "", ""
	if i := strings.LastIndexByte(name, '.'); i > 0 && !strings.Contains(name, "/") {
		module, function = name[:i], name[i+1:]
	}
	for _, dir := range append(slices.Clone(p.dirs), ".") {
		for _, file := range g.imports.started(module, dir) {
			if mod := g.tree.Python[file].Module(); mod != nil && module != "" && defines(mod, function) {
				g.python(p, file)
				return true
			}
		}
	}
	return false
}

// defines reports whether a module has a function of that name, or binds it.
func defines(mod *python.Module, name string) bool {
	return slices.ContainsFunc(mod.Funcs, func(f python.Func) bool { return f.Name == name && f.Class == "" }) ||
		slices.ContainsFunc(mod.Names, func(w python.Word) bool { return w.Text == name })
}

func isShellScript(name string) bool {
	return strings.HasSuffix(name, ".sh") || name == "tini" || name == "dumb-init"
}

// build follows the building of an image: its RUN lines belong to whoever
// builds it; what a container of it runs is an entry of its own.
func (g *graph) build(p place, file, context string) []string {
	img, ok := g.images[file]
	if !ok {
		return nil
	}
	g.result.Builds = append(g.result.Builds, Build{File: file, Entry: p.entry, Path: p.path, Line: p.line, Swallowed: p.swallowed, Copies: img.copies, Works: img.works()})
	return g.once(p, "build "+file, func() []string {
		inner := p.at(file, img.dirs(context, file)...)
		var out []string
		for _, run := range img.runs {
			out = append(out, g.line(inner, run)...)
		}
		id := "image:" + file
		if _, made := g.result.Entry(id); !made && (img.cmd.line > 0 || img.entrypoint.line > 0) {
			line := max(img.cmd.line, img.entrypoint.line)
			started := g.entry(Entry{ID: id, Kind: KindImage, Path: file, Line: line, Name: "image of " + file}, inner.dirs...)
			g.start(started, file, nil)
		}
		return out
	})
}

// isBlubber reports whether a file describes an image in the form of Blubber, as
// its first line tells BuildKit (https://doc.wikimedia.org/releng/blubber/).
func isBlubber(text []byte) bool {
	first, _, _ := strings.Cut(string(text[:min(len(text), 200)]), "\n")
	return strings.HasPrefix(first, "# syntax=") && strings.Contains(first, "blubber")
}

// dockerCommand follows "docker build" and "docker compose up".
func (g *graph) dockerCommand(p place, name string, args, sub []string) []string {
	if name == "docker-compose" || sub[0] == "compose" {
		return g.composeCommand(p, args)
	}
	if sub[0] == "run" || sub[0] == "create" {
		if last := args[len(args)-1]; !strings.HasPrefix(last, "-") { // without a command: the image's own
			g.waiting = append(g.waiting, pulled{place: p, image: last})
		}
		return nil
	}
	if !slices.Contains(sub, "build") && !slices.Contains(sub, "bud") {
		return nil
	}
	context := "."
	if last := args[len(args)-1]; !strings.HasPrefix(last, "-") && last != "build" {
		context = last
	}
	dirs := g.into(p.dirs, context)
	file := g.find(dirs, "Dockerfile", "Containerfile")
	if f := shell.Flag(args, "-f", "--file"); f != "" {
		file = g.resolve(append(slices.Clone(p.dirs), dirs...), f)
	}
	return g.build(p, file, g.contextDir(dirs, context))
}

// contextDir is the folder that a build context means.
func (g *graph) contextDir(dirs []string, context string) string {
	if len(dirs) > 0 {
		return dirs[0]
	}
	return path.Clean(context)
}

// compose makes an entry of each service of a compose file.
func (g *graph) compose(file string, doc yamldoc.Value) {
	for _, e := range doc.Get("services").Entries() {
		dir := path.Dir(file)
		p := g.entry(Entry{
			ID: file + "#" + e.Key, Kind: KindService, Path: file, Line: e.Line, Name: "compose service " + e.Key, Chain: file,
		}, dir)
		g.service(p, dir, e.Value)
	}
}

// composeBuild follows a service whose image is built from the repository.
func (g *graph) composeBuild(p place, service yamldoc.Value, context, name string) {
	file := path.Join(context, name)
	img, ok := g.images[file]
	if ok || isBlubber(g.tree.Text[file]) {
		g.result.Builds = append(g.result.Builds, Build{File: file, Entry: p.entry, Path: p.path, Line: service.Get("build").Line()})
	}
	p.dirs = img.dirs(context, file)
	inner := p.at(file, p.dirs...)
	for _, run := range img.runs {
		g.line(inner, run)
	}
	command, entrypoint := service.Get("command"), service.Get("entrypoint")
	switch {
	case entrypoint.Exists():
		g.serviceCommand(p, entrypoint)
		g.serviceCommand(p, command)
	case command.Exists():
		g.serviceCommand(p, command)
		if words := words(command); len(img.entrypoint.args) > 0 && len(words) > 0 {
			g.start(inner, file, words)
		}
	default:
		g.start(inner, file, nil)
	}
}

// words are those of a command that is a list, or a plain string.
func words(v yamldoc.Value) []string {
	if v.IsList() || strings.ContainsAny(v.Text(), "\"'$|;&") {
		return v.Texts()
	}
	return strings.Fields(v.Text())
}

// serviceCommand follows a command that is a string or a list of words.
func (g *graph) serviceCommand(p place, v yamldoc.Value) {
	if t := v.Text(); t != "" {
		g.script(p, t, v.TextLine(), shell.Options{})
		return
	}
	if words := v.Texts(); len(words) > 0 {
		g.command(p, words, v.Line())
	}
}
