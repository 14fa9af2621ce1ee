package facts

import (
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
