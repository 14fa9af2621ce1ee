package starter

import (
	"path"
	"slices"
	"strings"
)

// tests adds a stage for the tests, if there are any and none is there.
func (l *look) tests(p *pipeline) {
	if slices.ContainsFunc(p.stages, func(s *stage) bool { return s.junit != "" || strings.Contains(s.commandText(), "pytest") }) {
		return
	}
	files := l.testFiles()
	if len(files) == 0 {
		return
	}
	where := ""
	for _, dir := range []string{"tests", "test"} {
		if l.isDir(dir) {
			where = dir
		}
	}
	s := &stage{name: p.free("test"), origin: files[0], junit: "junit.xml"}
	p.stages = slices.Insert(p.stages, 0, s)
	s.run = []string{"python -m pytest -q --junitxml=junit.xml"}
	if where != "" {
		s.reads(where)
	} else {
		s.reads(files...)
	}
	for _, file := range files {
		for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
			if conftest := path.Join(dir, "conftest.py"); l.has(conftest) {
				s.reads(conftest)
			}
		}
		s.reads(l.modules(p, file)...)
		if code := l.scriptAt(file); code != nil {
			for _, in := range l.allTraffic(code, arguments{}).reads {
				if l.has(in) {
					s.reads(in)
				}
			}
		}
	}
	for _, name := range []string{"pyproject.toml", "pytest.ini", "conftest.py", "setup.cfg", "tox.ini"} {
		if l.has(name) && (name == "pytest.ini" || name == "conftest.py" || l.names("pytest|\\[tool.pytest|\\[tool:pytest|testpaths", []string{name})) {
			s.reads(name)
		}
	}
	s.inputs = outermost(unique(s.inputs))
	if where := l.testPath(files); where != "" {
		s.env = append(s.env, [2]string{"PYTHONPATH", where})
	}
	if where == "" {
		where = files[0]
	}
	l.saw("tests", where, 0)
}

// testFiles lists the files that pytest finds.
func (l *look) testFiles() []string {
	var out []string
	for _, name := range l.files {
		base := path.Base(name)
		if path.Ext(base) == ".py" && (strings.HasPrefix(base, "test_") || strings.HasSuffix(base, "_test.py")) && len(out) < 200 && strings.Count(name, "/") < 4 {
			if code := l.scriptAt(name); code != nil && len(code.mod.Funcs)+len(code.mod.Classes) > 0 {
				out = append(out, name)
			}
		}
	}
	return out
}

// testPath is what must be on Python's path for the tests; python -m pytest puts
// the root there itself.
func (l *look) testPath(files []string) string {
	for _, file := range files {
		if code := l.scripts[file]; code != nil && slices.Contains(code.paths, "src") && !l.names("pythonpath", []string{"pyproject.toml", "pytest.ini", "setup.cfg"}) {
			return "src"
		}
	}
	return ""
}
