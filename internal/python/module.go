package python

import (
	"slices"
	"strings"
)

// Module is what one file, or all code cells of a notebook, hold.
type Module struct {
	Imports  []Import
	Calls    []Call
	Funcs    []Func
	Classes  []Class
	Compares []Compare
	Pairs    []Pair
	// Thresholds are ordering comparisons of something that has a name with a
	// number; Branches are the conditions of if, elif and while.
	Thresholds []Condition
	Branches   []Condition
	// Constants are names that the module binds to a literal string, number or
	// truth value, once, at its top level.
	Constants map[string]string
	// Texts are names that the module binds to a text, as for [Arg.Text].
	Texts map[string]string
	// Main is true if the file asks whether it was started itself.
	Main bool
	// Runs is true if the file does something when it is started: a call at its
	// top level, or a main guard.
	Runs bool
	// Statements counts the logical lines that are neither imports nor strings.
	Statements int
	// Names are the names that the file binds by assignments and loops, Keys its
	// literal keys: of dictionaries, of what is assigned to, of arguments. Each once.
	Names, Keys []Word
	// Addresses are the strings that begin with a scheme ("s3://…", "models:/…"), or
	// with a place for one ("{HOST}/predict").
	Addresses []Word
	// Routes are the strings that hold the path of an address, of a service or what
	// asks one: "/retrain", "{base}/api/v1/dags/{dag}/dagRuns". What a formatted
	// string fills in stands in braces.
	Routes []Route
	// Commands are the strings that begin as a command which starts Python.
	Commands []Word
	// Programs are the strings with which a list begins, as a command in words
	// does, with a space between: "spacy train".
	Programs []Word
	// Installs are the strings that name a command of a package and the function that
	// it runs: "churn = churn.cli:main".
	Installs []Word
	// Named are the names that the file uses other than by calling them: of what it
	// hands on, of types, in strings that may name something. Each is a [Hash], in order.
	Named []uint32
	// Refuses counts what stops the work where something does not hold: raise,
	// assert and sys.exit, but not in except blocks.
	Refuses int
	// Cut is the line from which on a statement was not read, because it has too many
	// words and signs; 0 if all was read.
	Cut int
}

// Import is one imported name.
type Import struct {
	// Module is the module as written, without the dots of a relative import.
	Module string
	// Name is what is taken from the module; it is empty for "import module", and "*" for all.
	Name string
	// Level counts the dots of a relative import.
	Level int
	Line  int
	// Guarded is true if the import stands in a try block, so that it may fail.
	Guarded bool
}

// Call is one call of a function.
type Call struct {
	// Name is the full name, aliases resolved: "mlflow.log_metric",
	// "mlflow.MlflowClient().log_metric" for a method of what was just made, or
	// "?.fit" for a method of something unknown. A function of the same file has
	// its bare name.
	Name string
	// Receiver is what the file calls the thing whose method it is, as written.
	Receiver string
	// On is the path that a method such as write_text is called on, as for [Arg.Text].
	On   string
	Args []Arg
	Line int
	// Func is the index in Funcs of the innermost function around it, or -1.
	Func int
	// Conditional is true if a branch decides whether the call is reached.
	Conditional bool
	// Decorator is true if the call, or the bare name, decorates a definition.
	Decorator bool
	// Guarded is true if the call stands in a try block.
	Guarded bool
	// Loop is true if it stands in a while loop of its function.
	Loop bool
	// Twice is true if two of its arguments are the same thing, copies or parts of
	// one, or random numbers.
	Twice bool
	// Forgiven is true if what it refuses is only said: it is the last thing that a
	// try block does, and the except block goes on.
	Forgiven bool
}

// Method is the last part of the call's name.
func (c Call) Method() string {
	for i := len(c.Name) - 1; i >= 0; i-- {
		if c.Name[i] == '.' {
			return c.Name[i+1:]
		}
	}
	return c.Name
}

// Subject shows the call, with the receiver as it is written where its type is unknown.
func (c Call) Subject() string {
	if strings.HasPrefix(c.Name, "?") && c.Receiver != "" {
		return c.Receiver + "." + c.Method()
	}
	return c.Name
}

// Texts are all texts and names among the arguments.
func (c Call) Texts() []string {
	var out []string
	for _, a := range c.Args {
		if a.Value != "" {
			out = append(out, a.Value)
		}
		if a.Text != "" && a.Text != a.Value {
			out = append(out, a.Text)
		}
		out = append(out, a.Items...)
	}
	return out
}

// OpensToWrite reports whether a call that opens a file opens it for writing.
func (c Call) OpensToWrite() bool {
	mode, ok := c.Arg("mode")
	if !ok {
		mode, ok = c.Positional(1)
	}
	if !ok && c.On != "" {
		mode, ok = c.Positional(0)
	}
	return ok && strings.ContainsAny(mode.Value, "wa")
}

// Arg is one argument of a call.
type Arg struct {
	// Name is the keyword, or empty for a positional argument.
	Name string
	// Value is the literal, or the dotted name with aliases resolved. It is empty
	// where the argument is neither.
	Value string
	// Literal is true if Value is a string, number, truth value or None.
	Literal bool
	*Form
}

// Form is how an argument is written. Arguments that are written alike share one,
// since a large repository has a million of them; it must not be changed.
type Form struct {
	// Written is the dotted name as it is written, where Value is one or its type;
	// of a list of names, all of them with spaces between; of columns of a frame
	// (labels[["id", "y"]]), the frame's.
	Written string
	// Items are the literal strings of a list or tuple.
	Items []string
	// Text is what the argument is as a string, where literals and names that are
	// known say it all: Path("data") / "train.csv". It may have [Hole]s, and
	// begin with [File].
	Text string
	// Keys are the literal keys of a dictionary.
	Keys []string
}

// noForm is the form of an argument that is not there.
var noForm Form

// Arg returns the argument with that keyword.
func (c Call) Arg(name string) (Arg, bool) {
	for _, a := range c.Args {
		if a.Name == name {
			return a, true
		}
	}
	return Arg{Form: &noForm}, false
}

// Positional returns the n-th positional argument, counted from 0.
func (c Call) Positional(n int) (Arg, bool) {
	for _, a := range c.Args {
		if a.Name != "" {
			continue
		}
		if n == 0 {
			return a, true
		}
		n--
	}
	return Arg{Form: &noForm}, false
}

// Func is a function or method.
type Func struct {
	Name string
	// Class is the class that it is a method of, if any.
	Class      string
	Line       int
	Decorators []string
	// Asserts counts assert statements, and calls that assert.
	Asserts int
	// Parent is the index of the function around it, or -1.
	Parent int
	// Body counts its statements, docstring left out.
	Body int
	// Refuses counts what stops the work, as for the module, in this function alone.
	Refuses int
	// Parameters are the names of its parameters, Defaults the texts (as for
	// [Arg.Text]) of those that have one.
	Parameters []string
	Defaults   map[string]string
}

// Class is a class definition; Bases have their aliases resolved.
type Class struct {
	Name       string
	Line       int
	Bases      []string
	Decorators []string
	// Fields are the names that the class annotates ("version: int | None = None"):
	// what an object of a dataclass or a model of settings is told.
	Fields []string
}

// Compare is an ordering comparison of two named values ("candidate.auc <
// champion.auc"), which decides something.
type Compare struct {
	Left, Right string
	Line        int
	Func        int
	// Branch is true if the comparison is the condition of a branch.
	Branch bool
	// Fixed is true if one side is a literal number by another name.
	Fixed bool
	// Idle is true if the branch, and those beside it, only say what was found.
	Idle bool
}

// Pair is a literal key of a dictionary: {"run_id": run.id}, or of an assignment:
// answer["run_id"] = run.id.
type Pair struct {
	Name string
	Line int
	// Func is the index in Funcs of the innermost function around it, or -1.
	Func int
	// Fixed is true if the value is a literal; Value is the name that it is, if it
	// is no more than a name.
	Fixed bool
	Value string
}

// Condition is what code asks of named things ("report drift share").
type Condition struct {
	Names string
	Line  int
	Func  int
	// Refuses is true of a branch that stops the work, and of a claim about data.
	Refuses bool
	// Stops is true if the branch ends with a return, a raise or the end of the
	// process.
	Stops bool
}

// FuncName is the name of a function by its index, "" for none.
func (m *Module) FuncName(index int) string {
	if index < 0 {
		return ""
	}
	return m.Funcs[index].Name
}

// Decorated is the index of the function that a decorator stands above, -1 for none.
func (m *Module) Decorated(decorator Call) int {
	return slices.IndexFunc(m.Funcs, func(f Func) bool {
		return f.Line > decorator.Line && slices.Contains(f.Decorators, decorator.Name)
	})
}

// PairsByFunction are the keys that each function writes in dictionaries, by its index.
func (m *Module) PairsByFunction() map[int][]Pair {
	out := map[int][]Pair{}
	for _, p := range m.Pairs {
		if p.Func >= 0 {
			out[p.Func] = append(out[p.Func], p)
		}
	}
	return out
}
