package reach

import (
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
)

// Dead returns, for each file that runs and has any, which of its functions
// nothing can call, by their index in the module. A function lives if code that
// is not dead itself calls something of its name, or if any file names it
// otherwise; files that only tests and examples run do neither. What a framework
// may call by itself lives too: what is decorated, what stands in a class with a
// base that is not the repository's, what a file of configuration names. So of
// what it calls dead, little is not.
func (r *Result) Dead(tree *source.Tree) map[string][]bool {
	l := newLife(tree, r)
	l.roots()
	l.configured()
	return l.dead()
}

type (
	// function is one function of a file, by its index.
	function struct{ file, index int }
	// class is a class of a file; those of one name are taken for one.
	class struct {
		file int
		name string
	}
)

// life is what is known to live so far.
type life struct {
	tree      *source.Tree
	paths     []string
	mods      []*python.Module
	hits      []Hit
	runs      map[string]map[string]Run
	functions map[string][]function
	classes   map[string][]class
	bases     map[class][]string
	methods   map[class][]int
	inner     map[function][]int  // functions in functions
	names     map[uint32][]string // of functions and classes, by hash
	calls     []map[int][]int     // by the function that they stand in, -1 for none
	alive     [][]bool            // functions, by file
	living    map[class]bool
	used      map[string]bool
	queue     []function
	origins   map[class]origin
	plugins   bool // classes look for what is derived from them
}

func newLife(tree *source.Tree, r *Result) *life {
	l := &life{
		tree: tree, hits: r.Hits, runs: r.runs, functions: map[string][]function{}, classes: map[string][]class{}, bases: map[class][]string{},
		methods: map[class][]int{}, inner: map[function][]int{}, names: map[uint32][]string{},
		living: map[class]bool{}, used: map[string]bool{}, origins: map[class]origin{},
	}
	for _, file := range tree.Files {
		if mod := tree.Python[file].Outline(); mod != nil && (len(r.runs[file]) > 0 || tree.Class(file) == source.Source && strings.HasSuffix(file, ".py")) {
			l.paths, l.mods = append(l.paths, file), append(l.mods, mod)
		}
	}
	for f, mod := range l.mods {
		l.index(f, mod)
	}
	return l
}

func (l *life) index(f int, mod *python.Module) {
	l.alive = append(l.alive, make([]bool, len(mod.Funcs)))
	calls := map[int][]int{}
	for i, c := range mod.Calls {
		at := c.Func
		if c.Decorator {
			at = -1
		}
		calls[at] = append(calls[at], i)
		l.plugins = l.plugins || c.Method() == "__subclasses__"
	}
	l.calls = append(l.calls, calls)
	for i, fn := range mod.Funcs {
		l.functions[fn.Name] = append(l.functions[fn.Name], function{f, i})
		l.name(fn.Name)
		if fn.Class != "" {
			l.methods[class{f, fn.Class}] = append(l.methods[class{f, fn.Class}], i)
		}
		if fn.Parent >= 0 {
			l.inner[function{f, fn.Parent}] = append(l.inner[function{f, fn.Parent}], i)
		}
		l.plugins = l.plugins || fn.Name == "__init_subclass__"
	}
	for _, c := range mod.Classes {
		at := class{f, c.Name}
		if !l.knows(at) {
			l.classes[c.Name] = append(l.classes[c.Name], at)
			l.name(c.Name)
		}
		l.bases[at] = append(l.bases[at], c.Bases...)
		l.plugins = l.plugins || slices.Contains(c.Bases, "type")
	}
}

func (l *life) name(name string) {
	hash := python.Hash(name)
	if !slices.Contains(l.names[hash], name) {
		l.names[hash] = append(l.names[hash], name)
	}
}

// roots gives life to what is used outside of functions, named anywhere, or
// called by others than the repository.
func (l *life) roots() {
	var lately [1 << 12]uint32 // the same names stand in most files
	for f, mod := range l.mods {
		for _, hash := range mod.Named {
			at := &lately[hash%uint32(len(lately))]
			if *at == hash {
				continue
			}
			*at = hash
			for _, name := range l.names[hash] {
				l.use(name)
			}
		}
		l.body(f, -1)
		for _, c := range mod.Classes {
			if l.originOf(class{f, c.Name}, 0).discovered || slices.ContainsFunc(c.Decorators, registers) {
				l.bear(class{f, c.Name})
			}
		}
		all := isExposed(mod)
		for i, fn := range mod.Funcs {
			if all || fn.Class == "" && isPlatforms(fn.Name) {
				l.use(fn.Name)
			}
			l.try(function{f, i})
		}
	}
	l.spread()
}

// spread follows what living functions call.
func (l *life) spread() {
	for len(l.queue) > 0 {
		at := l.queue[len(l.queue)-1]
		l.queue = l.queue[:len(l.queue)-1]
		l.body(at.file, at.index)
		for _, i := range l.inner[at] {
			l.try(function{at.file, i})
		}
	}
}

// body uses what a function of a file calls.
func (l *life) body(f, fn int) {
	for _, i := range l.calls[f][fn] {
		l.use(l.mods[f].Calls[i].Method())
	}
}

// use gives life to whatever has that name.
func (l *life) use(name string) {
	if l.used[name] {
		return
	}
	classes, functions := l.classes[name], l.functions[name]
	if len(classes)+len(functions) == 0 {
		return
	}
	l.used[name] = true
	for _, c := range classes {
		l.bear(c)
	}
	for _, fn := range functions {
		l.try(fn)
	}
}

// bear gives life to a class, and to those that it is derived from.
func (l *life) bear(c class) {
	if l.living[c] {
		return
	}
	l.living[c] = true
	for _, base := range l.bases[c] {
		l.use(last(base))
	}
	for _, i := range l.methods[c] {
		l.try(function{c.file, i})
	}
}

// try gives life to a function if something uses it and what is around it lives.
func (l *life) try(at function) {
	fn := &l.mods[at.file].Funcs[at.index]
	around := class{at.file, fn.Class}
	switch {
	case l.alive[at.file][at.index]:
		return
	case fn.Parent >= 0 && !l.alive[at.file][fn.Parent], l.knows(around) && !l.living[around]:
		return
	case l.used[fn.Name], slices.ContainsFunc(fn.Decorators, registers):
	case fn.Class != "" && (isSpecial(fn.Name) || l.originOf(around, 0).open):
	default:
		return
	}
	l.alive[at.file][at.index] = true
	l.queue = append(l.queue, at)
}

func (l *life) knows(c class) bool {
	_, ok := l.bases[c]
	return ok
}

// isSpecial reports whether the language itself calls a method of that name.
func isSpecial(name string) bool {
	return strings.HasPrefix(name, "__") && strings.HasSuffix(name, "__")
}

// dead lists what was given no life.
func (l *life) dead() map[string][]bool {
	out := map[string][]bool{}
	for f, alive := range l.alive {
		if file := l.paths[f]; !slices.Contains(alive, false) || len(l.runs[file]) == 0 || l.tree.Class(file) != source.Source {
			continue
		}
		dead := make([]bool, len(alive))
		for i := range alive {
			dead[i] = !alive[i]
		}
		out[l.paths[f]] = dead
	}
	return out
}

// configured gives life to what files of configuration and commands name.
func (l *life) configured() {
	left := map[string]bool{}
	for _, names := range l.names {
		for _, name := range names {
			if !l.used[name] {
				left[name] = true
			}
		}
	}
	if len(left) == 0 {
		return
	}
	for _, h := range l.hits {
		for _, a := range h.Args {
			l.words(a, left)
		}
	}
	for _, file := range l.tree.Files {
		if text := l.tree.Text[file]; text != nil && isConfiguration(file) && l.tree.Class(file) != source.Docs {
			l.words(string(text), left)
		}
	}
	l.spread()
}

// words uses the words of a text that are among the names.
func (l *life) words(text string, names map[string]bool) {
	isName := func(c byte) bool {
		return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
	}
	for i := 0; i < len(text); {
		if !isName(text[i]) {
			i++
			continue
		}
		start := i
		for i < len(text) && isName(text[i]) {
			i++
		}
		if names[text[start:i]] {
			l.use(text[start:i])
		}
	}
}

// isConfiguration reports whether a file may say what a program calls.
func isConfiguration(file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".yml", ".yaml", ".toml", ".cfg", ".ini", ".json", ".sh", ".bash", ".mk", ".tf", ".hcl", ".groovy", ".r", ".conf", ".service", ".env", "":
		return true
	}
	return IsDockerfile(path.Base(file))
}

func last(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
