package facts

import (
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// flowSteps notes which flows are functions that lead to training, call by call,
// and which of them do nothing else: files that import all steps of a project seem
// to have all of them.
func (b *builder) flowSteps(g *callGraph) {
	flows := b.set.Facts["pipeline.flow"]
	of := map[int]site{}
	var starts []site
	for i, f := range flows {
		mod := b.in.Tree.Python[f.Path].Module()
		if mod == nil {
			continue
		}
		if s := (site{f.Path, flowFunction(mod, f)}); s.fn >= 0 {
			of[i] = s
			starts = append(starts, s)
		}
	}
	leads := g.leading(starts, b.sitesOf("train", "train.remote"), maxSites)
	for i, s := range of {
		if leads[s] {
			flows[i].Detail = map[string]any{"trains": true, "single": len(g.calls(s)) == 1}
		}
	}
}

// flowFunction is the function that a decorator at the place of a fact makes a flow of,
// -1 for none. Decorators stand right before their function.
func flowFunction(mod *python.Module, f Fact) int {
	const near = 20
	first := sort.Search(len(mod.Funcs), func(i int) bool { return mod.Funcs[i].Line >= f.Line })
	for i := first; i < min(len(mod.Funcs), first+near); i++ {
		if slices.Contains(mod.Funcs[i].Decorators, f.Subject) {
			return i
		}
	}
	return -1
}

// maxSites bounds how many functions are followed, maxDecided how many from all decisions
// of a project.
const (
	maxSites   = 20_000
	maxDecided = 200_000
)

// leading are the functions from which one of some others is called, directly or not, of
// those that are met on the way from where it starts. Each is looked at once.
func (g *callGraph) leading(starts []site, to map[site]bool, most int) map[site]bool {
	callers, seen := map[site][]site{}, map[site]bool{}
	var ends []site
	for queue := slices.Clone(starts); len(queue) > 0 && len(seen) < most; queue = queue[1:] {
		s := queue[0]
		if seen[s] {
			continue
		}
		seen[s] = true
		if to[s] {
			ends = append(ends, s)
		}
		for _, c := range g.calls(s) {
			for _, next := range g.resolve(s, c.Name) {
				callers[next] = append(callers[next], s)
				queue = append(queue, next)
			}
		}
	}
	out := map[site]bool{}
	for ; len(ends) > 0; ends = ends[1:] {
		if !out[ends[0]] {
			out[ends[0]] = true
			ends = append(ends, callers[ends[0]]...)
		}
	}
	return out
}

var kedroCatalog = regexp.MustCompile(`(^|/)conf/.*catalog[^/]*(/[^/]+)?\.ya?ml$`)

// kedro makes facts of the data sets of a Kedro catalogue
// (https://docs.kedro.org/en/stable/data/data_catalog.html): they belong to
// whoever runs the pipelines.
func (b *builder) kedro() {
	var links []Link
	for _, f := range b.set.Facts["pipeline.flow"] {
		if f.Tool == "Kedro" && len(f.Entries) > 0 {
			links = f.Entries
			break
		}
	}
	if links == nil {
		return
	}
	for _, file := range b.ownYAML() {
		if !kedroCatalog.MatchString(file) {
			continue
		}
		for _, doc := range b.in.Tree.Documents(file) {
			for _, e := range doc.Entries() {
				for _, category := range kedroUses(e) {
					b.add(Fact{
						Category: category, Tool: "Kedro", Subject: "data set " + e.Key, Path: file, Line: e.Line,
						Context: string(source.Source), Entries: links,
					})
				}
			}
		}
	}
}

// kedroUses tells what a data set is used for, by its type.
func kedroUses(e yamldoc.Entry) []string {
	kind := strings.ToLower(e.Value.Get("type").Text())
	var out []string
	switch {
	case kind == "":
		return nil
	case strings.Contains(kind, "mlflow"):
		out = append(out, "tracking")
	case strings.Contains(kind, "metrics") || strings.HasPrefix(kind, "tracking."):
		out = append(out, "metrics.file")
	case strings.Contains(kind, "sql") || strings.Contains(kind, "gbq") || strings.Contains(kind, "api.") || strings.Contains(kind, "snowflake") ||
		strings.Contains(e.Value.Get("filepath").Text(), "://"):
		out = append(out, "data.fetch")
	}
	if e.Value.Get("versioned").Text() == "true" && !strings.Contains(kind, "pickle") && !strings.Contains(kind, "metrics") && !strings.Contains(kind, "plot") {
		out = append(out, "data.version")
	}
	return out
}
