//go:build unix

package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// musterVariable names the program under test, which TestMain builds once.
const musterVariable = "E2E_MUSTER"

func TestMain(m *testing.M) {
	os.Exit(withMuster(m.Run))
}

func withMuster(run func() int) int {
	dir, err := os.MkdirTemp("", "muster-e2e-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = build(filepath.Join(dir, "muster"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return run()
}

// build makes the program as make build does, so that nothing is compiled twice.
func build(program string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, "./cmd/muster") //nolint:noctx // there is no test yet whose end would end it
	cmd.Dir, cmd.Env = "..", append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build muster: %w\n%s", err, out)
	}
	return os.Setenv(musterVariable, program)
}
