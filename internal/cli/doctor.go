package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages/docker"
)

// checkTimeout bounds each check, so that a doctor has always something to say.
const checkTimeout = 10 * time.Second

func (a *app) doctorCommand() *cobra.Command {
	var executor string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check what muster needs: engine, images, disk, git, CI host, registry",
		Long: `Look at everything that muster needs, and say what to do where it is not right: the
configuration, the container engine and whether it sees this machine's files, what it
has to give, the stages' images, room on the disks, git, the CI host's variables, the
stages' secrets, the registry, the user, and the clocks. All checks are made, each within ten seconds;
nothing is changed, pulled or run.

✓ is right · ! will do, but may surprise · ✗ will not work · · was not looked at

Exit codes: 0 nothing fails (warnings may be there) · 1 a check fails · 2 wrong usage ·
130 interrupted`,
		Example: `  muster doctor
  muster doctor --executor process    # stages are to run without an engine
  muster doctor --format json | jq '.checks[] | select(.status == "fail")'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.doctor(cmd, executor) },
	}
	cmd.Flags().StringVar(&executor, "executor", "", "where stages are to run: docker or process (default: what muster.yaml says)")
	return cmd
}

func (a *app) doctor(cmd *cobra.Command, executor string) error {
	if executor != "" && executor != "docker" && executor != "process" {
		return &usageError{err: fmt.Errorf("there is no executor %q", executor), hint: "use docker or process"}
	}
	registryPath, _ := a.env("MUSTER_REGISTRY")
	doctor := flow.Doctor{
		File: a.file, RegistryPath: registryPath, Env: a.env, Executor: executor, Connect: connectEngine, Timeout: checkTimeout,
	}
	diagnosis := doctor.Examine(cmd.Context())
	if cmd.Context().Err() != nil { // what was not looked at is no finding
		return asOutcome(codeInterrupted)
	}
	if err := printAs(a, diagnosis, report.Diagnosis); err != nil {
		return err
	}
	if diagnosis.Status == result.CheckFail {
		return asOutcome(codeFailed)
	}
	return nil
}

func connectEngine(ctx context.Context) (flow.Engine, func(), error) {
	engine, err := docker.Connect(ctx)
	if err != nil {
		return nil, nil, err
	}
	return engine, func() { engine.Close() }, nil
}
