package reach

import (
	"cmp"
	"path"
	"regexp"
	"strings"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// bundleVariable is a variable of a Databricks bundle, as the whole of a setting
// (https://docs.databricks.com/dev-tools/bundles/variables).
var bundleVariable = regexp.MustCompile(`^\$\{var\.(\w+)\}$`)

// paused reports whether a schedule of a bundle's job is paused wherever the
// bundle is deployed. A target for development pauses all of them
// (https://docs.databricks.com/dev-tools/bundles/deployment-modes).
func (g *graph) paused(file, status string) bool {
	doc := g.bundleOf(file)
	targets := doc.Get("targets").Entries()
	if len(targets) == 0 {
		return isPaused(bundleSetting(doc, yamldoc.Value{}, status))
	}
	for _, t := range targets {
		preset := t.Value.Get("presets", "trigger_pause_status").Text()
		if t.Value.Get("mode").Text() != "development" && !isPaused(cmp.Or(preset, bundleSetting(doc, t.Value, status))) {
			return false
		}
	}
	return true
}

func isPaused(status string) bool { return strings.EqualFold(status, "PAUSED") }

// bundleOf is the bundle around a file.
func (g *graph) bundleOf(file string) yamldoc.Value {
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		if f := g.find([]string{dir}, "databricks.yml", "databricks.yaml"); len(g.yaml[f]) > 0 {
			return g.yaml[f][0]
		}
		if dir == "." || dir == "/" {
			return yamldoc.Value{}
		}
	}
}

// bundleSetting is what a setting is in a target: a variable has the target's
// value, or its default.
func bundleSetting(doc, target yamldoc.Value, text string) string {
	m := bundleVariable.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	own := target.Get("variables", m[1])
	return cmp.Or(own.Text(), own.Get("default").Text(), doc.Get("variables", m[1], "default").Text())
}
