package starter

import (
	"path"
	"slices"
	"strings"
)

// complete adds to each stage what its command needs and what nobody declared:
// the script itself, the modules that it imports, the files that it reads. A
// stage of muster's sees nothing else.
func (l *look) complete(p *pipeline) {
	for range 2 { // what one stage reads may be what a later one writes
		for _, s := range p.stages {
			if s.build != nil || s.fetch != "" || s.notebook != "" {
				continue
			}
			for _, c := range l.started(s) {
				l.completeCall(p, s, c)
			}
		}
	}
}

func (l *look) completeCall(p *pipeline, s *stage, c call) {
	isImported := strings.HasPrefix(s.origin, dvcFile)
	var added []string
	need := func(file string) {
		if !covered(s, file) {
			s.reads(file)
			added = append(added, file)
		}
	}
	need(c.file)
	if path.Ext(c.file) == ".py" {
		code := l.scriptAt(c.file)
		if code == nil {
			return
		}
		if s.script == "" {
			s.script = c.file
			s.trains = l.role(code, l.allTraffic(code, parseArguments(c.args, s.workdir))) == trains
		}
		for _, file := range l.modules(p, c.file) {
			need(file)
		}
		if c.module {
			for _, file := range l.initFiles(c.file) {
				need(file)
			}
		}
		if where := l.pythonPath(c.file, c.module); where != "" && s.workdir == "" && len(s.env) == 0 {
			s.env = append(s.env, [2]string{"PYTHONPATH", where})
		}
		t := l.allTraffic(code, parseArguments(c.args, s.workdir))
		for _, file := range t.reads {
			l.completeRead(p, s, file, need)
		}
		l.completeStage(s, code, t)
	}
	if isImported && len(added) > 0 {
		s.comment("added, since %s needs it: %s", path.Base(c.file), strings.Join(added, ", "))
		l.add(dvcFile, 0, "stage %s reads %s, which its deps do not name; added", s.name, strings.Join(added, ", "))
	}
}

// completeRead takes a file that a script reads. Of the params file a stage
// gets the keys that it names.
func (l *look) completeRead(p *pipeline, s *stage, file string, need func(string)) {
	switch {
	case file == p.params && p.params != "":
		l.completeParams(p, s)
	case l.has(file) || l.isDir(file):
		need(file)
	case p.maker(file) != nil && p.maker(file) != s:
		need(file)
	}
}

// completeParams adds the sections of the params file that a script names and
// the stage does not.
func (l *look) completeParams(p *pipeline, s *stage) {
	doc, ok := l.yaml(p.params)
	if !ok {
		return
	}
	var added []string
	for _, key := range doc.keys {
		named := slices.ContainsFunc(append([]string{s.script}, l.closure(s.script)...), func(file string) bool {
			return l.scripts[file] != nil && l.scripts[file].words[key]
		})
		if named && !slices.ContainsFunc(s.params, func(has string) bool { return has == key || strings.HasPrefix(has, key+".") }) {
			added = append(added, key)
		}
	}
	if len(added) == 0 && len(s.params) == 0 {
		added = doc.keys
	}
	if len(added) > 0 {
		s.params = append(s.params, added...)
		s.comment("params added, since %s reads %s: %s", path.Base(s.script), p.params, strings.Join(added, ", "))
		l.add(place(s.origin), 0, "stage %s: params added, since %s reads %s: %s", s.name, s.script, p.params, strings.Join(added, ", "))
	}
}

// completeStage adds the outputs of a stage that says none itself, as in a Makefile.
func (l *look) completeStage(s *stage, code *script, t traffic) {
	if strings.HasPrefix(s.origin, dvcFile) {
		l.undeclared(s, t)
		if code.calls["params_show"] || slices.Contains(code.packages, "dvc") {
			s.comment("%s uses dvc.api, which needs dvc.yaml and .dvc beside it", path.Base(code.path))
			l.add(code.path, 0, "it uses dvc.api: in stage %s there is no DVC repository; read the params file itself", s.name)
		}
		return
	}
	s.network = s.network || t.network
	if len(s.outputs) == 0 {
		l.outputs(s, t)
	}
}

// manyFiles is from how many imported files on their folder stands for them.
const manyFiles = 6

// undeclared notes what a script writes and no outs name: it is gone with the
// workspace.
func (l *look) undeclared(s *stage, t traffic) {
	var lost []string
	for _, out := range t.writes {
		if !slices.ContainsFunc(s.made(), func(made string) bool { return overlaps(out, made) }) && path.Ext(out) != ".log" {
			lost = append(lost, out)
		}
	}
	if len(lost) > 0 {
		s.comment("%s also writes %s, which no outs name: not kept", path.Base(s.script), strings.Join(lost, ", "))
		l.add(place(s.origin), 0, "stage %s also writes %s, which its outs do not name, so that it is not kept", s.name, strings.Join(lost, ", "))
	}
}

// modules lists the files that a script imports. Where they are many, the folder
// that they share stands for them, if no stage writes into it.
func (l *look) modules(p *pipeline, name string) []string {
	files := slices.Clone(l.closure(name))
	count := map[string]int{}
	for _, file := range files {
		top, _, _ := strings.Cut(file, "/")
		if rest, ok := strings.CutPrefix(file, "src/"); ok && strings.Contains(rest, "/") {
			below, _, _ := strings.Cut(rest, "/")
			top = "src/" + below
		}
		if top != file {
			count[top]++
		}
	}
	for dir, n := range count {
		written := slices.ContainsFunc(p.stages, func(s *stage) bool {
			return slices.ContainsFunc(s.made(), func(out string) bool { return overlaps(out, dir) })
		})
		if n < manyFiles || written {
			continue
		}
		for i, file := range files {
			if within(file, dir) {
				files[i] = dir
			}
		}
	}
	return outermost(unique(files))
}

// pythonPath is what PYTHONPATH must hold so that the script finds its modules.
func (l *look) pythonPath(name string, asModule bool) string {
	var paths []string
	for _, file := range append([]string{name}, l.closure(name)...) {
		if code := l.scripts[file]; code != nil {
			for _, base := range code.paths {
				if base != path.Dir(name) && (base != "." || !asModule) {
					paths = append(paths, base)
				}
			}
		}
	}
	return strings.Join(unique(paths), ":")
}

// initFiles are the __init__.py of the packages that a script started with -m lies in.
func (l *look) initFiles(name string) []string {
	var out []string
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if file := path.Join(dir, "__init__.py"); l.has(file) {
			out = append(out, file)
		}
	}
	return out
}

// outermost leaves out what lies in another one of the list.
func outermost(paths []string) []string {
	var out []string
	for i, p := range paths {
		inside := slices.ContainsFunc(paths[:i], func(other string) bool { return within(p, other) })
		for _, other := range paths[i+1:] {
			inside = inside || within(p, other) && !within(other, p)
		}
		if !inside {
			out = append(out, p)
		}
	}
	return out
}

// covered reports whether a stage has a file already, as an input or from itself.
func covered(s *stage, file string) bool {
	inside := func(p string) bool { return within(file, p) }
	return slices.ContainsFunc(s.inputs, inside) || slices.ContainsFunc(s.made(), func(p string) bool { return overlaps(file, p) })
}
