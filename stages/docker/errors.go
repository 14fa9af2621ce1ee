package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"syscall"

	"github.com/docker/docker/client"

	"github.com/muster-ci/muster/stages"
)

// EngineError says that there is no engine to talk to.
type EngineError struct {
	Host string
	Err  error
}

func (e *EngineError) Error() string {
	return fmt.Sprintf("no Docker engine answers at %s: %s", e.Host, firstLine(e.Err.Error()))
}

// Unwrap gives the cause; that an engine does not answer may pass.
func (e *EngineError) Unwrap() []error { return []error{e.Err, stages.ErrSurroundings} }

// Hint says what to do about it.
func (e *EngineError) Hint() string {
	if strings.HasPrefix(os.Getenv("DOCKER_HOST"), "ssh://") {
		return "muster does not speak ssh: forward the socket (ssh -NL localhost:2375:/var/run/docker.sock HOST) and set DOCKER_HOST=tcp://localhost:2375"
	}
	if errors.Is(e.Err, syscall.EACCES) || strings.Contains(e.Err.Error(), "permission denied") {
		return "you may not use the engine: sudo usermod -aG docker $USER and log in again, or use --executor process to run on this machine without isolation"
	}
	return "start Docker, set DOCKER_HOST to an engine that runs, or use --executor process to run on this machine without isolation"
}

// goneError says that the engine went away in the middle of something.
type goneError struct {
	host, doing string
	err         error
	back        bool
	stopped     bool // the container was ended by somebody else, which is what an engine does first that is stopped
}

func (e *goneError) Error() string {
	if e.stopped {
		return e.doing + ": it was ended from outside: by docker stop, or because the engine was stopped"
	}
	state := "and does not answer"
	if e.back {
		state = "and came back"
	}
	return fmt.Sprintf("%s: the engine at %s went away %s: %s", e.doing, e.host, state, firstLine(e.err.Error()))
}

// Unwrap says that another try may succeed.
func (e *goneError) Unwrap() []error {
	if e.err == nil {
		return []error{stages.ErrSurroundings}
	}
	return []error{e.err, stages.ErrSurroundings}
}

// Hint says what to do about it.
func (e *goneError) Hint() string {
	if e.back {
		return "run again, or let the stage be tried again by itself with retries: 2"
	}
	return "start the engine and run again; what it still holds of this run is then removed"
}

// lost reports whether an error is that of a connection that broke, or of none that could be made.
func lost(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	return client.IsErrConnectionFailed(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNREFUSED)
}

// explain says what was being done, and names the cause where the engine's message does not.
func (d *Docker) explain(doing string, err error) error {
	if lost(err) {
		return &goneError{host: d.api.DaemonHost(), doing: doing, err: err}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// How engines say that they do not see a path: Docker's own, and Docker Desktop's.
var notSeen = regexp.MustCompile(`(?s)bind source path does not exist: (.+)$|[Tt]he path (.+?) is not shared from the host`)

// unseen returns the path on this machine that the engine says is not there.
func unseen(err error) (path string, ok bool) {
	match := notSeen.FindStringSubmatch(err.Error())
	if match == nil {
		return "", false
	}
	return strings.TrimSpace(match[1] + match[2]), true
}

// gpuError says that the engine has no GPUs to give.
type gpuError struct{ err error }

func (e *gpuError) Error() string {
	return "start container: the engine cannot give a container GPUs: " + firstLine(e.err.Error())
}
func (e *gpuError) Unwrap() error { return e.err }

// Hint says what to do about it.
func (e *gpuError) Hint() string {
	return "install the NVIDIA driver and the NVIDIA container toolkit on the engine's machine and restart the engine (docker run --gpus all must work), or take gpus: out of the stage's resources"
}

// started tells a command that cannot be executed, which is the stage's own
// mistake (exit codes 126 and 127, as shells have it), from an engine that fails.
func (d *Docker) started(err error, task stages.Task) (stages.Outcome, error) {
	message := err.Error()
	code := 0
	switch {
	case strings.Contains(message, "could not select device driver"), strings.Contains(message, "nvidia-container-cli"):
		return stages.Outcome{}, &gpuError{err}
	case strings.Contains(message, "OOM-killed"), strings.Contains(message, "oom-kill"):
		return stages.Outcome{ExitCode: 137, OutOfMemory: true}, nil
	case strings.Contains(message, "executable file not found"), strings.Contains(message, "exec: ") && strings.Contains(message, "no such file"):
		code = 127
	case strings.Contains(message, "exec: ") && strings.Contains(message, "permission denied"):
		code = 126
	default:
		return stages.Outcome{}, d.explain("start container", err)
	}
	fmt.Fprintf(task.Stderr, "muster: %s cannot be started: %s\n", task.Argv[0], firstLine(message))
	return stages.Outcome{ExitCode: code}, nil
}

// firstLine keeps an engine's message to what fits in one.
func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
