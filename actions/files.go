package actions

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// Files are the places of what is published. Dotenv is written, for GitLab.
type Files struct{ Markdown, HTML, Dotenv string }

// maxSummary is GitHub's limit for a step's summary, 1 MiB.
const maxSummary = 1 << 20

// Publish gives the host what it shows of a job: on GitHub the summary and the
// step's outputs, on GitLab a dotenv report. A plain host shows nothing.
func Publish(host HostName, env Lookup, report result.Report, files Files) error {
	switch host {
	case GitHub, Gitea:
		return errors.Join(writeSummary(env, files.Markdown), writeOutputs(env, report, files))
	case GitLab:
		var text strings.Builder
		for _, o := range outputs(report, files) {
			fmt.Fprintf(&text, "MUSTER_%s=%s\n", strings.ToUpper(o.name), o.value)
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
		markdown = append(markdown[:maxSummary-100], "\n\n… the whole report is in the job's artifacts\n"...)
	}
	return appendTo(env, "GITHUB_STEP_SUMMARY", string(markdown))
}

func writeOutputs(env Lookup, report result.Report, files Files) error {
	var text strings.Builder
	for _, o := range outputs(report, files) {
		fmt.Fprintf(&text, "%s=%s\n", o.name, o.value)
	}
	return appendTo(env, "GITHUB_OUTPUT", text.String())
}

type output struct{ name, value string }

// outputs are what later steps and jobs can read: no value spans lines, so that
// none can smuggle in another.
func outputs(report result.Report, files Files) []output {
	verdict, level := "none", "none"
	if report.Decision != nil {
		verdict = string(report.Decision.Verdict)
	}
	if report.Assessment != nil && report.Assessment.Level != nil {
		level = strconv.Itoa(*report.Assessment.Level)
	}
	list := []output{{"verdict", verdict}, {"level", level}, {"report", files.Markdown}, {"html", files.HTML}}
	for i := range list {
		list[i].value = strings.Map(func(r rune) rune {
			if r < ' ' {
				return '_'
			}
			return r
		}, list[i].value)
	}
	return list
}

// appendTo adds to the file that a variable of the host names. A job without it has no use for the text.
func appendTo(env Lookup, variable, text string) error {
	path, _ := env(variable)
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("write %s: %w", variable, err)
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}
