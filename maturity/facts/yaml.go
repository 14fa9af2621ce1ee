package facts

import (
	"path"
	"strings"

	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// maxDoc bounds the files that are read as documents of YAML: people write none
// that is longer.
const maxDoc = 1 << 20

func isYAML(file string) bool { return path.Ext(file) == ".yaml" || path.Ext(file) == ".yml" }

// documents are those of a file of YAML or JSON. What can be read of a broken
// file counts: the walk reports the rest.
func (b *builder) documents(file string) []yamldoc.Value {
	if len(b.in.Tree.Text[file]) > maxDoc {
		return nil
	}
	docs, _ := b.in.Tree.YAML(file) // see above
	return docs
}

// eachDoc calls f with each document of a file.
func (b *builder) eachDoc(file string, f func(yamldoc.Value)) {
	for _, doc := range b.documents(file) {
		f(doc)
	}
}

// ownYAML lists the project's own files of YAML.
func (b *builder) ownYAML() []string {
	if b.memo.yaml == nil {
		b.memo.yaml = append([]string{}, b.in.Tree.Find(func(file string) bool {
			return isYAML(file) && b.mine(file) && b.in.Tree.Class(file) == source.Source
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
		for _, doc := range b.documents(file) {
			if doc.Get("kind").Text() != "" {
				f(file, doc)
			}
		}
	}
}
