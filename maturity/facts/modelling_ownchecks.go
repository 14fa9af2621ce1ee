package facts

import (
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
)

// checkedName is how what a check of data found is called.
var checkedName = regexp.MustCompile(`(?i)valid|passed|quality|issue|violation|schema_ok|checks?_ok|is_ok|(^|[._ ])(ok|errors|problems)([._ ]|$)`)

// heededChecks makes facts of calls of functions that are named for checking data,
// where the caller stops by what they found: it leaves right behind them.
func (b *builder) heededChecks() {
	checks := map[string]bool{}
	for _, f := range b.set.Facts["cue.validate"] {
		if fn, ok := b.functionAt(f); ok && f.Context == string(source.Source) {
			checks[fn.Name] = true
		}
	}
	for _, m := range b.ownModules() {
		for _, c := range m.mod.Calls {
			if !checks[c.Method()] || c.Func < 0 || c.Decorator {
				continue
			}
			if slices.ContainsFunc(m.mod.Branches, func(q python.Condition) bool { return heeds(q, c) }) {
				b.add(Fact{
					Category: "validate.own", Subject: c.Subject(), Path: m.file, Line: c.Line, Context: string(source.Source),
					Function: m.mod.FuncName(c.Func), Note: "what a function named for checking data found stops its caller", Entries: m.links,
				})
			}
		}
	}
}

// heeds reports whether a branch that stops asks for what a call just found.
func heeds(q python.Condition, c python.Call) bool {
	const near = 12 // lines
	return q.Stops && q.Func == c.Func && q.Line >= c.Line && q.Line-c.Line <= near &&
		(strings.Contains(" "+q.Names+" ", " "+c.Method()+" ") || checkedName.MatchString(q.Names))
}

// neededColumns are conditions on which columns a table has: of its columns as a set, or
// of what was found to be missing.
var neededColumns = regexp.MustCompile(`(?i)\bcolumns\b.*\b(issubset|issuperset|difference)\b|\b(issubset|issuperset|difference)\b.*\bcolumns\b|^(len )?missing_?(cols?|columns?|fields|features)$`)

var (
	lackingName = regexp.MustCompile(`(?i)(^|[. ])(missing|absent|lacking|unexpected|required|expected|mandatory)_?(\w*_)?(col(umn)?s?|feat(ure)?s?|fields?|vars|variables|schema)([._ ]|$)`)
	lacking     = regexp.MustCompile(`(?i)(^|[._ ])missing([._ ]|$)`)
	taker       = regexp.MustCompile(`(?i)valid|check|ensure|require|verif|prepare|load|read|schema|column|feature|process|clean`)
	frameName   = regexp.MustCompile(`(?i)^(\w+_)?(df|data|frame|dataframe|dataset)(_\w+)?$`)
)

// columnChecks makes facts of functions that refuse where columns are missing: a
// branch asks for them by name, and something in the function stops the work.
func (b *builder) columnChecks(called map[string]bool) {
	for _, m := range b.ownModules() {
		for _, q := range m.mod.Branches {
			if q.Func < 0 || m.mod.Funcs[q.Func].Refuses == 0 || !called[m.mod.Funcs[q.Func].Name] {
				continue
			}
			fn := m.mod.Funcs[q.Func]
			lacks := lackingName.MatchString(q.Names) || lacking.MatchString(q.Names) && taker.MatchString(fn.Name) && slices.ContainsFunc(fn.Parameters, frameName.MatchString)
			if !q.Stops || !lacks && !neededColumns.MatchString(q.Names) {
				continue
			}
			b.add(Fact{
				Category: "validate.own", Subject: "def " + fn.Name, Path: m.file, Line: q.Line, Context: string(source.Source),
				Function: fn.Name, Note: "a function that refuses where columns are missing", Entries: m.links,
			})
		}
	}
}
