package reach

import (
	"path"
	"regexp"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/tasks"
)

// sourceKeys are the keys of a pyproject.toml that name the folder below which the
// packages lie, or that tests add to what they import from:
// https://setuptools.pypa.io/en/latest/userguide/package_discovery.html,
// https://python-poetry.org/docs/pyproject/#packages, https://www.maturin.rs/project_layout,
// https://scikit-build-core.readthedocs.io, https://docs.pytest.org/en/stable/reference/reference.html#confval-pythonpath.
var sourceKeys = map[string]bool{
	"tool setuptools package-dir ":        true,
	"tool setuptools packages find where": true,
	"tool maturin python-source":          true,
	"tool pdm build package-dir":          true,
	"tool pytest ini_options pythonpath":  true,
}

// packageKeys name the packages themselves, or a table that says from where they are.
var packageKeys = map[string]bool{
	"tool hatch build targets wheel packages": true,
	"tool scikit-build wheel packages":        true,
}

var (
	// setupFolders are the folders that a setup.cfg gives to its packages, or a
	// pytest.ini to its tests.
	setupFolders = []*regexp.Regexp{
		regexp.MustCompile(`(?m)^package_dir\s*=\s*(?:\n\s+)?=\s*([\w./-]+)\s*$`),
		regexp.MustCompile(`(?m)^pythonpath\s*=\s*([\w./-]+)\s*$`),
	}
	// poetryFrom is the folder of a package in the list of Poetry.
	poetryFrom = regexp.MustCompile(`\bfrom\s*=\s*["']([\w./-]+)["']`)
)

// maxFolders bounds the folders that one build file gives.
const maxFolders = 20

// sources are the folders from which the packages are imported that a build file
// describes, where it says so itself.
func sources(tree *source.Tree, file string) []string {
	var named []string
	text := string(tree.Text[file])
	switch path.Base(file) {
	case "pyproject.toml":
		named = tomlSources(text)
	case "setup.py":
		named = setupSources(tree.Python[file].Module())
	case "setup.cfg", "pytest.ini":
		for _, re := range setupFolders {
			for _, m := range re.FindAllStringSubmatch(text, maxFolders) {
				named = append(named, m[1])
			}
		}
	}
	var out []string
	for _, name := range named[:min(len(named), maxFolders)] {
		// A setup.py is run from its own folder or, in repositories of several, from the top.
		for _, base := range []string{path.Dir(file), "."} {
			if dir := path.Join(base, name); !strings.HasPrefix(dir, "..") {
				out = append(out, dir)
			}
		}
	}
	return out
}

// setupSources are the folders in which a setup.py looks for its packages.
func setupSources(mod *python.Module) []string {
	var out []string
	if mod == nil {
		return nil
	}
	for _, c := range mod.Calls {
		if method := c.Method(); method != "find_packages" && method != "find_namespace_packages" {
			continue
		}
		where, ok := c.Arg("where")
		if !ok {
			where, ok = c.Positional(0)
		}
		if ok && where.Literal {
			out = append(out, where.Value)
		}
	}
	return out
}

// tomlSources reads the folders that a pyproject.toml names.
func tomlSources(text string) []string {
	var out []string
	for _, v := range tasks.ReadTOML([]byte(text)).Values {
		switch key := strings.Join(v.Key, " "); {
		case sourceKeys[key]:
			out = append(out, v.Strings...)
		case packageKeys[key]:
			for _, name := range v.Strings {
				out = append(out, path.Dir(path.Clean(name)))
			}
		}
	}
	if _, rest, ok := strings.Cut(text, "[tool.poetry]"); ok {
		for _, m := range poetryFrom.FindAllStringSubmatch(rest, maxFolders) {
			out = append(out, m[1])
		}
	}
	return out
}
