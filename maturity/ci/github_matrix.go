package ci

import (
	"maps"
	"slices"
	"strings"

	"github.com/rhysd/actionlint"
)

// stepText is all text of a step in which an expression may stand.
func stepText(st *actionlint.Step) string {
	var b strings.Builder
	switch exec := st.Exec.(type) {
	case *actionlint.ExecRun:
		b.WriteString(text(exec.Run) + " " + text(exec.WorkingDirectory))
	case *actionlint.ExecAction:
		for _, name := range slices.Sorted(maps.Keys(exec.Inputs)) {
			b.WriteString(" " + text(exec.Inputs[name].Value))
		}
	}
	return b.String()
}

// maxCombinations bounds how often a step is repeated for its matrix.
const maxCombinations = 12

// combinations returns the values of the job's matrix for a step that uses
// them; one empty set if it does not.
func combinations(strategy *actionlint.Strategy, text string) []map[string]string {
	one := []map[string]string{{}}
	if strategy == nil || strategy.Matrix == nil || !strings.Contains(text, "matrix.") {
		return one
	}
	out := one
	for _, name := range slices.Sorted(maps.Keys(strategy.Matrix.Rows)) {
		row := strategy.Matrix.Rows[name]
		if !strings.Contains(strings.ToLower(text), "matrix."+strings.ToLower(name)) || row == nil {
			continue
		}
		var next []map[string]string
		for _, have := range out {
			for _, v := range row.Values {
				if len(next) < maxCombinations {
					next = append(next, with(have, "matrix."+strings.ToLower(name), unquote(v.String())))
				}
			}
		}
		if len(next) > 0 {
			out = next
		}
	}
	return included(strategy.Matrix.Include, out)
}

// included adds the combinations that stand under "include".
func included(inc *actionlint.MatrixCombinations, out []map[string]string) []map[string]string {
	if inc == nil {
		return out
	}
	var extra []map[string]string
	for _, c := range inc.Combinations[:min(len(inc.Combinations), maxCombinations)] {
		values := map[string]string{}
		for name, a := range c.Assigns {
			values["matrix."+strings.ToLower(name)] = unquote(a.Value.String())
		}
		extra = append(extra, values)
	}
	if len(out) == 1 && len(out[0]) == 0 && len(extra) > 0 {
		return extra
	}
	return append(out, extra...)
}

// environments are those that the runs of a job deploy to, one after the other;
// an expression without the matrix stays as it is written.
func environments(strategy *actionlint.Strategy, name string) string {
	var out []string
	for _, values := range combinations(strategy, name) {
		one := name
		if len(values) > 0 {
			one = substitute(name, values)
		}
		if !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return strings.Join(out, " ")
}

func with(m map[string]string, key, value string) map[string]string {
	m = maps.Clone(m)
	m[key] = value
	return m
}

func unquote(s string) string { return strings.Trim(s, `"'`) }
