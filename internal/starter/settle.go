package starter

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
)

// settle makes the pipeline one that muster accepts. What it changes or leaves
// out is said at the stage.
func (l *look) settle(p *pipeline) {
	l.bound(p)
	for _, s := range p.stages {
		s.inputs = l.usable(s, "input", s.inputs)
		s.outputs = l.usable(s, "output", s.outputs)
		s.metrics = l.usable(s, "metrics file", s.metrics)
		if s.workdir != "" && len(l.usable(s, "workdir", []string{s.workdir})) == 0 {
			s.workdir = ""
		}
	}
	l.oneMaker(p)
	for _, s := range p.stages {
		l.apart(p, s)
		s.inputs = outermost(unique(s.inputs))
		if p.params != "" && len(s.params) > 0 {
			s.inputs = slices.DeleteFunc(s.inputs, func(in string) bool { return path.Clean(in) == p.params })
		}
		l.missing(p, s)
	}
	l.uncircle(p)
}

// usable leaves out the paths that muster cannot have.
func (l *look) usable(s *stage, what string, paths []string) []string {
	var out []string
	for _, name := range paths {
		clean := path.Clean(name)
		why := ""
		switch {
		case name == "":
			continue
		case clean == "." && what == "input":
			out = append(out, l.expand(".", s)...)
			s.comment("input . is written out: muster takes no whole repository")
			continue
		case path.IsAbs(name) || clean == ".." || strings.HasPrefix(clean, "../") || clean == ".":
			why = "lies outside of this folder"
		case strings.ContainsAny(name, "*?[]{}\\$\x00") || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) || strings.Contains(name, "\ufffd"):
			why = "has a character that muster takes for a pattern or cannot write"
		case within(clean, ".muster") || within(clean, ".git"):
			why = "is not the pipeline's own"
		case l.behindLink(clean):
			why = "is a link, or lies behind one; muster follows none"
		}
		if why != "" && !matrixed(s, name) {
			text := fmt.Sprintf("%s %s %s, and was left out", what, printable(name), why)
			s.comment("%s", text)
			l.add(place(s.origin), 0, "stage %s: %s", s.name, text)
			continue
		}
		out = append(out, keepSlash(name, clean))
	}
	return out
}

// matrixed reports whether a path has a hole of the stage's matrix and is sound
// but for that.
func matrixed(s *stage, name string) bool {
	rest := matrixHole().ReplaceAllString(name, "x")
	return len(s.matrix) > 0 && rest != name && !strings.ContainsAny(rest, "*?[]{}\\$\x00\n") && !path.IsAbs(rest) && !strings.HasPrefix(path.Clean(rest), "..")
}

func place(origin string) string {
	file, _, _ := strings.Cut(origin, ":")
	return file
}

func keepSlash(name, clean string) string {
	if strings.HasSuffix(name, "/") {
		return clean + "/"
	}
	return clean
}

func (l *look) behindLink(name string) bool {
	for at := name; at != "." && at != "/"; at = path.Dir(at) {
		if l.links[at] {
			return true
		}
	}
	return false
}

// expand names what lies in a folder one by one, without what the stage writes
// and what is no business of a pipeline.
func (l *look) expand(dir string, s *stage) []string {
	var out []string
	for _, name := range l.children(dir) {
		if slices.ContainsFunc(s.made(), func(made string) bool { return within(name, made) }) {
			continue
		}
		if slices.ContainsFunc(s.made(), func(made string) bool { return within(made, name) }) {
			out = append(out, l.expand(name, s)...)
			continue
		}
		if base := path.Base(name); !strings.HasPrefix(base, ".") && base != "muster.yaml" {
			out = append(out, name)
		}
	}
	return out
}

// oneMaker gives each output to the first stage that writes it.
func (l *look) oneMaker(p *pipeline) {
	type made struct{ path, stage string }
	var all []made
	for _, s := range p.stages {
		keep := func(list []string) []string {
			return slices.DeleteFunc(list, func(out string) bool {
				if axis := shared(s, out); axis != "" {
					text := fmt.Sprintf("output %s is left out: it is the same for each %s", out, axis)
					s.comment("%s", text)
					l.add(place(s.origin), 0, "stage %s: %s", s.name, text)
					return true
				}
				for _, other := range all {
					if overlaps(out, other.path) {
						text := fmt.Sprintf("output %s is not named: %s of stage %s is the same or lies in one with it", out, other.path, other.stage)
						s.comment("%s", text)
						l.add(place(s.origin), 0, "stage %s: %s", s.name, text)
						return true
					}
				}
				all = append(all, made{out, s.name})
				return false
			})
		}
		s.metrics, s.outputs = keep(s.metrics), keep(s.outputs)
		if s.junit != "" {
			all = append(all, made{s.junit, s.name})
		}
	}
}

// shared names an axis of the stage's matrix that an output does not tell apart.
func shared(s *stage, out string) string {
	for _, a := range s.matrix {
		if len(a.values) > 1 && !strings.Contains(out, "${{ matrix."+a.name+" }}") {
			return a.name
		}
	}
	return ""
}

// apart keeps what a stage reads apart from what it writes.
func (l *look) apart(p *pipeline, s *stage) {
	var inputs []string
	for _, in := range s.inputs {
		at := slices.IndexFunc(s.made(), func(out string) bool { return overlaps(in, out) })
		switch {
		case at < 0:
			inputs = append(inputs, in)
		case within(in, s.made()[at]):
			s.comment("input %s is what the stage itself writes, and was left out", in)
			l.add(place(s.origin), 0, "stage %s: input %s is what it writes itself, and was left out", s.name, in)
		default:
			parts := l.expand(in, s)
			for _, other := range p.stages { // what others make there is not there yet
				for _, out := range other.made() {
					if other != s && within(out, in) && !slices.ContainsFunc(parts, func(part string) bool { return within(out, part) }) {
						parts = append(parts, anyCell(out))
					}
				}
			}
			inputs = append(inputs, parts...)
			s.comment("input %s is written out, since the stage writes %s into it", in, s.made()[at])
			l.add(place(s.origin), 0, "stage %s: input folder %s is written out, since the stage writes into it: name new files there yourself", s.name, in)
		}
	}
	s.inputs = inputs
}

// missing notes inputs that are not there and that no stage makes.
func (l *look) missing(p *pipeline, s *stage) {
	for _, in := range s.inputs {
		made := slices.ContainsFunc(p.stages, func(other *stage) bool {
			return slices.ContainsFunc(other.made(), func(out string) bool {
				return overlaps(matrixHole().ReplaceAllString(out, "x"), in) || strings.Contains(out, "${{")
			})
		})
		if !made && !l.explained[path.Clean(in)] && !l.has(in) && !l.isDir(in) && !strings.Contains(in, "${{") {
			s.comment("%s is not there yet, and no stage makes it", in)
			l.add(place(s.origin), 0, "stage %s reads %s, which is not there and which no stage makes", s.name, in)
		}
	}
}

// maxPaths bounds the paths of all stages together: what follows compares each with each.
const maxPaths = 4000

// bound leaves out the paths that are too many.
func (l *look) bound(p *pipeline) {
	left := maxPaths
	for _, s := range p.stages {
		for _, list := range []*[]string{&s.metrics, &s.outputs, &s.inputs} {
			if *list = unique(*list); len(*list) > left {
				*list = (*list)[:left]
				s.comment("there are more files than muster init names: name their folders")
				l.add(place(s.origin), 0, "stage %s: more than %d files in all; those that follow are left out", s.name, maxPaths)
			}
			left -= len(*list)
		}
	}
}

// uncircle cuts circles of stages that read what the other writes.
func (l *look) uncircle(p *pipeline) {
	g := newGraph(p)
	for i, s := range p.stages {
		s.inputs = slices.DeleteFunc(s.inputs, func(in string) bool {
			maker := slices.IndexFunc(p.stages, func(other *stage) bool { return other != s && makes(other, in) })
			if maker < 0 || !g.stands(maker, i, make([]bool, len(p.stages))) {
				return false
			}
			other := p.stages[maker]
			s.comment("input %s is left out: stage %s, which makes it, reads what this one writes", in, other.name)
			l.add(place(s.origin), 0, "stages %s and %s wait for one another; %s is left out of the inputs of %s", s.name, other.name, in, s.name)
			return true
		})
		g.reads(i)
	}
}

func makes(s *stage, in string) bool {
	return slices.ContainsFunc(s.made(), func(out string) bool { return overlaps(out, in) })
}

// maker is the stage that makes an input, or a part of it.
func (p *pipeline) maker(in string) *stage {
	at := slices.IndexFunc(p.stages, func(s *stage) bool { return makes(s, in) })
	if at < 0 {
		return nil
	}
	return p.stages[at]
}

// graph knows which stage reads what which other one writes.
type graph struct {
	p     *pipeline
	edges [][]bool
}

func newGraph(p *pipeline) *graph {
	g := &graph{p: p, edges: make([][]bool, len(p.stages))}
	for i := range p.stages {
		g.reads(i)
	}
	return g
}

// reads works out anew what a stage stands on.
func (g *graph) reads(i int) {
	s := g.p.stages[i]
	g.edges[i] = make([]bool, len(g.p.stages))
	for j, other := range g.p.stages {
		g.edges[i][j] = i != j && (slices.Contains(s.needs, other.name) ||
			slices.ContainsFunc(s.inputs, func(in string) bool { return makes(other, in) }))
	}
}

// stands reports whether a stage stands on another one, directly or not.
func (g *graph) stands(s, on int, seen []bool) bool {
	if s == on {
		return true
	}
	seen[s] = true
	for j, edge := range g.edges[s] {
		if edge && !seen[j] && g.stands(j, on, seen) {
			return true
		}
	}
	return false
}
