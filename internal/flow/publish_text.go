package flow

import (
	"io"
	"strings"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// comment writes the change's comment below what the old one keeps. A job that runs
// again says when the verdict was first given, so that it changes nothing.
func (c CI) comment(doc result.Report, notes report.Notes, old string) string {
	notes.Key = essence(doc, notes)
	if report.Says(old, notes.Key) {
		return old
	}
	past := report.Earlier(old)
	if doc.Decision != nil {
		decision := *doc.Decision
		if n := len(past); n > 0 && past[n-1].Commit == c.Event.Head && past[n-1].Verdict == decision.Verdict {
			decision.Created = past[n-1].At
		}
		doc.Created, doc.Decision = decision.Created, &decision
	}
	return written(func(w io.Writer) error { return report.Comment(w, doc, past, notes) }, c.name())
}

// summary is what a check or a job shows, in at most as many bytes.
func (c CI) summary(doc result.Report, notes report.Notes, most int) string {
	return written(func(w io.Writer) error { return report.Summary(w, doc, notes, most) }, c.name())
}

// SummaryFile is what the job itself shows, in the project's folder.
const SummaryFile = "summary.md"

func (c CI) writeSummary(out Outcome) error {
	return objects.WriteFile(c.Project.Folder.Path(SummaryFile), []byte(c.summary(out.Report, out.notes, report.JobSummaryLimit)), 0o644)
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
