package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// replayFlags say which decisions are judged again, and by which policies.
type replayFlags struct {
	folder, since string
	logs          []string
	failOnChange  bool
}

func (a *app) policyReplayCommand() *cobra.Command {
	var flags replayFlags
	cmd := &cobra.Command{
		Use:   "replay",
		Short: "Judge the decisions of the past by the policies of today",
		Long: `Judge the recorded decisions of the past by the policies as they are now, and say
which merges these would have stopped, and which they would have let through. Nothing
is run or measured, and nothing is kept.

Decisions are read from the registry's ledger and from .muster/decision-log.jsonl,
each once; with --log only from the decision logs that it names. What was measured,
the gate section and the problems are as recorded: only the Rego is another. Waivers
that let a finding pass then do so again, whatever day it is.

A record that cannot be judged (a line that was cut short, a document that an older
muster wrote without what policies look at today) is named and counted.

Exit codes: 0 done · 2 invalid policies, or nothing to read · with --fail-on-change also
4 a decision would be another · 5 none would, but some records could not be judged`,
		Example: `  muster policy replay
  muster policy replay --policies stricter/ --since 2026-01-01
  muster policy replay --log decisions.jsonl --fail-on-change    # in a change of the policies`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.replayPolicies(cmd.Context(), flags) },
	}
	cmd.Flags().StringVarP(&flags.folder, "policies", "p", "", "a folder with Rego files, instead of the one that muster.yaml names")
	cmd.Flags().StringArrayVar(&flags.logs, "log", nil, "a decision log to read instead of the ledger; may be given several times")
	cmd.Flags().StringVar(&flags.since, "since", "", "leave out what was decided before this day (2006-01-02, UTC)")
	cmd.Flags().BoolVar(&flags.failOnChange, "fail-on-change", false, "exit with 4 if a verdict would be another")
	_ = cmd.MarkFlagDirname("policies")
	_ = cmd.MarkFlagFilename("log", "jsonl")
	return cmd
}

func (a *app) replayPolicies(ctx context.Context, flags replayFlags) error {
	replay := flow.Replay{Logs: flags.logs}
	var err error
	if flags.since != "" {
		if replay.Since, err = time.Parse(time.DateOnly, flags.since); err != nil {
			return &usageError{err: fmt.Errorf("--since: %q is no day", flags.since), hint: "write it as 2026-01-31"}
		}
	}
	for _, path := range flags.logs {
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			return &usageError{err: fmt.Errorf("there is no decision log %s", path), hint: "name a file that muster gate --decision-log wrote"}
		}
	}
	if len(flags.logs) == 0 {
		if replay.Project, err = a.peek(); err != nil {
			return err
		}
	}
	if replay.Set, err = a.policySet(ctx, flags.folder); err != nil {
		return err
	}
	doc, err := replay.Run(ctx)
	if errors.Is(err, fs.ErrPermission) {
		return &usageError{err: err, hint: "run it as somebody who may read the records"}
	}
	if err != nil {
		return err
	}
	if err := printAs(a, doc, report.Replay); err != nil {
		return err
	}
	return asOutcome(replayCode(doc, flags.failOnChange))
}

// replayCode is the exit code of a replay that anything hangs on. What could not be
// judged is not known to be the same.
func replayCode(doc result.Replay, failOnChange bool) int {
	if !failOnChange {
		return codeDone
	}
	for _, d := range doc.Decisions {
		if d.Was != d.WouldBe {
			return codeDenied
		}
	}
	if doc.Counts.Unread > 0 {
		return codeUndecided
	}
	return codeDone
}
