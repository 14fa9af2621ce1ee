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
	calls     []grouped           // by the function that they stand in, by file
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
	l.calls = append(l.calls, callsByFunction(mod))
	for _, c := range mod.Calls {
		l.plugins = l.plugins || strings.HasSuffix(c.Name, "__subclasses__") && c.Method() == "__subclasses__"
	}
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

// grouped are the calls of a module, by their index, in the order of the functions that
// they stand in; those of the n-th function, from -1 for none, begin at starts[n+1].
type grouped struct{ calls, starts []int32 }

func callsByFunction(mod *python.Module) grouped {
	at := func(c python.Call) int {
		if c.Decorator { // it runs where the function is defined
			return 0
		}
		return c.Func + 1
	}
	g := grouped{make([]int32, len(mod.Calls)), make([]int32, len(mod.Funcs)+2)}
	for _, c := range mod.Calls {
		g.starts[at(c)+1]++
	}
	for i := range g.starts[1:] {
		g.starts[i+1] += g.starts[i]
	}
	next := slices.Clone(g.starts)
	for i, c := range mod.Calls {
		g.calls[next[at(c)]] = int32(i)
		next[at(c)]++
	}
	return g
}

// of are the calls in a function.
func (g grouped) of(fn int) []int32 { return g.calls[g.starts[fn+1]:g.starts[fn+2]] }

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
	for _, i := range l.calls[f].of(fn) {
		l.use(l.mods[f].Calls[i].Method())
	}
}

// use gives life to whatever has that name.
func (l *life) use(name string) {
	if l.used[name] {
		return
	}
	l.used[name] = true
	for _, c := range l.classes[name] {
		l.bear(c)
	}
	for _, fn := range l.functions[name] {
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
	left := newWordSet()
	for _, names := range l.names {
		for _, name := range names {
			if !l.used[name] {
				left.add(name)
			}
		}
	}
	if len(left.known) == 0 {
		return
	}
	for _, h := range l.hits {
		for _, a := range h.Args {
			left.in(a, l.use)
		}
	}
	for _, file := range l.tree.Files {
		if text := l.tree.Text[file]; text != nil && isConfiguration(file) && l.tree.Class(file) != source.Docs {
			left.in(string(text), l.use)
		}
	}
	l.spread()
}

// wordSet are names that are looked for in texts.
type wordSet struct {
	known   map[string]bool
	lengths [256]uint64 // of the words, by their first byte; all from 63 on are one
	letters [256]bool
}

func newWordSet() *wordSet {
	w := &wordSet{known: map[string]bool{}}
	for c := range w.letters {
		w.letters[c] = c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
	}
	return w
}

func (w *wordSet) add(name string) {
	if name != "" {
		w.known[name] = true
		w.lengths[name[0]] |= 1 << min(len(name), 63)
	}
}

// in tells which of the words stand in a text.
func (w *wordSet) in(text string, found func(word string)) {
	for i := 0; i < len(text); i++ {
		if !w.letters[text[i]] {
			continue
		}
		start := i
		for i < len(text) && w.letters[text[i]] {
			i++
		}
		if w.lengths[text[start]]&(1<<min(i-start, 63)) != 0 && w.known[text[start:i]] {
			found(text[start:i])
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
