package report

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// DiffTerminal writes what differs between two runs, the answer first.
func DiffTerminal(w io.Writer, d result.Diff, opts TerminalOptions) error {
	t := newTerminal(w, opts)
	tone := diffTone(d)
	for i, line := range wrap(termText(clip(clean(d.Summary), messageLimit)), t.width-2) {
		prefix := "  "
		if i == 0 {
			prefix = t.mark(tone) + " "
		}
		t.println(prefix + t.paint(ansiBold, line))
	}
	t.paragraph("  ", "from "+runName(d.A)+" to "+runName(d.B))
	t.diffMetrics(d)
	t.facts("Parameters", changeFacts(d.Params))
	t.facts("Code", fileFacts(d.Code))
	t.facts("Data", fileFacts(d.Data))
	t.facts("Commands", stageFactsOf(d.Commands))
	t.facts("Images", stageFactsOf(d.Images))
	t.facts("Environment", stageFactsOf(d.Env))
	t.facts("Stages", stageFactsOf(d.Stages))
	t.facts("Tests", changeFacts(d.Tests))
	t.facts("Made", fileFacts(d.Outputs))
	t.facts("Around it", changeFacts(d.Surroundings))
	if next := lookAt(d); next != "" {
		t.println("")
		t.paragraph("look at  ", termText(next))
	}
	return t.Flush()
}

func diffTone(d result.Diff) tone {
	if d.B.Status != result.RunPassed && d.A.Status == result.RunPassed {
		return bad
	}
	found := neutral
	for _, m := range d.Metrics {
		switch m.Outcome {
		case result.Worse:
			return bad
		case result.Better:
			found = good
		}
	}
	return found
}

func runName(s result.Summary) string {
	return shortRun(s.ID) + " (" + string(s.Status) + ", " + shortMoment(s) + ", commit " + gitShort(s.Git) + ")"
}

func (t terminal) diffMetrics(d result.Diff) {
	if len(d.Metrics) == 0 {
		return
	}
	t.title("Metrics")
	table := grid{indent: 2, header: []string{"", "metric", "before", "after", "change", ""}}
	for _, m := range d.Metrics {
		p := precisionOf([]result.Summary{d.A, d.B}, m.Name)
		tone, word := outcomeWord(m)
		table.add(tone, tone.Mark(), termText(clip(clean(m.Name), nameLimit)),
			p.side(m.A), p.side(m.B), p.change(m.Difference), word)
		for _, row := range cellRows(m, p) {
			table.add(neutral, append([]string{""}, row...)...)
		}
	}
	t.grid(table)
}

// side is a metric in one of two runs.
func (p precision) side(m *result.Metric) string {
	if m == nil {
		return absent
	}
	return p.spread(*m)
}

// cellRows are the values that two means are of, by the cell of the matrix.
func cellRows(m result.MetricChange, p precision) [][]string {
	if m.A == nil || m.B == nil || m.A.Cells == nil || m.B.Cells == nil {
		return nil
	}
	cells := maps.Clone(m.A.Cells)
	maps.Copy(cells, m.B.Cells)
	var rows [][]string
	for _, cell := range slices.Sorted(maps.Keys(cells)) {
		before, inA := m.A.Cells[cell]
		after, inB := m.B.Cells[cell]
		row := []string{"  " + termText(clip(clean(cell), nameLimit)), absent, absent, "", ""}
		if inA {
			row[1] = p.value(&before)
		}
		if inB {
			row[2] = p.value(&after)
		}
		if difference := after - before; inA && inB {
			row[3] = p.change(&difference)
		}
		rows = append(rows, row)
	}
	return rows
}

func outcomeWord(m result.MetricChange) (tone, string) {
	switch {
	case m.Outcome == result.Worse:
		return bad, "worse"
	case m.Outcome == result.Better:
		return good, "better"
	case m.B == nil:
		return unsure, "missing after"
	case m.A == nil:
		return unsure, "missing before"
	default:
		return neutral, "nobody said which way is better"
	}
}

func changeFacts(changes []result.Change) []fact {
	var out []fact
	for _, c := range changes {
		out = append(out, fact{Label: clip(clean(c.Name), nameLimit), Value: fromTo(c)})
	}
	return out
}

func fromTo(c result.Change) phrase {
	return phrase{command(orAbsent(c.A)), own(" → "), command(orAbsent(c.B))}
}

func orAbsent(value *string) string {
	if value == nil {
		return absent
	}
	return *value
}

func stageFactsOf(changes []result.StageChange) []fact {
	var out []fact
	for _, c := range changes {
		label := strings.Join(c.Stages, ", ")
		if c.Name != "command" && c.Name != "image" && c.Name != "status" {
			label += ": " + c.Name
		}
		out = append(out, fact{Label: clip(clean(label), nameLimit), Value: fromTo(c.Change)})
	}
	return out
}

func fileFacts(files []result.FileChange) []fact {
	const most = 20
	var out []fact
	for i, file := range files {
		if i == most {
			out = append(out, fact{Label: "and " + plural(len(files)-most, "more file", "more files")})
			break
		}
		value := phrase{command(digestOr(file.A)), own(" → "), command(digestOr(file.B)), own(" in " + clip(clean(strings.Join(file.Stages, ", ")), nameLimit))}
		out = append(out, fact{Label: clip(clean(file.Path), nameLimit), Value: value})
	}
	return out
}

func digestOr(digest string) string {
	if digest == "" {
		return absent
	}
	if !isDigest(strings.TrimSuffix(digest, "+x")) {
		return digest // the version of something that lies elsewhere
	}
	text := head(digest, 7)
	if strings.HasSuffix(digest, "+x") {
		text += "+x"
	}
	return text
}

func isDigest(text string) bool {
	const sha256Digits = 64
	return len(text) == sha256Digits && strings.Trim(text, "0123456789abcdef") == ""
}

// lookAt is the command that shows the change of the code, where git can.
func lookAt(d result.Diff) string {
	a, b := d.A.Git, d.B.Git
	if a == nil || b == nil || a.Commit == "" || b.Commit == "" || len(d.Code) == 0 || (a.Commit == b.Commit && !b.Dirty) {
		return ""
	}
	text := "git diff " + commit7(a.Commit)
	if !b.Dirty { // else the working copy has it, or had
		text += " " + commit7(b.Commit)
	}
	words := []string{text, "--"}
	for _, file := range d.Code {
		words = append(words, quoted(clean(file.Path)))
	}
	return clip(strings.Join(words, " "), messageLimit)
}

// quoted is a word for a shell.
func quoted(word string) string {
	if strings.ContainsAny(word, " '\"\\$`&|;<>()*?[]#~") {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return word
}
