package source

import (
	"path"
	"strings"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// LookFor finds a file in one of the folders; what a container calls it may have
// other folders in front.
func (t *Tree) LookFor(name string, dirs []string) string {
	if name == "" || strings.ContainsAny(name, "$*") {
		return ""
	}
	if _, after, ok := strings.Cut(name, "://"); ok {
		name = after
	}
	for rest := strings.TrimPrefix(path.Clean(name), "/"); rest != ""; {
		for _, dir := range dirs {
			if f := path.Join(dir, rest); t.Has(f) {
				return f
			}
		}
		_, after, more := strings.Cut(rest, "/")
		if !more {
			break
		}
		rest = after
	}
	return ""
}

// maxDoc bounds the files that are read as documents of YAML: people write none
// that is longer.
const maxDoc = 1 << 20

// Documents are those of a file of YAML or JSON that somebody wrote by hand. What can
// be read of a broken file counts.
func (t *Tree) Documents(file string) []yamldoc.Value {
	if len(t.Text[file]) > maxDoc {
		return nil
	}
	docs, _ := t.YAML(file) // see above
	return docs
}
