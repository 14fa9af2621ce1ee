package facts

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/maturity/catalogue"
	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/claims"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
)

// Fact is one thing that was seen. The JSON form is what rules in Rego read.
type Fact struct {
	// Category is that of the catalogue ("tracking"), or one that this package
	// makes: test, sequence, compare, artefact, commented, elsewhere, gate.
	Category string `json:"category"`
	Tool     string `json:"tool,omitempty"`
	// Subject is what stands there: the full name of a call, a command.
	Subject string `json:"subject"`
	Path    string `json:"path"`
	Line    int    `json:"line"`
	// Context is the sort of code: a [source.Class], "command" for a command or
	// action that an entry reaches, "declared" for a list of packages, "docs",
	// "unused" for a function that nothing calls, though its file runs.
	Context  string `json:"context"`
	Function string `json:"function,omitempty"`
	Note     string `json:"note,omitempty"`
	// Conditional is true if a branch around it decides whether it is reached.
	Conditional bool `json:"conditional,omitempty"`
	// Optional is true if the tool is imported in a try block: the code runs
	// without it too.
	Optional bool `json:"optional,omitempty"`
	// Entries say which entries reach it, and how.
	Entries []Link `json:"entries"`
	// Time and URL are when and where it happened, for what a record tells. Time
	// is as in RFC 3339.
	Time string `json:"time,omitempty"`
	URL  string `json:"url,omitempty"`
	// Detail holds what only facts of one category have.
	Detail map[string]any `json:"detail,omitempty"`
}

// Link is an entry that reaches a fact.
type Link struct {
	ID          string `json:"id"`
	Swallowed   string `json:"swallowed,omitempty"`
	Conditional bool   `json:"conditional,omitempty"`
	Asked       string `json:"asked,omitempty"`
	If          string `json:"if,omitempty"`
}

// Entry is an entry as rules read it.
type Entry struct {
	ID       string       `json:"id"`
	Kind     string       `json:"kind"`
	Path     string       `json:"path"`
	Line     int          `json:"line"`
	Name     string       `json:"name"`
	Chain    string       `json:"chain"`
	Triggers []ci.Trigger `json:"triggers"`
	Needs    []string     `json:"needs"`
	If       string       `json:"if,omitempty"`
	Off      string       `json:"off,omitempty"`
	// Automatic is true if no person starts it.
	Automatic bool `json:"automatic"`
	// Known is true if the forge was asked about the entry's pipeline; Runs are
	// then those that ended, the newest first.
	Known bool  `json:"known,omitempty"`
	Runs  []Run `json:"runs,omitempty"`
}

// Run is how an entry ended in one run on the default branch, or for a tag or release.
type Run struct {
	Passed bool `json:"passed"`
	// Event is what started it, in the words of triggers; Bot is true if no person did.
	Event string `json:"event"`
	Bot   bool   `json:"bot"`
	// Age is in whole days.
	Age  int    `json:"age"`
	Time string `json:"time"`
	URL  string `json:"url"`
}

// Set is all that is known of one project.
type Set struct {
	// Facts are by category, those that entries reach first.
	Facts   map[string][]Fact `json:"facts"`
	Entries map[string]Entry  `json:"entries"`
	// Unresolved are edges that files cannot show.
	Unresolved []Fact `json:"unresolved"`
}

// Input is what facts are made from.
type Input struct {
	Tree      *source.Tree
	Catalogue *catalogue.Catalogue
	Pipelines []*ci.Pipeline
	// Phrases are what documentation calls the criteria.
	Phrases claims.Phrases
	// Pages are those of the tree, which somebody may be reading; nil if nobody has them.
	Pages *reach.Pages
	// Uses are what is known of the files of Python, and what becomes known; nil where
	// nothing is kept.
	Uses *Uses
}

// maxFacts bounds the facts of one category that rules have to look at, and
// maxLinks the entries of one fact.
const (
	maxFacts = 300
	maxLinks = 40
)

// builder gathers the facts of one project.
type builder struct {
	in      Input
	reach   *reach.Result
	project string
	others  []string
	// bound are the files of Python outside of all projects that this one
	// imports, or that import it, as its tests may.
	bound   map[string]bool
	set     *Set
	seen    map[string]bool
	ownMods []module // see ownModules
	index   *index
	memo    memo
}

// Project makes the facts of the project in a folder, "." for the whole
// repository. The others are the folders of the repository's other projects:
// what lies in them is theirs. What lies in none belongs to all, code to those
// that import it or that it imports.
func (v *View) Project(project string, others []string) *Set {
	b := v.builder(project, others)
	b.discard()
	b.retrains()
	b.compares()
	b.tests() // commands of test runners ask for them
	b.commands()
	b.sequences()
	b.files()
	b.declared()
	b.elsewhere()
	b.engineering()
	b.modelling()
	b.trainedTests()
	b.release()
	b.operations()
	b.claims()
	b.order()
	return b.set
}

// Sketch makes the facts that tell what kind of thing the whole repository is,
// and no others: what its code uses, what it runs, which files it has.
func (v *View) Sketch() *Set {
	b := v.builder(".", nil)
	b.commands()
	b.sequences()
	b.files()
	b.order()
	return b.set
}

func (v *View) builder(project string, others []string) *builder {
	b := &builder{
		in: v.in, reach: v.Walk, project: project, others: others,
		set:  &Set{Facts: map[string][]Fact{}, Entries: map[string]Entry{}, Unresolved: []Fact{}},
		seen: map[string]bool{}, index: v.index,
	}
	b.part()
	b.bind()
	b.entries()
	b.python(v.scan)
	b.otherLanguages()
	return b
}

// mine reports whether a path belongs to the project that is scored: it lies in
// that project, or in none. Code that lies in none belongs to whoever imports it.
func (b *builder) mine(file string) bool {
	mine, ok := b.memo.mine[file]
	if !ok {
		owner := b.owner(file)
		mine = owner == b.project || owner == "" && (b.in.Tree.Python[file] == nil || b.bound[file])
		b.memo.mine[file] = mine
	}
	return mine
}

// bind finds the code outside of all projects that belongs to this one.
func (b *builder) bind() {
	b.bound = map[string]bool{}
	if b.project == "." {
		return
	}
	var own, shared []string
	importers := map[string][]string{}
	for file := range b.in.Tree.Python {
		switch b.owner(file) {
		case b.project:
			own = append(own, file)
		case "":
			shared = append(shared, file)
		}
	}
	for _, file := range append(slices.Clone(own), shared...) {
		for _, f := range b.reach.Imports(file) {
			importers[f] = append(importers[f], file)
		}
	}
	spread(b.bound, own, b.reach.Imports)
	spread(b.bound, own, func(file string) []string { return importers[file] })
}

// spread adds the files and all that leads on from them.
func spread(to map[string]bool, files []string, next func(string) []string) {
	seen := map[string]bool{}
	for queue := slices.Clone(files); len(queue) > 0; queue = queue[1:] {
		if seen[queue[0]] {
			continue
		}
		seen[queue[0]], to[queue[0]] = true, true
		queue = append(queue, next(queue[0])...)
	}
}

// add keeps a fact once.
func (b *builder) add(f Fact) {
	key := strings.Join([]string{f.Category, f.Tool, f.Subject, f.Path, f.Context, entryIDs(f.Entries), strconv.Itoa(f.Line)}, "\x00")
	if b.seen[key] {
		return
	}
	b.seen[key] = true
	if f.Entries = b.inFunction(f); f.Entries == nil {
		f.Entries = []Link{}
	}
	b.set.Facts[f.Category] = append(b.set.Facts[f.Category], f)
}

func entryIDs(links []Link) string {
	if len(links) != 1 {
		return ""
	}
	return links[0].ID
}

// links returns the entries that run a file: those that nobody has to start
// first, then the others.
func (b *builder) links(file string) []Link {
	links, ok := b.memo.links[file]
	if !ok {
		links = slices.Clip(b.linksOf(file))
		b.memo.links[file] = links
	}
	return links
}

func (b *builder) linksOf(file string) []Link {
	runs := b.reach.Runs(file)
	out := make([]Link, 0, len(runs))
	for id, run := range runs {
		out = append(out, Link{ID: id, Swallowed: run.Swallowed, Conditional: run.Conditional, Asked: run.Asked, If: run.If})
	}
	slices.SortFunc(out, func(a, c Link) int {
		return cmp.Or(cmp.Compare(b.rank(a.ID), b.rank(c.ID)), cmp.Compare(a.ID, c.ID))
	})
	return out[:min(len(out), maxLinks)]
}

// entriesThat are the entries of which something holds, as many as a fact has.
func (b *builder) entriesThat(holds func(reach.Entry) bool) []Link {
	var out []Link
	for _, e := range b.reach.Entries {
		if len(out) < maxLinks && holds(e) {
			out = append(out, Link{ID: e.ID})
		}
	}
	return out
}

// entriesOf are the entries that stand in a file.
func (b *builder) entriesOf(file string) []Link {
	return b.entriesThat(func(e reach.Entry) bool { return e.Path == file })
}

// rank orders entries by how much they say.
func (b *builder) rank(id string) int {
	e := b.set.Entries[id]
	switch {
	case e.Off != "":
		return 4
	case e.Automatic:
		return 0
	case e.Kind == string(reach.KindDocumented):
		return 3
	case e.Kind == string(reach.KindTask):
		return 2
	}
	return 1
}

// entries puts the entries into the form that rules read.
func (b *builder) entries() {
	for _, e := range b.reach.Entries {
		automatic := slices.ContainsFunc(e.Triggers, func(t ci.Trigger) bool {
			return t == ci.Push || t == ci.Tag || t == ci.Release || t == ci.Schedule || t == ci.Event || t == ci.After
		})
		needs := e.Needs
		if needs == nil {
			needs = []string{}
		}
		b.set.Entries[e.ID] = Entry{
			ID: e.ID, Kind: string(e.Kind), Path: e.Path, Line: e.Line, Name: e.Name, Chain: e.Chain,
			Triggers: e.Triggers, Needs: needs, If: e.If, Off: e.Off, Automatic: automatic,
		}
	}
	for _, u := range b.reach.Unresolved {
		b.set.Unresolved = append(b.set.Unresolved, Fact{Category: "unresolved", Subject: u.What, Path: u.Path, Line: u.Line, Entries: []Link{}})
	}
}

// order sorts the facts of each category, what is reached by more first, and
// bounds them.
func (b *builder) order() {
	for category, list := range b.set.Facts {
		slices.SortStableFunc(list, func(a, c Fact) int {
			return cmp.Or(
				cmp.Compare(idleSequence(a), idleSequence(c)), cmp.Compare(b.weight(a), b.weight(c)), cmp.Compare(a.Path, c.Path), cmp.Compare(a.Line, c.Line),
				cmp.Compare(a.Subject, c.Subject), cmp.Compare(entryIDs(a.Entries), entryIDs(c.Entries)),
			)
		})
		b.set.Facts[category] = list[:min(len(list), maxFacts)]
	}
}

// idleSequence is 1 for steps of which none trains: a Makefile may have hundreds.
func idleSequence(f Fact) int {
	if f.Category == "sequence" && f.Detail["trains"] != true {
		return 1
	}
	return 0
}

// weight orders facts by how well they hold.
func (b *builder) weight(f Fact) int {
	if len(f.Entries) > 0 {
		return b.rank(f.Entries[0].ID)
	}
	switch f.Context {
	case string(source.Source):
		return 5
	case "declared", string(source.Docs):
		return 7
	}
	return 6
}
