package starter

import (
	"fmt"
	"strings"
)

// width is how long a line of the file gets, where that is ours to say.
const width = 100

// text writes the pipeline as a person would: a line for a short stage, a block
// for a long one, remarks above.
func (p *pipeline) text(from string) []byte {
	w := &writer{}
	w.comment("", "A first pipeline, made by muster init from "+from+". Check it, then: muster run")
	w.line("version: 1")
	if p.image != "" {
		w.line("image: " + scalar(p.image))
	}
	if p.params != "" {
		w.line("params: " + scalar(p.params))
	}
	w.line("")
	w.line("stages:")
	w.stages(p.stages)
	if p.model != "" {
		w.line("")
		w.line("model: {path: " + scalar(p.model) + "}")
	}
	if len(p.gate) > 0 {
		w.line("")
		w.gate(p)
	}
	if p.howto {
		w.line("\n" + gateHowto)
	}
	if len(p.comments) > 0 {
		w.line("")
		for _, text := range p.comments {
			w.comment("", text)
		}
	}
	return []byte(w.out.String())
}

const gateHowto = `# No gate yet. It needs one row for each test example, from the stage that evaluates:
#     predictions: predictions.csv    # with the columns id, label and score
# and then says how much worse a new model may be than the one in use:
#     gate: {metrics: {roc_auc: {margin: 0.01}}}`

type writer struct{ out strings.Builder }

func (w *writer) line(text string) { w.out.WriteString(strings.TrimRight(text, " ") + "\n") }

// comment writes a remark, broken into lines.
func (w *writer) comment(indent, text string) {
	line := indent + "#"
	for word := range strings.FieldsSeq(printable(text)) {
		if len(line)+1+len(word) > width && len(line) > len(indent)+1 {
			w.line(line)
			line = indent + "#  "
		}
		line += " " + word
	}
	w.line(line)
}

// stages writes short stages as a table, and puts air around others.
func (w *writer) stages(stages []*stage) {
	for i := 0; i < len(stages); {
		table := tableOf(stages[i:])
		if i > 0 {
			w.line("")
		}
		for _, text := range stages[i].comments {
			w.comment("  ", text)
		}
		if len(table) == 0 {
			w.long(stages[i])
			i++
			continue
		}
		for _, line := range table {
			w.line(line)
		}
		i += len(table)
	}
}

// tableOf returns the lines of the short stages at the front, up to the next
// one that has remarks or is long.
func tableOf(stages []*stage) []string {
	var names, bodies []string
	longest := 0
	for i, s := range stages {
		body := "{" + strings.Join(s.entries(), ", ") + "}"
		if i > 0 && len(s.comments) > 0 || s.block() != "" || 4+max(longest, len(s.name))+len(body) > width {
			break
		}
		longest = max(longest, len(s.name))
		names, bodies = append(names, s.name), append(bodies, body)
	}
	var lines []string
	for i, name := range names {
		lines = append(lines, fmt.Sprintf("  %-*s %s", longest+1, name+":", bodies[i]))
	}
	return lines
}

func (w *writer) long(s *stage) {
	w.line("  " + s.name + ":")
	entries := s.entries()
	if block := s.block(); block != "" {
		entries[0] = block
	}
	for _, entry := range entries {
		w.line("    " + wrapped(entry))
	}
}

// wrapped breaks a long flow list.
func wrapped(entry string) string {
	const indent = "    "
	if len(indent)+len(entry) <= width || strings.Contains(entry, "\n") || strings.ContainsAny(entry, `"'`) {
		return entry
	}
	key, list, ok := strings.Cut(entry, ": [")
	if !ok || strings.ContainsAny(list, "{}") {
		return entry
	}
	var out strings.Builder
	line := indent + key + ": ["
	for item := range strings.SplitAfterSeq(list, ", ") {
		if len(line)+len(item) > width && strings.TrimSpace(line) != "" {
			out.WriteString(strings.TrimRight(line, " ") + "\n")
			line = indent + "  "
		}
		line += item
	}
	return strings.TrimPrefix(out.String()+line, indent)
}

// entries lists the keys of the stage with their values, in the order in which
// README has them.
func (s *stage) entries() []string {
	var out []string
	add := func(key, text string) { out = append(out, key+": "+text) }
	list := func(key string, texts []string) {
		if len(texts) > 0 {
			add(key, flow(texts))
		}
	}
	switch {
	case s.build != nil:
		add("build", "{context: ., dockerfile: "+scalar(s.build.dockerfile)+"}")
	case s.fetch != "" && s.sha256 != "":
		add("fetch", fmt.Sprintf("{url: %s, sha256: %s}", scalar(s.fetch), scalar(s.sha256)))
	case s.fetch != "":
		add("fetch", fmt.Sprintf("{url: %s}", scalar(s.fetch)))
	case s.notebook != "":
		add("notebook", scalar(s.notebook))
	case len(s.words) > 0:
		add("run", flow(s.words))
	default:
		add("run", scalar(s.commandText()))
	}
	if s.workdir != "" {
		add("workdir", scalar(s.workdir))
	}
	if len(s.matrix) > 0 {
		add("matrix", matrixText(s.matrix))
	}
	if len(s.env) > 0 {
		add("env", envText(s.env))
	}
	if s.network {
		add("network", "true")
	}
	list("needs", s.needs)
	list("inputs", s.inputs)
	list("params", s.params)
	list("outputs", s.outputs)
	list("metrics", s.metrics)
	if s.predictions != nil {
		add("predictions", s.predictions.text())
	}
	if s.junit != "" {
		add("junit", scalar(s.junit))
	}
	return out
}

// commandText is the text that the shell gets: one command, or several that stop at
// the first that fails.
func (s *stage) commandText() string {
	if len(s.run) == 1 {
		return s.run[0]
	}
	return "set -e\n" + strings.Join(s.run, "\n")
}

// block returns run: as a block, if the command has several lines.
func (s *stage) block() string {
	if len(s.run) == 0 || s.build != nil || len(s.words) > 0 {
		return ""
	}
	text := strings.TrimRight(s.commandText(), "\n")
	if !strings.Contains(text, "\n") || !blockable(text) {
		return ""
	}
	var out strings.Builder
	out.WriteString("run: |")
	for line := range strings.SplitSeq(text, "\n") {
		out.WriteByte('\n')
		if line != "" {
			out.WriteString("      " + line)
		}
	}
	return out.String()
}

func (p *predictions) text() string {
	var out []string
	for _, column := range [][2]string{{"id", p.id}, {"label", p.label}, {"score", p.score}, {"prediction", p.prediction}} {
		if column[1] != "" {
			out = append(out, column[0]+": "+scalar(column[1]))
		}
	}
	if len(out) == 0 {
		return scalar(p.path)
	}
	return "{path: " + scalar(p.path) + ", " + strings.Join(out, ", ") + "}"
}

func matrixText(axes []axis) string {
	var out []string
	for _, a := range axes {
		var values []string
		for _, v := range a.values {
			values = append(values, literal(v))
		}
		out = append(out, scalar(a.name)+": ["+strings.Join(values, ", ")+"]")
	}
	return "{" + strings.Join(out, ", ") + "}"
}

func envText(env [][2]string) string {
	var out []string
	for _, pair := range env {
		out = append(out, scalar(pair[0])+": "+scalar(pair[1]))
	}
	return "{" + strings.Join(out, ", ") + "}"
}

// gate writes the gate, or says in a comment how to get one.
func (w *writer) gate(p *pipeline) {
	var metrics []string
	for _, name := range p.gate {
		metrics = append(metrics, scalar(name)+": {margin: "+p.margins[name]+"}")
	}
	w.comment("", p.gateNote)
	w.line("gate: {metrics: {" + strings.Join(metrics, ", ") + "}}")
}
