package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
)

// measured is how a data set of metrics is called.
var measured = regexp.MustCompile(`(?i)metric|score|evaluat|performance`)

// kedroMetrics makes facts of the metrics that nodes of Kedro write into files, as the
// catalogue of data says (https://docs.kedro.org/en/stable/data/data_catalog.html).
func (b *builder) kedroMetrics() {
	outputs := b.kedroOutputs()
	if len(outputs) == 0 {
		return
	}
	for _, file := range b.in.Tree.Files {
		if base := path.Base(file); !strings.HasPrefix(base, "catalog") || !strings.HasPrefix(path.Ext(base), ".y") || b.in.Tree.Class(file) != source.Source || !b.mine(file) {
			continue
		}
		docs, err := b.in.Tree.YAML(file)
		if err != nil || len(docs) == 0 {
			continue
		}
		for _, e := range docs[0].Entries() {
			where := e.Value.Get("filepath").Text()
			if links := outputs[e.Key]; where != "" && len(links) > 0 && measured.MatchString(e.Key+" "+where) {
				b.add(Fact{
					Category: "metrics.file", Tool: "Kedro", Subject: e.Key, Path: file, Line: e.Line, Context: string(source.Source),
					Entries: links, Note: "a data set that a node writes",
				})
			}
		}
	}
}

// kedroOutputs are the data sets that nodes of Kedro write, with what runs each node.
func (b *builder) kedroOutputs() map[string][]Link {
	out := map[string][]Link{}
	for _, m := range b.ownModules() {
		for _, c := range m.mod.Calls {
			if !isKedroNode(c) {
				continue
			}
			a, ok := c.Arg("outputs")
			if !ok {
				a, ok = c.Positional(2)
			}
			names := a.Items
			if a.Literal {
				names = []string{a.Value}
			}
			for _, name := range slices.Concat(names, a.Keys) {
				if ok && len(out[name]) == 0 {
					out[name] = m.links
				}
			}
		}
	}
	return out
}

func isKedroNode(c python.Call) bool {
	return strings.HasPrefix(c.Name, "kedro.pipeline.") && (c.Method() == "node" || c.Method() == "Node")
}
