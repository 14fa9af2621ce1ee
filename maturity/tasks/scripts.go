package tasks

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// Mise reads the tasks of a mise.toml.
func Mise(doc *TOML) *File { return fromTOML(doc, "tasks") }

// Poe reads the tasks of poethepoet, Pdm those of PDM, Taskipy those of taskipy,
// and Hatch the scripts of Hatch's environments, all in a pyproject.toml.
func Poe(doc *TOML) *File { return fromTOML(doc, "tool", "poe", "tasks") }

// Pdm reads the scripts of PDM in a pyproject.toml.
func Pdm(doc *TOML) *File { return fromTOML(doc, "tool", "pdm", "scripts") }

// Taskipy reads the tasks of taskipy in a pyproject.toml.
func Taskipy(doc *TOML) *File { return fromTOML(doc, "tool", "taskipy", "tasks") }

// Rye reads the scripts of Rye in a pyproject.toml
// (https://rye.astral.sh/guide/pyproject/#toolryescripts), Pipenv those of a Pipfile.
func Rye(doc *TOML) *File { return fromTOML(doc, "tool", "rye", "scripts") }

// Pipenv reads the scripts of a Pipfile
// (https://pipenv.pypa.io/en/latest/scripts.html).
func Pipenv(doc *TOML) *File { return fromTOML(doc, "scripts") }

// Pixi reads the tasks of pixi, in its own file or a pyproject.toml.
func Pixi(doc *TOML) *File {
	if f := fromTOML(doc, "tool", "pixi", "tasks"); len(f.Targets) > 0 {
		return f
	}
	return fromTOML(doc, "tasks")
}

// Hatch reads the scripts of Hatch's environments in a pyproject.toml.
func Hatch(doc *TOML) *File {
	file := &File{}
	for _, v := range doc.In("tool", "hatch", "envs") {
		if len(v.Key) == 3 && v.Key[1] == "scripts" {
			t := Target{Name: v.Key[0] + ":" + v.Key[2], Line: v.Line}
			for _, l := range tomlLines(v) {
				name, _, _ := strings.Cut(l.Text, " ")
				if _, script := doc.Get("tool", "hatch", "envs", v.Key[0], "scripts", name); script && name != v.Key[2] {
					t.Needs = append(t.Needs, v.Key[0]+":"+name)
					continue
				}
				t.Lines = append(t.Lines, l)
			}
			file.add(t)
			file.alias(v.Key[2], t.Name)
		}
	}
	return file
}

// Scripts reads the console scripts that a package installs: name → "module:function".
func Scripts(doc *TOML) map[string]TOMLValue {
	out := map[string]TOMLValue{}
	for _, table := range [][]string{{"project", "scripts"}, {"tool", "poetry", "scripts"}} {
		for _, v := range doc.In(table...) {
			if len(v.Key) == 1 && len(v.Strings) == 1 {
				out[v.Key[0]] = v
			}
		}
	}
	return out
}

// SetupScripts reads the console scripts of a setup.cfg: name → module.
func SetupScripts(src []byte) map[string]Line {
	out := map[string]Line{}
	section, inside := "", false
	for i, line := range strings.Split(string(src), "\n") {
		trimmed := strings.TrimSpace(line)
		name, value, ok := strings.Cut(trimmed, "=")
		switch {
		case strings.HasPrefix(trimmed, "["):
			section, inside = strings.Trim(trimmed, "[]"), false
		case section != "options.entry_points" || trimmed == "" || trimmed[0] == '#':
		case line[0] != ' ' && line[0] != '\t':
			inside = strings.TrimSpace(name) == "console_scripts"
		case inside && ok:
			module, _, _ := strings.Cut(strings.TrimSpace(value), ":")
			out[strings.TrimSpace(name)] = Line{Text: module, Line: i + 1}
		}
	}
	return out
}

// fromTOML reads a table of tasks: each a string, a list, or a table with the
// command under one of the usual keys.
func fromTOML(doc *TOML, table ...string) *File {
	file := &File{}
	for _, v := range doc.In(table...) {
		name, key := v.Key[0], ""
		if len(v.Key) > 1 {
			key = v.Key[1]
		}
		switch key {
		case "", "run", "cmd", "shell", "script", "sequence", "composite", "chain":
			t := Target{Name: name, Line: v.Line}
			if key == "sequence" || key == "composite" || key == "chain" || key == "" && v.Array {
				t.Needs, t.Lines = sequence(v)
			} else {
				t.Lines = tomlLines(v)
			}
			file.add(t)
		case "depends", "depends-on", "depends_on", "deps":
			file.add(Target{Name: name, Line: v.Line, Needs: v.Strings})
		case "alias":
			file.add(Target{Name: name, Line: v.Line})
			for _, alias := range v.Strings {
				file.alias(alias, name)
			}
		}
	}
	return file
}

// sequence tells the names of other tasks from command lines.
func sequence(v TOMLValue) (needs []string, lines []Line) {
	for _, s := range v.Strings {
		if strings.ContainsAny(s, " /.") {
			lines = append(lines, Line{Text: s, Line: v.Line})
		} else {
			needs = append(needs, s)
		}
	}
	return needs, lines
}

// tomlLines are the commands of a value; those of an array stand on the lines below.
func tomlLines(v TOMLValue) []Line {
	var out []Line
	for i, s := range v.Strings {
		at := v.Line
		if v.Array && len(v.Strings) > 1 {
			at += i + 1
		}
		out = append(out, Line{Text: s, Line: at})
	}
	return out
}

// Taskfile reads the tasks of a Taskfile.yml.
func Taskfile(doc yamldoc.Value) *File {
	file := &File{}
	for _, e := range doc.Get("tasks").Entries() {
		t := Target{Name: e.Key, Line: e.Line}
		for _, dep := range e.Value.Get("deps").Items() {
			t.Needs = append(t.Needs, dep.Text()+dep.Get("task").Text())
		}
		commands := e.Value.Get("cmds").Items()
		if e.Value.IsList() {
			commands = e.Value.Items()
		}
		if cmd := e.Value.Get("cmd"); cmd.Exists() {
			commands = append(commands, cmd)
		}
		if e.Value.Text() != "" {
			commands = append(commands, e.Value)
		}
		for _, c := range commands {
			l := Line{Text: c.Text() + c.Get("cmd").Text(), Line: c.TextLine()}
			if task := c.Get("task").Text(); task != "" {
				l.Text = "task " + task
			}
			l.Ignored = c.Get("ignore_error").Text() == "true"
			t.Lines = append(t.Lines, l)
		}
		file.add(t)
	}
	return file
}

var toxSection = regexp.MustCompile(`^\[(testenv[^\]]*)\]`)

// Tox reads the commands of a tox.ini. All environments are targets; the one
// without a name stands for "tox" itself.
func Tox(src []byte) *File {
	file := &File{}
	section, key := "", ""
	forgiven := map[string]bool{} // sections whose outcome tox ignores
	for i, line := range strings.Split(string(src), "\n") {
		if m := toxSection.FindStringSubmatch(line); m != nil {
			section, key = strings.TrimPrefix(strings.TrimPrefix(m[1], "testenv"), ":"), ""
			file.add(Target{Name: section, Line: i + 1})
			continue
		}
		if strings.HasPrefix(line, "[") {
			section, key = "\x00", ""
		}
		text := line
		if line != "" && line[0] != ' ' && line[0] != '\t' && line[0] != '#' {
			k, v, _ := strings.Cut(line, "=")
			key, text = strings.TrimSpace(k), v
		}
		text = strings.TrimSpace(text)
		if key == "ignore_outcome" && strings.EqualFold(text, "true") {
			forgiven[section] = true
		}
		if section == "\x00" || text == "" || text[0] == '#' {
			continue
		}
		if key == "deps" { // pip installs them first
			_, what, named := strings.Cut(text, ": ") // a factor before it
			if !named {
				what = text
			}
			file.add(Target{Name: section, Lines: []Line{{Text: "pip install " + quoted(strings.ReplaceAll(what, "{toxinidir}/", "")), Line: i + 1}}})
		}
		if key != "commands" {
			continue
		}
		ignored := strings.HasPrefix(text, "-")
		file.add(Target{Name: section, Lines: []Line{{Text: strings.TrimSpace(strings.TrimPrefix(text, "-")), Line: i + 1, Ignored: ignored}}})
	}
	for i := range file.Targets {
		for j := range file.Targets[i].Lines {
			file.Targets[i].Lines[j].Ignored = file.Targets[i].Lines[j].Ignored || forgiven[file.Targets[i].Name]
		}
	}
	return file
}

// quoted is a requirement as a word of the shell.
func quoted(text string) string {
	text, _, _ = strings.Cut(text, " #")
	if list, ok := strings.CutPrefix(text, "-r"); ok {
		return "-r " + strings.TrimSpace(list)
	}
	return "'" + strings.NewReplacer("'", "", " ", "").Replace(text) + "'"
}

var jsonKey = regexp.MustCompile(`"([^"\\]+)"\s*:`)

// keyLines are the lines on which the keys of a JSON file stand first.
func keyLines(src []byte) map[string]int {
	out := map[string]int{}
	for i, line := range strings.Split(string(src), "\n") {
		for _, m := range jsonKey.FindAllStringSubmatch(line, -1) {
			if _, ok := out[m[1]]; !ok {
				out[m[1]] = i + 1
			}
		}
	}
	return out
}

// NPM reads the scripts of a package.json.
func NPM(src []byte) *File {
	var doc struct {
		Scripts map[string]string `json:"scripts"`
	}
	if json.Unmarshal(src, &doc) != nil {
		return &File{}
	}
	lists := map[string][]string{}
	for name, text := range doc.Scripts {
		lists[name] = []string{text}
	}
	return fromJSON(src, lists)
}

// Devbox reads the scripts of a devbox.json, each a text or a list of lines
// (https://www.jetify.com/docs/devbox/configuration/#scripts).
func Devbox(src []byte) *File {
	var doc struct {
		Shell struct {
			Scripts map[string]any `json:"scripts"`
		} `json:"shell"`
	}
	if json.Unmarshal(src, &doc) != nil {
		return &File{}
	}
	lists := map[string][]string{}
	for name, v := range doc.Shell.Scripts {
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, line := range list {
			if text, ok := line.(string); ok {
				lists[name] = append(lists[name], text)
			}
		}
	}
	return fromJSON(src, lists)
}

// fromJSON makes targets of scripts by their name, each at the line of its key.
func fromJSON(src []byte, scripts map[string][]string) *File {
	file := &File{}
	lines := keyLines(src)
	for _, name := range slices.Sorted(maps.Keys(scripts)) {
		t := Target{Name: name, Line: max(lines[name], 1)}
		for _, text := range scripts[name] {
			t.Lines = append(t.Lines, Line{Text: text, Line: t.Line})
		}
		file.add(t)
	}
	return file
}
