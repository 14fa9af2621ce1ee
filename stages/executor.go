package stages

import (
	"context"
	"errors"
	"io"
)

// Executor runs stages somewhere: in containers, or on the host.
type Executor interface {
	Images
	// Name is what a run record calls it.
	Name() string
	// Run executes the task, waits for its end, and leaves nothing running, also
	// when the context ends first. It returns the command's exit code; an error
	// means that the command could not be run, not that it failed.
	Run(ctx context.Context, task Task) (exitCode int, err error)
	// Sweep removes what runs of this project have left behind that are no longer alive.
	Sweep(ctx context.Context, project string, alive func(run string) bool) error
}

// Images finds and makes what stages run in.
type Images interface {
	// Find returns an image that is there already, or ErrNoImage.
	Find(ctx context.Context, ref string) (Image, error)
	// Pull fetches an image; what happens is written to progress.
	Pull(ctx context.Context, ref string, progress io.Writer) (Image, error)
	// Build makes the image task.Tag; what happens is written to progress.
	Build(ctx context.Context, task BuildTask, progress io.Writer) (Image, error)
	// Untag takes the name from an image, so that it is not found again.
	Untag(ctx context.Context, tag string) error
}

// ErrNoImage says that an image is not there.
var ErrNoImage = errors.New("no such image")

// BuildError says that a Dockerfile could not be built: the stage failed, not its surroundings.
type BuildError struct{ Message string }

func (e *BuildError) Error() string { return e.Message }

// Image is an image that is there.
type Image struct {
	Ref string
	// Identity changes whenever the image's contents do: a manifest digest where
	// there is one, else the image's id. It is part of a stage's key.
	Identity string
	// ID is what the engine runs.
	ID string
}

// Task is one command with all that it may see.
type Task struct {
	Project string // absolute path of the pipeline's folder, as a label
	Run     string
	Stage   string
	Image   Image
	Argv    []string
	Env     map[string]string
	// Workspace is a folder of the task's own: its working directory.
	Workspace string
	// Inputs appear in the workspace, read-only.
	Inputs  []Mount
	Network bool
	// Log takes what the command prints, standard output and standard error alike.
	Log io.Writer
}

// Mount is an input: the file or folder Host appears in the workspace at Path.
type Mount struct {
	Host string
	Path string // relative, with slashes
	Dir  bool
}

// BuildTask is a Dockerfile with the files that it may see.
type BuildTask struct {
	Project, Run, Stage string
	Tag                 string
	Context             string // absolute path of the folder that Files are relative to
	Files               []string
	Dockerfile          string // relative to Context
}
