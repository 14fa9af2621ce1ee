package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
)

// dataChecks makes facts of checks of data that can stop the work: a function that
// is named for checking, refuses, and is called; a report whose result the
// function around it turns into a refusal.
func (b *builder) dataChecks() {
	b.schemas()
	b.forgiven()
	called := b.calledNames()
	_, training := b.trainingEntries()
	b.refusals(training)
	for _, f := range b.set.Facts["cue.validate"] {
		fn, ok := b.functionAt(f)
		if ok && !b.onlyScores(f.Path, training) && f.Context == string(source.Source) && fn.Refuses > 0 && called[fn.Name] && !ofPresence(fn.Name) && !b.alwaysForgiven(fn.Name) {
			b.again(f, "validate.own")
		}
	}
	for _, f := range b.set.Facts["validate.report"] {
		if fn, ok := b.functionAt(f); ok && fn.Refuses > 0 {
			b.again(f, "validate")
		}
	}
	b.columnChecks(called)
	b.heededChecks()
}

var (
	// aboutRows are the words of a condition on the rows or columns of data.
	aboutRows = regexp.MustCompile(`(^| )(columns|isna|isnull|notna|notnull|duplicated|between|nunique|dtypes|is_unique|isin|empty)( |$)`)
	presence  = regexp.MustCompile(`(?i)_exists?$|(^|_)(is|are)_(there|present)$|_(paths?|folders?|director(y|ies)|availability)$`)
	columns   = regexp.MustCompile(`(?i)col(umn)?s?_|schema|field|feature`)
	// ofEstimators are the functions that models and transformers must have: what they
	// refuse are the arguments of whoever uses them.
	ofEstimators = regexp.MustCompile(`^(fit|transform|fit_transform|predict\w*|score|__init__|forward|inverse_transform|partial_fit)$`)
)

// ofPresence reports whether a function is named for asking that files are there, not
// what is in them.
func ofPresence(name string) bool { return presence.MatchString(name) && !columns.MatchString(name) }

// refusals makes a fact of each module that stops at two conditions or more on the
// rows and columns of data, where they stand, in no function that is named for it.
func (b *builder) refusals(training map[string]bool) {
	for _, m := range b.ownModules() {
		if b.onlyScores(m.file, training) {
			continue
		}
		var found []python.Condition
		for _, q := range m.mod.Branches {
			if q.Refuses && aboutRows.MatchString(q.Names) && !ofEstimators.MatchString(m.mod.FuncName(q.Func)) {
				found = append(found, q)
			}
		}
		const least = 2 // a single one may be for the sake of the line after it
		if len(found) < least {
			continue
		}
		b.add(Fact{
			Category: "validate.own", Subject: "stops at " + shorten(found[0].Names), Path: m.file, Line: found[0].Line, Context: string(source.Source),
			Function: m.mod.FuncName(found[0].Func), Note: "conditions on the data that stop the work", Entries: m.links,
		})
	}
}

// forgiven turns checks whose refusal an except block forgets into reports.
func (b *builder) forgiven() {
	kept := b.set.Facts["validate"][:0:0]
	for _, f := range b.set.Facts["validate"] {
		mod := b.in.Tree.Python[f.Path].Module()
		if mod != nil && slices.ContainsFunc(mod.Calls, func(c python.Call) bool { return c.Line == f.Line && c.Forgiven }) {
			b.again(f, "validate.report")
		} else {
			kept = append(kept, f)
		}
	}
	b.set.Facts["validate"] = kept
}

// scoringPart are the parts of a path of code that answers, or scores rows.
var scoringPart = regexp.MustCompile(`(?i)(^|/)(inference|infer|serving|serve|predict(ion|or|ions)?|scoring|api)(/|\.py$)`)

// onlyScores reports whether a module is, by its place, one of what uses the model, and
// nothing that trains imports it or is imported by it.
func (b *builder) onlyScores(file string, training map[string]bool) bool {
	return scoringPart.MatchString(file) && !training[file] && !slices.ContainsFunc(b.set.Facts["train"], func(f Fact) bool {
		return f.Context == string(source.Source) && slices.Contains(b.reach.Closure(file), f.Path)
	})
}

// schemaBase is a class of pandera whose subclasses are schemas.
var schemaBase = regexp.MustCompile(`^pandera\.(.*\.)?(DataFrameModel|SchemaModel)$`)

// schemas makes facts of calls that validate by a schema of pandera which another
// module of the project defines: as a class, or as an object.
func (b *builder) schemas() {
	defined := b.schemaNames()
	if len(defined) == 0 {
		return
	}
	for _, m := range b.ownModules() {
		for _, c := range m.mod.Calls {
			on, method := cut(strings.ReplaceAll(c.Name, "()", ""))
			if method != "validate" || !strings.Contains(on, ".") {
				continue
			}
			if _, name := cut(on); defined[name] {
				b.add(Fact{
					Category: "validate", Tool: "pandera", Subject: c.Name, Path: m.file, Line: c.Line, Context: string(source.Source),
					Function: m.mod.FuncName(c.Func), Conditional: c.Conditional, Entries: m.links,
				})
			}
		}
	}
}

// schemaNames are the classes and objects of the project that are schemas.
func (b *builder) schemaNames() map[string]bool {
	out := map[string]bool{}
	for more := true; more; {
		more = false
		for _, m := range b.ownModules() {
			for _, class := range m.mod.Classes {
				isSchema := slices.ContainsFunc(class.Bases, func(base string) bool {
					_, last := cut(base)
					return schemaBase.MatchString(base) || out[last]
				})
				if isSchema && !out[class.Name] {
					out[class.Name], more = true, true
				}
			}
		}
	}
	for _, m := range b.ownModules() {
		for _, c := range m.mod.Calls {
			if c.Func < 0 && strings.HasPrefix(c.Name, "pandera.") && c.Method() == "DataFrameSchema" {
				for _, w := range m.mod.Names {
					out[w.Text] = out[w.Text] || w.Line == c.Line
				}
			}
		}
	}
	return out
}

// again adds a fact under another category.
func (b *builder) again(f Fact, category string) {
	f.Category = category
	b.add(f)
}

// calledNames are the last parts of the names of all functions that the
// project's own code calls.
func (b *builder) calledNames() map[string]bool {
	out := map[string]bool{}
	for _, m := range b.ownModules() {
		for _, c := range m.mod.Calls {
			out[c.Method()] = true
			for _, a := range c.Args { // handed on: PythonOperator(python_callable=check)
				if _, last := cut(a.Value); !a.Literal {
					out[last] = true
				}
			}
		}
	}
	return out
}

// alwaysForgiven reports whether all calls of a function stand where its refusal is
// forgotten.
func (b *builder) alwaysForgiven(name string) bool {
	called := false
	for _, m := range b.ownModules() {
		for _, c := range m.mod.Calls {
			if c.Method() == name && !c.Forgiven {
				return false
			}
			called = called || c.Method() == name
		}
	}
	return called
}

// functionAt returns the function that a fact is in.
func (b *builder) functionAt(f Fact) (python.Func, bool) {
	mod := b.in.Tree.Python[f.Path].Module()
	if mod == nil {
		return python.Func{}, false
	}
	at := functionOf(mod, f)
	if at < 0 {
		return python.Func{}, false
	}
	return mod.Funcs[at], true
}

var featureCode = regexp.MustCompile(`(?i)feature|preproc|pre_proc|transformer`)

var modelCode = regexp.MustCompile(`(?i)process|feature|preprocess|pre_process|transform|train|model|predict|infer|scor|dataset|\bdata|clean|tokeni|embed|split|evaluat|metric|label|etl|pipeline`)

// numericLibraries are libraries of code that works on data or models.
var numericLibraries = []string{"pandas", "numpy", "polars", "sklearn", "torch", "tensorflow", "keras", "pyspark", "xgboost", "lightgbm", "catboost", "transformers", "datasets", "jax", "nltk", "spacy", "cv2", "PIL", "scipy", "statsmodels", "prophet", "dask", "ray"}

// modelTests makes a fact of each test file that asserts something and imports
// the code of features, models or scoring, or trains itself.
func (b *builder) modelTests() {
	ml := b.modelFiles()
	for _, f := range slices.Clone(b.set.Facts["test.file"]) {
		if n, _ := f.Detail["asserting"].(int); n == 0 {
			continue
		}
		for _, target := range slices.Concat(b.imported(f.Path), b.fixtures(f.Path), b.startedBy(f.Path)) {
			if b.in.Tree.Class(target) == source.Source && b.mine(target) && ml[target] {
				g := f
				g.Category, g.Subject, g.Context = "test.ml", "tests of "+target, string(source.Source)
				b.add(g)
				break
			}
		}
	}
}

// startedBy are the programs of the project that a file of tests starts.
func (b *builder) startedBy(file string) []string {
	mod := b.in.Tree.Python[file].Module()
	if mod == nil {
		return nil
	}
	var out []string
	for _, c := range mod.Calls {
		if strings.HasPrefix(c.Name, "subprocess.") || c.Name == "os.system" || c.Name == "runpy.run_path" || c.Name == "runpy.run_module" {
			if program, ok := strings.CutPrefix(b.ownProgram(file, c), "starts "); ok {
				out = append(out, program)
			}
		}
	}
	return out
}

// modelFiles are the files that hold code of features, models or scoring: by
// what they call, or by their name and what they import.
func (b *builder) modelFiles() map[string]bool {
	out := map[string]bool{}
	for _, category := range []string{"train", "infer", "tuning", "features.step", "features.pipeline", "metric", "dataset", "model.class", "heldout"} {
		for _, f := range b.set.Facts[category] {
			if f.Context == string(source.Source) {
				out[f.Path] = true
			}
		}
	}
	for _, m := range b.ownModules() {
		names := []string{path.Base(m.file), path.Base(path.Dir(m.file))}
		for _, f := range m.mod.Funcs {
			if featureCode.MatchString(f.Name) {
				names = append(names, f.Name)
			}
		}
		name := strings.Join(names, " ")
		if len(m.mod.Funcs) > 0 && (featureCode.MatchString(name) || modelCode.MatchString(name) && importsAny(m.mod, numericLibraries)) {
			out[m.file] = true
		}
	}
	for _, f := range b.set.Facts["serving.app"] {
		delete(out, f.Path)
	}
	return out
}

// fixtures are the files that the fixtures of a test come from: what a conftest.py
// above it imports, if a test takes one of its functions.
func (b *builder) fixtures(file string) []string {
	mod, taken := b.in.Tree.Python[file].Module(), map[string]bool{}
	if mod == nil {
		return nil
	}
	for _, f := range mod.Funcs {
		for _, p := range f.Parameters {
			taken[p] = taken[p] || strings.HasPrefix(f.Name, "test")
		}
	}
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		conftest := path.Join(dir, "conftest.py")
		if mod = b.in.Tree.Python[conftest].Module(); mod != nil && slices.ContainsFunc(mod.Funcs, func(f python.Func) bool { return taken[f.Name] }) {
			return b.imported(conftest)
		}
		if dir == "." {
			return nil
		}
	}
}

func importsAny(mod *python.Module, names []string) bool {
	for _, imp := range mod.Imports {
		top, _, _ := strings.Cut(imp.Module, ".")
		if imp.Level == 0 && slices.Contains(names, top) {
			return true
		}
	}
	return false
}

// imported are the files that a file imports itself, looking through packages
// that only hand names on.
func (b *builder) imported(file string) []string {
	mod := b.in.Tree.Python[file].Module()
	if mod == nil {
		return nil
	}
	var out []string
	for _, imp := range mod.Imports {
		name := strings.Repeat(".", imp.Level) + strings.Trim(imp.Module+"."+strings.Trim(imp.Name, "*"), ".")
		targets := b.reach.Module(file, name)
		if len(targets) == 0 {
			continue
		}
		last := targets[len(targets)-1]
		out = append(out, last)
		if path.Base(last) == "__init__.py" && b.in.Tree.Python[last] != nil {
			for _, inner := range b.in.Tree.Python[last].Module().Imports {
				if imp.Name == "" || inner.Name == imp.Name || inner.Name == "*" {
					out = append(out, b.reach.Module(last, strings.Repeat(".", inner.Level)+strings.Trim(inner.Module+"."+strings.Trim(inner.Name, "*"), "."))...)
				}
			}
		}
	}
	return out
}
