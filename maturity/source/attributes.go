package source

import (
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// attribute is one line of a .gitattributes file.
type attribute struct {
	dir     string // the folder of the file
	pattern string // as doublestar matches it, relative to the folder
	class   Class  // what the files are, "" if the line says nothing of it
	off     Class  // what the files are not, whatever the names of folders say
	lfs     bool   // Git LFS keeps the content
}

// maxAttributes bounds the lines of all .gitattributes files together.
const maxAttributes = 500

// linguist are the attributes by which a repository tells GitHub's Linguist what
// its files are (github-linguist/linguist, docs/overrides.md).
var linguist = map[string]Class{
	"linguist-vendored": Vendored, "linguist-generated": Generated, "linguist-documentation": Docs,
}

// attributes reads a .gitattributes file.
func attributes(file string, data []byte) []attribute {
	var out []attribute
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) < 2 || strings.HasPrefix(fields[0], "#") || strings.HasPrefix(fields[0], "[attr]") || len(out) > maxAttributes {
			continue
		}
		a := attribute{dir: path.Dir(file), pattern: glob(fields[0])}
		for _, word := range fields[1:] {
			a.set(word)
		}
		// A line about all files of a kind is about the bar of languages, not about whose they are.
		if !a.lfs && isKind(fields[0]) {
			continue
		}
		if a != (attribute{dir: a.dir, pattern: a.pattern}) && doublestar.ValidatePattern(a.pattern) {
			out = append(out, a)
		}
	}
	return out
}

// set takes one attribute: name, -name, name=value.
func (a *attribute) set(word string) {
	name, value, _ := strings.Cut(word, "=")
	off := strings.HasPrefix(name, "-") || strings.HasPrefix(name, "!") || value == "false"
	name = strings.TrimLeft(name, "-!")
	switch class, known := linguist[name]; {
	case known && off:
		a.off = class
	case known:
		a.class = class
	case name == "filter" && value == "lfs":
		a.lfs = true
	}
}

// glob turns a pattern of .gitattributes into one for the whole path: without a
// slash it is about names at any depth.
func glob(pattern string) string {
	if rest, anchored := strings.CutPrefix(pattern, "/"); anchored {
		return rest
	}
	if !strings.Contains(pattern, "/") {
		return "**/" + pattern
	}
	return pattern
}

// isKind reports whether a pattern is about an ending, or about everything.
func isKind(pattern string) bool {
	return pattern == "*" || pattern == "**" || strings.HasPrefix(path.Base(pattern), "*.") && !strings.Contains(strings.Trim(path.Dir(pattern), "*/."), "/") &&
		strings.Trim(path.Dir(pattern), "*/.") == ""
}

// applies reports whether the line is about a file.
func (a *attribute) applies(file string) bool {
	if a.dir != "." {
		rest, ok := strings.CutPrefix(file, a.dir+"/")
		if !ok {
			return false
		}
		file = rest
	}
	ok, err := doublestar.Match(a.pattern, file)
	return err == nil && ok
}

// classOf is the class of a file with what the repository says of it. A
// notebook is hidden from the bar of languages more often than it is somebody else's.
func classOf(file string, lines []attribute) (Class, bool) {
	class, lfs := Classify(file), false
	for i := range lines {
		if !lines[i].applies(file) {
			continue
		}
		lfs = lfs || lines[i].lfs
		switch {
		case strings.HasSuffix(file, ".ipynb"):
		case lines[i].class != "":
			class = lines[i].class
		case lines[i].off != "" && class == lines[i].off:
			class = classify(Source, file, path.Base(file))
		}
	}
	return class, lfs
}
