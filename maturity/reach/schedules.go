package reach

import (
	"path"

	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/source"
)

// schedules makes an entry of each schedule of Azure Machine Learning that a file
// describes (https://learn.microsoft.com/azure/machine-learning/reference-yaml-schedule),
// unless it is disabled.
func (g *graph) schedules() {
	for _, f := range sortedKeys(g.yaml) {
		if g.tree.Class(f) != source.Source {
			continue
		}
		for _, doc := range g.yaml[f] {
			kind := doc.Get("trigger", "type").Text()
			if !doc.Get("create_job").Exists() || kind != "cron" && kind != "recurrence" || doc.Get("is_enabled").Text() == "false" {
				continue
			}
			p := g.entry(Entry{
				ID: f, Kind: KindTimer, Path: f, Line: doc.Get("trigger").Line(), Name: "schedule " + doc.Get("name").Text(), Triggers: []ci.Trigger{ci.Schedule},
			}, path.Dir(f), ".")
			g.azureMLFile(p, f, doc, maxNestedJobs)
		}
	}
}
