package reach

import (
	"regexp"
	"slices"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
)

var (
	beatTable = regexp.MustCompile(`(?i)(^|\.|_)beat_schedule$`)
	beatTask  = regexp.MustCompile(`(^|\.)(task|shared_task)$`)
)

// beats are the tasks of Celery that a table of times names, by their names alone
// (https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html).
func (g *graph) beats(mod *python.Module) []inner {
	at := slices.IndexFunc(mod.Names, func(w python.Word) bool { return beatTable.MatchString(w.Text) })
	if at < 0 {
		return nil
	}
	table := inner{name: "timer of " + mod.Names[at].Text, line: mod.Names[at].Line}
	for _, file := range g.tree.Files {
		if g.tree.Python[file] == nil || g.tree.Class(file) != source.Source {
			continue
		}
		for i, f := range g.tree.Python[file].Outline().Funcs {
			_, named := slices.BinarySearch(mod.Named, python.Hash(f.Name))
			if named && slices.ContainsFunc(f.Decorators, beatTask.MatchString) {
				table.calls = append(table.calls, Site{file, i})
			}
		}
	}
	return []inner{table}
}
