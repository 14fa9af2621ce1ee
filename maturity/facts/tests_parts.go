package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

var (
	loadsModel = regexp.MustCompile(`^(load|get|build)_(pretrained_)?(model|pipeline)\w*$`)
	asksModel  = regexp.MustCompile(`^(predict\w*|transcribe|generate|infer\w*|score|classify\w*)$`)
)

// modelInTest says that a test loads a model by a function of the project, which
// brings modules together, and then asks it.
func (b *builder) modelInTest(file string, mod *python.Module, fn int) string {
	loaded, asked := "", false
	for _, c := range b.callsIn(mod, fn) {
		if c.Func != fn {
			continue
		}
		module, name := cut(c.Name)
		if loadsModel.MatchString(name) && module != "" && !strings.ContainsAny(module, "?()[]") && b.brings(file, module) {
			loaded = c.Name
		}
		asked = asked || asksModel.MatchString(c.Method())
	}
	if loaded == "" || !asked {
		return ""
	}
	return "loads a model by " + loaded + " and asks it"
}

// trainsWith is a call by which an object of a class trains.
var trainsWith = regexp.MustCompile(`^([\w.]+\.[A-Z]\w*)\(\)\.(train|fit|train_model|run_training)$`)

// puts says that a test makes objects of several modules of the project, puts them
// together and trains with one of them.
func (b *builder) puts(file string, mod *python.Module, fn int) string {
	made, trained := map[string]bool{}, ""
	for _, c := range b.callsIn(mod, fn) {
		if c.Func < 0 || !within(mod, c.Func, fn) {
			continue
		}
		class := c.Name
		if m := trainsWith.FindStringSubmatch(c.Name); m != nil {
			class = m[1]
		}
		module, name := cut(class)
		if module == "" || name == "" || name[0] < 'A' || name[0] > 'Z' || strings.ContainsAny(module, "?()[]") || !b.ownModule(file, module) {
			continue
		}
		made[module] = true
		if class != c.Name {
			trained = c.Name
		}
	}
	if trained == "" || len(made) < minParts {
		return ""
	}
	return "runs " + trained + " with objects of several modules"
}

// ownModule reports whether a file of tests can import a module of the project's own code.
func (b *builder) ownModule(file, module string) bool {
	return slices.ContainsFunc(b.reach.Module(file, module), func(target string) bool { return b.in.Tree.Class(target) == source.Source })
}

var composing = regexp.MustCompile(`(?i)(^|_)(pipeline|workflow|compose)s?(_|$)`)

// composed says that a test puts parts of several modules of the project together
// by a function of the project that is named for it.
func (b *builder) composed(file string, mod *python.Module, fn int) string {
	parts, from, by := map[string]bool{}, map[string]bool{}, ""
	for _, c := range b.callsIn(mod, fn) {
		module, name := cut(c.Name)
		if c.Func < 0 || !within(mod, c.Func, fn) || module == "" || strings.ContainsAny(module, "?()[]") {
			continue
		}
		for _, target := range b.reach.Module(file, module) {
			if b.in.Tree.Class(target) != source.Source || path.Base(target) == "__init__.py" {
				continue
			}
			parts[c.Name], from[target] = true, true
			if composing.MatchString(name) {
				by = c.Name
			}
		}
	}
	if by == "" || len(parts) < minParts || len(from) < 2 {
		return ""
	}
	return "puts parts together by " + by
}

// brings reports whether a module of the project brings several others together.
func (b *builder) brings(file, module string) bool {
	return slices.ContainsFunc(b.reach.Module(file, module), func(target string) bool {
		return b.in.Tree.Class(target) == source.Source && b.parts(target) >= minParts
	})
}

// parts counts the modules of the project that a file brings together.
func (b *builder) parts(file string) int {
	n := 0
	for _, dep := range b.reach.Closure(file) {
		if b.in.Tree.Class(dep) == source.Source && path.Base(dep) != "__init__.py" && !onlyAbstract(b.in.Tree.Python[dep].Outline()) {
			n++
		}
	}
	return n
}

// onlyAbstract reports whether a module has nothing but classes that say what others
// must have.
func onlyAbstract(mod *python.Module) bool {
	if mod == nil || len(mod.Classes) == 0 || slices.ContainsFunc(mod.Funcs, func(f python.Func) bool { return f.Class == "" && f.Parent < 0 }) {
		return false
	}
	return !slices.ContainsFunc(mod.Classes, func(c python.Class) bool { return !slices.ContainsFunc(c.Bases, isAbstract) })
}

func isAbstract(base string) bool { return base == "abc.ABC" || base == "typing.Protocol" }

// minParts is how many modules of the project a function must bring together.
const minParts = 3

// ownEntry says that a call starts a whole run of the project: a function that
// is named as what starts one, in a module that trains or brings several others
// together.
func (b *builder) ownEntry(file string, c python.Call) string {
	module, name := cut(c.Name)
	if module == "" || !entryNames.MatchString(name) || strings.ContainsAny(module, "?()[]") {
		return ""
	}
	for _, target := range b.reach.Module(file, module) {
		if b.in.Tree.Class(target) != source.Source {
			continue
		}
		if b.parts(target) >= minParts && path.Base(target) != "__init__.py" {
			return "runs " + c.Name + ", which brings modules together"
		}
	}
	return ""
}

// ownCode returns a file of the project's own that a file of tests reaches, or "":
// by what it imports, or by the objects of a configuration that it makes.
func (b *builder) ownCode(file string) string {
	own := ""
	for _, f := range b.reach.Closure(file) {
		if b.in.Tree.Class(f) == source.Source && b.mine(f) && path.Base(f) != "conftest.py" {
			own = f
			if path.Base(f) != "__init__.py" {
				break
			}
		}
	}
	if mod := b.in.Tree.Python[file].Module(); own == "" && mod != nil && slices.ContainsFunc(mod.Calls, isInstantiate) {
		return b.memo.configured()
	}
	return own
}

func isInstantiate(c python.Call) bool { return c.Name == "hydra.utils.instantiate" }

var ownTarget = regexp.MustCompile(`(?m)^\s*_target_:\s*["']?([\w.]+)`)

// configured returns a module of the project whose objects a configuration names
// by "_target_" (https://hydra.cc/docs/advanced/instantiate_objects/overview/).
func (b *builder) configured() string {
	for _, file := range b.in.Tree.Files {
		if !yamldoc.IsYAML(file) || !b.mine(file) {
			continue
		}
		for _, m := range ownTarget.FindAllSubmatch(b.in.Tree.Text[file], -1) {
			module, _ := cut(string(m[1]))
			for _, f := range b.reach.Module("main.py", module) {
				if b.in.Tree.Class(f) == source.Source && path.Base(f) != "__init__.py" {
					return f
				}
			}
		}
	}
	return ""
}
