package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// Columns stay aligned whatever alphabet the names are in.
func TestColumnsAlign(t *testing.T) {
	run := result.Run{Status: result.RunPassed, Pipeline: "x"}
	for _, name := range []string{"train", "学習", "évaluer", "e\u0301valuer", "👩\u200d🔬"} {
		run.Stages = append(run.Stages, result.Stage{Name: name, Status: result.StageRan, Image: "python"})
	}
	var buf bytes.Buffer
	if err := report.Terminal(&buf, result.Report{Run: &run}, report.TerminalOptions{Width: 80}); err != nil {
		t.Fatal(err)
	}
	columns := map[int]bool{}
	for line := range strings.Lines(buf.String()) {
		if before, _, found := strings.Cut(line, "python"); found {
			columns[(&runewidth.Condition{}).StringWidth(before)] = true
		}
	}
	if len(columns) != 1 {
		t.Errorf("the images stand in %d columns:\n%s", len(columns), &buf)
	}
}

// No line is wider than the terminal, and colours change no letter.
func TestWidthAndColour(t *testing.T) {
	for name, doc := range samples(t) {
		for _, width := range []int{40, 72, 80, 100, 140} {
			t.Run(fmt.Sprint(name, width), func(t *testing.T) {
				var plain, coloured bytes.Buffer
				if err := report.Terminal(&plain, doc, report.TerminalOptions{Width: width}); err != nil {
					t.Fatal(err)
				}
				for line := range strings.Lines(plain.String()) {
					line = strings.TrimSuffix(line, "\n")
					if wide := (&runewidth.Condition{}).StringWidth(line); wide > width {
						t.Errorf("%d columns of %d: %s", wide, width, line)
					}
				}
				if err := report.Terminal(&coloured, doc, report.TerminalOptions{Width: width, Color: true}); err != nil {
					t.Fatal(err)
				}
				for _, sequence := range []string{"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m"} {
					coloured = *bytes.NewBuffer(bytes.ReplaceAll(coloured.Bytes(), []byte(sequence), nil))
				}
				if coloured.String() != plain.String() {
					t.Error("with colours the text is another")
				}
			})
		}
	}
}
