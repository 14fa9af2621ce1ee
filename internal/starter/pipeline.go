package starter

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// pipeline is what a muster.yaml is to say.
type pipeline struct {
	image    string
	params   string
	stages   []*stage
	model    string // the output that is the model; "" where evaluate says it
	gate     []string
	margins  map[string]string // of the metrics of the gate
	gateNote string            // a comment beside the gate
	comments []string          // at the end of the file
	howto    bool              // whether the file says how to get a gate
}

// stage is one stage to be. Its comments stand above it.
type stage struct {
	name     string
	comments []string
	origin   string   // file:line that it came from
	script   string   // the Python file that it runs, if one
	uncached []string // outputs that DVC leaves to git
	trains   bool

	build       *build
	run         []string // commands, one after the other
	words       []string // or words for no shell
	notebook    string
	fetch       string
	sha256      string
	workdir     string
	needs       []string
	inputs      []string
	outputs     []string
	metrics     []string
	params      []string
	junit       string
	predictions *predictions
	network     bool
	env         [][2]string
	matrix      []axis
}

type build struct{ dockerfile string }

type predictions struct{ path, id, label, score, prediction string }

// axis is one key of a matrix.
type axis struct {
	name   string
	values []*value
}

// comment adds a line to what stands above the stage.
func (s *stage) comment(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(s.comments, text) {
		s.comments = append(s.comments, text)
	}
}

// made lists all that the stage writes.
func (s *stage) made() []string {
	out := slices.Concat(s.outputs, s.metrics)
	if s.junit != "" {
		out = append(out, s.junit)
	}
	if s.predictions != nil {
		out = append(out, s.predictions.path)
	}
	return out
}

// reads adds inputs that are not there.
func (s *stage) reads(paths ...string) {
	for _, p := range paths {
		if !slices.Contains(s.inputs, p) {
			s.inputs = append(s.inputs, p)
		}
	}
}

// writes adds outputs that are not there.
func (s *stage) writes(paths ...string) {
	for _, p := range paths {
		if !slices.Contains(s.made(), p) {
			s.outputs = append(s.outputs, p)
		}
	}
}

// stage returns the stage of a name, or nil.
func (p *pipeline) stage(name string) *stage {
	for _, s := range p.stages {
		if s.name == name {
			return s
		}
	}
	return nil
}

// add appends a stage under a name that muster accepts and that is free, and
// returns it.
func (p *pipeline) add(name, origin string) *stage {
	s := &stage{name: p.free(stageName(name)), origin: origin}
	p.stages = append(p.stages, s)
	return s
}

func (p *pipeline) free(name string) string {
	for n, wanted := 2, name; ; n++ {
		if p.stage(name) == nil {
			return name
		}
		suffix := fmt.Sprintf("-%d", n)
		name = wanted[:min(len(wanted), maxName-len(suffix))] + suffix
	}
}

// maxName is how long the name of a stage may be.
const maxName = 63

// stageName makes a name of letters, digits, - and _ out of any other.
func stageName(name string) string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_' && b.Len() > 0:
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= maxName {
			break
		}
	}
	if out := strings.TrimRight(b.String(), "-"); out != "" {
		return out
	}
	return "stage"
}

// notes collects what a person should know beside the file.
type notes struct{ list []Note }

func (n *notes) add(place string, line int, format string, args ...any) {
	note := Note{Message: fmt.Sprintf(format, args...), Path: place, Line: line}
	if !slices.Contains(n.list, note) {
		n.list = append(n.list, note)
	}
}

// within reports whether p is dir or lies below it.
func within(p, dir string) bool {
	p, dir = path.Clean(p), path.Clean(dir)
	return p == dir || strings.HasPrefix(p, dir+"/")
}

// overlaps reports whether two paths are one, or lie in one another.
func overlaps(a, b string) bool { return within(a, b) || within(b, a) }
