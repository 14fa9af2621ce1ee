package flow

import (
	"io"
	"strings"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// notes are what stands around the report on the host.
func (c CI) notes() report.Notes {
	return report.Notes{Job: c.Event.JobURL, Commit: c.Event.Head}
}

// comment writes the change's comment below what the old one keeps. A job that runs
// again says when the verdict was first given, so that it changes nothing.
func (c CI) comment(doc result.Report, old string) string {
	past := report.Earlier(old)
	if doc.Decision != nil {
		decision := *doc.Decision
		if n := len(past); n > 0 && past[n-1].Commit == c.Event.Head && past[n-1].Verdict == decision.Verdict {
			decision.Created = past[n-1].At
		}
		doc.Created, doc.Decision = decision.Created, &decision
	}
	return written(func(w io.Writer) error { return report.Comment(w, doc, past, c.notes()) }, c.name())
}

// summary is what a check shows.
func (c CI) summary(doc result.Report) string {
	return written(func(w io.Writer) error { return report.Summary(w, doc, c.notes(), report.CheckLimit) }, c.name())
}

// written is what was rendered. What cannot be is said in its place: the verdict
// stands in the mark and in the exit code all the same.
func written(render func(io.Writer) error, name string) string {
	var text strings.Builder
	if err := render(&text); err != nil {
		return report.Marker(name) + "\nThis report could not be written; it is in the job's log.\n"
	}
	return text.String()
}

// annotations are remarks as a host takes them.
func annotations(remarks []result.Remark) []actions.Annotation {
	var out []actions.Annotation
	for _, r := range remarks {
		level := actions.LevelNotice
		switch r.Severity {
		case result.SeverityDeny:
			level = actions.LevelFailure
		case result.SeverityWarn:
			level = actions.LevelWarning
		}
		out = append(out, actions.Annotation{Path: r.Path, Line: r.Line, End: r.Line, Level: level, Title: r.Title, Message: r.Message})
	}
	return out
}
