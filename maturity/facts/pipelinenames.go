package facts

import (
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
)

// pipelineNames are the names of the pipelines of Airflow that a module defines,
// and of those that it starts (airflow.apache.org, TriggerDagRunOperator).
func (s *scan) pipelineNames(file string, mod *python.Module) (ids, starts []string) {
	for _, c := range mod.Calls {
		switch c.Method() {
		case "DAG", "dag":
			if id := s.named(file, mod, c, "dag_id"); id != "" {
				ids = append(ids, id)
			}
		case "TriggerDagRunOperator", "trigger_dag":
			if id := s.named(file, mod, c, "trigger_dag_id"); id != "" {
				starts = append(starts, id)
			}
		}
	}
	for _, f := range mod.Funcs {
		if slices.ContainsFunc(f.Decorators, func(d string) bool { return d == "dag" || strings.HasSuffix(d, ".dag") }) {
			ids = append(ids, f.Name) // a DAG is called like its function, if nothing else is said
		}
	}
	return ids, starts
}

// named is the text of an argument by its keyword, or of the first one. A constant
// may be another module's.
func (s *scan) named(file string, mod *python.Module, c python.Call, keyword string) string {
	a, ok := c.Arg(keyword)
	if !ok {
		a, ok = c.Positional(0)
	}
	switch {
	case !ok || strings.Contains(a.Text, python.Hole):
		return ""
	case a.Text != "":
		return a.Text
	case a.Literal:
		return a.Value
	}
	return s.constant(file, mod, a.Value)
}
