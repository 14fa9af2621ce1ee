package maturity

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/catalogue"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/tasks"
)

// packaged is what a project says of itself as a package.
type packaged struct {
	tree    *source.Tree
	project string
	// names are those under which it is installed.
	names []string
	// built is true if some file says how it is built.
	built bool
}

// builds are the files by which a package is built, in any language.
var builds = []string{
	"pyproject.toml", "setup.py", "setup.cfg", "DESCRIPTION", "Project.toml", "go.mod", "Cargo.toml", "package.json", "pom.xml",
	"build.gradle", "build.gradle.kts", "build.sbt", "CMakeLists.txt", "meson.build", "BUILD.bazel", "Gemfile", "mix.exs",
}

// pack reads what a project says of itself as a package, in its folder and up
// to three folders below, where repositories of several packages keep them.
func pack(tree *source.Tree, project string) packaged {
	const most = 3
	p := packaged{tree: tree, project: project}
	for _, name := range builds {
		p.built = p.built || tree.Has(path.Join(project, name))
	}
	for _, file := range tree.Files {
		base := path.Base(file)
		if base != "pyproject.toml" && base != "setup.py" && base != "DESCRIPTION" || !source.Under(file, project) || tree.Class(file) != source.Source {
			continue
		}
		rel := strings.TrimPrefix(file, strings.TrimPrefix(project+"/", "./"))
		if strings.Count(rel, "/") <= most {
			p.names = append(p.names, packageNames(tree, file)...)
		}
	}
	slices.Sort(p.names)
	p.names = slices.Compact(p.names)
	return p
}

var rPackage = regexp.MustCompile(`(?m)^Package:\s*([A-Za-z][\w.]*)`)

// packageNames are the names that one build file gives.
func packageNames(tree *source.Tree, file string) []string {
	switch path.Base(file) {
	case "pyproject.toml":
		doc := tasks.ReadTOML(tree.Text[file])
		for _, key := range [][]string{{"project", "name"}, {"tool", "poetry", "name"}} {
			if v, ok := doc.Get(key...); ok {
				return v.Strings
			}
		}
	case "DESCRIPTION":
		if m := rPackage.FindSubmatch(tree.Text[file]); m != nil {
			return []string{string(m[1])}
		}
	case "setup.py":
		if mod := tree.Python[file].Module(); mod != nil {
			for _, c := range mod.Calls {
				if name, ok := c.Arg("name"); ok && c.Method() == "setup" && name.Text != "" {
					return []string{name.Text}
				}
			}
		}
	}
	return nil
}

// isTool reports whether the project is one of the tools of the catalogue: by
// the name of a package that it builds, or by the module in it that others import.
func (p packaged) isTool(tools *catalogue.Catalogue) bool {
	for _, name := range p.names {
		if tool, ok := tools.Package(name); ok && isForModels(tool) {
			return true
		}
	}
	if !p.built {
		return false
	}
	for file := range p.tree.Python {
		dir, base := path.Split(file)
		dir = strings.TrimSuffix(dir, "/")
		parent := path.Dir(dir)
		if base != "__init__.py" || parent != p.project && parent != path.Join(p.project, "src") && parent != path.Join(p.project, "python") {
			continue
		}
		if p.tree.Has(path.Join(parent, base)) {
			continue // others import it as a part of the package around it: src.datasets
		}
		if tool, ok := tools.Imported(path.Base(dir)); ok && len(tool.Packages) > 0 && isForModels(tool) && !p.requires(tool.Packages) {
			return true
		}
	}
	return false
}

// isForModels reports whether a tool is for models: it trains or runs them, or
// tracks, registers, orchestrates or watches that. A web framework is not.
func isForModels(tool *catalogue.Tool) bool {
	return slices.ContainsFunc(tool.Uses, func(u catalogue.Use) bool {
		first, _, _ := strings.Cut(u.As, ".")
		return slices.Contains([]string{"train", "infer", "tuning", "tracking", "registry", "drift", "pipeline", "monitor"}, first) || u.As == "serving" || u.As == "data.version" || strings.HasPrefix(u.As, "feature")
	})
}

// ownName are the lines by which a package names itself and its authors, and
// comments: neither asks for a package.
var ownName = regexp.MustCompile(`(?m)^\s*(name|description|authors|maintainers|keywords)\s*=.*$|#.*$|\{[^}]*\}`)

// requires reports whether the project asks for one of the packages itself: a
// folder that is called like a tool does not make it that tool.
func (p packaged) requires(packages []string) bool {
	for _, file := range p.tree.Files {
		if path.Dir(file) != p.project || !source.IsRequirements(file) && path.Base(file) != "pyproject.toml" && path.Base(file) != "environment.yml" {
			continue
		}
		text := ownName.ReplaceAllString(strings.ToLower(string(p.tree.Text[file])), "")
		for _, name := range packages {
			if regexp.MustCompile(`(?m)(^|[\s"'\[])` + regexp.QuoteMeta(strings.ToLower(name)) + `(["'\s=<>~!\[;,]|$)`).MatchString(text) {
				return true
			}
		}
	}
	return false
}

// hasCommands reports whether the project is a package that installs commands
// of its own: it is no mere collection of examples.
func (p packaged) hasCommands() bool {
	src, ok := p.tree.Text[path.Join(p.project, "pyproject.toml")]
	if ok && len(tasks.Scripts(tasks.ReadTOML(src))) > 0 {
		return true
	}
	setup := p.tree.Python[path.Join(p.project, "setup.py")].Outline()
	return setup != nil && len(setup.Installs) > 0
}

// isInstalled reports whether the documentation tells users to install the
// package by its name from an index, or it is a package of R with a namespace.
func (p packaged) isInstalled() bool {
	if p.tree.Has(path.Join(p.project, "NAMESPACE")) && p.tree.Has(path.Join(p.project, "DESCRIPTION")) {
		return true
	}
	text := readme(p.tree, p.project)
	for _, name := range p.names {
		loose := strings.NewReplacer("-", "[-_.]", "_", "[-_.]", ".", "[-_.]").Replace(regexp.QuoteMeta(name))
		loose = strings.ReplaceAll(loose, `\[-_.]`, "[-_.]")
		re, err := regexp.Compile(`(?i)(pip3?|conda|mamba|uv pip|micromamba)\s+install\s+((-U|--upgrade|-c \S+|--pre|--user|--quiet|-q)\s+)*["']?` + loose + `(["'\[\s=><~` + "`" + `]|$)|(uv|poetry|pdm|pixi)\s+add\s+["']?` + loose + `\b`)
		if err == nil && re.MatchString(text) {
			return true
		}
	}
	return false
}

// readme is the text of the project's first page.
func readme(tree *source.Tree, project string) string {
	for _, name := range []string{"README.md", "README.rst", "Readme.md", "readme.md", "README.MD", "README"} {
		if text, ok := tree.Text[path.Join(project, name)]; ok {
			return string(text)
		}
	}
	return ""
}
