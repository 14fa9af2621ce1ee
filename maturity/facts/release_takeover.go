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

// takeovers makes facts of how what serves comes by a new version without being
// deployed: it looks for one while it runs, or is told to by what trained it. A
// decision that lets a new model take over is a fact as well.
func (b *builder) takeovers() {
	asking, loading := b.modules("registry.lookup"), b.modules("load", "unpickle")
	training := b.modules("train", "train.remote")
	served, routed := b.served(), b.routed()
	reloads := b.takesReloads()
	for _, m := range b.ownModules() {
		near := append([]string{m.file}, b.reach.Imports(m.file)...)
		has := func(in map[string]bool) bool {
			return slices.ContainsFunc(near, func(f string) bool { return in[f] })
		}
		if served[m.file] && !training[m.file] && has(loading) && (has(asking) || slices.ContainsFunc(near, b.asksForVersion)) {
			b.follows(m, routed)
		}
		if reloads {
			b.reloadRequests(m)
		}
		b.accepts(m)
	}
	if reloads {
		b.reloadCommands()
	}
}

// served are the modules that answer requests, and all that they import.
func (b *builder) served() map[string]bool {
	out := map[string]bool{}
	for file := range b.scorerKinds() {
		for _, dep := range b.reach.Closure(file) {
			out[dep] = true
		}
	}
	return out
}

var (
	routing     = regexp.MustCompile(`(^|\.)(get|post|put|patch|route|api_route|websocket)$`)
	reloadNamed = regexp.MustCompile(`(?i)reload|refresh|hot_?swap|swap_model`)
	reloadRoute = regexp.MustCompile(`(?i)/[\w/{}-]*(reload|refresh|hot-?swap)[\w-]*(/|\?|$|")`)
	polls       = regexp.MustCompile(`(?i)poll|refresh|reload|hot_?swap|auto_?update|(watch|check|sync)_?\w*(model|version|registry|alias)`)
	// background are calls and decorators beside timers by which a function runs on.
	background  = regexp.MustCompile(`(?i)(^|\.)(Thread|create_task|ensure_future|every|ttl_cache|run_in_executor)$`)
	versionWord = regexp.MustCompile(`(?i)version|alias|run_?id|etag|mtime|digest|revision|model_uri`)
)

// routed are the names of what handlers of requests call.
func (b *builder) routed() map[string]bool {
	out := map[string]bool{}
	for _, m := range b.ownModules() {
		for _, c := range m.mod.Calls {
			if c.Func >= 0 && isRoute(m.mod, c.Func) && !c.Decorator {
				out[c.Method()] = true
			}
		}
	}
	return out
}

func isRoute(mod *python.Module, fn int) bool {
	return fn >= 0 && slices.ContainsFunc(mod.Funcs[fn].Decorators, routing.MatchString)
}

// maxFollowed bounds the comparisons of one module that are looked at, and the
// functions that call one another around each.
const maxFollowed = 32

// follows makes a fact of a module that compares the version which it holds with
// that of the registry, again and again: in a loop that waits, by a timer, or
// with each request. A loop that is named for it needs no comparison.
func (b *builder) follows(m module, routed map[string]bool) {
	looked := 0
	for _, cond := range m.mod.Branches {
		if cond.Func < 0 || !comparesVersions(cond.Names) {
			continue
		}
		if looked++; looked > maxFollowed {
			break
		}
		if takesUp(m.mod, cond.Func) && repeats(m.mod, cond.Func, routed) {
			b.followed(m, cond.Func, cond.Line)
			return
		}
	}
	for _, c := range m.mod.Calls {
		if c.Func >= 0 && reach.Pauses(c) && polls.MatchString(m.mod.Funcs[c.Func].Name) && takesUp(m.mod, c.Func) {
			b.followed(m, c.Func, c.Line)
			return
		}
	}
}

func (b *builder) followed(m module, fn, line int) {
	name := m.mod.Funcs[fn].Name
	b.add(Fact{Category: "model.follow", Subject: "def " + name, Path: m.file, Line: line, Function: name, Context: string(source.Source), Entries: m.links})
}

// comparesVersions reports whether a condition names two versions.
func comparesVersions(names string) bool {
	var found []string
	for word := range strings.FieldsSeq(names) {
		if versionWord.MatchString(word) && !slices.Contains(found, word) {
			found = append(found, word)
		}
	}
	return len(found) > 1
}

var taking = regexp.MustCompile(`(?i)(^|[._])(re)?(load|fetch|download|swap|refresh|activate)`)

// takesUp reports whether a function loads something, or has it loaded.
func takesUp(mod *python.Module, fn int) bool {
	return slices.ContainsFunc(mod.Calls, func(c python.Call) bool {
		return c.Func == fn && (taking.MatchString(c.Method()) || slices.ContainsFunc(c.Args, func(a python.Arg) bool { return taking.MatchString(a.Written) }))
	})
}

// repeats reports whether a function works more than once: it waits, handles
// requests or is called where they are handled, or something that does so, or a
// timer, has it called.
func repeats(mod *python.Module, fn int, routed map[string]bool) bool {
	seen := map[int]bool{}
	for queue := []int{fn}; len(queue) > 0 && len(seen) < maxFollowed; queue = queue[1:] {
		f := queue[0]
		if f < 0 || seen[f] {
			continue
		}
		seen[f] = true
		if isRoute(mod, f) || routed[mod.Funcs[f].Name] || timed(mod, f) {
			return true
		}
		for _, c := range mod.Calls {
			if c.Func >= 0 && c.Method() == mod.Funcs[f].Name {
				queue = append(queue, c.Func)
			}
		}
	}
	return false
}

// runsOn reports whether a call or decorator of that name has a function run later,
// again, or beside the others.
func runsOn(name string) bool {
	return reach.SetsTimer(name) || reach.Repeats(name) || background.MatchString(name)
}

// timed reports whether a function waits, or is handed to a timer or thread.
func timed(mod *python.Module, fn int) bool {
	name := mod.Funcs[fn].Name
	return slices.ContainsFunc(mod.Funcs[fn].Decorators, runsOn) || slices.ContainsFunc(mod.Calls, func(c python.Call) bool {
		if c.Func == fn && reach.Pauses(c) {
			return true
		}
		return runsOn(c.Name) && slices.ContainsFunc(c.Args, func(a python.Arg) bool {
			return a.Value == name || a.Written == name || strings.HasSuffix(a.Written, "."+name)
		})
	})
}

// takesReloads reports whether some service of the project can be told to load
// its model again.
func (b *builder) takesReloads() bool {
	for _, m := range b.ownModules() {
		for i, f := range m.mod.Funcs {
			if isRoute(m.mod, i) && reloadNamed.MatchString(f.Name) {
				return true
			}
		}
		for _, c := range m.mod.Calls {
			if c.Decorator && routing.MatchString(c.Name) && slices.ContainsFunc(c.Args, func(a python.Arg) bool { return reloadRoute.MatchString(a.Text) }) {
				return true
			}
		}
	}
	return false
}

var (
	posting  = regexp.MustCompile(`^(requests|httpx|aiohttp|urllib3?)\b.*(post|put|request|urlopen)$|(^|\.)(session|client|http)\w*(\(\))?\.(post|put|request)$`)
	operator = regexp.MustCompile(`(^|\.)(Simple)?HttpOperator$`)
)

// nearby is how many lines before a request its address may be put together.
const nearby = 12

// reloadRequests makes facts of requests that tell a service to load its model
// again: the function or the address says so.
func (b *builder) reloadRequests(m module) {
	for _, c := range m.mod.Calls {
		if !posting.MatchString(c.Name) && !operator.MatchString(c.Name) {
			continue
		}
		said := slices.ContainsFunc(c.Args, func(a python.Arg) bool { return reloadRoute.MatchString("/" + a.Text) }) ||
			slices.ContainsFunc(m.mod.Routes, func(w python.Route) bool {
				return w.Line <= c.Line && c.Line-w.Line < nearby && reloadRoute.MatchString(w.Text)
			})
		if name := m.mod.FuncName(c.Func); said || name != "" && reloadNamed.MatchString(name) {
			b.note(m, "reload.request", c.Subject(), c.Line, name)
		}
	}
}

// reloadCommands makes facts of commands that do the same.
func (b *builder) reloadCommands() {
	for _, h := range b.reach.Hits {
		if len(h.Args) > 1 && (h.Args[0] == "curl" || h.Args[0] == "wget" || h.Args[0] == "http") && reloadRoute.MatchString(strings.Join(h.Args, " ")) {
			b.add(Fact{
				Category: "reload.request", Tool: h.Args[0], Subject: shorten(strings.Join(h.Args, " ")), Path: h.Path, Line: h.Line, Context: "command",
				Entries: []Link{linkOf(h)},
			})
		}
	}
}

// accepted is how code calls what decides whether a new model takes over.
var accepted = regexp.MustCompile(`(?i)\b(is_)?(accepted|promoted?|approved|gate_passed|passed_gate|passes_gate|new_champion\w*|should_(promote|deploy|publish|replace)\w*)\b`)

// accepts makes a fact of the first branch of a module by which a new model takes
// over, or does not.
func (b *builder) accepts(m module) {
	for _, cond := range m.mod.Branches {
		if cond.Func >= 0 && accepted.MatchString(cond.Names) && !aboutTests.MatchString(path.Base(m.file)) {
			b.note(m, "cue.accepted", "if "+accepted.FindString(cond.Names), cond.Line, m.mod.Funcs[cond.Func].Name)
			return
		}
	}
}
