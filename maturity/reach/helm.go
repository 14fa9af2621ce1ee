package reach

import (
	"path"
	"regexp"
	"strings"

	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

var (
	helmLine   = regexp.MustCompile(`^\s*\{\{-?[^}]*-?\}\}\s*$`)
	helmAction = regexp.MustCompile(`\{\{-?\s*(.*?)\s*-?\}\}`)
	helmValue  = regexp.MustCompile(`^\.Values\.([\w.]+)`)
)

// charts makes entries of the templates of Helm charts. A template is read as
// the manifest that it becomes with the chart's own values; what branches decide
// is read on all branches.
func (g *graph) charts() {
	for _, f := range g.tree.Files {
		dir := path.Dir(f)
		if !yamldoc.IsYAML(f) || !strings.Contains("/"+dir+"/", "/templates/") {
			continue
		}
		root := strings.TrimSuffix(("/" + dir + "/")[:strings.Index("/"+dir+"/", "/templates/")], "/")
		root = strings.TrimPrefix(root, "/")
		src := g.tree.Text[f]
		if src == nil || !g.tree.Has(path.Join(root, "Chart.yaml")) || len(src) > maxYAML || g.tree.Class(f) == source.Vendored {
			continue
		}
		docs, err := yamldoc.Read(render(src, g.values(root)))
		if err != nil && len(docs) == 0 {
			g.result.Unread = append(g.result.Unread, Unresolved{Path: f, What: "template of Helm: " + err.Error()})
			continue
		}
		for _, doc := range docs {
			if doc.Get("kind").Text() != "" {
				g.manifest(f, doc)
			}
		}
	}
}

// values are the chart's own values.
func (g *graph) values(root string) yamldoc.Value {
	if docs, err := g.tree.YAML(path.Join(root, "values.yaml")); err == nil && len(docs) > 0 {
		return docs[0]
	}
	return yamldoc.Value{}
}

// maxRendered bounds what values add to a template.
const maxRendered = maxYAML

// render takes the actions out of a template: lines that hold nothing else
// become empty, so that the others keep their numbers.
func render(src []byte, values yamldoc.Value) []byte {
	lines, room := strings.Split(string(src), "\n"), maxRendered
	for i, line := range lines {
		if helmLine.MatchString(line) {
			lines[i] = ""
			continue
		}
		lines[i] = helmAction.ReplaceAllStringFunc(line, func(m string) string {
			action := helmAction.FindStringSubmatch(m)[1]
			if v := helmValue.FindStringSubmatch(action); v != nil {
				text := values.Get(strings.Split(v[1], ".")...).Text()
				if room -= len(text); room >= 0 && text != "" && !strings.ContainsAny(text, "\n\"'#:{}") {
					return text
				}
			}
			return "VALUE"
		})
	}
	return []byte(strings.Join(lines, "\n"))
}
