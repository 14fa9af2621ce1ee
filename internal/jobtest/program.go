package jobtest

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"sync"
	"testing"
)

// Program is muster for tests that run it as users do, built once, when the first of them
// needs it, and as it is released: without the race detector. It is a static file, which
// runs in any image.
type Program struct {
	// Package is another program of the module to build: "examples/tiny/cmd/tiny". The file
	// is named after it.
	Package string

	once sync.Once
	dir  string
	err  error
}

// Folder is where the program is, for a PATH.
func (p *Program) Folder(t *testing.T) string {
	t.Helper()
	p.once.Do(p.build)
	if p.err != nil {
		t.Fatal(p.err)
	}
	return p.dir
}

// Path is the program's file.
func (p *Program) Path(t *testing.T) string {
	t.Helper()
	return filepath.Join(p.Folder(t), path.Base(p.source()))
}

func (p *Program) source() string { return cmp.Or(p.Package, "cmd/muster") }

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
		"-o", p.dir+string(filepath.Separator), "github.com/muster-ci/muster/"+p.source())
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		p.err = fmt.Errorf("build %s: %w\n%s", p.source(), err, out)
	}
}
