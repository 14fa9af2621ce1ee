package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// newTerminal opens a terminal for a document that is no part of a report.
func newTerminal(w io.Writer, opts TerminalOptions) terminal {
	const narrowest, usual = 40, 80
	if opts.Width <= 0 {
		opts.Width = usual
	}
	return terminal{Writer: bufio.NewWriter(w), color: opts.Color, width: max(opts.Width, narrowest)}
}

// TerminalPreview writes what a run would do.
func TerminalPreview(w io.Writer, p result.Preview, opts TerminalOptions) error {
	t := newTerminal(w, opts)
	count := map[result.Action]int{}
	var g grid
	for _, stage := range p.Stages {
		count[stage.Action]++
		tone, what := good, "restore"
		switch stage.Action {
		case result.ActionRun:
			tone, what = unsure, "run"
		case result.ActionDepends:
			tone, what = neutral, "depends"
		case result.ActionSkip:
			tone, what = neutral, "skip"
		}
		g.add(tone, tone.Mark(), termText(stage.Name), what, termText(stage.Reason))
	}
	t.paragraph("", previewHeadline(p, count))
	t.grid(g)
	return t.Flush()
}

func previewHeadline(p result.Preview, count map[result.Action]int) string {
	name := termText(p.Pipeline) + ": "
	if count[result.ActionRun]+count[result.ActionDepends] == 0 {
		return name + "nothing to run, nothing has changed"
	}
	text := name + plural(count[result.ActionRun], "stage", "stages") + " would run"
	if n := count[result.ActionDepends]; n > 0 {
		text += fmt.Sprintf(", %d may, depending on what comes out", n)
	}
	if n := count[result.ActionRestore]; n > 0 {
		text += fmt.Sprintf(", %d would be restored", n)
	}
	if n := count[result.ActionSkip]; n > 0 {
		text += fmt.Sprintf(", %d would be skipped", n)
	}
	return text
}

// TerminalReproduction writes which stages give the same again.
func TerminalReproduction(w io.Writer, r result.Reproduction, opts TerminalOptions) error {
	t := newTerminal(w, opts)
	different := slices.DeleteFunc(slices.Clone(r.Stages), func(s result.ReproductionStage) bool { return s.Same })
	switch {
	case len(r.Stages) == 0:
		t.paragraph(t.mark(unsure)+" ", termText(r.Pipeline)+": no stage was run again, so nothing is known")
	case len(different) == 0:
		t.paragraph(t.mark(good)+" ", fmt.Sprintf("%s: reproducible, %s gave the same bytes again", termText(r.Pipeline), plural(len(r.Stages), "stage", "stages")))
	default:
		t.paragraph(t.mark(bad)+" ", fmt.Sprintf("%s: not reproducible, %d of %s gave something else", termText(r.Pipeline), len(different), plural(len(r.Stages), "stage", "stages")))
	}
	for _, stage := range r.Stages {
		t.reproduced(stage)
	}
	return t.Flush()
}

func (t terminal) reproduced(stage result.ReproductionStage) {
	const shown = 20
	name := termText(stage.Name)
	switch {
	case stage.Error != "":
		first, _, _ := strings.Cut(stage.Error, "\n")
		t.paragraph("  "+t.mark(bad)+" ", name+": failed the second time: "+termText(first))
	case stage.Same:
		t.paragraph("  "+t.mark(good)+" ", name+": "+plural(stage.Outputs, "file", "files")+", the same")
	default:
		t.paragraph("  "+t.mark(bad)+" ", name+":")
	}
	for i, file := range stage.Different {
		if i == shown {
			t.println(fmt.Sprintf("      and %d more", len(stage.Different)-shown))
			return
		}
		t.paragraph("      ", termText(file.Path)+": "+howDifferent(file))
	}
}

func howDifferent(file result.DifferentOutput) string {
	switch {
	case file.First == "":
		return "was not there the first time"
	case file.Again == "":
		return "was not there the second time"
	case file.First == file.Again:
		return "has another executable bit"
	default:
		return file.First[:12] + " → " + file.Again[:12]
	}
}
