package reach

import (
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/source"
)

// maxLoops bounds the timers inside programs that are followed.
const maxLoops = 200

// loops makes an entry of each timer that a deployed program keeps itself: a loop
// that does something and pauses, or a function that it registers for later. What it
// runs is followed by functions, since the program does other things as well.
func (g *graph) loops() {
	n := 0
	for _, file := range g.tree.Files {
		if g.tree.Python[file] == nil || g.tree.Class(file) != source.Source || !g.deployed(file) {
			continue
		}
		for _, l := range g.loopsIn(file, g.tree.Python[file].Module()) {
			if n++; n > maxLoops {
				return
			}
			g.loop(file, l)
		}
	}
}

// deployed reports whether a service or an image runs a file.
func (g *graph) deployed(file string) bool {
	for id := range g.result.runs[file] {
		if e := g.result.Entries[g.result.byID[id]]; (e.Kind == KindService || e.Kind == KindImage) && e.Off == "" {
			return true
		}
	}
	return false
}

// inner is a timer inside a program.
type inner struct {
	name  string
	line  int
	calls []Site
}

// loopsIn finds the timers of a module.
func (g *graph) loopsIn(file string, mod *python.Module) []inner {
	var out []inner
	pausing := map[int]bool{}
	for _, c := range mod.Calls {
		switch s := (Site{file, c.Func}); {
		case c.Loop && Pauses(c) && !pausing[c.Func]:
			pausing[c.Func] = true
			out = append(out, g.pausingLoop(s, mod, c.Line))
		case SetsTimer(c.Name):
			out = append(out, inner{"timer of " + c.Method(), c.Line, g.given(s, c)})
		case c.Decorator && Repeats(c.Name):
			out = append(out, inner{"timer of " + c.Method(), c.Line, decorated(file, mod, c)})
		}
	}
	out = append(out, g.beats(mod)...)
	return slices.DeleteFunc(out, func(l inner) bool { return len(l.calls) == 0 })
}

// Pauses reports whether a call waits for some time.
func Pauses(c python.Call) bool {
	switch c.Name {
	case "time.sleep", "asyncio.sleep", "asyncio.wait_for", "anyio.sleep", "trio.sleep", "gevent.sleep", "eventlet.sleep":
		return true
	}
	return c.Method() == "wait" && len(c.Args) > 0
}

// SetsTimer reports whether a call of that name has a function run later, or again
// and again: of APScheduler, schedule, threading and event loops.
func SetsTimer(name string) bool {
	switch _, method := cut(name); method {
	case "add_job", "call_later", "run_repeating":
		return true
	case "do":
		return strings.HasPrefix(name, "schedule.")
	}
	return name == "threading.Timer"
}

// Repeats reports whether a decorator of that name has its function run again and again.
func Repeats(name string) bool {
	switch _, method := cut(name); method {
	case "scheduled_job", "repeat_every", "periodic_task", "crontab", "run_every":
		return true
	case "task":
		return strings.HasPrefix(name, "rocketry.")
	}
	return false
}

// pausingLoop is the loop of a function that pauses at a line.
func (g *graph) pausingLoop(s Site, mod *python.Module, line int) inner {
	l := inner{name: "loop", line: line}
	if s.Func >= 0 {
		l.name = "loop in " + mod.Funcs[s.Func].Name
	}
	for _, c := range g.result.Calls(s) {
		if c.Loop && !Pauses(c) {
			l.calls = append(l.calls, g.result.callees(s, c)...)
		}
	}
	return l
}

// given are the functions that a call is given.
func (g *graph) given(s Site, c python.Call) []Site {
	var out []Site
	for _, a := range c.Args {
		if !a.Literal && a.Value != "" {
			out = append(out, g.result.Resolve(s, a.Value)...)
		}
	}
	return out
}

// decorated is the function that follows a decorator.
func decorated(file string, mod *python.Module, c python.Call) []Site {
	if at := mod.Decorated(c); at >= 0 {
		return []Site{{file, at}}
	}
	return nil
}

// maxSteps bounds how far the functions of a timer are followed.
const maxSteps = 12

// loop makes the entry of a timer, and follows it to the functions that it runs and
// the commands that these start.
func (g *graph) loop(file string, l inner) {
	p := g.entry(Entry{
		ID: file + "#" + l.name, Kind: KindTimer, Path: file, Line: l.line, Name: l.name + " of " + path.Base(file), Triggers: []ci.Trigger{ci.Schedule},
	}, path.Dir(file), ".")
	ran := map[string]*python.Module{}
	for _, s := range g.result.Called(l.calls, maxSteps) {
		full := g.tree.Python[s.File].Module()
		g.result.only(s.File, p.entry, full.Funcs[s.Func].Name)
		if ran[s.File] == nil {
			ran[s.File] = &python.Module{Funcs: full.Funcs}
		}
		ran[s.File].Calls = append(ran[s.File].Calls, g.result.Calls(s)...)
	}
	for _, f := range sortedKeys(ran) {
		g.subprocesses(p.at(f, path.Dir(f), "."), ran[f])
	}
}
