package cues

import (
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
)

var (
	predictionName = regexp.MustCompile(`(?i)pred|inference|forecast|scor(ed|es|ing)|(^|_)logs?($|_| )|served|decision`)
	outcomeName    = regexp.MustCompile(`(?i)actual|ground_?truth|(^|[_. ])gt($|[_. ])|label|outcome|reali[sz]ed|feedback|(^|[_. ])acts?($|[_. ])|(^|[_. ])truths?($|[_. ])|observed`)
	joins          = regexp.MustCompile(`^(merge|merge_asof|join|join_asof)$`)
	sqlJoin        = regexp.MustCompile(`(?is)\bjoin\b`)
	outcomePath    = regexp.MustCompile(`(?i)^/?.*(feedback|ground[-_]?truth|outcome|actuals?|labels?|correction)\b`)
)

// outcomes notes joins between what was predicted and what came true (outcome.join),
// and endpoints that take outcomes (outcome.endpoint).
func (f *finder) outcomes() {
	for i, c := range f.mod.Calls {
		category := ""
		switch {
		case joins.MatchString(c.Method()) && joinsOutcomes(c) && !joinsTestSet(f.mod, c), ormJoin.MatchString(c.Name) && joinsTables(f.mod, i), !c.Decorator && isSQLJoin(c):
			category = "outcome.join"
		case c.Decorator && takesOutcomes(c):
			category = "outcome.endpoint"
		default:
			continue
		}
		f.note(category, strings.TrimPrefix(c.Receiver+"."+c.Method(), "."), c.Line, f.mod.FuncName(c.Func))
	}
}

// modulesThatJoin are functions of modules whose arguments are both sides.
var modulesThatJoin = []string{"pandas.merge", "pandas.merge_asof", "os.path.join", "polars.join"}

// joinsOutcomes reports whether one side of a join is named for predictions
// and the other for outcomes: predictions.merge(actuals), pd.merge(log, labels).
func joinsOutcomes(c python.Call) bool {
	sides := []string{}
	if c.Receiver != "" && !slices.Contains(modulesThatJoin, c.Name) {
		sides = append(sides, c.Receiver)
	}
	for i := range 2 {
		if a, ok := c.Positional(i); ok {
			sides = append(sides, a.Written)
		}
	}
	for _, name := range []string{"left", "right", "other"} {
		if a, ok := c.Arg(name); ok {
			sides = append(sides, a.Written)
		}
	}
	if len(sides) < 2 {
		return false
	}
	a, z := sides[0], sides[1]
	return predictionName.MatchString(a) && outcomeName.MatchString(z) || outcomeName.MatchString(a) && predictionName.MatchString(z)
}

var (
	heldBackFile = regexp.MustCompile(`(?i)(^|[/._-])(x_|y_)?(test|val|valid|validation|hold_?out)([/._-]|$)`)
	readsTable   = regexp.MustCompile(`^(read_|load_|scan_)(csv|parquet|table|feather|json|excel|sql|delta|dataframe|data)`)
)

// joinsTestSet reports whether what is joined are the answers of data that was held
// back of training: a side, or a file that the function reads, is named for it.
func joinsTestSet(mod *python.Module, join python.Call) bool {
	if heldBackFile.MatchString(join.Receiver) || slices.ContainsFunc(join.Args, func(a python.Arg) bool { return heldBackFile.MatchString(a.Written) }) {
		return true
	}
	return slices.ContainsFunc(mod.Calls, func(c python.Call) bool {
		a, ok := c.Positional(0)
		return ok && c.Func == join.Func && readsTable.MatchString(c.Method()) && heldBackFile.MatchString(a.Text)
	})
}

// ormJoin is a join in a query of SQLAlchemy's: select(A).join(B), session.query(A).join(B).
var ormJoin = regexp.MustCompile(`\b(select|query)\(\)(\.\w+(\(\))?)*\.(join|outerjoin)$`)

// joinsTables reports whether a query takes what is named for predictions and
// joins what is named for outcomes, or the other way round. The call that begins
// the query stands before that of the join.
func joinsTables(mod *python.Module, join int) bool {
	const near = 10 // calls
	c := mod.Calls[join]
	to, ok := c.Positional(0)
	if !ok || to.Written == "" {
		return false
	}
	for i := join - 1; i >= max(0, join-near); i-- {
		begin := mod.Calls[i]
		if m := begin.Method(); begin.Func != c.Func || m != "select" && m != "query" {
			continue
		}
		for _, a := range begin.Args {
			if predictionName.MatchString(a.Written) && outcomeName.MatchString(to.Written) || outcomeName.MatchString(a.Written) && predictionName.MatchString(to.Written) {
				return true
			}
		}
		return false
	}
	return false
}

// isSQLJoin reports whether a call is given a query that joins both.
func isSQLJoin(c python.Call) bool {
	for _, a := range c.Args {
		text := a.Value
		if !a.Literal || len(text) < 20 {
			text = a.Text
		}
		if len(text) > 20 && sqlJoin.MatchString(text) && predictionTable.MatchString(text) && outcomeTable.MatchString(text) {
			return true
		}
	}
	return false
}

var (
	predictionTable = regexp.MustCompile(`(?i)(from|join)\s+\S*(predict|inference|forecast|scored)`)
	outcomeTable    = regexp.MustCompile(`(?i)(from|join)\s+\S*(actual|ground_?truth|label|outcome|feedback|reali[sz]ed)`)
)

// takesOutcomes reports whether a route takes outcomes: @app.post("/feedback").
func takesOutcomes(c python.Call) bool {
	method := c.Method()
	if method != "post" && method != "put" && method != "route" && method != "patch" {
		return false
	}
	a, ok := c.Positional(0)
	return ok && a.Literal && outcomePath.MatchString(a.Value)
}
