package facts

import (
	"path"

	"github.com/muster-ci/muster/maturity/installs"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
)

// installer reads what commands install.
func (b *builder) installer() installs.Reader {
	return installs.Reader{Tree: b.in.Tree, Catalogue: b.in.Catalogue}
}

// installs makes a fact of each place that installs packages: a job of CI, an
// image, an environment; and of each lock, whoever installs from it.
func (b *builder) installs() {
	for _, file := range b.in.Tree.Files {
		if b.mine(file) && installs.IsLock(file) {
			b.add(Fact{Category: "lock", Subject: path.Base(file), Path: file, Line: 1, Context: "declared"})
		}
		if b.mine(file) && source.IsRequirements(file) && b.installer().IsExact(file) {
			b.add(Fact{Category: "lock", Subject: path.Base(file), Path: file, Line: 1, Context: "declared"})
		}
	}
	for _, h := range b.reach.Hits {
		b.installHit(h)
	}
	b.installDefinitions()
}

// installHit makes the fact of one command or action.
func (b *builder) installHit(h reach.Hit) {
	dirs := append(b.copied(h.Path), b.around(h.Dir, h.Path)...)
	var found []installs.Install
	if h.Uses != "" {
		found = b.installer().Action(h.Uses, h.With, dirs)
	} else {
		found = b.installer().Command(h.Args, dirs)
		if len(found) == 0 && len(h.Full) > 0 {
			found = b.installer().Command(h.Full, dirs)
		}
	}
	link := linkOf(h)
	for _, i := range found {
		unit := h.Entry
		if isImageFile(path.Base(h.Path)) {
			unit = h.Path
		}
		b.installed(i, unit, h.Path, h.Line, link)
	}
}

func (b *builder) installed(i installs.Install, unit, file string, line int, link Link) {
	f := Fact{
		Category: "install", Subject: i.What, Path: file, Line: max(line, 1), Context: "command", Conditional: link.Conditional,
		Detail: map[string]any{"locked": i.Locked, "whole": i.Whole, "models": i.Models, "language": i.Language, "unit": unit, "renews": i.Renews},
	}
	if link.ID != "" {
		f.Entries = []Link{link}
	}
	b.add(f)
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
