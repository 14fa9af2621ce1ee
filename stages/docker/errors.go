package docker

import (
	"errors"
	"fmt"
	"strings"

	"github.com/docker/docker/client"
)

// notSharedError says that the engine runs on a machine with other files.
type notSharedError struct {
	host string
	err  error
}

func (e *notSharedError) Error() string {
	return fmt.Sprintf("the engine at %s does not see this machine's files: %v", e.host, e.err)
}
func (e *notSharedError) Unwrap() error { return e.err }

// Hint says what to do about it.
func (e *notSharedError) Hint() string {
	return "use an engine on this machine, or share the folder with it under the same path"
}

// explain names the cause where the engine's message does not.
func explain(err error, host string) error {
	if client.IsErrConnectionFailed(err) {
		return &EngineError{Host: host, Err: err}
	}
	if strings.Contains(err.Error(), "bind source path does not exist") {
		return &notSharedError{host: host, err: err}
	}
	return err
}

// startError tells a command that is not in the image, which is the stage's own
// mistake (exit codes 126 and 127, as shells have it), from an engine that fails.
func startError(err error) (int, error) {
	message := err.Error()
	switch {
	case strings.Contains(message, "executable file not found"), strings.Contains(message, "no such file or directory"):
		return 127, nil
	case strings.Contains(message, "permission denied"):
		return 126, nil
	default:
		return 0, fmt.Errorf("start container: %w", errors.New(firstLine(message)))
	}
}
