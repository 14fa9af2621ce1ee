package starter

import (
	"path"
	"slices"
	"strings"
)

// role is what a script is for in a pipeline.
type role int

const (
	noRole role = iota
	prepares
	trains
	evaluates
)

var (
	evaluateName = pattern(`(^|[_-])(eval|evaluate|evaluation|score|validate|predict|test_model|inference)([_-]|$)`)
	prepareName  = pattern(`(^|[_-])(prepare|preprocess|preprocessing|process|data|dataset|make_dataset|split|features?|featuri[sz]e|featuri[sz]ation|clean|download|ingest|etl)([_-]|$)`)
	trainName    = pattern(`(^|[_-])(train|training|fit)([_-]|$)`)
)

// member is a script with its role and its traffic.
type member struct {
	*script
	traffic
	role role
}

// code makes a pipeline of the scripts, if one of them trains.
func (l *look) code() *pipeline {
	var members []*member
	read := 0
	for _, name := range l.files {
		if !isCode(name) || l.own(name) {
			continue
		}
		if read++; read > maxScripts {
			l.add("", 0, "more than %d Python files: those from %s on were not looked at; name a folder: muster init FOLDER", maxScripts, name)
			break
		}
		if s := l.scriptAt(name); s != nil && s.mod.Runs && !s.serves {
			t := l.allTraffic(s, arguments{cwd: s.home()})
			members = append(members, &member{s, t, l.role(s, t)})
		}
	}
	if !slices.ContainsFunc(members, func(m *member) bool { return m.role == trains }) {
		return nil
	}
	p := &pipeline{}
	training := 0
	for _, m := range useful(members) {
		l.member(p, m)
		if m.role == trains {
			training++
		}
	}
	if training > manyModels {
		l.add("", 0, "%d scripts train: several models are several muster.yaml, one in each folder: muster init FOLDER", training)
	}
	return p
}

// maxScripts bounds how many Python files are looked at.
const maxScripts = 2000

// manyModels is from how many scripts that train on a folder holds several projects.
const manyModels = 4

// own reports whether a file lies in a project of its own, with a file below the
// top folder that says what its pipeline is.
func (l *look) own(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		for _, file := range []string{dvcFile, mlprojectFile, "muster.yaml"} {
			if l.has(path.Join(dir, file)) {
				return true
			}
		}
	}
	return false
}

// isCode reports whether a Python file can be a step of a pipeline: no test, no
// set-up, and not deep down.
func isCode(name string) bool {
	base := path.Base(name)
	if path.Ext(name) != ".py" || strings.Count(name, "/") > 3 || strings.HasPrefix(base, "test_") || strings.HasSuffix(base, "_test.py") {
		return false
	}
	switch base {
	case "setup.py", "conftest.py", "__init__.py", "noxfile.py", "conf.py", "manage.py":
		return false
	}
	for part := range strings.SplitSeq(path.Dir(name), "/") {
		switch part {
		case "tests", "test", "docs", "doc", "examples", "vendor", "third_party", "deploy", "build", "dist":
			return false
		}
	}
	return true
}

// role tells what a script is for: by what it calls, then by its name.
func (l *look) role(s *script, t traffic) role {
	name := strings.TrimSuffix(path.Base(s.path), ".py")
	learns, fits := s.learns, s.fits()
	for _, file := range l.closure(s.path) {
		if other := l.scriptAt(file); other != nil {
			learns = learns || other.learns
			fits = fits || !other.mod.Runs && other.fits() && trainName().MatchString(name)
		}
	}
	switch {
	case evaluateName().MatchString(name) && (learns || len(t.loads) > 0):
		return evaluates
	case learns && fits && (len(t.models) > 0 || trainName().MatchString(name) || !prepareName().MatchString(name)):
		return trains
	case len(t.loads) > 0 && learns && len(t.writes) > 0:
		return evaluates
	case len(t.writes) > 0:
		return prepares
	default:
		return noRole
	}
}

// fits reports whether the script itself trains something.
func (s *script) fits() bool {
	return s.calls["fit"] || s.calls["backward"] || s.calls["partial_fit"] || s.calls["fit_generator"] ||
		s.learns && s.calls["train"] && !s.calls["eval"]
}

// allTraffic adds what the modules that a script imports read and write. Those
// that are scripts themselves do so when they are started, not when imported.
func (l *look) allTraffic(s *script, args arguments) traffic {
	t := s.traffic(args, l.effects(s))
	if t.vague { // for path, rows in ((TRAIN, train), (TEST, test)): rows.to_csv(path)
		for _, name := range s.constants(args) {
			if !slices.Contains(t.reads, name) && !slices.Contains(t.writes, name) && !l.has(name) {
				t.writes = append(t.writes, name)
			}
		}
	}
	for _, file := range l.closure(s.path) {
		other := l.scriptAt(file)
		if other == nil || other.mod.Main {
			continue
		}
		more := other.traffic(arguments{cwd: args.cwd}, nil)
		t.reads = append(t.reads, more.reads...)
		t.writes = append(t.writes, more.writes...)
		t.models = append(t.models, more.models...)
		t.loads = append(t.loads, more.loads...)
		t.network = t.network || more.network
	}
	return traffic{unique(t.reads), unique(t.writes), unique(t.models), unique(t.loads), t.network, t.vague}
}

// useful keeps the scripts that train and evaluate, and those that prepare what
// these read, in the order of a run.
func useful(members []*member) []*member {
	kept := map[*member]bool{}
	for _, m := range members {
		kept[m] = m.role == trains || m.role == evaluates
	}
	for changed := true; changed; {
		changed = false
		for _, m := range members {
			if !kept[m] && m.role == prepares && slices.ContainsFunc(members, func(other *member) bool { return kept[other] && feeds(m, other) }) {
				kept[m], changed = true, true
			}
		}
	}
	var out []*member
	for _, r := range []role{prepares, trains, evaluates} {
		for _, m := range members {
			if kept[m] && m.role == r {
				out = append(out, m)
			}
		}
	}
	return out
}

func feeds(from, to *member) bool {
	return slices.ContainsFunc(from.writes, func(out string) bool {
		return slices.ContainsFunc(to.reads, func(in string) bool { return overlaps(out, in) })
	})
}

// member makes a script a stage.
func (l *look) member(p *pipeline, m *member) {
	what := map[role]string{prepares: "script that prepares data", trains: "script that trains", evaluates: "script that evaluates"}[m.role]
	l.saw(what, m.path, 0)
	s := p.add(strings.TrimSuffix(path.Base(m.path), ".py"), m.path)
	s.script, s.trains = m.path, m.role == trains
	s.run = []string{"python " + shellQuoted(m.path)}
	module, base := l.asModule(m.script)
	switch home := m.home(); {
	case home != "": // it names ../data: it was started in its own folder
		s.workdir, s.run, base = home, []string{"python " + shellQuoted(path.Base(m.path))}, "."
	case module != "":
		s.run = []string{"python -m " + module}
	}
	if base != "." {
		s.env = append(s.env, [2]string{"PYTHONPATH", base})
	}
	if p.params == "" && l.has(defaultParams) && slices.Contains(m.reads, defaultParams) {
		p.params = defaultParams
	}
	s.reads(m.path)
	for _, in := range m.reads {
		if in != p.params {
			s.reads(in)
		}
	}
	l.outputs(s, m.traffic)
	s.network = m.network
	if m.network {
		s.comment("network: it downloads something; better once, by a stage with fetch:")
		l.add(m.path, 0, "it uses the network, so stage %s has network: true; data is better got by a fetch: stage", s.name)
	}
	if len(m.writes) == 0 {
		s.comment("no output was seen in %s: name under outputs what it writes, else it is gone", m.path)
		l.add(m.path, 0, "no output was seen: name under outputs what stage %s writes", s.name)
	}
}

// asModule is the name by which a script that imports its own package must be
// started, python -m package.script, and the folder that Python looks for it in.
func (l *look) asModule(s *script) (module, base string) {
	dir, base := path.Dir(s.path), "."
	if dir == "." || !l.has(path.Join(dir, "__init__.py")) {
		return "", "."
	}
	if rest, ok := strings.CutPrefix(dir, "src/"); ok && !l.has("src/__init__.py") {
		dir, base = rest, "src"
	}
	top, _, _ := strings.Cut(dir, "/")
	for _, imp := range s.mod.Imports {
		first, _, _ := strings.Cut(imp.Module, ".")
		if imp.Level > 0 || first == top {
			file := path.Join(dir, strings.TrimSuffix(path.Base(s.path), ".py"))
			return strings.ReplaceAll(file, "/", "."), base
		}
	}
	return "", "."
}

// outputs takes what a script writes: a JSON file with numbers as metrics.
func (l *look) outputs(s *stage, t traffic) {
	for _, out := range t.writes {
		base := strings.ToLower(path.Base(out))
		if path.Ext(out) == ".json" && (strings.Contains(base, "metric") || strings.Contains(base, "score") || strings.Contains(base, "result")) {
			s.metrics = append(s.metrics, out)
			continue
		}
		s.writes(out)
	}
}
