package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// ModelDetails is what is known of a version beside its own document.
type ModelDetails struct {
	Version result.Version
	// Moves are those of the alias that concern it.
	Moves []result.Step
	// Provenance says what the statement about its making is worth: who signed it.
	Provenance string
}

// ModelTerminal writes all that is known of one version.
func ModelTerminal(w io.Writer, d ModelDetails, opts TerminalOptions) error {
	t := newTerminal(w, opts)
	v := d.Version
	t.println(t.paint(ansiBold, termText(clean(v.Version))))
	var facts []fact
	text := func(label, value string) {
		if value != "" {
			facts = append(facts, fact{Label: label, Value: phrase{said(value)}})
		}
	}
	text("created", moment(v.Created))
	text("model", v.Model.Digest)
	text("commit", v.Model.Commit)
	text("run", v.Model.Run)
	text("training key", v.Model.TrainingKey)
	text("measured with", v.Model.RulerKey)
	for _, file := range v.Model.Files {
		text("file", fmt.Sprintf("%s (%d bytes, sha256 %s)", file.Path, file.Size, file.SHA256))
	}
	text("metrics", metricsLine(v.Metrics))
	if v.Decision != nil {
		text("decision", decided(*v.Decision))
		for _, waiver := range v.Decision.Receipt.Waivers {
			text("waiver", waiverLine(waiver))
		}
	}
	text("provenance", d.Provenance)
	for _, step := range d.Moves {
		text("history", stepLine(step))
	}
	t.pointers(facts)
	return t.Flush()
}

// decided is the reason of a decision, which begins with the verdict unless it is a pass.
func decided(d result.Decision) string {
	if d.Verdict == result.Pass {
		return "passed the gate: " + d.Reason
	}
	return cmp.Or(d.Reason, verdictWord(d.Verdict))
}

func waiverLine(w result.Waiver) string {
	about := strings.Join(slices.DeleteFunc([]string{w.Finding, w.Metric, w.Slice}, func(s string) bool { return s == "" }), " · ")
	by := w.Owner
	if w.Review != "" {
		by += " in review (" + w.Review + ")"
	}
	return fmt.Sprintf("%s, until %s, by %s: %s", about, w.Expires, by, w.Reason)
}

// stepLine is one move: "2026-03-01 10:00 UTC v1 → v2, by ada (the gate had passed it): because".
func stepLine(s result.Step) string {
	line := fmt.Sprintf("%s %s: %s → %s", moment(s.At), s.Alias, orNone(s.From), s.To)
	if s.By != "" {
		line += ", by " + s.By
	}
	if s.Override {
		line += ", against the gate"
	}
	if s.Reason != "" {
		line += ": " + s.Reason
	}
	return line
}

func orNone(version string) string {
	if version == "" {
		return "none"
	}
	return version
}

func metricsLine(values map[string]float64) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		parts = append(parts, name+" "+minus(strconv.FormatFloat(values[name], 'g', 4, 64)))
	}
	return strings.Join(parts, ", ")
}

// MovesTerminal writes the history of an alias, the newest move first, with the
// course of each metric.
func MovesTerminal(w io.Writer, m result.Moves, opts TerminalOptions) error {
	t := newTerminal(w, opts)
	if len(m.Moves) == 0 {
		t.println(termText(clean(m.Alias)) + ": nothing was promoted yet")
		return t.Flush()
	}
	t.println(t.paint(ansiBold, termText(clean(m.Alias+" is "+m.Current))) + ", after " + plural(len(m.Moves), "move", "moves"))
	for _, step := range slices.Backward(m.Moves) {
		t.step(step)
	}
	t.courses(m.Moves)
	return t.Flush()
}

func (t terminal) step(s result.Step) {
	tone := good
	if s.Override {
		tone = unsure
	}
	signed := "not signed"
	switch {
	case s.Key != "":
		signed = "signed with " + s.Key
	case s.Signature != nil:
		signed = "signed, not checked"
	}
	parts := []string{fmt.Sprintf("%s %s → %s", moment(s.At), orNone(s.From), s.To)}
	if s.By != "" {
		parts = append(parts, "by "+s.By)
	}
	switch {
	case s.Override && s.Verdict != "":
		parts = append(parts, "against the gate, which had "+settled(s.Verdict)+" it")
	case s.Override:
		parts = append(parts, "against the gate")
	case s.Verdict != "":
		parts = append(parts, "the gate had "+settled(s.Verdict)+" it")
	}
	t.println("")
	t.paragraph("  "+t.mark(tone)+" ", termText(clean(strings.Join(append(parts, signed), ", "))))
	if s.Reason != "" {
		t.paragraph("    ", termText(clip(clean(s.Reason), messageLimit)))
	}
	if s.Because != "" {
		t.paragraph("    ", termText(clip(clean("gate: "+s.Because), messageLimit)))
	}
	if line := metricsLine(s.Metrics); line != "" {
		t.paragraph("    ", termText(clip(clean(line), messageLimit)))
	}
}

// settled is what the gate did with a model.
func settled(verdict result.Verdict) string {
	if verdict == result.Undecided {
		return "not decided about"
	}
	return verdictWord(verdict)
}

// courses draws each metric over the moves, the oldest first.
func (t terminal) courses(moves []result.Step) {
	values := map[string][]float64{}
	for _, step := range moves {
		for name, value := range step.Metrics {
			values[name] = append(values[name], value)
		}
	}
	first := true
	for _, name := range slices.Sorted(maps.Keys(values)) {
		course := values[name]
		if len(course) < 2 {
			continue
		}
		if first {
			t.title("Metrics over the moves")
			first = false
		}
		from, to := course[0], course[len(course)-1]
		t.paragraph("  ", termText(clip(clean(name), nameLimit))+" "+spark(course)+" "+significant(from, 4)+" → "+significant(to, 4))
	}
}

// spark draws numbers as a line of bars, the lowest and the highest of them as the
// shortest and the tallest; what is no number is left out.
func spark(values []float64) string {
	const bars, most = "▁▂▃▄▅▆▇█", 60
	values = slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	values = values[max(len(values)-most, 0):]
	if len(values) == 0 {
		return ""
	}
	levels := []rune(bars)
	low, high := slices.Min(values), slices.Max(values)
	var b strings.Builder
	for _, v := range values {
		level := len(levels) / 2
		if high > low {
			level = int(math.Round((v/2 - low/2) / (high/2 - low/2) * float64(len(levels)-1)))
		}
		b.WriteRune(levels[min(max(level, 0), len(levels)-1)])
	}
	return b.String()
}

// VersionsTerminal writes what differs between two versions.
func VersionsTerminal(w io.Writer, d result.Versions, opts TerminalOptions) error {
	t := newTerminal(w, opts)
	for i, line := range wrap(termText(clip(clean(d.Summary), messageLimit)), t.width) {
		if i == 0 {
			line = t.paint(ansiBold, line)
		}
		t.println(line)
	}
	t.versionMetrics(d)
	t.facts("Files of the model", fileFacts(d.Files))
	if d.Runs == nil {
		return t.Flush()
	}
	t.facts("Parameters", changeFacts(d.Runs.Params))
	t.facts("Code", fileFacts(d.Runs.Code))
	t.facts("Data", fileFacts(d.Runs.Data))
	t.facts("Commands", stageFactsOf(d.Runs.Commands))
	t.facts("Images", stageFactsOf(d.Runs.Images))
	t.facts("Environment", stageFactsOf(d.Runs.Env))
	t.facts("Around it", changeFacts(d.Runs.Surroundings))
	return t.Flush()
}

func (t terminal) versionMetrics(d result.Versions) {
	if len(d.Metrics) == 0 {
		return
	}
	title := "Metrics"
	if !d.SameData {
		title = "Metrics, each on the evaluation data of its time: not the same"
	}
	t.title(title)
	table := grid{indent: 2, header: []string{"", "metric", clip(clean(d.A.Version), nameLimit), clip(clean(d.B.Version), nameLimit), "change", ""}}
	for _, m := range d.Metrics {
		tone, word := outcomeWord(m)
		before, after := metricValue(m.A), metricValue(m.B)
		p := precisionFor(result.Compared{Candidate: after, Champion: before, Diff: m.Difference})
		table.add(tone, tone.Mark(), termText(clip(clean(m.Name), nameLimit)), p.value(before), p.value(after), p.change(m.Difference), word)
	}
	t.grid(table)
}

func metricValue(m *result.Metric) *float64 {
	if m == nil {
		return nil
	}
	return &m.Value
}

// VerificationTerminal writes what a check of a registry found, the answer first.
func VerificationTerminal(w io.Writer, v result.Verification, opts TerminalOptions) error {
	t := newTerminal(w, opts)
	counted := fmt.Sprintf("%s, %s, %s, %s (%d bytes)", plural(v.Versions, "version", "versions"), plural(v.Moves, "move", "moves"),
		plural(v.Decisions, "decision", "decisions"), plural(v.Objects, "object", "objects"), v.Bytes)
	if len(v.Damages) == 0 {
		t.println(t.mark(good) + " " + t.paint(ansiBold, "the registry is whole") + ": " + counted)
	} else {
		t.println(t.mark(bad) + " " + t.paint(ansiBold, plural(len(v.Damages), "damage", "damages")) + "; checked: " + counted)
	}
	for _, damage := range v.Damages {
		t.println("")
		t.paragraph("  "+t.mark(bad)+" ", termText(clip(clean(damage.Path), messageLimit))+": "+termText(clip(clean(damage.Message), messageLimit)))
		if damage.Remedy != "" {
			t.paragraph("    ", termText(clip(clean(damage.Remedy), messageLimit)))
		}
	}
	if len(v.Unused) > 0 {
		t.title("Named by nothing, and whole")
	}
	const most = 20
	for _, unused := range v.Unused[:min(len(v.Unused), most)] {
		t.paragraph("  · ", termText(clip(clean(unused.Path+": "+unused.Message), messageLimit)))
	}
	if more := len(v.Unused) - most; more > 0 {
		t.paragraph("  · ", "and "+plural(more, "more", "more"))
	}
	return t.Flush()
}
