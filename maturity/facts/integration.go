package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/reach"
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
	fixtures := b.prepared(file, mod)
	module := b.reaches(file, mod, -1)
	marked := moduleMark(mod)
	for i, f := range mod.Funcs {
		if !strings.HasPrefix(f.Name, "test") || f.Parent >= 0 || f.Asserts == 0 || isSkipped(f.Decorators) {
			continue
		}
		how := firstOf(b.reaches(file, mod, i), mark(f.Decorators), marked)
		for _, p := range f.Parameters {
			how = firstOf(how, fixtures[p])
		}
		if how == "" && module != "" && usesClient(mod, i) {
			how = module
		}
		if how == "" {
			how = b.setUp(file, mod, f, i)
		}
		if how != "" {
			b.together(file, f.Line, f.Name+" "+how, own || strings.HasPrefix(how, "starts") || fixtures != nil && b.conftestOwn(file))
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
	for _, c := range mod.Calls {
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
	return b.ownEntry(file, c)
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
		parts := 0
		for _, dep := range b.reach.Closure(target) {
			if b.in.Tree.Class(dep) == source.Source && path.Base(dep) != "__init__.py" {
				parts++
			}
		}
		if parts >= minParts && path.Base(target) != "__init__.py" {
			return "runs " + c.Name + ", which brings modules together"
		}
	}
	return ""
}

// prepared returns, for the fixtures that a file of tests may ask for, how they
// reach several parts together: its own, and those of the conftest.py files above.
func (b *builder) prepared(file string, mod *python.Module) map[string]string {
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
			m := b.in.Tree.Python[f]
			if m == nil {
				continue
			}
			for i, fn := range m.Funcs {
				if !slices.ContainsFunc(fn.Decorators, func(d string) bool { return strings.Contains(d, "fixture") }) {
					continue
				}
				how := b.reaches(f, m, i)
				for _, p := range fn.Parameters {
					how = firstOf(how, out[p])
				}
				if how != "" && out[fn.Name] == "" {
					out[fn.Name] = how
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

// setUp says how the preparation of a class of tests reaches several parts, if
// the test then uses a client.
func (b *builder) setUp(file string, mod *python.Module, f python.Func, fn int) string {
	if f.Class == "" || !usesClient(mod, fn) {
		return ""
	}
	for i, other := range mod.Funcs {
		if other.Class == f.Class && (strings.HasPrefix(other.Name, "setUp") || strings.HasPrefix(other.Name, "setup")) {
			if how := b.reaches(file, mod, i); how != "" {
				return how
			}
		}
	}
	return ""
}

// usesClient reports whether a test calls a method of something that is called a client.
func usesClient(mod *python.Module, fn int) bool {
	return slices.ContainsFunc(mod.Calls, func(c python.Call) bool {
		return c.Func == fn && (strings.Contains(strings.ToLower(c.Receiver), "client") || strings.Contains(strings.ToLower(c.Receiver), "app") || strings.Contains(c.Name, "TestClient()."))
	})
}

// ownCode returns a file of the project's own that a file of tests reaches, or "".
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
	return own
}

// smokeTests makes facts of checks of a running service by CI: a script that is
// named as one, asks the service and asserts; a container of an own image that is
// started and asked so that a wrong answer fails.
func (b *builder) smokeTests() {
	for _, file := range b.in.Tree.Files {
		mod := b.in.Tree.Python[file]
		if mod == nil || !b.mine(file) || namedTogether(file) == "" {
			continue
		}
		asserts := slices.ContainsFunc(mod.Funcs, func(f python.Func) bool { return f.Asserts > 0 })
		if asserts && slices.ContainsFunc(mod.Calls, isRequest) {
			links := b.jobLinks(file)
			b.add(Fact{
				Category: "test.together", Subject: "asks the running service and asserts", Path: file, Line: 1, Context: string(source.Test),
				Entries: links, Detail: map[string]any{"holds": len(links) > 0 || b.in.Tree.Class(file) == source.Test},
			})
		}
	}
	b.askedContainers()
}

// jobLinks are the jobs of CI that run a file.
func (b *builder) jobLinks(file string) []Link {
	return slices.DeleteFunc(b.links(file), func(l Link) bool { return b.set.Entries[l.ID].Kind != string(reach.KindJob) })
}

// askedContainers makes facts of jobs that start a container and then ask it.
func (b *builder) askedContainers() {
	started := map[string]string{} // by entry, what started it
	stops := map[string]bool{}     // entries with a command that fails by itself
	for _, h := range b.reach.Hits {
		words := h.Args
		if len(h.Full) > 0 {
			words = h.Full
		}
		text := strings.Join(words, " ")
		if container.MatchString(text) {
			started[h.Entry+"\x00"+h.Path] = text
		}
		if len(h.Args) > 1 && h.Args[0] == "exit" && h.Args[1] != "0" {
			stops[h.Entry+"\x00"+h.Path] = true
		}
	}
	for _, h := range b.reach.Hits {
		key := h.Entry + "\x00" + h.Path
		if started[key] == "" || len(h.Args) == 0 || h.Args[0] != "curl" && h.Args[0] != "wget" {
			continue
		}
		e := b.set.Entries[h.Entry]
		strict := failing.MatchString(strings.Join(h.Args, " ")) && h.Swallowed == ""
		if e.Kind == string(reach.KindJob) && e.Off == "" && (strict || stops[key]) {
			b.add(Fact{
				Category: "test.together", Subject: "starts a container and asks it", Path: h.Path, Line: max(h.Line, 1), Context: "command",
				Entries: []Link{{ID: h.Entry}}, Detail: map[string]any{"holds": true},
			})
		}
	}
}

var (
	container = regexp.MustCompile(`^(docker|podman) (compose .*)?(run|up)\b|^docker-compose .*\b(run|up)\b`)
	failing   = regexp.MustCompile(` -[a-zA-Z]*f[a-zA-Z]*( |$)|--fail|^wget `)
)
