package starter

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// target is a rule of a Makefile.
type target struct {
	name   string
	line   int
	needs  []string
	recipe []string
	phony  bool
}

var (
	makeAssign = pattern(`^(?:export\s+|override\s+)?([A-Za-z_][\w.-]*)\s*(\?|\+|::?)?=\s*(.*)$`)
	makeRule   = pattern(`^([^\s:=#][^:=#]*?)\s*::?(?:\s+([^=]*))?$`)
	wanted     = pattern(`(?i)(^|[_-])(data|dataset|prepare|preprocess|features?|train|training|evaluate|evaluation|eval|model)([_-]|$)`)
	unwanted   = pattern(`(?i)(^|[_-])(clean|help|lint|format|install|requirements|env|environment|venv|setup|deploy|docker|docs|sync|push|pull|serve|app|test|tests|notebook|jupyter|build)([_-]|$)`)
)

// makefile makes a pipeline of the targets that prepare, train and evaluate.
func (l *look) makefile() *pipeline {
	at := slices.IndexFunc([]string{"GNUmakefile", "makefile", "Makefile"}, l.has)
	if at < 0 {
		return nil
	}
	name := []string{"GNUmakefile", "makefile", "Makefile"}[at]
	targets := l.makeTargets(name)
	chosen := choose(targets)
	p := &pipeline{}
	stages := map[string]string{} // targets → stages
	for _, t := range targets {
		if chosen[t.name] && len(t.recipe) > 0 {
			l.makeStage(p, name, t, stages)
		}
	}
	l.makeEdges(p, targets, stages)
	trained := slices.ContainsFunc(p.stages, func(s *stage) bool {
		return strings.Contains(s.name, "train") || slices.ContainsFunc(l.started(s), func(c call) bool {
			code := l.scriptAt(c.file)
			return code != nil && path.Ext(c.file) == ".py" && l.role(code, l.allTraffic(code, parseArguments(c.args, ""))) == trains
		})
	})
	if !trained {
		return nil
	}
	l.saw("Makefile", name, 0)
	for _, s := range p.stages {
		l.add(name, 0, "stage %s comes from a target of the Makefile: see that its inputs and outputs are all that it reads and writes", s.name)
	}
	return p
}

// choose picks the targets by name, and what they need.
func choose(targets []target) map[string]bool {
	byName := map[string]target{}
	for _, t := range targets {
		byName[t.name] = t
	}
	chosen := map[string]bool{}
	var take func(name string, depth int)
	take = func(name string, depth int) {
		t, ok := byName[name]
		if !ok || chosen[name] || depth > 50 || unwanted().MatchString(path.Base(name)) && t.phony || installs(t) {
			return
		}
		chosen[name] = true
		for _, need := range t.needs {
			take(need, depth+1)
		}
	}
	for _, t := range targets {
		if wanted().MatchString(strings.TrimSuffix(path.Base(t.name), path.Ext(t.name))) {
			take(t.name, 0)
		}
	}
	return chosen
}

// installs reports whether a target only gets the surroundings ready.
func installs(t target) bool {
	return len(t.recipe) > 0 && !slices.ContainsFunc(t.recipe, func(line string) bool {
		return !strings.Contains(line, "pip install") && !strings.Contains(line, "conda ") && !strings.Contains(line, "poetry install") && !strings.Contains(line, "uv sync")
	})
}

// makeStage makes a target a stage.
func (l *look) makeStage(p *pipeline, file string, t target, stages map[string]string) {
	if program := elsewhere(t); program != "" {
		text := printable(fmt.Sprintf("Target %s of the Makefile was left out: it runs elsewhere (%s).", t.name, program))
		p.comments = append(p.comments, text)
		l.add(file, t.line, "%s", text)
		return
	}
	for _, line := range t.recipe {
		if open := strings.Index(line, "$("); open >= 0 && makeFunction().MatchString(line[open:]) {
			text := fmt.Sprintf("Target %s of the Makefile was left out: %s is make's own to work out.", t.name, line[open:])
			p.comments = append(p.comments, printable(text))
			l.add(file, t.line, "%s", printable(text))
			return
		}
	}
	s := p.add(strings.TrimSuffix(path.Base(t.name), path.Ext(t.name)), fmt.Sprintf("%s:%d", file, t.line))
	stages[t.name] = s.name
	l.saw("target "+printable(t.name), file, t.line)
	s.run = t.recipe
	if !t.phony {
		s.writes(t.name)
	}
	for i, line := range s.run {
		if len(s.run) > 1 && ownShell(line) {
			s.run[i] = "(" + line + ")"
		}
	}
}

// elsewhere names the program by which a target leaves this machine.
func elsewhere(t target) string {
	for _, line := range t.recipe {
		for _, words := range commands(line) {
			switch words[0] {
			case "gcloud", "aws", "az", "kubectl", "docker", "docker-compose", "ssh", "scp", "rsync", "databricks", "sagemaker", "terraform", "sbatch":
				return words[0]
			}
		}
	}
	return ""
}

var makeFunction = pattern(`^\$\((shell|wildcard|patsubst|foreach|call|eval|if|subst|filter|addprefix|notdir|dir|basename|MAKE|MAKECMDGOALS|MAKEFILE_LIST|[A-Z_0-9]+)[ ),]`)

// makeEdges turns what targets need into inputs and needs.
func (l *look) makeEdges(p *pipeline, targets []target, stages map[string]string) {
	made := map[string]target{}
	for _, t := range targets {
		made[t.name] = t
	}
	for _, t := range targets {
		s := p.stage(stages[t.name])
		if s == nil {
			continue
		}
		for _, need := range t.needs {
			switch other, isTarget := made[need]; {
			case isTarget && other.phony && stages[need] != "":
				s.needs = append(s.needs, stages[need])
			case isTarget && other.phony:
				if len(other.recipe) > 0 && !installs(other) {
					s.comment("target %s, which it needs, is not part of this", printable(need))
				}
			default:
				s.reads(need)
			}
		}
		s.needs = unique(s.needs)
	}
}

// makeTargets reads the rules of a Makefile. Functions and conditionals are not
// evaluated: both branches count.
func (l *look) makeTargets(name string) []target {
	data, err := l.read(name, maxText)
	if err != nil {
		l.add(name, 0, "not read: %v", err)
		return nil
	}
	m := &makeReader{vars: map[string]string{"CURDIR": "."}, phony: map[string]bool{}, index: map[string]int{}}
	m.read(string(data))
	for i, t := range m.targets {
		m.targets[i].phony = m.phony[t.name] || !strings.ContainsAny(t.name, "./")
	}
	for _, note := range m.left {
		l.add(name, note.Line, "%s", note.Message)
	}
	return m.targets
}

type makeReader struct {
	vars    map[string]string
	targets []target
	index   map[string]int
	phony   map[string]bool
	current []string
	left    []Note
}

// maxTargets, maxNeeds for each of them and maxExpanded for a line bound what a Makefile
// may become.
const (
	maxTargets  = 500
	maxNeeds    = 500
	maxExpanded = 20_000
)

func (m *makeReader) read(text string) {
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		at, line := i+1, lines[i]
		var joined strings.Builder
		for strings.HasSuffix(line, `\`) && i+1 < len(lines) {
			i++
			joined.WriteString(strings.TrimRight(strings.TrimSuffix(line, `\`), " ") + " ")
			line = strings.TrimSpace(lines[i])
		}
		joined.WriteString(line)
		m.line(joined.String(), at)
	}
}

func (m *makeReader) line(line string, at int) {
	if recipe, ok := strings.CutPrefix(line, "\t"); ok && len(m.current) > 0 {
		m.recipe(recipe)
		return
	}
	if hash := strings.IndexByte(line, '#'); hash >= 0 && (hash == 0 || line[hash-1] != '\\') {
		line = line[:hash]
	}
	line = strings.TrimSpace(line)
	word, _, _ := strings.Cut(line, " ")
	switch word {
	case "":
		return
	case "ifeq", "ifneq", "ifdef", "ifndef", "else", "endif", "include", "-include", "define", "endef":
		if word != "else" && word != "endif" && word != "endef" {
			m.left = append(m.left, Note{Message: word + " is not evaluated", Line: at})
		}
		return
	}
	if a := makeAssign().FindStringSubmatch(line); a != nil {
		m.assign(a[1], a[2], a[3])
		return
	}
	if r := makeRule().FindStringSubmatch(line); r != nil {
		m.rule(r[1], r[2], at)
	}
}

func (m *makeReader) assign(name, op, text string) {
	_, there := m.vars[name]
	switch {
	case op == "?" && there:
	case op == "+":
		m.vars[name] = strings.TrimSpace(m.vars[name] + " " + text)
	default:
		m.vars[name] = text
	}
	if len(m.vars[name]) > maxExpanded {
		m.vars[name] = ""
	}
	m.current = nil
}

func (m *makeReader) rule(names, rest string, at int) {
	needs, inline, hasInline := strings.Cut(rest, ";")
	wants := strings.Fields(strings.ReplaceAll(m.expand(needs), "|", " "))
	m.current = nil
	for name := range strings.FieldsSeq(m.expand(names)) {
		switch {
		case name == ".PHONY":
			for _, want := range wants {
				m.phony[want] = true
			}
			return
		case strings.HasPrefix(name, ".") && strings.ToUpper(name) == name:
			return
		case strings.Contains(name, "%"):
			m.left = append(m.left, Note{Message: "pattern rule " + printable(name) + " was left out", Line: at})
			return
		}
		i, there := m.index[name]
		if !there {
			if len(m.targets) >= maxTargets {
				return
			}
			i = len(m.targets)
			m.index[name] = i
			m.targets = append(m.targets, target{name: name, line: at})
		}
		room := maxNeeds - len(m.targets[i].needs)
		m.targets[i].needs = append(m.targets[i].needs, wants[:min(len(wants), room)]...)
		if len(m.current) < 20 {
			m.current = append(m.current, name)
		}
	}
	if hasInline {
		m.recipe(inline)
	}
}

// recipe takes a line of a recipe, as the shell gets it.
func (m *makeReader) recipe(text string) {
	text = strings.TrimSpace(text)
	ignored := false
	for len(text) > 0 && strings.IndexByte("@-+", text[0]) >= 0 {
		ignored = ignored || text[0] == '-'
		text = strings.TrimSpace(text[1:])
	}
	if text == "" || text[0] == '#' || strings.HasPrefix(text, "echo ") {
		return
	}
	text = m.expand(text)
	if ignored {
		text += " || true"
	}
	for _, name := range m.current {
		if t := &m.targets[m.index[name]]; len(t.recipe) < 200 {
			t.recipe = append(t.recipe, m.automatic(text, t))
		}
	}
}

// automatic fills in $@, $< and $^, and gives the shell its dollars.
func (m *makeReader) automatic(text string, t *target) string {
	first := ""
	if len(t.needs) > 0 {
		first = t.needs[0]
	}
	return strings.NewReplacer("$@", t.name, "$(@)", t.name, "$(@D)", path.Dir(t.name), "$(@F)", path.Base(t.name),
		"$<", first, "$^", strings.Join(t.needs, " "), "$?", strings.Join(t.needs, " "), "$$", "$").Replace(text)
}

// expand replaces variables that are known, a few levels deep.
func (m *makeReader) expand(text string) string {
	room := maxExpanded
	for range 8 {
		if !strings.Contains(text, "$") || len(text) > maxExpanded {
			break
		}
		var b strings.Builder
		before, rest, found := strings.Cut(text, "$")
		for ; found; before, rest, found = strings.Cut(rest, "$") {
			name := reference(rest)
			value, ok := m.vars[name]
			if room -= len(value); name == "" || !ok || room < 0 {
				b.WriteString(before + "$")
				continue
			}
			b.WriteString(before + value)
			rest = rest[len(name)+len("()"):]
		}
		next := b.String() + before
		if next == text {
			break
		}
		text = next
	}
	return text
}

// reference is the variable that $(NAME) or ${NAME} names, by what follows the dollar; ""
// if it names none.
func reference(text string) string {
	if text == "" || text[0] != '(' && text[0] != '{' {
		return ""
	}
	end := strings.IndexFunc(text[1:], func(c rune) bool {
		return c != '_' && c != '.' && c != '-' && (c >= utf8.RuneSelf || !unicode.IsLetter(c) && !unicode.IsDigit(c))
	}) + 1
	if closing := map[byte]byte{'(': ')', '{': '}'}[text[0]]; end == 0 || text[end] != closing {
		return ""
	}
	return text[1:end]
}
