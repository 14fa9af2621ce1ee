package facts

import (
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/languages"
	"github.com/muster-ci/muster/maturity/reach"
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
		if ext := strings.ToLower(path.Ext(file)); class == source.Source && (ext == ".rmd" || ext == ".qmd") && !b.isRun(file) {
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
	b.otherScorers()
}

// isRun reports whether something other than a person who follows a page runs a file.
func (b *builder) isRun(file string) bool {
	return slices.ContainsFunc(b.links(file), func(l Link) bool {
		return b.set.Entries[l.ID].Kind != string(reach.KindDocumented)
	})
}

// otherScorers makes a fact of each service in another language that loads a model and
// answers with it: in one file, or in several of one language in the same folder.
func (b *builder) otherScorers() {
	for _, app := range b.set.Facts["serving.app"] {
		if app.Context != string(source.Source) || languages.Of(app.Path) == nil {
			continue
		}
		load, answer := b.beside(app, "load"), b.beside(app, "infer")
		if load == nil || answer == nil {
			continue
		}
		links := append(slices.Clone(app.Entries), b.compiled(app.Path)...)
		for i, f := range b.set.Facts["serving.app"] {
			if f.Path == app.Path && len(f.Entries) == 0 {
				b.set.Facts["serving.app"][i].Entries = links
			}
		}
		b.add(Fact{
			Category: "serve", Tool: answer.Tool, Subject: answer.Subject + " with what " + load.Subject + " gives", Path: answer.Path, Line: answer.Line,
			Context: string(source.Source), Entries: links, Detail: map[string]any{"kind": "web", "versioned": false, "from": app.Path},
		})
	}
}

// beside finds a fact of the category in the same file, or of the same language in
// the same folder.
func (b *builder) beside(app Fact, category string) *Fact {
	var found *Fact
	for _, f := range b.set.Facts[category] {
		if f.Context != string(source.Source) || path.Dir(f.Path) != path.Dir(app.Path) || languages.Of(f.Path) != languages.Of(app.Path) {
			continue
		}
		if f.Path == app.Path {
			return &f
		}
		if found == nil {
			found = &f
		}
	}
	return found
}

// compiled are the entries that build an image with a file of a compiled language in it.
func (b *builder) compiled(file string) []Link {
	if ext := path.Ext(file); ext != ".go" && ext != ".java" && ext != ".kt" && ext != ".scala" {
		return nil
	}
	var out []Link
	for _, x := range b.reach.Builds {
		context := path.Dir(x.File)
		inside := func(c string) bool {
			at := path.Join(context, c)
			return at == "." || source.Under(file, at) || file == at
		}
		if (inside(".") && len(x.Copies) == 0 || slices.ContainsFunc(x.Copies, inside)) && len(out) < maxLinks {
			out = append(out, Link{ID: x.Entry, Swallowed: x.Swallowed})
		}
	}
	return out
}

// inLanguage adds the fact of a line of such a file.
func (b *builder) inLanguage(f Fact, file string, class source.Class) {
	f.Subject, f.Path, f.Context = shorten(f.Subject), file, string(class)
	if class == source.Source {
		f.Entries = b.links(file)
	}
	b.add(f)
}
