package actions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/muster-ci/muster/internal/result"
)

// Files are the places of what is published. Summary is shown by the job itself; Dotenv
// is written, for GitLab. A file that there is none of is empty.
type Files struct{ Summary, Markdown, HTML, JSON, Decision, Dotenv string }

// maxSummary is GitHub's limit for a step's summary, 1 MiB.
const maxSummary = 1 << 20

// Publish gives the host what it shows of a job: on GitHub the summary and the
// step's outputs, on GitLab a dotenv report. A plain host shows nothing.
func Publish(host HostName, env Lookup, report result.Report, files Files) error {
	switch host {
	case GitHub, Gitea:
		return errors.Join(writeSummary(env, files.Summary), writeOutputs(env, report, files))
	case GitLab:
		var text strings.Builder
		for _, o := range outputs(report, files) {
			fmt.Fprintf(&text, "MUSTER_%s=%s\n", strings.ToUpper(o.name), oneLine(o.value))
		}
		if err := os.WriteFile(files.Dotenv, []byte(text.String()), 0o644); err != nil {
			return fmt.Errorf("write dotenv report: %w", err)
		}
	case Plain:
	}
	return nil
}

func writeSummary(env Lookup, path string) error {
	markdown, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("write job summary: %w", err)
	}
	if len(markdown) > maxSummary {
		// GitHub drops a summary that is too long altogether; the verdict stands first.
		markdown = append(bytes.ToValidUTF8(markdown[:maxSummary-100], nil), "\n\n… the whole report is in the job's artifacts\n"...)
	}
	return appendTo(env, "GITHUB_STEP_SUMMARY", string(markdown))
}

func writeOutputs(env Lookup, report result.Report, files Files) error {
	metrics, err := metricsOf(report)
	if err != nil {
		return err
	}
	list := append(outputs(report, files), output{"json", files.JSON}, output{"decision", files.Decision}, output{"metrics", metrics})
	var text strings.Builder
	for _, o := range list {
		fmt.Fprintf(&text, "%s=%s\n", o.name, oneLine(o.value))
	}
	return appendTo(env, "GITHUB_OUTPUT", text.String())
}

type output struct{ name, value string }

// outputs are what later steps and jobs can read.
func outputs(report result.Report, files Files) []output {
	verdict, level := "none", "none"
	if report.Decision != nil {
		verdict = string(report.Decision.Verdict)
	}
	if report.Assessment != nil && report.Assessment.Level != nil {
		level = strconv.Itoa(*report.Assessment.Level)
	}
	return []output{{"verdict", verdict}, {"level", level}, {"report", files.Markdown}, {"html", files.HTML}}
}

// oneLine keeps a value on its line, so that it cannot smuggle in another one.
func oneLine(value string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return '_'
		}
		return r
	}, value)
}

// measured is how a metric stands over all rows.
type measured struct {
	Candidate  *float64       `json:"candidate,omitempty"`
	Champion   *float64       `json:"champion,omitempty"`
	Difference *float64       `json:"difference,omitempty"`
	Verdict    result.Outcome `json:"verdict"`
}

// metricsOf is the comparison with the champion as a JSON object by metric, without slices.
func metricsOf(report result.Report) (string, error) {
	found := map[string]measured{}
	if report.Decision != nil {
		for _, c := range report.Decision.Comparison {
			if c.Slice == "" && c.Against == "" && c.Data == "" {
				found[c.Metric] = measured{c.Candidate, c.Champion, c.Diff, c.Verdict}
			}
		}
	}
	text, err := json.Marshal(found)
	if err != nil {
		return "", fmt.Errorf("write metrics: %w", err)
	}
	return string(text), nil
}

// appendTo adds to the file that a variable of the host names. A job without it has no use for the text.
func appendTo(env Lookup, variable, text string) error {
	path, _ := env(variable)
	if path == "" {
		return nil
	}
	// Nonblocking: a pipe that nobody reads would hold the job for as long as the host lets it.
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY|syscall.O_NONBLOCK, 0o644)
	if err != nil {
		return fmt.Errorf("write %s: %w", variable, err)
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}
