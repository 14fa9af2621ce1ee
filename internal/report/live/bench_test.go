package live_test

import (
	"io"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/report/live"
	"github.com/muster-ci/muster/internal/result"
)

// BenchmarkLine is what a line of a log costs a run.
func BenchmarkLine(b *testing.B) {
	for _, kind := range live.Kinds() {
		for name, line := range map[string]string{
			"short":    "epoch 12: loss 0.1234",
			"16KiB":    strings.Repeat("x", 16<<10),
			"coloured": "\x1b[32mINFO\x1b[0m epoch 12 ━━━━━━━━ loss=0.1234",
		} {
			b.Run(string(kind)+"/"+name, func(b *testing.B) {
				view, err := live.New(kind, io.Discard, live.Options{})
				if err != nil {
					b.Fatal(err)
				}
				event := result.Event{Kind: result.EventLog, Stage: "train", Stream: result.Stdout, Line: line}
				b.SetBytes(int64(len(line)))
				for b.Loop() {
					view.Event(event)
				}
				if err := view.Close(); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}
