package ci

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// document is a YAML file that is read as a pipeline.
type document struct {
	path string
	opts Options
	text []string // its lines
	docs []yamldoc.Value
}

// maxFile bounds the files that are read as pipelines.
const maxFile = 1 << 20

// open parses a YAML file.
func open(file string, data []byte, opts Options) (*document, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("read pipeline: larger than %d KB", maxFile>>10)
	}
	docs, err := yamldoc.Read(data)
	if err != nil {
		return nil, fmt.Errorf("read pipeline: %w", err)
	}
	if len(docs) == 0 {
		return nil, fmt.Errorf("read pipeline: no document")
	}
	return &document{path: file, opts: opts.budgeted(), text: strings.Split(string(data), "\n"), docs: docs}, nil
}

// maxBefore bounds the line that a script which YAML folds is looked for in: thousands of
// others may stand there, too.
const maxBefore = 1000

// operators are what a line of a shell script may end with and go on below.
var operators = []string{"&&", "||", "|", ";", "\\"}

// script is the text of a scalar as a script, with the line it begins on. A
// scalar that YAML folds is given back its lines where the shell reads the same
// from them, so that commands keep theirs.
func (d *document) script(v yamldoc.Value) (string, int) {
	text, at := v.Text(), v.TextLine()
	words := strings.Fields(text)
	if len(words) == 0 || at < 1 || at > len(d.text) || strings.Contains(strings.TrimSpace(text), "\n") {
		return text, at
	}
	var lines []string
	seen := 0
	for _, line := range d.text[at-1:] {
		if len(lines) == 0 && !v.IsBlock() { // the key, the dash and the quote stand before it
			i := strings.Index(line[:min(len(line), maxBefore)], words[0])
			if i < 0 || len(line) > maxBefore+len(text) {
				return text, at
			}
			line = line[i:]
		}
		fields := strings.Fields(line)
		if seen += len(fields); seen >= len(words) {
			lines = append(lines, strings.Join(words[len(words)-(len(fields)-(seen-len(words))):], " "))
			break
		}
		if !slices.Equal(fields, words[seen-len(fields):seen]) || len(fields) > 0 && !slices.Contains(operators, fields[len(fields)-1]) {
			return text, at
		}
		lines = append(lines, line)
	}
	if len(lines) < 2 {
		return text, at
	}
	return strings.Join(lines, "\n"), at
}

// run makes a step of a script.
func (d *document) run(v yamldoc.Value, like Step) Step {
	like.Path, like.Line = d.path, v.Line()
	like.Run, like.RunLine = d.script(v)
	return like
}

// runs makes steps of one script or a list of them.
func (d *document) runs(v yamldoc.Value, like Step) []Step {
	var out []Step
	items := v.Items()
	if !v.IsList() {
		items = []yamldoc.Value{v}
	}
	for _, item := range items {
		if item.Text() != "" && d.opts.Budget.step(Step{Run: item.Text()}) {
			out = append(out, d.run(item, like))
		}
	}
	return out
}

// argv makes a step of a command that is given as words. A shell that is given
// a script is taken as that script.
func (d *document) argv(v yamldoc.Value, like Step) (Step, bool) {
	items := v.Items()
	if len(items) == 0 {
		return d.run(v, like), v.Text() != ""
	}
	like.Path, like.Line, like.RunLine = d.path, v.Line(), v.Line()
	if len(items) > 2 && isShell(items[0].Text()) && isScriptFlag(items[1].Text()) {
		flags := items[1].Text()
		like.Run, like.RunLine = d.script(items[2])
		like.ErrExit = strings.Contains(flags, "e")
		return like, true
	}
	like.Args = v.Texts()
	return like, len(like.Args) > 0
}

func isShell(name string) bool {
	return slices.Contains([]string{"sh", "bash", "zsh", "ash", "dash"}, path.Base(name))
}

// isScriptFlag tells "-c", "-cx", "-lec" from other flags.
func isScriptFlag(flag string) bool {
	return strings.HasPrefix(flag, "-") && !strings.HasPrefix(flag, "--") && strings.Contains(flag, "c")
}

// carryDir gives each step the folder that a plain "cd" before it went to: in
// one shell it holds for what follows.
func carryDir(steps []Step) []Step {
	dir := ""
	for i := range steps {
		own := steps[i].Dir
		steps[i].Dir = path.Join(own, dir)
		if to, ok := strings.CutPrefix(strings.TrimSpace(steps[i].Run), "cd "); ok && !strings.ContainsAny(to, "&;|\n$") {
			dir = path.Join(dir, strings.TrimSpace(to))
		}
	}
	return steps
}

// afterPerson leaves of the jobs that come after one which a person has to
// start only what that person starts.
func (p *Pipeline) afterPerson(asks map[string]bool) {
	for range min(len(p.Jobs), maxChain) {
		changed := false
		for i := range p.Jobs {
			j := &p.Jobs[i]
			if !asks[j.ID] && slices.ContainsFunc(j.Needs, func(n string) bool { return asks[n] }) {
				asks[j.ID], changed = true, true
			}
		}
		if !changed {
			break
		}
	}
	for i := range p.Jobs {
		if asks[p.Jobs[i].ID] {
			p.Jobs[i].Triggers = []Trigger{Manual}
		}
	}
}

// union is all triggers of the jobs, in the order in which they come.
func (p *Pipeline) union() {
	p.Triggers = nil
	for _, j := range p.Jobs {
		for _, t := range j.Triggers {
			p.Triggers = add(p.Triggers, t)
		}
	}
}

// ready ends the reading of a pipeline: jobs that nothing can start are off.
func (p *Pipeline) ready() *Pipeline {
	for i := range p.Jobs {
		if j := &p.Jobs[i]; len(j.Triggers) == 0 && j.Off == "" {
			j.Off = "nothing that starts the pipeline fits its condition"
		}
	}
	p.union()
	return p
}

// branches returns what a filter of branches makes of pushes and changes: a
// filter that leaves the default branch out still checks the others.
func (o Options) branches(patterns []string, triggers ...Trigger) []Trigger {
	if len(patterns) == 0 {
		return triggers
	}
	var out []Trigger
	for _, t := range triggers {
		switch {
		case t == Push && !o.isDefault(patterns):
			out = add(out, Branch)
		default:
			out = add(out, t)
		}
	}
	return out
}
