package actions_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/muster-ci/muster/actions"
)

// A pipe that nobody reads or writes holds no job, wherever a variable names it.
func TestPipesHoldNoJob(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	env := lookup(map[string]string{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": pipe, "GITHUB_OUTPUT": pipe})
	if _, err := actions.Detect(actions.GitHub, env, "", ""); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("the event: %v", err)
	}
	if err := actions.Publish(actions.GitHub, env, report(), actions.Files{Summary: "files.go"}); err == nil || !strings.Contains(err.Error(), "write GITHUB_OUTPUT") {
		t.Errorf("the outputs: %v", err)
	}
}
