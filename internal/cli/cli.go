// Package cli is muster's command line: one file a command, with its flags, its
// help and what it prints. It decides nothing; the use cases are in flow, the
// features' own packages are wired to them here.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
	"github.com/muster-ci/muster/stages/docker"
	"github.com/muster-ci/muster/stages/fetch"
	"github.com/muster-ci/muster/stages/process"
)

// Streams are where results (Out) and everything else (Err) go.
type Streams struct{ Out, Err io.Writer }

// app is what the commands share: streams, environment, global flags.
type app struct {
	Streams
	env    actions.Lookup
	log    *slog.Logger
	file   string
	format string
	color  string
}

// Main runs the command line and returns the exit code.
func Main(ctx context.Context, args []string, streams Streams, env actions.Lookup) int {
	a := &app{Streams: streams, env: env, log: slog.New(slog.NewTextHandler(streams.Err, nil))}
	root := a.root()
	root.SetArgs(args)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	err := root.ExecuteContext(ctx)
	if err != nil {
		a.explain(err)
	}
	return exitCode(ctx, err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "muster",
		Short: "Run, gate and promote machine-learning models; score the repository",
		Long: `muster runs a machine-learning pipeline in containers, compares the new model
with the current one, lets policies decide, promotes what passed, and scores the
repository against the MLOps maturity levels 0-4.

Exit codes: 0 done, gate passed · 1 muster or its surroundings failed ·
2 wrong usage or invalid file · 3 a stage failed · 4 the gate denied ·
5 the gate could not decide · 6 level below --min-level ·
7 the champion moved meanwhile · 130 interrupted`,
		Example: `  muster init                # write a first muster.yaml
  muster run                 # run what changed
  muster models init         # once: make the registry for the first model
  muster gate                # compare the new model with the current one
  muster promote             # make it the current one
  muster score               # which maturity level is this repository at?
  muster ci                  # all of it, in a CI job`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       ownVersion(),
	}
	root.SetVersionTemplate("muster {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{err: err, hint: fmt.Sprintf("see %s --help", cmd.CommandPath())}
	})
	flags := root.PersistentFlags()
	flags.StringVarP(&a.file, "file", "f", config.FileName, "the pipeline's configuration")
	flags.StringVar(&a.format, "format", "text", "how results are printed: text, json, or jsonl (a line each)")
	flags.StringVar(&a.color, "color", "auto", "colours: auto, always or never")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return a.checkGlobals(cmd) }
	// These come before the arguments are looked at, so that "--help --format json" is understood.
	root.InitDefaultHelpFlag()
	root.InitDefaultVersionFlag()
	root.AddCommand(
		a.initCommand(), a.runCommand(), a.lockCommand(), a.gateCommand(), a.compareCommand(), a.calibrateCommand(), a.promoteCommand(), a.rollbackCommand(), a.modelsCommand(),
		a.policyCommand(), a.cacheCommand(), a.scoreCommand(), a.reportCommand(), a.runsCommand(), a.ciCommand(), a.graphCommand(), a.doctorCommand(), a.completionCommand(), a.versionCommand(),
	)
	a.registerCompletions(root)
	return root
}

func (a *app) checkGlobals(cmd *cobra.Command) error {
	formats := append([]string{formatText, formatJSON, formatLines}, strings.Fields(cmd.Annotations[formatsAnnotation])...)
	if !slices.Contains(formats, a.format) {
		return &usageError{err: fmt.Errorf("--format %s is not known", a.format), hint: "use text, json or jsonl"}
	}
	if a.color != "auto" && a.color != "always" && a.color != "never" {
		return &usageError{err: fmt.Errorf("--color %s is not known", a.color), hint: "use auto, always or never"}
	}
	return nil
}

// The values of --format.
const (
	formatText  = "text"
	formatJSON  = "json"
	formatLines = "jsonl"
)

// json reports whether results are for programs.
func (a *app) json() bool { return a.format != formatText }

// colored reports whether w takes colours (https://no-color.org).
func (a *app) colored(w io.Writer) bool {
	if a.color != "auto" {
		return a.color == "always"
	}
	if value, set := a.env("NO_COLOR"); set && value != "" {
		return false
	}
	if value, _ := a.env("TERM"); value == "dumb" {
		return false
	}
	return isTerminal(w)
}

// width is how many columns w has: 80 where it is no terminal.
func (a *app) width(w io.Writer) int {
	if file, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 20 {
			return width
		}
	}
	return 80
}

// project opens the pipeline that --file names.
func (a *app) project() (*flow.Project, error) {
	registryPath, _ := a.env("MUSTER_REGISTRY")
	return a.aimed(flow.Open(a.file, registryPath))
}

// peek is the pipeline without the folder beside it, for commands that only read.
func (a *app) peek() (*flow.Project, error) {
	registryPath, _ := a.env("MUSTER_REGISTRY")
	return a.aimed(flow.Peek(a.file, registryPath))
}

// aimed tells the project which repository changes go into, as the job's host
// says: that is where a git registry lies, and not in a fork.
func (a *app) aimed(project *flow.Project, err error) (*flow.Project, error) {
	host := actions.DetectHost(a.env)
	if err != nil || host == actions.Plain {
		return project, err
	}
	event, err := actions.Detect(host, a.env, "", "")
	if err != nil {
		return nil, err
	}
	project.Target = event.Base.URL
	return project, nil
}

// executor connects to what stages run on; close it when done.
func (a *app) executor(ctx context.Context, name string) (stages.Executor, func(), error) {
	switch name {
	case "docker":
		engine, err := docker.Connect(ctx)
		if err != nil {
			return nil, nil, err
		}
		return engine, func() { engine.Close() }, nil
	case "process":
		fmt.Fprintln(a.Err, "warning: the process executor isolates nothing: stages see this machine's files, programs and network")
		return process.Process{}, func() {}, nil
	default:
		return nil, nil, &usageError{err: fmt.Errorf("there is no executor %q", name), hint: "use docker or process"}
	}
}

// runFlags are the flags of every command that runs stages.
type runFlags struct {
	executor string
	base     string
	jobs     int
	progressFlags
}

func (f *runFlags) register(cmd *cobra.Command, jobs int) {
	flags := cmd.Flags()
	flags.StringVar(&f.executor, "executor", "", "where stages run: docker, or process (this machine, not isolated); default: what muster.yaml says, else docker")
	flags.StringVar(&f.base, "base", "", "act as in a change request to this branch, tag or commit: it measures and judges, and what it does not grant is withheld or refused")
	flags.IntVarP(&f.jobs, "jobs", "j", jobs, "how many stages run at once")
	flags.Lookup("jobs").DefValue = "number of processors"
	f.progressFlags.register(cmd)
}

// runner wires a runner for the project.
func (a *app) runner(ctx context.Context, p *flow.Project, f runFlags, event actions.Event, base *flow.Base) (*stages.Runner, func(), error) {
	nothing := func() {}
	if f.jobs < 1 {
		return nil, nothing, &usageError{err: errors.New("--jobs must be at least 1"), hint: "leave it out for as many as there are processors"}
	}
	listen, unwatch, err := a.watch(ctx, f.progressFlags)
	if err != nil {
		return nil, nothing, err
	}
	executor, disconnect, err := a.executor(ctx, cmp.Or(f.executor, p.Config.Executor, "docker"))
	if err != nil {
		unwatch()
		return nil, nothing, err
	}
	done := func() {
		unwatch()
		disconnect()
	}
	return &stages.Runner{
		Config: p.Config, Dir: p.Dir, Folder: p.Folder, Executor: executor,
		Listen: listen, Jobs: f.jobs, Scope: event.Scope, Fetcher: fetch.New(version), Models: p, Version: ownVersion(),
		Base: base.Grants(), Env: stages.Lookup(a.env), Trigger: event.Trigger, Labels: event.Labels,
	}, done, nil
}

// base is what a change request is held to; nil outside of one. What the run would
// tell a server that the base does not name is not told.
func (a *app) base(ctx context.Context, p *flow.Project, event actions.Event) *flow.Base {
	if event.Scope != result.ScopeChange {
		return nil
	}
	base := flow.LoadBase(ctx, p, event.Base)
	if mine := p.Config.Tracking; mine.MLflow != "" && (base.Config == nil || base.Config.Tracking != mine) {
		fmt.Fprintf(a.Err, "warning: this run is not logged to %s: a change request may not name a server that the target branch does not\n", mine.MLflow)
		p.Config.Tracking = config.Tracking{}
	}
	return base
}

// gone stands in for a pipeline whose file is not there, if the branch that a
// change goes into gates it; else missing stays the error that it is.
func (a *app) gone(ctx context.Context, event actions.Event, missing error) (*flow.Project, *flow.Base, error) {
	if event.Scope != result.ScopeChange || !errors.Is(missing, config.ErrNotFound) {
		return nil, nil, missing
	}
	registryPath, _ := a.env("MUSTER_REGISTRY")
	project, base, err := flow.OpenGone(ctx, a.file, registryPath, event.Base)
	switch {
	case err == nil && project == nil:
		err = missing
	case err == nil:
		project, err = a.aimed(project, nil)
	}
	return project, base, err
}

// group makes a command that only has others below it: alone it shows its help,
// and a name that it does not know is a mistake, not a success.
func group(cmd *cobra.Command, below ...*cobra.Command) *cobra.Command {
	cmd.AddCommand(below...)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		return &usageError{err: fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath()), hint: "see " + cmd.CommandPath() + " --help"}
	}
	return cmd
}

// relative shortens a path for people, where that makes it shorter.
func relative(path string) string {
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, path); err == nil && len(rel) < len(path) {
			return rel
		}
	}
	return path
}
