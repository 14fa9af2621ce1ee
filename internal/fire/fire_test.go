// Package fire_test holds muster to what must not break it: kills, full disks,
// engines that go away, hostile outputs and files, several of it at once. The
// tests run the real program, with real git and, where they need one, a real engine.
package fire_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/jobtest"
)

// The programs under test and beside it are removed when all tests have ended. They are
// built without the race detector, which would change how much memory they take.
var (
	program     jobtest.Program
	tinyProgram = jobtest.Program{Package: "examples/tiny/cmd/tiny"}
)

func TestMain(m *testing.M) {
	code := m.Run()
	program.Remove()
	tinyProgram.Remove()
	os.Exit(code)
}

// project is a pipeline in a git repository of its own.
type project struct {
	*testing.T
	dir string
	env []string // beside the test's own
}

func newProject(t *testing.T, pipeline string) *project {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return newProjectIn(t, dir, pipeline)
}

func newProjectIn(t *testing.T, dir, pipeline string) *project {
	t.Helper()
	p := &project{T: t, dir: dir}
	p.write("muster.yaml", strings.ReplaceAll(pipeline, "TINY", tinyProgram.Path(t)))
	p.command("git", "init", "--quiet", "--initial-branch=main")
	p.command("git", "add", ".")
	p.command("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "--message", "start")
	return p
}

func (p *project) command(name string, args ...string) string {
	p.Helper()
	cmd := exec.CommandContext(p.Context(), name, args...)
	cmd.Dir = p.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		p.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func (p *project) path(name string) string { return filepath.Join(p.dir, filepath.FromSlash(name)) }

func (p *project) write(name, text string) {
	p.Helper()
	if err := os.MkdirAll(filepath.Dir(p.path(name)), 0o755); err != nil {
		p.Fatal(err)
	}
	if err := os.WriteFile(p.path(name), []byte(text), 0o644); err != nil {
		p.Fatal(err)
	}
}

// read returns a file's text; the second is false if it is not there.
func (p *project) read(name string) (string, bool) {
	p.Helper()
	data, err := os.ReadFile(p.path(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.Fatal(err)
	}
	return string(data), err == nil
}

func (p *project) wants(name, text string) {
	p.Helper()
	if got, _ := p.read(name); got != text {
		p.Errorf("%s is %.100q, want %.100q", name, got, text)
	}
}

// muster is the program while it runs.
type muster struct {
	*exec.Cmd
	out, err bytes.Buffer
	ended    chan struct{}
}

// start begins muster with these arguments.
func (p *project) start(args ...string) *muster {
	p.Helper()
	m := &muster{Cmd: exec.CommandContext(p.Context(), program.Path(p.T), args...), ended: make(chan struct{})}
	m.Stdout, m.Stderr = &m.out, &m.err
	p.begin(m)
	return m
}

func (p *project) begin(m *muster) {
	p.Helper()
	// Where these tests themselves run in a CI job, muster is to be on a laptop.
	m.Dir, m.Env = p.dir, append(append(os.Environ(), "GITHUB_ACTIONS=", "GITLAB_CI="), p.env...)
	if err := m.Start(); err != nil {
		p.Fatal(err)
	}
	go func() {
		_ = m.Wait() // the exit code tells
		close(m.ended)
	}()
}

// code waits for the end; -1 is that of a signal.
func (m *muster) code() int {
	<-m.ended
	return m.ProcessState.ExitCode()
}

func (m *muster) said() string { return m.out.String() + m.err.String() }

// call runs muster and wants an exit code; it returns all that it printed.
func (p *project) call(want int, args ...string) string {
	p.Helper()
	m := p.start(args...)
	if code := m.code(); code != want {
		p.Fatalf("muster %v: exit code %d, want %d\n%s", args, code, want, m.said())
	}
	return m.said()
}

// says runs muster and wants an exit code and these texts.
func (p *project) says(code int, args []string, want ...string) {
	p.Helper()
	said := p.call(code, args...)
	for _, text := range want {
		if !strings.Contains(said, text) {
			p.Errorf("muster %v does not say %q:\n%s", args, text, said)
		}
	}
}

// clean wants a whole cache and nothing half-written anywhere.
func (p *project) clean() {
	p.Helper()
	if said := p.call(0, "cache", "verify"); !strings.Contains(said, "nothing is damaged") {
		p.Errorf("the cache is not whole:\n%s", said)
	}
	if left, err := os.ReadDir(p.path(".muster/work")); err != nil || len(left) > 0 {
		p.Errorf("left in work: %v, %v", left, err)
	}
}

// eventually waits until something holds.
func (p *project) eventually(what string, holds func() bool) {
	p.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.Fatalf("it does not become true that %s", what)
		}
	}
}

// processes lists what the project's stages have started and what still runs: its
// environment names their folder for temporary files. A process that has ended, and for whose end nobody has asked, has no environment.
func (p *project) processes() []string {
	p.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		p.Fatal(err)
	}
	var found []string
	for _, dir := range dirs {
		env, _ := os.ReadFile(filepath.Join(dir, "environ")) // it may have ended
		if pid, _ := strconv.Atoi(filepath.Base(dir)); pid == os.Getpid() || !bytes.Contains(env, []byte(p.path(".muster/work"))) {
			continue
		}
		line, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
	}
	return found
}

const (
	tiny   = "muster-example/tiny:1"
	python = "muster-example/python-sklearn:1"
)

// needImages wants an engine with the images that scripts/setup.sh makes.
func needImages(t *testing.T, images ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "docker", append([]string{"image", "inspect"}, images...)...).CombinedOutput()
	if err != nil {
		missing(t, fmt.Sprintf("%s: to run this test: scripts/setup.sh engine image tiny", bytes.TrimSpace(out)))
	}
}

// missing ends a test that needs what is not there: on a person's machine that is to be seen, in CI it must not be.
func missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s; in CI this test must run", why)
	}
	t.Skip(why)
}

func needRoot(t *testing.T, what string) {
	t.Helper()
	if os.Geteuid() != 0 {
		missing(t, "only root can "+what+"; to run this test: sudo go test ./internal/fire")
	}
}

// containers lists the project's containers and networks.
func (p *project) containers() []string {
	p.Helper()
	label := "label=muster.project=" + p.dir
	return strings.Fields(p.command("docker", "ps", "--all", "--quiet", "--filter", label) +
		p.command("docker", "network", "ls", "--quiet", "--filter", label))
}
