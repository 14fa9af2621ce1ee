package tasks

import (
	"regexp"
	"strings"
)

var (
	makeRule   = regexp.MustCompile(`^([^\s:=#][^:=#]*?)\s*::?(?:\s+([^=]*))?$`)
	makeAssign = regexp.MustCompile(`^(?:export\s+|override\s+)?([A-Za-z_][\w.-]*)\s*(\?|:|::|\+)?=\s*(.*)$`)
	makeShell  = regexp.MustCompile(`^\.SHELLFLAGS\s*[:?]?:?=(.*\s)?-\w*e`)
	makeVar    = regexp.MustCompile(`\$[({]([\w.-]+)[)}]`)
)

// Make reads a Makefile: rules, prerequisites, recipes, simple variables.
// Functions and conditionals are not evaluated; both branches are read.
func Make(src []byte) *File {
	m := &makeReader{file: &File{goesOn: true}, vars: map[string]string{"MAKE": "make", "CURDIR": "."}}
	lines := strings.Split(strings.ReplaceAll(string(src), "\r\n", "\n"), "\n")
	for i := 0; i < len(lines) && !m.file.Cut(); {
		n := 1
		for strings.HasSuffix(lines[i+n-1], "\\") && i+n < len(lines) {
			n++
		}
		m.line(joined(lines[i:i+n]), i+1)
		i += n
	}
	return m.file
}

// joined is a line that goes on in those after it. In a recipe the shell is given the
// backslashes too.
func joined(lines []string) string {
	recipe := strings.HasPrefix(lines[0], "\t")
	parts := make([]string, len(lines))
	for i, line := range lines {
		switch {
		case recipe && i > 0:
			line = strings.TrimPrefix(line, "\t")
		case !recipe && i > 0:
			line = strings.TrimSpace(line)
		}
		if !recipe && i+1 < len(lines) {
			line = strings.TrimSuffix(line, "\\")
		}
		parts[i] = line
	}
	if recipe {
		return strings.Join(parts, "\n")
	}
	return strings.Join(parts, " ")
}

type makeReader struct {
	file    *File
	vars    map[string]string
	current []string // targets whose recipe follows
}

func (m *makeReader) line(line string, at int) {
	if recipe, ok := strings.CutPrefix(line, "\t"); ok && len(m.current) > 0 {
		m.recipe(recipe, at)
		return
	}
	line = strings.TrimSpace(stripComment(line))
	if line == "" {
		return
	}
	if makeShell.MatchString(line) {
		m.file.goesOn = false
		return
	}
	if a := makeAssign.FindStringSubmatch(line); a != nil {
		if len(a[3]) < maxValue {
			m.vars[a[1]] = a[3]
		}
		return
	}
	r := makeRule.FindStringSubmatch(line)
	if r == nil {
		return
	}
	needs, inline, hasInline := strings.Cut(r[2], ";")
	names := strings.Fields(m.expand(r[1]))
	m.current = nil
	for _, name := range names {
		if strings.HasPrefix(name, ".") && strings.ToUpper(name) == name {
			return // .PHONY and its like
		}
		m.file.add(Target{Name: name, Line: at, Needs: strings.Fields(m.expand(needs))})
		m.current = append(m.current, name)
	}
	if hasInline {
		m.recipe(inline, at)
	}
}

// stripComment takes a comment off a line that is no recipe.
func stripComment(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] != '\\') {
			return line[:i]
		}
	}
	return line
}

func (m *makeReader) recipe(text string, at int) {
	text = strings.TrimSpace(text)
	l := Line{Line: at}
	for len(text) > 0 && strings.IndexByte("@-+", text[0]) >= 0 {
		l.Ignored = l.Ignored || text[0] == '-'
		text = strings.TrimSpace(text[1:])
	}
	if text == "" || text[0] == '#' {
		return
	}
	l.Text = strings.ReplaceAll(m.expand(text), "$$", "$")
	for _, name := range m.current {
		m.file.add(Target{Name: name, Lines: []Line{l}})
	}
}

// maxValue bounds what a variable may hold, maxExpand how deep they nest, and maxExpanded
// what they add to a line.
const (
	maxValue    = 2000
	maxExpand   = 4
	maxExpanded = 20_000
)

// expand replaces variables whose values are known.
func (m *makeReader) expand(text string) string {
	room := maxExpanded
	for range maxExpand {
		if !strings.Contains(text, "$(") && !strings.Contains(text, "${") || len(text) > 10*maxValue {
			break
		}
		next := makeVar.ReplaceAllStringFunc(text, func(v string) string {
			value, ok := m.vars[makeVar.FindStringSubmatch(v)[1]]
			if room -= len(value); !ok || room < 0 {
				return v
			}
			return value
		})
		if next == text {
			break
		}
		text = next
	}
	return text
}
