package starter

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// maxCommand is the longest command whose parts are looked at, maxOpen how
// deep its brackets may nest: reading it recurses.
const (
	maxCommand = 64 << 10
	maxOpen    = 50
)

var matrixHole = pattern(`\$\{\{[^}]*\}\}`)

// anyCell is an output of a stage with a matrix as another stage reads it: the
// values mean nothing there, so it is a pattern for what all of the cells write.
func anyCell(out string) string {
	pattern := matrixHole().ReplaceAllString(out, "*")
	if pattern != out && strings.HasSuffix(out, "/") {
		pattern += "**"
	}
	return pattern
}

// commands splits a line for the shell into its commands, each a list of words.
// What is no literal stands as "$".
func commands(text string) [][]string {
	text = matrixHole().ReplaceAllString(text, "$$x")
	if len(text) > maxCommand || strings.Count(text, "(")+strings.Count(text, "{") > maxOpen {
		return nil
	}
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	if err != nil {
		return nil
	}
	var out [][]string
	syntax.Walk(file, func(node syntax.Node) bool {
		if call, ok := node.(*syntax.CallExpr); ok && len(call.Args) > 0 {
			var words []string
			for _, arg := range call.Args {
				words = append(words, wordText(arg))
			}
			out = append(out, words)
		}
		return true
	})
	return out
}

func wordText(word *syntax.Word) string {
	var out strings.Builder
	for _, part := range word.Parts {
		switch p := part.(type) {
		case *syntax.Lit:
			out.WriteString(p.Value)
		case *syntax.SglQuoted:
			out.WriteString(p.Value)
		case *syntax.DblQuoted:
			for _, inner := range p.Parts {
				lit, ok := inner.(*syntax.Lit)
				if !ok {
					return "$"
				}
				out.WriteString(lit.Value)
			}
		default:
			return "$"
		}
	}
	return out.String()
}

// call is a command that starts a file of the repository.
type call struct {
	file   string
	args   []string
	module bool // started by its module's name, with -m
}

// started finds the files of the repository that a command starts.
func (l *look) started(s *stage) []call {
	text := s.commandText()
	if len(s.words) > 0 {
		text = s.words[len(s.words)-1]
	}
	var out []call
	for _, words := range commands(text) {
		words = unwrapped(words)
		if len(words) == 0 {
			continue
		}
		if c, ok := l.starts(words, s.workdir); ok {
			out = append(out, c)
		}
	}
	return out
}

// unwrapped takes off what only prepares a command.
func unwrapped(words []string) []string {
	for len(words) > 1 {
		switch {
		case words[1] == "run" && slices.Contains([]string{"poetry", "uv", "pipenv", "pdm", "hatch", "rye", "pixi"}, words[0]):
			words = words[2:]
		case words[0] == "time" || words[0] == "exec" || words[0] == "nohup" || words[0] == "env" || strings.Contains(words[0], "=") && !strings.HasPrefix(words[0], "-"):
			words = words[1:]
		default:
			return words
		}
	}
	return words
}

var pythonName = pattern(`^(.*/)?python[0-9.]*$`)

func (l *look) starts(words []string, workdir string) (call, bool) {
	program, rest := words[0], words[1:]
	isPython := pythonName().MatchString(program)
	isShell := program == "sh" || program == "bash" || program == "Rscript" || program == "julia" || program == "papermill"
	if !isPython && !isShell {
		return l.startsFile(program, rest, workdir)
	}
	for len(rest) > 0 && strings.HasPrefix(rest[0], "-") {
		if rest[0] == "-m" && len(rest) > 1 && isPython {
			return l.startsModule(rest[1], rest[2:], workdir)
		}
		if rest[0] == "-c" {
			return call{}, false
		}
		rest = rest[1:]
	}
	if len(rest) == 0 {
		return call{}, false
	}
	return l.startsFile(rest[0], rest[1:], workdir)
}

func (l *look) startsFile(name string, args []string, workdir string) (call, bool) {
	file := path.Join(workdir, name)
	return call{file, args, false}, l.has(file)
}

func (l *look) startsModule(module string, args []string, workdir string) (call, bool) {
	name := strings.ReplaceAll(module, ".", "/")
	base := path.Join(workdir, name)
	for _, file := range []string{base + ".py", path.Join(base, "__main__.py"), path.Join(workdir, "src", name+".py")} {
		if l.has(file) {
			return call{file, args, true}, true
		}
	}
	return call{}, false
}
