package starter

import (
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
)

// script is what a Python file, or a notebook's code, does.
type script struct {
	path      string
	mod       *python.Module
	options   map[string]string // defaults of the command line, by name
	arguments []string          // names of positional arguments
	packages  []string          // what it imports that is not of the repository
	locals    []string          // files of the repository that it imports
	calls     map[string]bool   // the last parts of the names of what it calls
	paths     []string          // folders that must be on Python's path
	words     map[string]bool   // words that stand in quotes
	learns    bool              // imports a library that trains models
	serves    bool              // is an application that waits for requests
}

// maxScript is the largest file that is read as Python.
const maxScript = 2 << 20

// scriptAt reads a Python file once. Nil is one that cannot be read.
func (l *look) scriptAt(name string) *script {
	if s, ok := l.scripts[name]; ok {
		return s
	}
	l.scripts[name] = nil // a circle of imports ends here
	data, err := l.read(name, maxScript)
	if err != nil {
		l.add(name, 0, "not read: %v", err)
		return nil
	}
	s := l.newScript(name, python.Read(data))
	for _, m := range quotedWord().FindAllSubmatch(data, -1) {
		s.words[string(m[1])] = true
	}
	l.scripts[name] = s
	return s
}

var quotedWord = pattern(`["']([A-Za-z_][A-Za-z0-9_-]*)["']`)

func (l *look) newScript(name string, mod *python.Module) *script {
	s := &script{path: name, mod: mod, options: map[string]string{}, calls: map[string]bool{}, words: map[string]bool{}}
	for _, c := range mod.Calls {
		s.calls[c.Method()] = true
		if c.Method() == "add_argument" || c.Name == "click.option" {
			s.option(c)
		}
	}
	for _, imp := range mod.Imports {
		if files, base := l.local(name, imp); len(files) > 0 {
			s.locals = append(s.locals, files...)
			if base != path.Dir(name) && !slices.Contains(s.paths, base) {
				s.paths = append(s.paths, base)
			}
			continue
		}
		top, _, _ := strings.Cut(imp.Module, ".")
		if imp.Level > 0 || top == "" || slices.Contains(s.packages, top) {
			continue
		}
		s.packages = append(s.packages, top)
		s.learns = s.learns || learner(top)
		s.serves = s.serves || server(top)
	}
	return s
}

// option notes an option of the command line with its default.
func (s *script) option(c python.Call) {
	name := ""
	for _, arg := range c.Args {
		if arg.Name == "" && strings.HasPrefix(arg.Text, "--") || name == "" && arg.Name == "" {
			name = strings.TrimLeft(arg.Text, "-")
		}
	}
	if dest, ok := c.Arg("dest"); ok {
		name = dest.Text
	}
	name = strings.ReplaceAll(name, "-", "_")
	if first, ok := c.Positional(0); ok && !strings.HasPrefix(first.Text, "-") {
		s.arguments = append(s.arguments, name)
	}
	if value, ok := c.Arg("default"); ok && value.Text != "" {
		s.options[name] = value.Text
	}
}

// local finds the files of the repository that an import names: beside the
// script, in the root, or in a src folder. It returns which folder that was.
func (l *look) local(from string, imp python.Import) (files []string, base string) {
	dir := path.Dir(from)
	if imp.Level > 0 {
		for range imp.Level - 1 {
			dir = path.Dir(dir)
		}
		return l.module(dir, imp), path.Dir(from)
	}
	for _, base := range []string{dir, ".", "src"} {
		if files := l.module(base, imp); len(files) > 0 {
			return files, base
		}
	}
	return nil, ""
}

// module finds what "from a.b import c" names below a folder: the files of the
// packages on the way, and c where that is a module.
func (l *look) module(base string, imp python.Import) []string {
	var files []string
	at := base
	if imp.Module != "" {
		for part := range strings.SplitSeq(imp.Module, ".") {
			at = path.Join(at, part)
			if file := path.Join(at, "__init__.py"); l.has(file) {
				files = append(files, file)
			}
		}
	}
	candidates := []string{at + ".py"}
	if imp.Name != "" && imp.Name != "*" {
		candidates = append(candidates, path.Join(at, imp.Name)+".py", path.Join(at, imp.Name, "__init__.py"))
	}
	found := len(files) > 0 && l.has(path.Join(at, "__init__.py"))
	for _, file := range candidates {
		if l.has(file) {
			files, found = append(files, file), true
		}
	}
	if !found {
		return nil
	}
	return files
}

// maxClosure bounds how many files of one script are followed.
const maxClosure = 200

// closure lists the files of the repository that a script imports, directly or
// through others, without itself.
func (l *look) closure(name string) []string {
	if files, ok := l.closures[name]; ok {
		return files
	}
	seen := map[string]bool{name: true}
	queue, out := []string{name}, []string(nil)
	for len(queue) > 0 && len(out) < maxClosure {
		s := l.scriptAt(queue[0])
		queue = queue[1:]
		if s == nil {
			continue
		}
		for _, file := range s.locals {
			if !seen[file] {
				seen[file] = true
				queue, out = append(queue, file), append(out, file)
			}
		}
	}
	slices.Sort(out)
	l.closures[name] = slices.Clip(out)
	return l.closures[name]
}

// learner names the libraries that train models.
func learner(name string) bool {
	switch name {
	case "sklearn", "torch", "tensorflow", "keras", "xgboost", "lightgbm", "catboost", "statsmodels", "transformers",
		"pytorch_lightning", "lightning", "fastai", "jax", "flax", "spacy", "prophet", "imblearn", "sktime", "autogluon", "ultralytics", "mxnet", "paddle":
		return true
	}
	return false
}

func server(name string) bool {
	switch name {
	case "flask", "fastapi", "streamlit", "gradio", "bentoml", "uvicorn", "django", "dash", "airflow", "prefect", "dagster", "kfp", "locust":
		return true
	}
	return false
}
