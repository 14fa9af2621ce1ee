package facts

import (
	"path"
	"strings"

	"github.com/muster-ci/muster/maturity/languages"
	"github.com/muster-ci/muster/maturity/source"
)

// otherLanguages makes facts of training, and of the use of tools, in languages that
// no parser of ours reads.
func (b *builder) otherLanguages() {
	for _, file := range b.in.Tree.Files {
		l := languages.Of(file)
		src, ok := b.in.Tree.Text[file]
		if l == nil || !ok || !b.mine(file) {
			continue
		}
		class := b.in.Tree.Class(file)
		if ext := strings.ToLower(path.Ext(file)); class == source.Source && (ext == ".rmd" || ext == ".qmd") {
			class = source.Notebook
		}
		for _, u := range l.Uses(string(src)) {
			f := Fact{Category: u.Category, Tool: u.Tool, Subject: u.Text, Line: u.Line}
			if u.Kind != "" {
				f.Detail = map[string]any{"kind": u.Kind, "versioned": true, "from": file}
			}
			b.inLanguage(f, file, class)
		}
		if line, what := l.Training(string(src)); line > 0 {
			b.inLanguage(Fact{Category: "train", Tool: l.Name, Subject: what, Line: line}, file, class)
		}
	}
}

// inLanguage adds the fact of a line of such a file.
func (b *builder) inLanguage(f Fact, file string, class source.Class) {
	f.Subject, f.Path, f.Context = shorten(f.Subject), file, string(class)
	if class == source.Source {
		f.Entries = b.links(file)
	}
	b.add(f)
}
