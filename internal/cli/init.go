package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/starter"
)

// initFlags are the flags of muster init.
type initFlags struct {
	output         string
	print          bool
	github, gitlab bool
}

func (a *app) initCommand() *cobra.Command {
	var flags initFlags
	cmd := &cobra.Command{
		Use:   "init [dir]",
		Short: "Look at the repository and write a first muster.yaml that runs",
		Long: `Look at the repository and write a first muster.yaml. What describes a pipeline
already is imported: dvc.yaml, MLproject, or a Makefile. Else the scripts and
notebooks that train say what they read and write. Where there is no Dockerfile
but there are dependencies, a small one is written too, with its .dockerignore.
With --github or --gitlab the registry is a branch of the repository, which
outlives every job.

No file is ever overwritten. What muster.yaml cannot say is a comment at its
place, and a note here.

Exit codes: 0 written · 1 the folder cannot be read or written · 2 there is a
muster.yaml already, or nothing that looks like a pipeline`,
		Example: `  muster init
  muster init --print              # show it, write nothing
  muster init --output new.yaml    # beside a muster.yaml that is there
  muster init --github             # with a workflow for GitHub Actions
  muster init --gitlab             # with a pipeline for GitLab CI
  muster init models/churn         # of a folder of a larger repository`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			if !cmd.Flags().Changed("output") {
				flags.output = a.file
			}
			return a.init(cmd.Context(), dir, flags)
		},
	}
	cmd.Flags().StringVarP(&flags.output, "output", "o", config.FileName, "the file to write, in the folder that is looked at")
	cmd.Flags().BoolVar(&flags.print, "print", false, "print the file in place of writing it; nothing is written")
	cmd.Flags().BoolVar(&flags.github, "github", false, "write "+starter.WorkflowPath+" too")
	cmd.Flags().BoolVar(&flags.gitlab, "gitlab", false, "write "+starter.IncludePath+" too; where there is one, print what it needs")
	return cmd
}

// initResult is what muster init did, as --format json prints it.
type initResult struct {
	Path   string          `json:"path"` // "" if nothing was written
	Files  []string        `json:"files"`
	Found  []starter.Found `json:"found"`
	Notes  []starter.Note  `json:"notes"`
	Config string          `json:"config"`
}

func (a *app) init(ctx context.Context, dir string, flags initFlags) error {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return &usageError{err: fmt.Errorf("there is no folder %s", dir), hint: "name the folder of a repository"}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("find folder: %w", err)
	}
	target := filepath.Join(dir, flags.output)
	if filepath.IsAbs(flags.output) {
		target = flags.output
	}
	if _, err := os.Lstat(target); err == nil && !flags.print {
		return &usageError{
			err:  fmt.Errorf("%s is there already, and no file is overwritten", relative(target)),
			hint: "write another one with --output other.yaml, or see what it would be with --print",
		}
	}
	proposal, err := starter.Look(ctx, dir)
	if nothing, ok := errors.AsType[*starter.NothingError](err); ok {
		nothing.Dir = relative(dir)
	}
	if err != nil {
		return err
	}
	if flags.github || flags.gitlab {
		proposal.Config = starter.InJobs(proposal.Config, filepath.Base(dir))
	}
	if flags.print {
		return a.printProposal(proposal)
	}
	files, err := a.initFiles(dir, target, flags, proposal)
	if err != nil {
		return err
	}
	done, err := writeNew(files)
	if err != nil {
		return err
	}
	if a.json() {
		return a.printJSON(initResult{relative(target), done, orEmpty(proposal.Found), orEmpty(proposal.Notes), string(proposal.Config)})
	}
	return a.tellProposal(dir, proposal, done, flags)
}

func orEmpty[T any](list []T) []T { return append([]T{}, list...) }

func (a *app) printProposal(p *starter.Proposal) error {
	if a.json() {
		return a.printJSON(initResult{"", []string{}, orEmpty(p.Found), orEmpty(p.Notes), string(p.Config)})
	}
	_, err := a.Out.Write(p.Config)
	for _, file := range p.Files {
		fmt.Fprintf(a.Err, "not written: %s, which the image is built from\n", file.Path)
	}
	a.tellNotes(p.Notes)
	return err
}

// initFiles lists what is to be written, muster.yaml last: while it is not
// there, the command can be given again.
func (a *app) initFiles(dir, target string, flags initFlags, p *starter.Proposal) ([]starter.File, error) {
	var files []starter.File
	for _, file := range p.Files {
		files = append(files, starter.File{Path: filepath.Join(dir, filepath.FromSlash(file.Path)), Text: file.Text})
	}
	if flags.github {
		root, folder := repositoryRoot(dir)
		workflow := filepath.Join(root, filepath.FromSlash(starter.WorkflowPath))
		if _, err := os.Lstat(workflow); err == nil {
			return nil, &usageError{err: fmt.Errorf("%s is there already, and no file is overwritten", relative(workflow)), hint: "leave out --github, or move that file away"}
		}
		files = append(files, starter.File{Path: workflow, Text: starter.Workflow(folder, writer())})
	}
	if flags.gitlab {
		root, folder := repositoryRoot(dir)
		pipeline := filepath.Join(root, starter.IncludePath)
		if _, err := os.Lstat(pipeline); err != nil { // one that is there is the project's own
			files = append(files, starter.File{Path: pipeline, Text: starter.Include(folder)})
		}
	}
	return append(files, starter.File{Path: target, Text: p.Config}), nil
}

// writer is this muster, as a workflow names it.
func writer() starter.By {
	made := thisBuild()
	if made.Modified {
		made.Revision = ""
	}
	return starter.By{Version: made.Muster, Commit: made.Revision}
}

// writeNew writes files that are not there, each whole.
func writeNew(files []starter.File) ([]string, error) {
	var done []string
	for _, file := range files {
		place := file.Path
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			return nil, fmt.Errorf("make folder for %s: %w", place, err)
		}
		err := objects.CreateFile(place, file.Text, 0o644)
		if errors.Is(err, fs.ErrExist) {
			return nil, &usageError{err: fmt.Errorf("%s is there already, and no file is overwritten", relative(place)), hint: "somebody made it meanwhile; look at it, then try again"}
		}
		if err != nil {
			return nil, err
		}
		done = append(done, filepath.ToSlash(relative(place)))
	}
	return done, nil
}

// repositoryRoot finds the folder with .git around a folder, and the way from there.
func repositoryRoot(dir string) (root, folder string) {
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			rel, err := filepath.Rel(at, dir)
			if err != nil {
				return dir, "."
			}
			return at, filepath.ToSlash(rel)
		}
		if filepath.Dir(at) == at {
			return dir, "."
		}
	}
}

// tellProposal says what was found and written, and what to do next.
func (a *app) tellProposal(dir string, p *starter.Proposal, done []string, flags initFlags) error {
	for _, f := range p.Found {
		where := f.Path
		if f.Line > 0 {
			where = fmt.Sprintf("%s:%d", f.Path, f.Line)
		}
		fmt.Fprintf(a.Out, "found %s (%s)\n", report.Plain(f.What), report.Plain(where))
	}
	for _, name := range done {
		fmt.Fprintf(a.Out, "wrote %s\n", report.Plain(name))
	}
	root, folder := repositoryRoot(dir)
	if pipeline := filepath.ToSlash(relative(filepath.Join(root, starter.IncludePath))); flags.gitlab && !slices.Contains(done, pipeline) {
		fmt.Fprintf(a.Out, "\nadd to %s:\n\n%s", report.Plain(pipeline), starter.Include(folder))
	}
	a.tellNotes(p.Notes)
	_, err := fmt.Fprintf(a.Out, "\nnext:\n  %s\n", strings.Join(nextSteps(p, flags), "\n  "))
	return err
}

// nextSteps are the commands that follow: on a machine of one's own all of them, and
// where jobs gate and promote what goes before the first.
func nextSteps(p *starter.Proposal, flags initFlags) []string {
	next := []string{"muster run            # look over the file first: a stage sees only what it names"}
	switch {
	case !strings.Contains(string(p.Config), "\ngate:"):
		return next
	case flags.github || flags.gitlab:
		return append(next, "muster models init    # once, with the right to push: the branch that the models go to",
			"git add, commit, push # the first job on the default branch promotes the first model")
	}
	return append(next, "muster models init    # once: the registry that the first model goes into",
		"muster gate           # is the new model as good as the one in use?",
		"muster promote        # then it becomes the one in use")
}

func (a *app) tellNotes(notes []starter.Note) {
	for _, note := range notes {
		where := ""
		switch {
		case note.Line > 0:
			where = fmt.Sprintf("%s:%d: ", note.Path, note.Line)
		case note.Path != "":
			where = note.Path + ": "
		}
		fmt.Fprintln(a.Err, "note:", report.Plain(where+note.Message))
	}
}
