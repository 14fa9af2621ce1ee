package reach

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/shell"
)

var (
	snakeRule    = regexp.MustCompile(`^(?:rule|checkpoint)\s+(\w+)\s*:`)
	snakeKey     = regexp.MustCompile(`^\s+(shell|script|notebook|input|output|run)\s*:\s*(.*)$`)
	snakeLiteral = regexp.MustCompile(`(?s)"""(.*?)"""|'''(.*?)'''|"([^"\n]*)"|'([^'\n]*)'`)
)

// snakeStep is a rule of a Snakefile.
type snakeStep struct {
	name            string
	line            int
	shell, script   string
	at              int // line of the script
	inputs, outputs []string
}

// readSnakefile reads the rules of a Snakefile, with literal commands and files
// (https://snakemake.readthedocs.io/en/stable/snakefiles/rules.html).
func readSnakefile(src string) []snakeStep {
	var out []snakeStep
	key, at := "", 0
	var text strings.Builder
	end := func() {
		if len(out) > 0 && key != "" {
			out[len(out)-1].set(key, text.String(), at)
		}
		key = ""
		text.Reset()
	}
	for i, line := range strings.Split(src, "\n") {
		switch m, k := snakeRule.FindStringSubmatch(line), snakeKey.FindStringSubmatch(line); {
		case m != nil:
			end()
			out = append(out, snakeStep{name: m[1], line: i + 1})
		case k != nil:
			end()
			key, at = k[1], i+1
			text.WriteString(k[2] + "\n")
		case line != "" && line[0] != ' ' && line[0] != '\t' && line[0] != '#':
			end()
		case key != "":
			text.WriteString(line + "\n")
		}
	}
	end()
	return out
}

// set notes what stands under one key of a rule.
func (s *snakeStep) set(key, text string, at int) {
	var parts []string
	for _, m := range snakeLiteral.FindAllStringSubmatch(text, 50) {
		parts = append(parts, m[1]+m[2]+m[3]+m[4])
	}
	if key == "input" && strings.Contains(text, "rules.") {
		s.inputs = append(s.inputs, "rules")
	}
	if len(parts) == 0 {
		return
	}
	if before, _, ok := strings.Cut(text, parts[0]); ok {
		at += strings.Count(before, "\n")
	}
	switch key {
	case "shell":
		s.shell, s.at = strings.Join(parts, ""), at
	case "script", "notebook":
		s.script, s.at = parts[0], at
	case "input":
		s.inputs = append(s.inputs, parts...)
	case "output":
		s.outputs = parts
	}
}

// snakefiles makes an entry of each Snakefile.
func (g *graph) snakefiles() {
	for _, f := range g.tree.Files {
		if base := path.Base(f); (base == "Snakefile" || path.Ext(base) == ".smk") && g.tree.Text[f] != nil {
			p := g.entry(Entry{ID: f, Kind: KindPipeline, Path: f, Line: 1, Name: "Snakemake pipeline"}, path.Dir(f))
			g.snakefile(p, f)
		}
	}
}

// snakemake follows the Snakefile that the command names or finds.
func (g *graph) snakemake(p place, args []string) []string {
	f := g.resolve(p.dirs, shell.Flag(args, "-s", "--snakefile"))
	if f == "" {
		f = g.find(append(slices.Clone(p.dirs), "."), "Snakefile", "snakefile", "workflow/Snakefile", "workflow/snakefile")
	}
	return g.snakefile(p, f)
}

func (g *graph) snakefile(p place, file string) []string {
	src := g.tree.Text[file]
	if src == nil {
		return nil
	}
	return g.once(p, file, func() []string {
		if p.depth > MaxDepth {
			return nil
		}
		dirs := []string{path.Dir(file), "."}
		if path.Base(path.Dir(file)) == "workflow" {
			dirs = append(dirs, path.Dir(path.Dir(file)))
		}
		at := p.at(file, append(dirs, p.dirs...)...)
		var steps []Step
		connected := false
		rules := readSnakefile(string(src))
		for _, r := range rules {
			step := Step{Path: file, Line: r.line, Name: r.name, Swallowed: p.swallowed}
			switch f := g.resolve(at.dirs, r.script); {
			case r.shell != "":
				step.Files = files(g.script(at, placeholders(r.shell), r.at, shell.Options{ErrExit: true, PipeFail: true}))
			case strings.HasSuffix(f, ".py") || strings.HasSuffix(f, ".ipynb"):
				step.Files = g.python(at, f)
			case f != "":
				step.Files = g.foreign(at, f)
			}
			steps = append(steps, step)
			connected = connected || slices.ContainsFunc(rules, func(o snakeStep) bool {
				return o.name != r.name && slices.ContainsFunc(r.inputs, func(in string) bool { return produces(o.outputs, in) || in == "rules" })
			})
		}
		g.sequence(Sequence{Kind: "snakemake", Path: file, Line: 1, Name: path.Base(file), Entry: p.entry, Steps: steps, Connected: connected})
		return files(steps)
	})
}
