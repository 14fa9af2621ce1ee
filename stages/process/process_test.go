package process_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/muster-ci/muster/stages/executortest"
	"github.com/muster-ci/muster/stages/process"
)

func TestConformance(t *testing.T) {
	tiny := filepath.Join(t.TempDir(), "tiny")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", tiny, "github.com/muster-ci/muster/examples/tiny/cmd/tiny")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build tiny: %v\n%s", err, out)
	}
	executortest.Run(t, executortest.Target{Executor: process.Process{}, Tiny: tiny})
}
