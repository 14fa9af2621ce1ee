package tasks

import (
	"regexp"
	"strings"
)

var justRecipe = regexp.MustCompile(`^@?([A-Za-z_][\w-]*)([^:=]*):(?:\s*([^=].*)?)?$`)

// Just reads a justfile: recipes, what they depend on, their lines.
func Just(src []byte) *File {
	file := &File{}
	current := ""
	for i, line := range strings.Split(strings.ReplaceAll(string(src), "\r\n", "\n"), "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || strings.HasPrefix(trimmed, "#"):
		case line != strings.TrimLeft(line, " \t"):
			if current != "" {
				file.add(Target{Name: current, Lines: []Line{{Text: strings.TrimLeft(trimmed, "@-"), Line: i + 1, Ignored: strings.HasPrefix(trimmed, "-")}}})
			}
		default:
			current = ""
			if m := justRecipe.FindStringSubmatch(trimmed); m != nil {
				current = m[1]
				file.add(Target{Name: current, Line: i + 1, Needs: strings.Fields(m[3])})
			}
		}
	}
	return file
}
