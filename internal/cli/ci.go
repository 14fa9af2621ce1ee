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
	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/result"
)

type ciFlags struct {
	runFlags
	host                               string
	minLevel                           int
	set                                []string
	dryRun, noPublish, publishRequired bool
	candidate                          string
	stage                              bool
}

func (a *app) ciCommand() *cobra.Command {
	var flags ciFlags
	cmd := &cobra.Command{
		Use:   "ci",
		Short: "In a CI job: run, gate, promote, score, publish",
		Long: `Do all that a CI job should, by what it runs for:

  a change request       run, gate, score; one comment, and the commit is marked
  a merge queue          the same, without the comment
  one from a fork        the same, and nothing is written: summary and annotations only
  the default branch     run, gate, promote, score; mark, issue while it is denied, history
  schedule, dispatch     the same there, without the mark
  any other event        run, gate, score

Each can be switched in the ci: section of muster.yaml (in a change request the
target branch's counts), and for one job by --set. The report is written to
.muster/report.md, report.html and report.json in any case.

The host is found by its variables: GitHub Actions, GitLab CI, Gitea, or plain. In a CI
job the registry must lie outside the checkout, which does not outlive the job:
on a branch (registry: {git: {}} in muster.yaml), or in a folder that
MUSTER_REGISTRY names.

With --candidate DIR nothing is trained, and nothing of the change is executed: the
base's ruler evaluates the model that another job exported (muster run --export), and
--stage keeps it for the merge. docs/security.md says what that is good for.

What could not be published is said and changes no verdict; with
--publish-required it is exit code 1 where all else is well. A change whose
training is not due yet is pending: where the host cannot be told so, that is exit
code 5. --dry-run decides (which counts as a look at the data, in the ledger), and
prints what it would publish.

Exit codes: the first that applies of 130 interrupted · 1 muster or its
surroundings failed · 3 a stage failed · 5 the gate could not decide · 4 it
denied · 7 the champion moved meanwhile · 6 the level is below --min-level ·
0 all is well`,
		Example: `  muster ci                                  # in a job
  muster ci --host plain --dry-run           # tried on a laptop: what would it publish?
  muster ci --host plain --dry-run --base main   # and for a change to main?
  muster ci --set comment=false --set check=status
  muster ci --min-level 2`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.ci(cmd, flags) },
	}
	flags.register(cmd, runtime.NumCPU())
	cmd.Flags().StringVar(&flags.host, "host", "auto", "the CI host: auto, github, gitlab, gitea or plain")
	cmd.Flags().IntVar(&flags.minLevel, "min-level", 0, "fail if the maturity level is below this one")
	cmd.Flags().StringArrayVar(&flags.set, "set", nil, "set a key of the ci: section for this job, as KEY=VALUE: comment, check, annotations, issue, promote, score, history, waivers")
	cmd.Flags().BoolVarP(&flags.dryRun, "dry-run", "n", false, "print what would be published; promote, log and publish nothing")
	cmd.Flags().BoolVar(&flags.noPublish, "no-publish", false, "tell the host nothing: no comment, mark, issue or history")
	cmd.Flags().BoolVar(&flags.publishRequired, "publish-required", false, "fail if the report could not be published")
	cmd.Flags().StringVar(&flags.candidate, "candidate", "", "a folder that muster run --export wrote in another job: run nothing of the change, and have the base's ruler evaluate that model")
	cmd.Flags().BoolVar(&flags.stage, "stage", false, "with --candidate: keep what passes in the registry, as a version that no alias names until the change is merged")
	cmd.MarkFlagsMutuallyExclusive("no-publish", "publish-required")
	cmd.AddCommand(a.ciPublishCommand())
	return cmd
}

func (a *app) ci(cmd *cobra.Command, flags ciFlags) error {
	ctx := cmd.Context()
	if err := checkLevel(flags.minLevel); err != nil {
		return err
	}
	if flags.stage && flags.candidate == "" {
		return &usageError{err: errors.New("--stage is for --candidate"), hint: "a job that runs the change stages nothing: see docs/security.md"}
	}
	project, event, err := a.open(ctx, flags.host, flags.base)
	var base *flow.Base
	if err == nil {
		base = a.base(ctx, project, event)
	} else if project, base, err = a.gone(ctx, event, err); err != nil {
		return a.ciBroken(ctx, event, flags, err)
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
	settings, err := flags.settings(flow.CISettings(project, base))
	if err != nil {
		return err
	}
	host, noHost := a.hostOf(event, settings.Check, project.Folder.Path("cache", "answers"))
	outcome := flow.CI{
		Project: project, Runner: runner, Unavailable: unavailable, Event: event, Base: base, Version: ownVersion(),
		Track:  func(ctx context.Context, run result.Run) error { return a.track(ctx, project, run) },
		Step:   func(name string) { fmt.Fprintln(a.Err, "== "+name) },
		Signer: signer, Settings: settings, Host: host, NoHost: noHost, MinLevel: flags.minLevel, DryRun: flags.dryRun,
		Candidate: flags.candidate, Stage: flags.stage,
	}.Do(ctx)
	return a.ciDone(ctx, project, outcome, ciEnd{event, settings, flags})
}

// open opens the project, and finds out what the job runs for, also if there is no
// project: then the error says why. Git is asked
// while the configuration is read: either takes its time.
func (a *app) open(ctx context.Context, host, base string) (*flow.Project, actions.Event, error) {
	answer := make(chan git.Heads, 1)
	go func() { answer <- git.ReadHeads(ctx, filepath.Dir(a.file)) }()
	project, missing := a.project()
	heads := <-answer
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
		return actions.Event{}, &usageError{err: fmt.Errorf("there is no host %q", name), hint: "use auto, github, gitlab, gitea or plain"}
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
