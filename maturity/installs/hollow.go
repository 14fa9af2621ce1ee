package installs

import (
	"path"
	"regexp"
	"strings"
)

var (
	// itself is the project in its own lock (https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile).
	itself = regexp.MustCompile(`(?m)^source\s*=\s*\{\s*(virtual|editable|directory)\s*=\s*"\.?"`)
	// fixedJSON is a package in the locks of pipenv and renv, fixedYAML one in that of pixi.
	fixedJSON = regexp.MustCompile(`"[Vv]ersion"\s*:\s*"(==)?\d[^"]*"[\s\S]*"(hashes|Hash|Source)"|"(hashes|Hash|Source)"[\s\S]*"[Vv]ersion"\s*:\s*"(==)?\d`)
	fixedYAML = regexp.MustCompile(`(?m)^\s*- (kind|conda|pypi):`)
)

// Hollow reports whether a lock fixes the version of no package. Locks are read where
// they are small enough to be empty.
func (r Reader) Hollow(file string) bool {
	text, read := r.Tree.Text[file]
	if !read {
		return false
	}
	switch base := path.Base(file); base {
	case "uv.lock", "poetry.lock", "pdm.lock":
		packages := strings.Count(string(text), "[[package]]")
		return packages <= len(itself.FindAll(text, -1))
	case "Pipfile.lock", "renv.lock":
		return !fixedJSON.Match(text)
	case "pixi.lock":
		return !fixedYAML.Match(text)
	}
	return false
}
