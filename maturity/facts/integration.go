package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
)

// several are the words by which folders and files of tests say that they
// exercise several parts together.
var several = regexp.MustCompile(`(?i)(^|[/_.-])(integration|e2e|end[_-]?to[_-]?end|functional|smoke|system)(s?[/_.-]|_?tests?[/_.-])`)

// namedTogether says by which part of its path a file of tests exercises
// several parts together, or "".
func namedTogether(file string) string {
	if m := several.FindStringSubmatch(file); m != nil {
		return "tests that are named " + strings.ToLower(m[2])
	}
	return ""
}

// together makes a fact of a test that exercises several parts together. Holds
// is true if it asserts something about the project's own code.
func (b *builder) together(file string, line int, how string, holds bool) {
	b.add(Fact{
		Category: "test.together", Subject: how, Path: file, Line: max(line, 1), Context: string(source.Test),
		Detail: map[string]any{"holds": holds},
	})
}

// integrationTests makes facts of the tests of a file of Python that exercise
// several parts together, by what they do.
func (b *builder) integrationTests(file string, mod *python.Module, own bool) {
	fixtures := b.prepared(file)
	module := b.reaches(file, mod, -1)
	marked := moduleMark(mod)
	setUps := sync.OnceValue(func() map[string]string { return b.setUps(file, mod) })
	for i, f := range mod.Funcs {
		if !strings.HasPrefix(f.Name, "test") || f.Parent >= 0 || f.Asserts == 0 || isSkipped(f.Decorators) {
			continue
		}
		how := firstOf(b.reaches(file, mod, i), mark(f.Decorators), marked)
		for _, p := range f.Parameters {
			how = firstOf(how, fixtures[p])
		}
		if how == "" && module != "" && b.usesClient(mod, i) {
			how = module
		}
		if how == "" && f.Class != "" && b.usesClient(mod, i) {
			how = setUps()[f.Class]
		}
		if how == "" {
			how = firstOf(b.modelInTest(file, mod, i), b.puts(file, mod, i), b.composed(file, mod, i))
		}
		if how != "" {
			b.together(file, f.Line, f.Name+" "+how, own || strings.HasPrefix(how, "starts") || b.conftestOwn(file))
			return // one of a file is enough
		}
	}
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

var markTogether = regexp.MustCompile(`mark\.(integration|e2e|slow|functional|smoke|system|end_to_end)$`)

func mark(decorators []string) string {
	for _, d := range decorators {
		if m := markTogether.FindStringSubmatch(d); m != nil {
			return "is marked " + m[1]
		}
	}
	return ""
}

// moduleMark is a mark that all tests of a file have.
func moduleMark(mod *python.Module) string {
	return mark([]string{strings.TrimSuffix(mod.Constants["pytestmark"], "()")})
}

// reaches says how the code of one function of a file of tests reaches several
// parts together; -1 is what stands outside of functions.
func (b *builder) reaches(file string, mod *python.Module, fn int) string {
	for _, c := range b.callsIn(mod, fn) {
		if c.Func != fn && (fn < 0 || c.Func < 0 || !within(mod, c.Func, fn)) {
			continue
		}
		if how := b.reachesBy(file, c); how != "" {
			return how
		}
	}
	return ""
}

// within reports whether a function stands inside another one.
func within(mod *python.Module, inner, outer int) bool {
	for i := inner; i >= 0; i = mod.Funcs[i].Parent {
		if i == outer {
			return true
		}
	}
	return false
}

var (
	clients        = regexp.MustCompile(`(^|\.)(TestClient|AsyncTestClient|test_client|APIClient|ASGITransport|WSGITransport|LifespanManager)$|^django\.test\.Client$|^aiohttp\.test_utils\.`)
	commandRunners = regexp.MustCompile(`(^|\.)CliRunner(\(\))?(\.invoke)?$`)
	stacks         = regexp.MustCompile(`^testcontainers\.|^moto\.|(^|\.)(DockerCompose|LocalStackContainer|mock_aws)$|^mlflow\.set_tracking_uri$|^prefect\.testing\.`)
	ownRunners     = regexp.MustCompile(`^(.+)\.\w*(Trainer|Pipeline|Workflow|Runner|Experiment|Orchestrator)\w*\(\)\.(train|fit|run|execute|evaluate)$`)
	entryNames     = regexp.MustCompile(`^(main|cli|run|app|run_\w*|\w*_(flow|pipeline|workflow|main|e2e)|\w*pipeline\w*|train\w*|fit\w*|tune\w*|retrain\w*|execute\w*|start_\w*)$`)
	locally        = regexp.MustCompile(`^https?://(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])`)
)

func (b *builder) reachesBy(file string, c python.Call) string {
	switch {
	case c.Decorator && !stacks.MatchString(c.Name):
		return ""
	case clients.MatchString(c.Name):
		return "calls the application through " + c.Method()
	case commandRunners.MatchString(c.Name):
		return "runs the command line"
	case stacks.MatchString(c.Name) && !strings.HasPrefix(c.Name, "mlflow"):
		return "starts other services (" + c.Name + ")"
	case isRequest(c) && slices.ContainsFunc(c.Args, func(a python.Arg) bool { return locally.MatchString(a.Text + a.Value) }):
		return "starts a request to the running service"
	case strings.HasPrefix(c.Name, "subprocess.") || c.Name == "os.system" || c.Name == "runpy.run_path" || c.Name == "runpy.run_module":
		return b.ownProgram(file, c)
	}
	return firstOf(b.ownEntry(file, c), b.ownRunner(file, c))
}

// ownRunner says that a call runs an object of the project whose class is named
// for what brings a model, its data and its training together.
func (b *builder) ownRunner(file string, c python.Call) string {
	m := ownRunners.FindStringSubmatch(c.Name)
	if m == nil || strings.ContainsAny(m[1], "?()[]") || !b.brings(file, m[1]) {
		return ""
	}
	return "runs " + c.Name + ", which brings modules together"
}

func isRequest(c python.Call) bool {
	module, _, _ := strings.Cut(c.Name, ".")
	return module == "requests" || module == "httpx" || module == "urllib"
}

var programWord = regexp.MustCompile(`[\w./-]+\.(py|sh)\b|-m [\w.]+`)

// ownProgram says that a call starts a program of the project, by its literal words.
func (b *builder) ownProgram(file string, c python.Call) string {
	var words []string
	for _, a := range c.Args {
		words = append(words, a.Items...)
		words = append(words, a.Text, a.Value)
	}
	for _, w := range programWord.FindAllString(strings.Join(words, " "), -1) {
		name := strings.ReplaceAll(strings.TrimPrefix(w, "-m "), ".", "/")
		if rest, ok := strings.CutPrefix(w, "-m "); ok {
			w = strings.ReplaceAll(rest, ".", "/") + ".py"
		}
		for _, f := range []string{b.lookFor(w, b.around(path.Dir(file), file)), b.lookFor("src/"+name+".py", []string{".", b.project})} {
			if f != "" && b.in.Tree.Class(f) == source.Source {
				return "starts " + f
			}
		}
	}
	return ""
}

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

var trains = regexp.MustCompile(`^([\w.]+\.[A-Z]\w*)\(\)\.(train|fit|train_model|run_training)$`)

// puts says that a test makes objects of several modules of the project, puts them
// together and trains with one of them.
func (b *builder) puts(file string, mod *python.Module, fn int) string {
	made, trained := map[string]bool{}, ""
	for _, c := range b.callsIn(mod, fn) {
		if c.Func < 0 || !within(mod, c.Func, fn) {
			continue
		}
		class := c.Name
		if m := trains.FindStringSubmatch(c.Name); m != nil {
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
		if b.in.Tree.Class(dep) == source.Source && path.Base(dep) != "__init__.py" {
			n++
		}
	}
	return n
}

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

// prepared returns, for the fixtures that a file of tests may ask for, how they
// reach several parts together: its own, and those of the conftest.py files above.
func (b *builder) prepared(file string) map[string]string {
	out := map[string]string{}
	files := []string{file}
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		files = append(files, path.Join(dir, "conftest.py"))
		if dir == "." || dir == "/" {
			break
		}
	}
	for range 3 { // a fixture may ask for another one
		for _, f := range files {
			for _, fix := range b.preparing(f) {
				how := fix.how
				for _, p := range fix.parameters {
					how = firstOf(how, out[p])
				}
				if how != "" && out[fix.name] == "" {
					out[fix.name] = how
				}
			}
		}
	}
	return out
}

// conftestOwn reports whether a conftest.py above a file imports the project's code.
func (b *builder) conftestOwn(file string) bool {
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		if f := path.Join(dir, "conftest.py"); b.in.Tree.Python[f] != nil && b.ownCode(f) != "" {
			return true
		}
		if dir == "." || dir == "/" {
			return false
		}
	}
}

// usesClient reports whether a test calls a method of something that is called a client.
func (b *builder) usesClient(mod *python.Module, fn int) bool {
	return slices.ContainsFunc(b.callsIn(mod, fn), func(c python.Call) bool {
		return c.Func == fn && (strings.Contains(strings.ToLower(c.Receiver), "client") || strings.Contains(strings.ToLower(c.Receiver), "app") || strings.Contains(c.Name, "TestClient()."))
	})
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
	if mod := b.in.Tree.Python[file]; own == "" && mod != nil && slices.ContainsFunc(mod.Calls, isInstantiate) {
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
		if !isYAML(file) || !b.mine(file) {
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
