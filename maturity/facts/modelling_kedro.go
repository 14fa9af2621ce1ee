package facts

import (
	"regexp"
	"strings"

	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

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
