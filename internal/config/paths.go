package config

import (
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// IsPattern reports whether an input stands for all files that match it.
func IsPattern(p string) bool { return strings.ContainsAny(p, "*?[{") }

// Matches reports whether the pattern stands for the path.
func Matches(pattern, p string) bool {
	return IsPattern(pattern) && doublestar.MatchUnvalidated(path.Clean(pattern), path.Clean(p))
}

// Within reports whether path is dir or lies below it. Both are relative, with slashes.
func Within(p, dir string) bool {
	p, dir = path.Clean(p), path.Clean(dir)
	return p == dir || strings.HasPrefix(p, dir+"/")
}

// CanRead reports whether an input can have to do with an output: it may be the
// output, a file in an output folder, a folder with outputs in it, or a pattern
// that can match one of these.
func CanRead(in, out string) bool {
	if !IsPattern(in) {
		return Within(in, out) || Within(out, in)
	}
	if Matches(in, out) {
		return true
	}
	// An output folder holds whatever it will hold: what the pattern begins with
	// decides, as far as it is fixed.
	fixed, rest := doublestar.SplitPattern(path.Clean(in))
	out = path.Clean(out)
	if Within(fixed, out) {
		return true
	}
	below := fixed == "." || Within(out, fixed)
	return below && (strings.Contains(rest, "**") || foldersInBraces(rest) || matchesFolder(path.Clean(in), out))
}

// foldersInBraces reports whether a pattern has an alternative with a slash in
// it, as {a/b,c}: its parts are then not to be told apart.
func foldersInBraces(pattern string) bool {
	depth := 0
	for _, c := range pattern {
		switch {
		case c == '{':
			depth++
		case c == '}':
			depth--
		case c == '/' && depth > 0:
			return true
		}
	}
	return false
}

// matchesFolder reports whether a pattern can match something below the folder:
// its first parts match the folder's own.
func matchesFolder(pattern, folder string) bool {
	parts, names := strings.Split(pattern, "/"), strings.Split(folder, "/")
	if len(names) >= len(parts) {
		return false
	}
	return doublestar.MatchUnvalidated(path.Join(parts[:len(names)]...), folder)
}

// IsCode reports whether a file is written by people and read by programs, as
// far as its name tells. Any other is data.
func IsCode(name string) bool {
	base := path.Base(name)
	if strings.HasPrefix(base, "Dockerfile") || base == "Makefile" || base == ".dockerignore" || strings.HasPrefix(base, "requirements") {
		return true
	}
	return slices.Contains([]string{
		".py", ".ipynb", ".pyx", ".r", ".R", ".Rmd", ".jl", ".go", ".rs", ".c", ".cc", ".cpp", ".h", ".hpp", ".cu", ".java", ".scala", ".kt",
		".js", ".ts", ".sh", ".bash", ".awk", ".pl", ".rb", ".sql", ".stan", ".toml", ".cfg", ".ini", ".lock", ".yaml", ".yml", ".rego",
	}, path.Ext(base))
}
