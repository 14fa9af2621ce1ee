package facts

import (
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
)

// versionStore is a registry of a project's own making: a module that keeps
// versions of models beside one another, says which of them is current, and
// finds them again.
type versionStore struct {
	// keeps and finds are its functions, by their index.
	keeps, finds map[int]bool
}

const storeName = "a store of versions of its own"

var (
	keepsVersion   = regexp.MustCompile(`(?i)^_*(register|promote|publish|activate)_\w+$|^_*(save|add|create|store)_\w*version\w*$|^_*set_(\w+_)?alias(es)?$`)
	findsVersions  = regexp.MustCompile(`(?i)^_*(list|get|load|read|find|all)_(\w+_)?(versions?|releases?|manifests?)$|^_*(list|find)_models$|^_*(get|read|load)_(\w+_)?alias(es)?$|^_*resolve_(\w+_)?(run|model|version|alias)(_id)?$`)
	currentVersion = regexp.MustCompile(`(?i)(^|[^a-z])(active|current|production|prod|champion|live|serving)_?(model_?)?(version|release)`)
	setAside       = regexp.MustCompile(`^(shutil\.(copy|copy2|copytree|copyfile|move)|os\.(replace|rename|symlink|link)|joblib\.dump|pickle\.dump|torch\.save)$|[.](symlink_to|upload_file|upload_fileobj|upload_from_filename|put_object|save_model)$`)
	storesModels   = regexp.MustCompile(`(?i)model|artifact|artefact|weights|checkpoint|registry`)
	// aliasOfCurrent is a name that leads to the version that is current, ownWriter a
	// function of the store that writes for the others, versionName what makes a name
	// that no other version has.
	aliasOfCurrent = regexp.MustCompile(`(?i)^(production|prod|champion|current|latest)$`)
	ownWriter      = regexp.MustCompile(`(?i)^_*(atomic_)?(write|save|dump)_\w+$`)
	versionName    = regexp.MustCompile(`[.](strftime|uuid4|uuid1|isoformat|hexdigest)$`)
)

// versionStores makes facts of home-made registries: of the store itself, of the
// calls in other files by which a version gets there, and of those that ask which
// one is current.
func (b *builder) versionStores(g *callGraph) {
	stores := map[string]versionStore{}
	taken := b.modules("registry.register", "registry.promote")
	for _, m := range b.ownModules() {
		if s, ok := asStore(m.file, m.mod); ok && !taken[m.file] {
			stores[m.file] = s
		}
	}
	if len(stores) == 0 {
		return
	}
	for _, m := range b.ownModules() {
		if s, ok := stores[m.file]; ok {
			for fn := range s.keeps {
				b.stored(m, "registry.store", m.mod.Funcs[fn].Name, m.mod.Funcs[fn].Line, m.mod.Funcs[fn].Name)
			}
			continue
		}
		b.storeCalls(g, m, stores)
	}
}

// asStore reports whether a module is such a store.
func asStore(file string, mod *python.Module) (versionStore, bool) {
	s := versionStore{keeps: map[int]bool{}, finds: map[int]bool{}}
	if !storesModels.MatchString(file) || !namesCurrent(mod) {
		return s, false
	}
	writes := false
	for i, f := range mod.Funcs {
		switch {
		case keepsVersion.MatchString(f.Name):
			s.keeps[i] = true
			writes = writes || slices.ContainsFunc(mod.Calls, func(c python.Call) bool {
				return c.Func == i && (setAside.MatchString(c.Name) || ownWriter.MatchString(c.Name))
			})
		case findsVersions.MatchString(f.Name):
			s.finds[i] = true
		}
	}
	return s, writes && len(s.finds) > 0
}

// namesCurrent reports whether a module speaks of the version that is current.
func namesCurrent(mod *python.Module) bool {
	if namesAliases(mod) {
		return true
	}
	named := func(w python.Word) bool { return currentVersion.MatchString(w.Text) }
	return slices.ContainsFunc(mod.Names, named) || slices.ContainsFunc(mod.Keys, named) ||
		slices.ContainsFunc(mod.Funcs, func(f python.Func) bool { return currentVersion.MatchString(f.Name) }) ||
		slices.ContainsFunc(mod.Calls, func(c python.Call) bool { return currentVersion.MatchString(c.Name + " " + c.Receiver) })
}

// namesAliases reports whether a module gives versions names of their own, and one
// of them an alias as the current one.
func namesAliases(mod *python.Module) bool {
	return slices.ContainsFunc(mod.Keys, func(w python.Word) bool { return aliasOfCurrent.MatchString(w.Text) }) &&
		slices.ContainsFunc(mod.Funcs, func(f python.Func) bool { return strings.Contains(strings.ToLower(f.Name), "alias") }) &&
		slices.ContainsFunc(mod.Calls, func(c python.Call) bool { return versionName.MatchString(c.Name) })
}

// storeCalls makes facts of the calls of a module that use a store.
func (b *builder) storeCalls(g *callGraph, m module, stores map[string]versionStore) {
	for _, c := range m.mod.Calls {
		_, name := cut(c.Name)
		if c.Decorator || !keepsVersion.MatchString(name) && !findsVersions.MatchString(name) && !currentVersion.MatchString(c.Name) {
			continue
		}
		for _, s := range g.resolve(site{m.file, c.Func}, c.Name) {
			switch store := stores[s.file]; {
			case store.keeps[s.fn]:
				b.stored(m, "registry.register", c.Subject(), c.Line, m.mod.FuncName(c.Func))
				b.stored(m, "registry.promote", c.Subject(), c.Line, m.mod.FuncName(c.Func))
			case store.finds[s.fn], currentVersion.MatchString(name) && stores[s.file].keeps != nil:
				b.stored(m, "registry.lookup", c.Subject(), c.Line, m.mod.FuncName(c.Func))
			}
		}
	}
}

func (b *builder) stored(m module, category, subject string, line int, function string) {
	b.add(Fact{
		Category: category, Tool: storeName, Subject: shorten(strings.TrimPrefix(subject, "?.")), Path: m.file, Line: max(line, 1),
		Context: string(source.Source), Function: function, Entries: m.links,
	})
}
