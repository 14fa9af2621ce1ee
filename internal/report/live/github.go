package live

import (
	"fmt"
	"io"
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

// mostRemarks is how many annotations of a level GitHub shows for a step ("Limitations" of
// annotations in its documentation of workflow commands).
const mostRemarks = 10

// Remarks writes remarks as workflow commands, for a job whose commit has no check that
// shows them. Those that GitHub would leave out are not written.
func Remarks(w io.Writer, remarks []result.Remark) error {
	var text strings.Builder
	written := map[string]int{}
	for _, r := range remarks {
		command := "notice"
		switch r.Severity {
		case result.SeverityDeny:
			command = "error"
		case result.SeverityWarn:
			command = "warning"
		}
		if written[command]++; written[command] > mostRemarks {
			continue
		}
		fmt.Fprintf(&text, "::%s file=%s,line=%d,endLine=%[3]d,title=%s::%s\n", command,
			commandProperty(report.Plain(r.Path)), r.Line, commandProperty(report.Plain(r.Title)), commandData(report.Plain(r.Message)))
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// commandData escapes what stands after the second "::" of a command.
func commandData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// commandProperty escapes a value before it.
func commandProperty(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}
