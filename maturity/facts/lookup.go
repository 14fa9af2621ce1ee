package facts

import (
	"path"
	"strings"

	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// eachDoc calls f with each document of a file.
func (b *builder) eachDoc(file string, f func(yamldoc.Value)) {
	for _, doc := range b.in.Tree.Documents(file) {
		f(doc)
	}
}

// ownYAML lists the project's own files of YAML.
func (b *builder) ownYAML() []string {
	if b.memo.yaml == nil {
		b.memo.yaml = append([]string{}, b.in.Tree.Find(func(file string) bool {
			return yamldoc.IsYAML(file) && b.mine(file) && b.in.Tree.Class(file) == source.Source
		})...)
	}
	return b.memo.yaml
}

// manifests calls f with each object of Kubernetes in the project's own files.
func (b *builder) manifests(f func(file string, doc yamldoc.Value)) {
	for _, file := range b.ownYAML() {
		if !strings.Contains(string(b.in.Tree.Text[file]), "apiVersion:") {
			continue
		}
		for _, doc := range b.in.Tree.Documents(file) {
			if doc.Get("kind").Text() != "" {
				f(file, doc)
			}
		}
	}
}

// around are the folders in which a command's files may lie: where it runs and
// those above, where it stands, the project.
func (b *builder) around(dir, file string) []string {
	var out []string
	for d := path.Clean(dir); ; d = path.Dir(d) {
		out = append(out, d)
		if d == "." || d == "/" || d == ".." {
			break
		}
	}
	return append(out, path.Dir(file), b.project, ".")
}

// folder finds a folder or file of the tree as a command names it.
func (b *builder) folder(name string, dirs []string) string {
	for _, dir := range dirs {
		at := path.Join(dir, name)
		if at == "." || b.in.Tree.Has(at) {
			return at
		}
		for _, f := range b.in.Tree.Files {
			if source.Under(f, at) {
				return at
			}
		}
	}
	return ""
}

// shorten keeps a command short enough to be shown.
func shorten(s string) string {
	const most = 100
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func setOf(names ...string) map[string]bool {
	out := map[string]bool{}
	for _, n := range names {
		out[n] = true
	}
	return out
}
