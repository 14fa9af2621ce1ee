package facts

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/muster-ci/muster/maturity/installs"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// installer reads what commands install.
func (b *builder) installer() installs.Reader {
	return installs.Reader{Tree: b.in.Tree, Catalogue: b.in.Catalogue}
}

// installs makes a fact of each place that installs packages: a job of CI, an
// image, an environment; and of each lock, whoever installs from it.
func (b *builder) installs() {
	for _, file := range b.in.Tree.Files {
		if b.mine(file) && installs.IsLock(file) && !b.installer().Hollow(file) {
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

var installCommands = regexp.MustCompile(`\bpip3? install\b|\buv sync\b|\bpoetry install\b|\bconda env\b`)

// installDefinitions makes facts of environments whose files say what they are
// made of: of an MLproject, of a platform that runs commands when it builds.
func (b *builder) installDefinitions() {
	for _, file := range b.in.Tree.Files {
		if !b.mine(file) || b.in.Tree.Class(file) != source.Source {
			continue
		}
		if isImageFile(path.Base(file)) && !b.isBuilt(file) {
			b.installImage(file)
		}
		if path.Base(file) == "MLproject" {
			b.eachDoc(file, func(doc yamldoc.Value) {
				for _, key := range []string{"conda_env", "python_env"} {
					for _, i := range b.installer().List(doc.Get(key).Text(), []string{path.Dir(file)}) {
						b.installed(i, file, file, doc.Get(key).Line(), Link{ID: file})
					}
				}
			})
		}
		if yamldoc.IsYAML(file) && !strings.HasPrefix(file, ".") && !b.isPipeline(file) {
			b.eachDoc(file, func(doc yamldoc.Value) { b.installScalars(file, doc) })
		}
	}
}

// isBuilt reports whether the walk met what an image is built by.
func (b *builder) isBuilt(file string) bool {
	return slices.ContainsFunc(b.reach.Builds, func(x reach.Build) bool {
		e, ok := b.reach.Entry(x.Entry)
		return x.File == file && ok && e.Kind != reach.KindDocumented && e.Kind != reach.KindTask
	})
}

// installImage makes facts of what the lines of a Dockerfile install: whoever
// builds it, it installs just that.
func (b *builder) installImage(file string) {
	parsed, err := parser.Parse(bytes.NewReader(b.in.Tree.Text[file]))
	if err != nil {
		return
	}
	dirs := append(b.copied(file), b.around(path.Dir(file), file)...)
	for _, node := range parsed.AST.Children {
		if !strings.EqualFold(node.Value, "run") || node.Next == nil {
			continue
		}
		commands, err := shell.Read(node.Next.Value, shell.Options{ErrExit: true})
		if err != nil {
			continue
		}
		for _, c := range commands {
			for _, i := range b.installer().Command(shell.AfterPython(c.Args), dirs) {
				b.installed(i, file, file, node.StartLine, Link{Conditional: c.Conditional})
			}
		}
	}
}

var copyLine = regexp.MustCompile(`(?im)^\s*(?:COPY|ADD)\s+(?:--(?:chown|chmod|link)\S*\s+)*(\S+/)([^\s/]+)\s`)

// copied are the folders, as the context names them, out of which a Dockerfile
// copies single files: a list of packages beside a service, not the one of the
// whole repository that has the same name.
func (b *builder) copied(file string) []string {
	if !isImageFile(path.Base(file)) {
		return nil
	}
	if known, ok := b.memo.copied[file]; ok {
		return known
	}
	var out []string
	for _, m := range copyLine.FindAllSubmatch(b.in.Tree.Text[file], maxTargets) {
		if dir := path.Clean(string(m[1])); b.in.Tree.Has(path.Join(dir, string(m[2]))) && !slices.Contains(out, dir) {
			out = append(out, dir)
		}
	}
	if b.memo.copied == nil {
		b.memo.copied = map[string][]string{}
	}
	b.memo.copied[file] = slices.Clip(out)
	return b.memo.copied[file]
}

func (b *builder) isPipeline(file string) bool {
	for _, p := range b.in.Pipelines {
		if p.Path == file {
			return true
		}
	}
	return false
}

// installScalars looks for commands that install in the values of a file, and
// for lists of packages that it names.
func (b *builder) installScalars(file string, doc yamldoc.Value) {
	dirs := []string{path.Dir(file), "."}
	if packages := doc.Get("python", "packages"); packages.IsList() && strings.HasPrefix(path.Base(file), "bento") {
		for _, i := range b.installer().Command(append([]string{"pip", "install"}, packages.Texts()...), dirs) {
			i.Whole = true
			b.installed(i, file, file, packages.Line(), Link{})
		}
	}
	doc.Scalars(maxTargets, func(key string, v yamldoc.Value) {
		switch {
		case installCommands.MatchString(v.Text()) && !strings.Contains(key, "command"):
			commands, err := shell.Read(v.Text(), shell.Options{})
			if err != nil {
				return
			}
			for _, c := range commands {
				for _, i := range b.installer().Command(shell.AfterPython(c.Args), dirs) {
					b.installed(i, file, file, v.Line(), Link{})
				}
			}
		case path.Ext("."+key) == ".conda_file" || path.Ext("."+key) == ".python_requirements" || path.Ext("."+key) == ".requirements_txt" || path.Ext("."+key) == ".requirements_file":
			for _, i := range b.installer().List(v.Text(), dirs) {
				b.installed(i, file, file, v.Line(), Link{})
			}
		case path.Ext("."+key) == ".CodeUri": // SAM installs the list that lies there
			list := path.Join(path.Dir(file), v.Text(), "requirements.txt")
			if !b.in.Tree.Has(list) {
				return
			}
			for _, i := range b.installer().List(list, []string{"."}) {
				b.installed(i, file, file, v.Line(), Link{})
			}
		}
	})
}
