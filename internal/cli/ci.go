package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/result"
)

type ciFlags struct {
	runFlags
	host     string
	minLevel int
}

func (a *app) ciCommand() *cobra.Command {
	var flags ciFlags
	cmd := &cobra.Command{
		Use:   "ci",
		Short: "In a CI job: run, gate, promote, score, report",
		Long: `Do all that a CI job should. A change is run, gated and scored; a run on the
default branch also promotes what passed. The report is written to
.muster/report.md, report.html and report.json in any case.

The host is found by its variables: GitHub Actions, GitLab CI, or plain. In a CI
job the registry must lie outside the checkout, which does not outlive the job:
on a branch (registry: {git: {}} in muster.yaml), or in a folder that
MUSTER_REGISTRY names.

Exit codes: the first that applies of 130 interrupted · 1 muster or its
surroundings failed · 3 a stage failed · 5 the gate could not decide · 4 it
denied · 7 the champion moved meanwhile · 6 the level is below --min-level ·
0 all is well`,
		Example: `  muster ci                       # in a job
  muster ci --host plain          # the same, tried on a laptop
  muster ci --min-level 2`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.ci(cmd, flags) },
	}
	flags.register(cmd, runtime.NumCPU())
	cmd.Flags().StringVar(&flags.host, "host", "auto", "the CI host: auto, github, gitlab or plain")
	cmd.Flags().IntVar(&flags.minLevel, "min-level", 0, "fail if the maturity level is below this one")
	return cmd
}

func (a *app) ci(cmd *cobra.Command, flags ciFlags) error {
	ctx := cmd.Context()
	if err := checkLevel(flags.minLevel); err != nil {
		return err
	}
	project, event, err := a.open(ctx, flags.host, flags.base)
	var base *flow.Base
	if err == nil {
		base = a.base(ctx, project, event)
	} else if project, base, err = a.gone(ctx, event, err); err != nil {
		return err
	}
	// Without an engine there is still a repository to score, and a report to write.
	runner, done, unavailable := a.runner(ctx, project, flags.runFlags, event, base)
	if isA[*usageError](unavailable) {
		return unavailable
	}
	defer done()
	signer, err := a.signer()
	if err != nil {
		return err
	}
	step := func(name string) { fmt.Fprintln(a.Err, "== "+name) }
	track := func(ctx context.Context, run result.Run) error { return a.track(ctx, project, run) }
	outcome := flow.CI{
		Project: project, Runner: runner, Unavailable: unavailable, Event: event, Base: base, Version: ownVersion(), Track: track, Step: step,
		Signer: signer,
	}.Do(ctx)
	if err := printDocument(a, outcome.Report, outcome.Report); err != nil {
		return err
	}
	for _, err := range outcome.Errors {
		a.explain(err)
	}
	fmt.Fprintf(a.Err, "report: %s, %s\n", relative(project.Folder.Path("report.md")), relative(project.Folder.Path("report.html")))
	if err := a.publish(event.Host, project, outcome.Report); err != nil {
		outcome.Errors = append(outcome.Errors, err)
		a.explain(err)
	}
	return asOutcome(ciCode(ctx, outcome, flags.minLevel))
}

// open opens the project, and finds out what the job runs for, also if there is no
// project: then the error is config.ErrNotFound. Git is asked
// while the configuration is read: either takes its time.
func (a *app) open(ctx context.Context, host, base string) (*flow.Project, actions.Event, error) {
	answer := make(chan git.Heads, 1)
	go func() { answer <- git.ReadHeads(ctx, filepath.Dir(a.file)) }()
	project, missing := a.project()
	heads := <-answer
	if missing != nil && !errors.Is(missing, config.ErrNotFound) {
		return nil, actions.Event{}, missing
	}
	dir := filepath.Dir(a.file)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		dir = "." // the file is gone, with its folder
	}
	event, err := a.event(ctx, host, dir, base, heads)
	return project, event, cmp.Or(missing, err)
}

// event finds out what the job runs for.
func (a *app) event(ctx context.Context, name, dir, base string, heads git.Heads) (actions.Event, error) {
	host := actions.HostName(name)
	if name == "auto" {
		host = actions.DetectHost(a.env)
	} else if !slices.Contains(actions.Hosts(), host) {
		return actions.Event{}, &usageError{err: fmt.Errorf("there is no host %q", name), hint: "use auto, github, gitlab or plain"}
	}
	event, err := actions.Detect(host, a.env, heads.Branch, heads.Default)
	event.CheckedOut(heads.Commit)
	if err != nil || base == "" {
		return event, err
	}
	repo, err := git.Open(ctx, dir)
	if err != nil {
		return event, &usageError{err: fmt.Errorf("--base %s: %w", base, err), hint: "run muster in a clone"}
	}
	commit, err := repo.Commit(ctx, base)
	if errors.Is(err, git.ErrNoCommit) {
		return event, &usageError{err: fmt.Errorf("--base: %w", err), hint: "name a branch, tag or commit that is here, for example origin/main"}
	}
	event.Against(base, commit)
	return event, err
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

// publish gives the host what it shows of a job.
func (a *app) publish(host actions.HostName, project *flow.Project, report result.Report) error {
	files := actions.Files{
		Markdown: project.Folder.Path("report.md"),
		HTML:     project.Folder.Path("report.html"),
		JSON:     project.Folder.Path(flow.ReportFile),
		Dotenv:   project.Folder.Path("muster.env"),
	}
	if report.Decision != nil {
		files.Decision = project.Folder.Path(flow.DecisionFile)
	}
	return actions.Publish(host, a.env, report, files)
}
