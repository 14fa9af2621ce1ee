package facts

import (
	"maps"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/catalogue"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
)

// seen is one use in a file of Python, before it is known who reaches it.
type seen struct {
	match    catalogue.Match
	file     string
	line     int
	subject  string
	function string
	fn       int // its index in the module, -1 for none
	branch   bool
	optional bool // the tool's import may fail
	unused   bool // nothing calls the function
}

// scan is what the files of Python hold, whoever reaches them.
type scan struct {
	uses  []seen
	flows []reach.Flow
	// timers are the files that give something a schedule.
	timers map[string]seen
	// modules are all files of Python, for constants that others import.
	modules map[string]*python.Source
	// fitting are the classes that say themselves how they are fitted; derived what
	// classes of the repository are made from, by their name.
	fitting map[string]bool
	derived map[string]string
	// beyond is true for a file if its uses rest on what other files hold, known if they
	// were known before.
	beyond, known bool
}

// scanPython matches every module against the catalogue.
func scanPython(in Input) *scan {
	s := &scan{modules: in.Tree.Python, timers: map[string]seen{}, fitting: fitting(in.Tree.Python), derived: derived(in)}
	if in.Uses != nil {
		in.Uses.given(s)
	}
	parts := make([]*scan, len(in.Tree.Files))
	in.Tree.Each(func(i int, file string) { parts[i] = s.part(in, file) })
	for i, part := range parts {
		if part != nil {
			part.keep(in, in.Tree.Files[i])
			s.uses, s.flows = append(s.uses, part.uses...), append(s.flows, part.flows...)
			maps.Copy(s.timers, part.timers)
		}
	}
	return s
}

// part is what one file holds; nil if it is no Python that counts. It only reads the scan.
func (s *scan) part(in Input, file string) *scan {
	class := in.Tree.Class(file)
	if in.Tree.Python[file] == nil || class == source.Vendored || class == source.Fixture || class == source.Generated {
		return nil
	}
	part := &scan{modules: s.modules, timers: map[string]seen{}, fitting: s.fitting, derived: s.derived}
	if sum, ok := in.Tree.Sum(file); ok {
		part.uses, part.known = in.Uses.of(file, sum)
	}
	if part.known {
		part.flow(file, part.uses)
	} else {
		part.module(in.Catalogue, file, in.Tree.Python[file].Module())
	}
	return part
}

// keep keeps the uses of a file for the next time.
func (s *scan) keep(in Input, file string) {
	if sum, ok := in.Tree.Sum(file); ok && in.Uses != nil && !s.beyond {
		in.Uses.keep(file, sum, s.uses, s.known)
	}
}

// fitting are the classes of the repository that say themselves how they are
// fitted: what trains stands there, not where they are called.
func fitting(modules map[string]*python.Source) map[string]bool {
	out := map[string]bool{}
	for _, code := range modules {
		for _, f := range code.Outline().Funcs {
			if f.Class != "" && f.Name == "fit" {
				out[f.Class] = true
			}
		}
	}
	return out
}

// derived are the classes of the repository that are made from one class of a tool,
// by their name: a Trainer of one's own trains as the one that it is made from.
func derived(in Input) map[string]string {
	out, twice := map[string]string{}, map[string]bool{}
	for _, file := range in.Tree.Files {
		mod := in.Tree.Python[file].Outline()
		if mod == nil || in.Tree.Class(file) != source.Source {
			continue
		}
		for _, class := range mod.Classes {
			for _, base := range class.Bases {
				if _, known := in.Catalogue.Imported(base); !known || !strings.HasSuffix(base, "Trainer") {
					continue
				}
				twice[class.Name] = twice[class.Name] || out[class.Name] != "" && out[class.Name] != base
				out[class.Name] = base
			}
		}
	}
	for name := range twice {
		if twice[name] {
			delete(out, name)
		}
	}
	return out
}

// underived is a call as one of the class that an object's class is made from.
func (s *scan) underived(call python.Call) python.Call {
	before, method, ok := strings.Cut(call.Name, "().")
	if base := s.derived[before[strings.LastIndexByte(before, '.')+1:]]; ok && base != "" {
		call.Name = base + "()." + method
	}
	return call
}

// fitsItself reports whether a call fits an object of such a class.
func (s *scan) fitsItself(name string) bool {
	class, isFit := strings.CutSuffix(name, "().fit")
	return isFit && s.fitting[class[strings.LastIndexByte(class, '.')+1:]]
}

// module finds the uses in one file.
func (s *scan) module(c *catalogue.Catalogue, file string, mod *python.Module) {
	before := len(s.uses)
	imported, guarded := map[string]bool{}, map[string]bool{}
	for _, imp := range mod.Imports {
		full := strings.Trim(imp.Module+"."+imp.Name, ".")
		if t, ok := c.Imported(full); ok && imp.Level == 0 {
			imported[t.ID] = true
			guarded[t.Name] = guarded[t.Name] || imp.Guarded
		}
		if imp.Level == 0 {
			for _, m := range c.Import(full) {
				s.use(m, file, imp.Line, "import "+full, mod, -1, false)
			}
		}
	}
	off := silent(c, mod, imported)
	for _, call := range mod.Calls {
		for _, m := range c.Call(s.underived(call), imported) {
			if m.As == "schedule" && s.isOff(file, mod, call) || m.As == "train" && s.fitsItself(call.Name) || keepsNothing(m, call, off) || strings.HasSuffix(m.As, "drift") && onlyLiterals(call) || m.As == "http.get" && toItself(call) {
				continue
			}
			s.use(m, file, call.Line, call.Subject(), mod, call.Func, call.Conditional)
		}
		if namedFit(call) && !s.fitsItself(call.Name) && !slices.ContainsFunc(s.uses[before:], func(u seen) bool { return u.line == call.Line && u.match.As == "train" }) {
			s.use(catalogue.Match{Tool: "estimator by name", As: "train"}, file, call.Line, call.Subject(), mod, call.Func, call.Conditional)
		}
	}
	starting := slices.ContainsFunc(mod.Calls, func(call python.Call) bool { return strings.HasPrefix(call.Name, "subprocess.") })
	for _, w := range mod.Programs {
		for _, m := range c.Command(strings.Fields(w.Text)) {
			if m.As == "train" || starting && deploysBy[m.As] { // what else it may be only the call that starts it tells
				s.use(m, file, w.Line, w.Text, mod, -1, false)
			}
		}
	}
	for _, class := range mod.Classes {
		for _, base := range class.Bases {
			for _, m := range c.Class(base) {
				s.use(m, file, class.Line, "class "+class.Name+"("+base+")", mod, -1, false)
			}
		}
	}
	for i, f := range mod.Funcs {
		if f.Body < 2 { // a stub does nothing
			continue
		}
		for _, m := range c.Function(f.Name) {
			s.use(m, file, f.Line, "def "+f.Name, mod, i, false)
		}
	}
	s.ownEstimators(file, mod)
	for i := before; i < len(s.uses); i++ {
		s.uses[i].optional = guarded[s.uses[i].match.Tool]
	}
	s.flow(file, s.uses[before:])
}

// deploysBy are what a list of words is taken for in a module that starts commands,
// which may hand it on under a name.
var deploysBy = map[string]bool{"deploy.model": true, "deploy.app": true, "deploy.image": true}

// use notes what stands in a function of a module, by its index, or in none (-1).
func (s *scan) use(m catalogue.Match, file string, line int, subject string, mod *python.Module, fn int, branch bool) {
	s.uses = append(s.uses, seen{match: m, file: file, line: line, subject: subject, function: mod.FuncName(fn), fn: fn, branch: branch})
}

// inProcess are timers that run only while the program that sets them does:
// they need something that starts it.
var inProcess = map[string]bool{"Timers in Python": true, "Celery": true}

// flow keeps a file that defines a pipeline, once.
func (s *scan) flow(file string, uses []seen) {
	var flow *reach.Flow
	for _, u := range uses {
		switch u.match.As {
		case "pipeline.flow":
			if flow == nil {
				flow = &reach.Flow{File: file, Line: u.line, Name: u.match.Tool + " pipeline"}
			}
			flow.Root = flow.Root || u.match.Root
		case "schedule":
			if _, ok := s.timers[file]; !ok {
				s.timers[file] = u
			}
		}
	}
	if t, ok := s.timers[file]; ok && flow == nil && !inProcess[t.match.Tool] {
		// a script that gives the flow of another file its timer
		flow = &reach.Flow{File: file, Line: t.line, Name: t.match.Tool + " deployment"}
	}
	if flow == nil {
		return
	}
	if t, ok := s.timers[file]; ok {
		flow.Scheduled, flow.Line = true, t.line
	}
	s.flows = append(s.flows, *flow)
}

// python makes the facts of the files of Python.
func (b *builder) python(s *scan) {
	for _, u := range s.uses {
		if !b.mine(u.file) {
			continue
		}
		class := b.in.Tree.Class(u.file)
		f := Fact{
			Category: u.match.As, Tool: u.match.Tool, Subject: u.subject, Path: u.file, Line: u.line,
			Context: string(class), Function: u.function, Note: u.match.Note, Conditional: u.branch, Optional: u.optional,
		}
		if strings.HasSuffix(u.file, ".ipynb") {
			f.Context = string(source.Notebook)
			if class == source.Example || class == source.Docs {
				f.Context = string(class)
			}
		}
		if f.Context == string(source.Source) && u.unused {
			f.Context = Unused
		}
		if f.Context == string(source.Source) {
			f.Entries = b.links(u.file)
		}
		b.add(f)
	}
}

func cut(name string) (module, last string) {
	i := strings.LastIndexByte(name, '.')
	return name[:max(i, 0)], name[i+1:]
}

// toItself reports whether a request goes to the machine that it is made on: what
// is sent to a service of the project is no data from a source.
func toItself(call python.Call) bool {
	return slices.ContainsFunc(call.Args, func(a python.Arg) bool { return locally.MatchString(a.Text + a.Value) })
}
