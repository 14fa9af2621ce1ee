package stages

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/muster-ci/muster/internal/config"
)

// Executor runs stages somewhere: in containers, or on the host.
type Executor interface {
	Images
	// Name is what a run record calls it.
	Name() string
	// Run executes the task, waits for its end, and leaves nothing running, also
	// when the context ends first: then the command is asked to stop, and killed
	// if it does not. An error means that the command could not be run, not that
	// it failed; it wraps [ErrSurroundings] if another try may succeed.
	Run(ctx context.Context, task Task) (Outcome, error)
	// Sweep removes what runs of this project have left behind that are no longer alive.
	Sweep(ctx context.Context, project string, alive func(run string) bool) error
}

// Preparer is an executor that gains from knowing what comes next. Between
// runs of an executor that is none, nothing is left to do.
type Preparer interface {
	// Prepare begins to make ready for a task that is likely to be run soon, and
	// returns at once. The task's workspace must be there; its inputs need not
	// be. A Run of the same task takes what was made; what turns out to be wrong,
	// or cannot be made yet, costs nothing but the attempt.
	Prepare(ctx context.Context, task Task)
	// Settle removes what no Run took, and waits until everything that Run and
	// Prepare made is gone. It is called when a run ends, however it ends.
	Settle(ctx context.Context) error
}

// Measurer is an executor that knows how much there is of what stages declare
// that they take. Stages of one that is none share what there is.
type Measurer interface {
	// Capacity is what all of the stages that run at once have together; what
	// nobody knows is 0.
	Capacity(ctx context.Context) (config.Resources, error)
}

// Meter may be implemented by a writer that an executor is given: it is told
// how far a transfer has come, in bytes of how many; 0 if nobody knows.
type Meter interface {
	Progress(what string, done, total int64)
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

// ServiceError says that a service did not get ready: what the stage asks for is
// wrong, not what it runs on.
type ServiceError struct {
	Service string
	Message string
}

func (e *ServiceError) Error() string { return fmt.Sprintf("service %s %s", e.Service, e.Message) }

// Hint says what to do about it.
func (e *ServiceError) Hint() string {
	return "see what the service says above; services.NAME.health sets what is waited for, and how long"
}

// Image is an image that is there.
type Image struct {
	Ref string
	// Identity changes whenever the image's contents do: a manifest digest where
	// there is one, else the image's id. It is part of a stage's key.
	Identity string
	// ID is what the engine runs.
	ID string
	// Digest is that of its manifest in a registry ("sha256:…"), the same on every
	// machine; empty for an image that comes from none.
	Digest string
}

// ErrSurroundings says that what a task runs on failed, not the task: the engine
// went away, a download broke. Another try may succeed.
var ErrSurroundings = errors.New("the surroundings failed")

// Outcome is how a task ended.
type Outcome struct {
	ExitCode int
	// OutOfMemory is true if the task was killed because it took more memory than there was for it.
	OutOfMemory bool
	// PeakMemory is the most memory that it took, in bytes; 0 if nobody knows.
	PeakMemory int64
}

// Task is one command with all that it may see.
type Task struct {
	Project string // absolute path of the pipeline's folder, as a label
	Run     string
	Stage   string
	Image   Image
	Argv    []string
	Env     map[string]string
	// Secrets are further variables; their values must stay out of labels and messages.
	Secrets map[string]string
	// Workspace is a folder of the task's own.
	Workspace string
	// Workdir is where the command runs, below the workspace; empty for the workspace itself.
	Workdir string
	// User is uid or uid:gid; empty for the caller's.
	User string
	// Inputs appear in the workspace, read-only.
	Inputs []Mount
	// Outputs are what the task is to leave in the workspace, relative to it.
	Outputs  []string
	Network  bool
	Services []Service
	// Resources are limits; 0 is none.
	Resources config.Resources
	// Stdout and Stderr take what the command prints. They may be one writer,
	// and may be written to from several goroutines.
	Stdout, Stderr io.Writer
}

// Service is a program that must be ready before the task starts, which reaches
// it under its name. It is removed with the task.
type Service struct {
	config.Service
	Image Image
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
	// Bases are the images that it stands on, as far as their names hold no
	// variable, at the digests that the lock file names.
	Bases []string
	// Pinned is what the Dockerfile says with the images that it stands on at the
	// digests that the lock file names; nil if the file itself is to be used.
	Pinned []byte
}
