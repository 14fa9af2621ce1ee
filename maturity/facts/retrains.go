package facts

import (
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
)

var startsTraining = regexp.MustCompile(`(?i)train|retrain|pipeline|flow|fit`)

// retrains makes facts of calls that a condition decides, of a function of
// another file of the project that leads to training.
func (b *builder) retrains() {
	training := map[string]bool{}
	for _, f := range b.set.Facts["train"] {
		training[f.Path] = training[f.Path] || f.Context == string(source.Source)
	}
	for _, m := range b.ownModules() {
		b.postedStarts(m)
		if !training[m.file] {
			b.retrainCalls(m, training)
		}
	}
	b.conditionalStarts()
}

// startAddress are the addresses by which a program starts a pipeline: runs of
// Airflow's API, dispatches of GitHub's, triggers and pipelines of GitLab's, runs of
// Prefect's, Kubeflow's and Databricks'.
var startAddress = regexp.MustCompile(`/dags/[^/]+/dagRuns$|/repos/.+/dispatches$|/actions/workflows/[^/]+/dispatches$|/projects/.+/(trigger/)?pipeline$|/deployments/[^/]+/create_flow_run$|/apis/v\d\w*/(runs|jobs)$|/jobs/run-now$`)

// postedStarts makes facts of requests that start a pipeline: a call that sends
// one, in a module that has the address.
func (b *builder) postedStarts(m module) {
	i := slices.IndexFunc(m.mod.Addresses, func(w python.Word) bool { return startAddress.MatchString(w.Text) })
	if i < 0 {
		return
	}
	address := m.mod.Addresses[i]
	for _, c := range m.mod.Calls {
		switch c.Method() {
		case "post", "request", "Request":
			if c.Line < address.Line {
				continue // the request of another address
			}
			b.add(Fact{
				Category: "retrain.start", Subject: "a request to " + shorten(address.Text), Path: m.file, Line: c.Line,
				Context: string(source.Source), Function: m.mod.FuncName(c.Func), Conditional: c.Conditional, Entries: m.links,
				Detail: map[string]any{"address": address.Line},
			})
			return
		}
	}
}

// retrainCalls makes facts of the calls in one module that a condition, or a task
// which branches on what it measured, decides, and that lead to training.
func (b *builder) retrainCalls(m module, training map[string]bool) {
	branches := branchesOnDrift(m.mod)
	for _, c := range m.mod.Calls {
		if !c.Conditional && !branches || c.Decorator {
			continue
		}
		for _, name := range append([]string{c.Name}, handedOn(c)...) {
			module, last := cut(name)
			if module == "" || !startsTraining.MatchString(last) || strings.ContainsAny(module, "?()") || !b.leadsToTraining(m.file, module, training) {
				continue
			}
			b.add(Fact{
				Category: "retrain.call", Subject: name, Path: m.file, Line: c.Line, Context: string(source.Source),
				Function: m.mod.FuncName(c.Func), Conditional: true, Entries: b.links(m.file),
				Detail: map[string]any{"branch": branches},
			})
		}
	}
}

// handedOn are the functions that an operator is given to call.
func handedOn(c python.Call) []string {
	if a, ok := c.Arg("python_callable"); ok && !a.Literal && a.Value != "" {
		return []string{a.Value}
	}
	return nil
}

var (
	branchTask     = regexp.MustCompile(`^airflow\.(.*\.)?(branch|short_circuit)(_virtualenv|_external_python)?$`)
	branchOperator = regexp.MustCompile(`^airflow\.(.*\.)?(Branch|ShortCircuit)\w*Operator$`)
	aboutDrift     = regexp.MustCompile(`(?i)drift|(^|_)psi(_|$)|degrad|quality|performance|retrain`)
)

// isBranch reports whether a call makes a task that decides which others follow
// (https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/dags.html#branching).
func isBranch(c python.Call) bool {
	return branchOperator.MatchString(c.Name) || c.Decorator && branchTask.MatchString(c.Name)
}

// branchesOnDrift reports whether a module has a task of Airflow that chooses what
// runs next, and is named for what it measured, or measures it.
func branchesOnDrift(mod *python.Module) bool {
	choosing := map[string]bool{}
	for _, c := range mod.Calls {
		if !isBranch(c) {
			continue
		}
		if at := mod.Decorated(c); c.Decorator && at >= 0 {
			choosing[mod.Funcs[at].Name] = true
		}
		for _, name := range handedOn(c) {
			_, last := cut(name)
			if choosing[last] = true; choosesByDrift.MatchString(last) {
				return true // another module's
			}
		}
	}
	branches := func(f python.Func) bool { return choosing[f.Name] }
	return slices.ContainsFunc(mod.Funcs, func(f python.Func) bool { return aboutDrift.MatchString(f.Name) && branches(f) }) ||
		slices.ContainsFunc(mod.Calls, func(c python.Call) bool {
			return c.Func >= 0 && aboutDrift.MatchString(c.Method()) && branches(mod.Funcs[c.Func])
		})
}

// conditionalStarts marks the calls that start a pipeline in a function which
// its module calls under a condition alone, or in a flow that branches on drift.
func (b *builder) conditionalStarts() {
	list := b.set.Facts["retrain.start"]
	drift, decided := map[string]bool{}, map[string]map[string]bool{} // by file
	for i, f := range list {
		mod := b.in.Tree.Python[f.Path].Module()
		if mod == nil || f.Conditional {
			continue
		}
		if decided[f.Path] == nil {
			drift[f.Path], decided[f.Path] = branchesOnDrift(mod), calledOnCondition(mod)
		}
		list[i].Conditional = drift[f.Path] || f.Function != "" && decided[f.Path][f.Function]
	}
}

// calledOnCondition are the functions that a module calls, and never without a
// condition.
func calledOnCondition(mod *python.Module) map[string]bool {
	out := map[string]bool{}
	for _, c := range mod.Calls {
		name := strings.TrimPrefix(c.Name, "self.")
		decided, called := out[name]
		out[name] = c.Conditional && (decided || !called)
	}
	return out
}

// leadsToTraining reports whether the module that a file imports by that name
// is the project's own, and trains.
func (b *builder) leadsToTraining(file, module string, training map[string]bool) bool {
	for _, target := range b.reach.Module(file, module) {
		for _, dep := range b.reach.Closure(target) {
			if training[dep] {
				return true
			}
		}
	}
	return false
}
