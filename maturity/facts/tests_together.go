package facts

import (
	"cmp"
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
		how := cmp.Or(b.reaches(file, mod, i), mark(f.Decorators), marked)
		for _, p := range f.Parameters {
			how = cmp.Or(how, fixtures[p])
		}
		if how == "" && module != "" && b.usesClient(mod, i) {
			how = module
		}
		if how == "" && f.Class != "" && b.usesClient(mod, i) {
			how = setUps()[f.Class]
		}
		if how == "" {
			how = cmp.Or(b.modelInTest(file, mod, i), b.puts(file, mod, i), b.composed(file, mod, i))
		}
		if how != "" {
			b.together(file, f.Line, f.Name+" "+how, own || strings.HasPrefix(how, "starts") || b.conftestOwn(file))
			return // one of a file is enough
		}
	}
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
	return cmp.Or(b.ownEntry(file, c), b.ownRunner(file, c))
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
		for _, f := range []string{b.in.Tree.LookFor(w, b.around(path.Dir(file), file)), b.in.Tree.LookFor("src/"+name+".py", []string{".", b.project})} {
			if f != "" && b.in.Tree.Class(f) == source.Source {
				return "starts " + f
			}
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
					how = cmp.Or(how, out[p])
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
