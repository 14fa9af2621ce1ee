package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/report/live"
	"github.com/muster-ci/muster/internal/result"
)

// settings are the ci: section with what the flags say of this job.
func (f ciFlags) settings(ci config.CI) (config.CI, error) {
	for _, pair := range f.set {
		key, value, _ := strings.Cut(pair, "=")
		if err := ci.Set(key, value); err != nil {
			return ci, &usageError{err: fmt.Errorf("--set %s: %w", pair, err), hint: "write KEY=VALUE, with a key and a value of the ci: section; docs/muster-yaml.md lists them"}
		}
	}
	if f.noPublish {
		ci.Comment, ci.Check, ci.Issue, ci.History, ci.PublishRequired = false, "off", false, "", false
	}
	ci.PublishRequired = ci.PublishRequired || f.publishRequired
	return ci, nil
}

// ciEnd is what a job was asked for, when it comes to its end.
type ciEnd struct {
	event    actions.Event
	settings config.CI
	flags    ciFlags
}

// ciDone says what the job came to, and how it ends.
func (a *app) ciDone(ctx context.Context, project *flow.Project, outcome flow.Outcome, end ciEnd) error {
	if err := printDocument(a, outcome.Report, outcome.Report); err != nil {
		return err
	}
	for _, err := range outcome.Errors {
		a.explain(err)
	}
	fmt.Fprintf(a.Err, "report: %s, %s\n", relative(project.Folder.Path("report.md")), relative(project.Folder.Path("report.html")))
	code := ciCode(ctx, outcome, end.flags.minLevel)
	if end.flags.dryRun {
		return errors.Join(a.previewPlan(outcome), asOutcome(code))
	}
	missing := a.sayPublished(project, outcome, end.event)
	switch {
	case code != codeDone:
	case outcome.Untold(end.event):
		a.explain(&usageError{
			err:  errors.New("this change is pending, since its training is not due, and the host could not be told so: without that it would look like a pass"),
			hint: "let the job mark the commit (on GitHub: permissions: {checks: write}), or have it train: when: in muster.yaml",
		})
		code = codeUndecided
	case len(missing) > 0 && end.settings.PublishRequired:
		code = codeFailed
	}
	return asOutcome(code)
}

// ciCode picks the first code of the documented order that applies.
func ciCode(ctx context.Context, outcome flow.Outcome, minLevel int) int {
	applies := map[int]bool{}
	if ctx.Err() != nil {
		applies[codeInterrupted] = true
	}
	for _, err := range outcome.Errors {
		applies[exitCode(ctx, err)] = true
	}
	report := outcome.Report
	if report.Run != nil {
		applies[runCode(*report.Run)] = true
	}
	if report.Decision != nil {
		applies[verdictCode(report.Decision.Verdict)] = true
	}
	if report.Assessment != nil {
		applies[levelCode(*report.Assessment, minLevel)] = true
	}
	order := []int{codeInterrupted, codeFailed, codeUsage, codeStage, codeUndecided, codeDenied, codeMoved, codeLevel}
	for _, code := range order {
		if applies[code] {
			return code
		}
	}
	return codeDone
}

// sayPublished gives the host the files that it shows of a job, and says what it was
// told and what not.
func (a *app) sayPublished(project *flow.Project, outcome flow.Outcome, event actions.Event) (missing []string) {
	said := outcome.Said
	missing = slices.Clone(said.Missing)
	if err := a.publishFiles(event.Host, project, outcome.Report); err != nil {
		missing = append(missing, err.Error())
	}
	if event.Host == actions.GitHub || event.Host == actions.Gitea {
		if err := live.Remarks(a.Err, said.Remarks); err != nil {
			missing = append(missing, "annotations: "+err.Error())
		}
	}
	if event.Host != actions.Plain || len(said.Missing) > 0 {
		fmt.Fprintln(a.Err, report.Plain(publishedLine(said)))
	}
	for _, part := range missing {
		fmt.Fprintln(a.Err, "warning: not published:", harmless(part))
	}
	if said.Hint != "" {
		fmt.Fprintln(a.Err, "hint:", harmless(said.Hint))
	}
	return missing
}

// publishedLine is "published: comment updated, check success https://…, 3 reads, 2 writes, 0.4 s".
func publishedLine(said flow.Said) string {
	parts := slices.Clone(said.Did)
	if len(parts) == 0 {
		parts = []string{"nothing"}
	}
	for _, address := range []string{said.Comment, said.Check, said.Alert} {
		if address != "" {
			parts = append(parts, address)
		}
	}
	if said.Reads+said.Writes > 0 {
		parts = append(parts, counted(said.Reads, "read"), counted(said.Writes, "write"), fmt.Sprintf("%.1f s", said.Seconds))
	}
	return "published: " + strings.Join(parts, ", ")
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// publishFiles gives the host what it shows of a job without being asked by its API.
func (a *app) publishFiles(host actions.HostName, project *flow.Project, doc result.Report) error {
	files := actions.Files{
		Markdown: project.Folder.Path("report.md"),
		HTML:     project.Folder.Path("report.html"),
		JSON:     project.Folder.Path(flow.ReportFile),
		Dotenv:   project.Folder.Path("muster.env"),
	}
	if doc.Decision != nil {
		files.Decision = project.Folder.Path(flow.DecisionFile)
	}
	return actions.Publish(host, a.env, doc, files)
}
