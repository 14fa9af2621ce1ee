package live

import (
	"fmt"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// github writes workflow commands ("Workflow commands for GitHub Actions" in
// GitHub's documentation). No line of a log begins as one: each has a mark
// before it, and [report.Plain] breaks the older form, which counts anywhere.
type github struct{}

func (github) open(name string, _ int, _ time.Time, _ bool) string {
	return "::group::" + commandData(name) + "\n"
}

func (github) close(string, int, time.Time) string { return "::endgroup::\n" }

func (github) annotate(stage result.Stage) string {
	message := []string{firstLine(stage.Error)}
	for _, line := range logTail(stage) {
		message = append(message, fit(shown(line), longestWord))
	}
	title := fmt.Sprintf("stage %s failed", report.Plain(stage.Name))
	return "::error title=" + commandProperty(title) + "::" + commandData(strings.Join(message, "\n")) + "\n"
}

// commandData escapes what stands after the second "::" of a command.
func commandData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// commandProperty escapes a value before it.
func commandProperty(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}
