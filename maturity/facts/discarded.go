package facts

import (
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
)

// discarded is the context of facts about a tracker whose store is thrown away
// when the program ends.
const discarded = "discarded"

var (
	temporary   = regexp.MustCompile(`tempfile\.|mkdtemp|TemporaryDirectory|gettempdir|^[a-z]+:/+tmp/`)
	storedAside = []string{"tracking", "registry.register", "registry.promote", "registry.lookup"}
)

// discard marks what is tracked and registered with MLflow where the program that
// is started sets a temporary folder for its store: a run of CI leaves nothing then.
func (b *builder) discard() {
	b.quiet()
	lost := map[string]bool{}
	for _, m := range b.ownModules() {
		if !setsTemporary(m.mod) {
			continue
		}
		for id, run := range b.reach.Runs(m.file) {
			lost[id] = lost[id] || !run.Imported
		}
	}
	if len(lost) == 0 {
		return
	}
	b.lose(func(f Fact, l Link) bool { return f.Tool == "MLflow" && lost[l.ID] })
}

// quiet marks what is tracked and registered where the environment makes the tool
// keep nothing.
func (b *builder) quiet() {
	b.lose(func(f Fact, l Link) bool { return f.Tool != "" && b.reach.Runs(f.Path)[l.ID].Quiet == f.Tool })
}

// lose takes the entries off the facts of stores that leave nothing there.
func (b *builder) lose(gone func(Fact, Link) bool) {
	for _, category := range storedAside {
		for i, f := range b.set.Facts[category] {
			if f.Context != string(source.Source) || len(f.Entries) == 0 {
				continue
			}
			kept := slices.DeleteFunc(slices.Clone(f.Entries), func(l Link) bool { return gone(f, l) })
			if len(kept) == 0 {
				b.set.Facts[category][i].Context = discarded
			}
			b.set.Facts[category][i].Entries = kept
		}
	}
}

// setsTemporary reports whether a module gives MLflow a store in a temporary
// folder: what it hands over says so, or an address right above.
func setsTemporary(mod *python.Module) bool {
	const above = 3 // lines
	return slices.ContainsFunc(mod.Calls, func(c python.Call) bool {
		if c.Method() != "set_tracking_uri" || c.Conditional || c.Guarded {
			return false
		}
		a, _ := c.Positional(0)
		if temporary.MatchString(a.Text) || temporary.MatchString(a.Value) || slices.ContainsFunc(a.Items, temporary.MatchString) {
			return true
		}
		return a.Written != "" && slices.ContainsFunc(mod.Addresses, func(w python.Word) bool {
			return w.Line <= c.Line && c.Line-w.Line <= above && (temporary.MatchString(w.Text) || strings.Contains(w.Text, ":////tmp/"))
		})
	})
}
