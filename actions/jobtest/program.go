package jobtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// Program is muster for the jobs of tests, built once, when the first of them needs it.
// It is a static file, which runs in any image.
type Program struct {
	once sync.Once
	dir  string
	err  error
}

// Folder is where the program is, as "muster".
func (p *Program) Folder(t *testing.T) string {
	t.Helper()
	p.once.Do(p.build)
	if p.err != nil {
		t.Fatal(p.err)
	}
	return p.dir
}

// Remove is for the end of all tests.
func (p *Program) Remove() {
	if p.dir != "" {
		_ = os.RemoveAll(p.dir)
	}
}

// build makes it as make build does, so that nothing is compiled twice.
func (p *Program) build() {
	if p.dir, p.err = os.MkdirTemp("", "muster-bin-"); p.err != nil {
		return
	}
	cmd := exec.CommandContext(context.Background(), "go", "build", "-trimpath", "-ldflags=-s -w",
		"-o", filepath.Join(p.dir, "muster"), "github.com/muster-ci/muster/cmd/muster")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		p.err = fmt.Errorf("build muster: %w\n%s", err, out)
	}
}
