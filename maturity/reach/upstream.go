package reach

import (
	"path"
	"slices"
)

// producers knows which files of DVC's stages make a path: what a stage needs may
// be made in the file of another folder, and "dvc repro" runs that first.
type producers struct {
	makes map[string][]string // by path, the files with a stage that makes it
	holds map[string][]string // by folder, those with a stage that makes something in it
}

// producers indexes the outputs of all definitions of DVC.
func (g *graph) producers() *producers {
	if g.made != nil {
		return g.made
	}
	g.made = &producers{makes: map[string][]string{}, holds: map[string][]string{}}
	for _, f := range sortedKeys(g.specs) {
		if g.specs[f].kind != "dvc" {
			continue
		}
		for _, st := range g.specs[f].stages {
			for _, out := range st.outputs {
				full := path.Join(path.Dir(f), st.dir, out)
				g.made.makes[full] = append(g.made.makes[full], f)
				for dir := path.Dir(full); dir != "." && dir != "/"; dir = path.Dir(dir) {
					g.made.holds[dir] = append(g.made.holds[dir], f)
				}
			}
		}
	}
	return g.made
}

// upstream are the other definitions of DVC that make what the stages of one need.
func (g *graph) upstream(file string) []string {
	s := g.specs[file]
	if s.kind != "dvc" {
		return nil
	}
	made := g.producers()
	var out []string
	for _, st := range s.stages {
		for _, in := range st.inputs {
			full := path.Join(path.Dir(file), st.dir, in)
			out = append(out, made.holds[full]...)
			for dir := full; dir != "." && dir != "/"; dir = path.Dir(dir) {
				out = append(out, made.makes[dir]...)
			}
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(f string) bool { return f == file })
}

// earlier are the steps of other definitions that run before those of one.
func (g *graph) earlier(p place, file string, names []string) []Step {
	if len(names) > 0 || p.depth > MaxDepth {
		return nil
	}
	var steps []Step
	for _, f := range g.upstream(file) {
		steps = append(steps, Step{Path: f, Line: g.specs[f].line, Name: f, Files: g.spec(p.deeper(), f, nil), Swallowed: p.swallowed})
	}
	return steps
}
