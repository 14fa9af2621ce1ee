package report

import (
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/go-units"

	"github.com/muster-ci/muster/internal/result"
)

// RunTerminal writes all that a record says of a run; metrics are the run's
// under one name each.
func RunTerminal(w io.Writer, run result.Run, summary result.Summary, opts TerminalOptions) error {
	if err := Terminal(w, result.Report{Run: &run}, opts); err != nil {
		return err
	}
	t := newTerminal(w, opts)
	t.facts("Metrics", metricFacts(summary))
	t.facts("Parameters", paramFacts(summary.Params))
	for _, stage := range run.Stages {
		t.facts("Stage "+termText(clip(clean(stage.Name), nameLimit)), stageFacts(stage))
	}
	t.facts("Where and when", append(runFacts(run), machineFacts(run)...))
	return t.Flush()
}

// metricFacts lists metrics, and below a mean the values that it is of.
func metricFacts(summary result.Summary) []fact {
	var out []fact
	for _, name := range slices.Sorted(maps.Keys(summary.Metrics)) {
		m := summary.Metrics[name]
		p := precisionOf([]result.Summary{summary}, name)
		value := p.spread(m)
		if m.N > 0 {
			value += ", mean ± standard deviation of " + strconv.Itoa(m.N)
		}
		out = append(out, fact{Label: clip(clean(name), nameLimit), Value: phrase{own(value)}})
		for _, cell := range slices.Sorted(maps.Keys(m.Cells)) {
			v := m.Cells[cell]
			out = append(out, fact{Label: "  " + clip(clean(cell), nameLimit), Value: phrase{own(p.value(&v))}})
		}
	}
	return out
}

func stageFacts(stage result.Stage) []fact {
	var out []fact
	add := func(label, value string) {
		if value != "" {
			out = append(out, fact{Label: label, Value: phrase{said(value)}})
		}
	}
	add("reason", stage.Reason)
	add("command", stage.Command)
	for _, name := range slices.Sorted(maps.Keys(stage.Env)) {
		add("env", name+"="+stage.Env[name])
	}
	add("image", imageSentence(stage))
	add("key", short(stage.Key))
	if stage.Attempts > 1 {
		add("attempts", strconv.Itoa(stage.Attempts))
	}
	if stage.PeakMemory > 0 {
		add("peak memory", units.BytesSize(float64(stage.PeakMemory)))
	}
	if stage.Tests != nil {
		add("tests", testsSentence(*stage.Tests))
		for _, failure := range stage.Tests.Failures {
			add("failed", failure.Name+": "+failure.Message)
		}
	}
	add("inputs", filesSentence(stage.Inputs))
	add("outputs", filesSentence(stage.Outputs))
	add("log", stage.Log)
	return out
}

// imageSentence is an image as the file names it, and what really ran.
func imageSentence(stage result.Stage) string {
	id := short(strings.TrimPrefix(stage.ImageID, "sha256:"))
	switch {
	case stage.Image == "", stage.ImageID == stage.Image:
		return stage.ImageID
	case id == "":
		return stage.Image
	default:
		return stage.Image + " (" + id + ")"
	}
}

func testsSentence(tests result.Tests) string {
	text := strconv.Itoa(tests.Passed) + " passed"
	if tests.Failed > 0 {
		text += ", " + strconv.Itoa(tests.Failed) + " failed"
	}
	if tests.Skipped > 0 {
		text += ", " + strconv.Itoa(tests.Skipped) + " skipped"
	}
	return text
}

// filesSentence names a few files with the beginning of their digests.
func filesSentence(files []result.File) string {
	const most = 6
	var parts []string
	for _, file := range files[:min(len(files), most)] {
		name := file.Path
		if file.Files > 0 {
			name += ": " + plural(file.Files, "file", "files") + ", " + units.BytesSize(float64(file.Size))
		}
		parts = append(parts, name+" ("+head(file.SHA256, 7)+")")
	}
	if len(files) > most {
		parts = append(parts, "and "+strconv.Itoa(len(files)-most)+" more")
	}
	return strings.Join(parts, ", ")
}

func machineFacts(run result.Run) []fact {
	var out []fact
	if m := run.Machine; m != nil {
		text := m.Platform + ", " + plural(m.CPUs, "processor", "processors")
		if m.Host != "" {
			text = m.Host + ", " + text
		}
		out = append(out, fact{Label: "Machine", Value: phrase{said(text)}})
	}
	if run.Muster != "" {
		out = append(out, fact{Label: "muster", Value: phrase{said(run.Muster)}})
	}
	if len(run.Targets) > 0 {
		out = append(out, fact{Label: "Asked for", Value: phrase{said(strings.Join(run.Targets, ", "))}})
	}
	return out
}
