package reach

import (
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/ci"
)

// MaxDepth is how many steps a command is followed.
const MaxDepth = 8

// Kind is what sort of entry it is.
type Kind string

// The kinds of entries.
const (
	KindJob        Kind = "ci-job"
	KindImage      Kind = "image"
	KindService    Kind = "service"    // compose or Kubernetes
	KindPipeline   Kind = "pipeline"   // dvc.yaml, muster.yaml, MLproject, a flow
	KindTimer      Kind = "timer"      // a flow or job with a schedule of its own
	KindTask       Kind = "task"       // a target of make and its like
	KindScript     Kind = "script"     // a console script that the package installs
	KindDocumented Kind = "documented" // a command that the documentation names
)

// Entry is a place where execution begins.
type Entry struct {
	ID   string
	Kind Kind
	Path string
	Line int
	Name string
	// Chain is the same for all entries that start one another.
	Chain string
	// Triggers are what starts it; an entry that only people start has Manual.
	Triggers []ci.Trigger
	// Host is the CI host of a job.
	Host string
	// Needs are the entries that run before it, If its condition.
	Needs []string
	If    string
	// Off says why it never runs.
	Off         string
	Environment string
}

// Hit is a command or action that an entry reaches.
type Hit struct {
	Entry string
	Args  []string
	// Full is the command with the wrappers around it ("uv run pytest"), where
	// there are any.
	Full []string
	// Uses is the action, With its inputs, where it is no command.
	Uses string
	With map[string]string
	Path string
	Line int
	Dir  string
	// Swallowed says why its failure does not fail the entry.
	Swallowed   string
	Conditional bool
	// Asked is what branches of the script around it ask, as written.
	Asked string
	// If is the condition of the step around it.
	If    string
	Depth int
}

// Build is the building of an image from a file of the repository.
type Build struct {
	// File is the Dockerfile.
	File string
	// Path and Line are where the building is asked for.
	Entry, Path string
	Line        int
	Swallowed   string
	// Copies are the folders and files of the context that come into the image;
	// Works is true if a RUN line starts a program or fetches something.
	Copies []string
	Works  bool
}

// Run says how an entry executes a file.
type Run struct {
	Swallowed   string
	Conditional bool
	Asked       string
	If          string
	// Only are the names of the functions that the entry runs there, where it does
	// not run the file as a whole.
	Only map[string]bool
	// Imported is true if the file is not started itself but imported by one that is.
	Imported bool
	// Quiet is the tool that the environment makes keep nothing there.
	Quiet string
}

// Step is one step of a sequence, with the Python files that it runs.
type Step struct {
	Path      string
	Line      int
	Name      string
	Files     []string
	Swallowed string
}

// Sequence is several steps that one command, job or definition runs in order.
type Sequence struct {
	Kind  string // make, mise, script, job, dvc, muster, …
	Path  string
	Line  int
	Name  string
	Entry string
	Steps []Step
	// Connected is true if the steps hand files to one another by declaration.
	Connected bool
}

// Unresolved is an edge that the files do not show.
type Unresolved struct {
	Path string
	Line int
	What string
}

// Result is all that the entries reach.
type Result struct {
	Entries    []Entry
	Hits       []Hit
	Sequences  []Sequence
	Builds     []Build
	Unresolved []Unresolved
	// Handings are the places that start other pipelines of the repository.
	Handings []Handing
	// Unread are scripts that could not be parsed, by path and line.
	Unread []Unresolved
	// runs holds, for each file, how each entry runs it.
	runs    map[string]map[string]Run
	byID    map[string]int // index in Entries
	imports *importer
}

// Closure returns the file and all of the repository's files that it imports,
// directly or not, sorted.
func (r *Result) Closure(file string) []string { return r.imports.all(file) }

// Settle finds what each file of the tree imports. From then on, several goroutines may ask
// for the Imports of those at once, and one of them for what else there is.
func (r *Result) Settle() { r.imports.settle() }

// Imports returns the repository's files that a file imports itself, sorted.
func (r *Result) Imports(file string) []string { return r.imports.next(file) }

// Module returns the files that a module runs when a file imports it.
func (r *Result) Module(file, name string) []string {
	module := strings.TrimLeft(name, ".")
	return r.imports.imports(file, python.Import{Module: module, Level: len(name) - len(module)})
}

// Entry returns the entry with that id.
func (r *Result) Entry(id string) (Entry, bool) {
	i, ok := r.byID[id]
	if !ok {
		return Entry{}, false
	}
	return r.Entries[i], true
}

// Runs returns how entries run a file, by the entry's id.
func (r *Result) Runs(file string) map[string]Run { return r.runs[file] }

// only notes that an entry runs a function of a file, and not the file as a whole.
func (r *Result) only(file, entry, function string) {
	if r.runs[file] == nil {
		r.runs[file] = map[string]Run{}
	}
	run, ok := r.runs[file][entry]
	if !ok {
		run.Only = map[string]bool{}
		r.runs[file][entry] = run
	}
	if run.Only != nil {
		run.Only[function] = true
	}
}

// note keeps the better of two ways in which an entry runs a file.
func (r *Result) note(file, entry string, run Run) {
	if r.runs[file] == nil {
		r.runs[file] = map[string]Run{}
	}
	have, ok := r.runs[file][entry]
	if !ok {
		r.runs[file][entry] = run
		return
	}
	if run.Swallowed == "" {
		have.Swallowed = ""
	}
	if run.Only == nil {
		have.Only = nil
	}
	if have.Conditional = have.Conditional && run.Conditional; !have.Conditional {
		have.Asked = ""
	}
	have.Imported = have.Imported && run.Imported
	if run.If == "" {
		have.If = ""
	}
	if run.Quiet != have.Quiet {
		have.Quiet = ""
	}
	r.runs[file][entry] = have
}
