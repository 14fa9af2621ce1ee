// Package executortest holds every executor to the same behaviour. An adapter's
// test calls [Run] with what it takes to make a task on it.
package executortest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/muster-ci/muster/stages"
)

// Target is an executor under test.
type Target struct {
	Executor stages.Executor
	// Image is one that is there.
	Image string
	// Tiny is the path of the tiny example's program where tasks run: its
	// sub-commands print, fail, sleep and write.
	Tiny string
	// Isolated is true for an executor that keeps network and inputs from a task.
	Isolated bool
}

// Run runs the suite.
func Run(t *testing.T, target Target) {
	t.Helper()
	t.Run("a command reads inputs and writes outputs", target.readsAndWrites)
	t.Run("the exit code comes back", target.exitCode)
	t.Run("a program that is not there is the stage's fault", target.missingProgram)
	t.Run("the environment is the stage's own", target.environment)
	t.Run("a log without line feeds arrives whole", target.longLog)
	t.Run("an end of the context ends the task", target.cancel)
	t.Run("what a task leaves behind does not hold it up", target.orphan)
	t.Run("isolation", target.isolation)
	t.Run("standard output and standard error are apart", target.streams)
	t.Run("the working directory is the stage's own", target.workdir)
	t.Run("secrets are in the environment", target.secrets)
	t.Run("a task that is over time is asked to end", target.asked)
	t.Run("a task that does not end is killed", target.killed)
	t.Run("a daemon ends with its task", target.daemon)
	t.Run("memory stays flat under a large log", target.flat)
	t.Run("a log that cannot be written ends the task", target.brokenLog)
	t.Run("outputs are in the workspace", target.outputs)
	t.Run("outputs with odd names and of odd kinds", target.oddOutputs)
	t.Run("another user", target.user)
	t.Run("services", target.services)
	t.Run("a task that was prepared", target.prepared)
}

// task makes a task in a workspace of its own, below dir.
func (target Target) task(t *testing.T, args ...string) (task stages.Task, log *Log) {
	t.Helper()
	image, err := target.Executor.Find(t.Context(), target.Image)
	if err != nil {
		t.Fatal(err)
	}
	workspace := filepath.Join(t.TempDir(), "workspace")
	if err := os.MkdirAll(workspace, 0o755); err != nil {
		t.Fatal(err)
	}
	log = &Log{}
	t.Cleanup(func() { settle(t, target.Executor) })
	return stages.Task{
		Project: t.TempDir(), Run: "run", Stage: "stage", Image: image,
		Argv: append([]string{target.Tiny}, args...), Workspace: workspace, Stdout: log, Stderr: log,
	}, log
}

// settle waits until all that the executor made is gone.
func settle(t *testing.T, executor stages.Executor) {
	t.Helper()
	if preparer, ok := executor.(stages.Preparer); ok {
		if err := preparer.Settle(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("settle: %v", err)
		}
	}
}

func (target Target) must(t *testing.T, task stages.Task, want int) {
	t.Helper()
	outcome, err := target.Executor.Run(t.Context(), task)
	if err != nil {
		t.Fatalf("%v\n%s", err, task.Stdout)
	}
	if outcome.ExitCode != want {
		t.Fatalf("exit code %d, want %d\n%s", outcome.ExitCode, want, task.Stdout)
	}
}

// addInput makes an input on the host and its place in the workspace.
func addInput(t *testing.T, task *stages.Task, name, text string) {
	t.Helper()
	host := filepath.Join(t.TempDir(), "input")
	place := filepath.Join(task.Workspace, name)
	for path, content := range map[string]string{host: text, place: ""} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	task.Inputs = append(task.Inputs, stages.Mount{Host: host, Path: name})
}

func (target Target) readsAndWrites(t *testing.T) {
	task, log := target.task(t, "cat", "data/in put.txt", "nested/dir/x.txt")
	addInput(t, &task, "data/in put.txt", "first;")
	addInput(t, &task, "nested/dir/x.txt", "second")
	target.must(t, task, 0)
	if got := log.String(); got != "first;second" {
		t.Errorf("log is %q", got)
	}
	target.largeInputs(t)
	task, _ = target.task(t, "write", "out.txt", "written")
	task.Outputs = []string{"out.txt"}
	target.must(t, task, 0)
	out := filepath.Join(task.Workspace, "out.txt")
	data, err := os.ReadFile(out)
	if err != nil || string(data) != "written\n" {
		t.Errorf("output is %q, %v", data, err)
	}
	if info, err := os.Stat(out); err == nil {
		if err := os.Chmod(out, 0o600); err != nil {
			t.Errorf("the output with mode %v is not the caller's own: %v", info.Mode(), err)
		}
	}
}

// largeInputs are folders, and files that nobody wants to copy, also inside one another.
func (target Target) largeInputs(t *testing.T) {
	t.Helper()
	task, log := target.task(t, "cat", "data/small.txt", "big.txt", "data/over.txt")
	folder := t.TempDir()
	for name, text := range map[string]string{"small.txt": "small;", "over.txt": "under"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(task.Workspace, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	task.Inputs = append(task.Inputs, stages.Mount{Host: folder, Path: "data", Dir: true})
	big := strings.Repeat("0123456789abcdef", 128<<10)
	addInput(t, &task, "big.txt", big)
	addInput(t, &task, "data/over.txt", ";over")
	target.must(t, task, 0)
	if log.String() != "small;"+big+";over" {
		t.Errorf("log has %d bytes, ends with %q", len(log.String()), log.String()[max(0, len(log.String())-20):])
	}
	if !target.Isolated {
		return
	}
	for _, name := range []string{"data/small.txt", "big.txt", "data/new.txt"} {
		task.Argv = []string{target.Tiny, "write", name, "overwritten"}
		if outcome, err := target.Executor.Run(t.Context(), task); err != nil || outcome.ExitCode == 0 {
			t.Errorf("%s could be written: %+v, %v", name, outcome, err)
		}
	}
	if data, err := os.ReadFile(filepath.Join(folder, "small.txt")); err != nil || string(data) != "small;" {
		t.Errorf("the input is now %q, %v", data, err)
	}
}

func (target Target) exitCode(t *testing.T) {
	for _, code := range []int{0, 1, 7, 255} {
		task, _ := target.task(t, "fail", itoa(code))
		target.must(t, task, code)
	}
}

func (target Target) missingProgram(t *testing.T) {
	task, _ := target.task(t)
	task.Argv = []string{"/there/is/no/such-program"}
	target.must(t, task, 127)
}

func (target Target) environment(t *testing.T) {
	t.Setenv("MUSTER_SECRET_OF_THE_CALLER", "hunter2")
	task, log := target.task(t, "env")
	task.Env = map[string]string{"LEARNING_RATE": "0.1 €"}
	target.must(t, task, 0)
	for _, want := range []string{"env=LEARNING_RATE=0.1 €\n", "HOME=/", "TMPDIR=/", "workdir=/"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the environment has no %q:\n%s", want, log)
		}
	}
	if strings.Contains(log.String(), "hunter2") {
		t.Error("a variable of the caller got in")
	}
}

func (target Target) longLog(t *testing.T) {
	const size = 3 << 20
	task, log := target.task(t, "spam", itoa(size), "0")
	target.must(t, task, 0)
	if len(log.String()) != size {
		t.Errorf("%d bytes of log, want %d", len(log.String()), size)
	}
}

func (target Target) cancel(t *testing.T) {
	task, _ := target.task(t, "sleep", "60")
	ctx, cancel := context.WithCancel(t.Context())
	started := time.Now()
	time.AfterFunc(500*time.Millisecond, cancel)
	if _, err := target.Executor.Run(ctx, task); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want that of the context", err)
	}
	if took := time.Since(started); took > 30*time.Second {
		t.Errorf("it took %v to end", took)
	}
}

func (target Target) orphan(t *testing.T) {
	task, _ := target.task(t, "fork", "60")
	started := time.Now()
	target.must(t, task, 0)
	if took := time.Since(started); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}

func (target Target) isolation(t *testing.T) {
	if !target.Isolated {
		t.Skip("this executor isolates nothing, and says so")
	}
	task, log := target.task(t, "env", "input.txt")
	addInput(t, &task, "input.txt", "x")
	target.must(t, task, 0)
	wants := []string{
		"uid=" + itoa(os.Getuid()), "gid=" + itoa(os.Getgid()), "interfaces=lo", "capabilities=0000000000000000", "no_new_privs=1",
		"access /tmp=writable", "access input.txt=read-only",
	}
	for _, want := range wants {
		if !strings.Contains(log.String(), want+"\n") {
			t.Errorf("want %s in\n%s", want, log)
		}
	}
	task, _ = target.task(t, "write", "input.txt", "overwritten")
	addInput(t, &task, "input.txt", "original")
	if outcome, err := target.Executor.Run(t.Context(), task); err != nil || outcome.ExitCode == 0 {
		t.Errorf("an input could be written: %+v, %v", outcome, err)
	}
	if data, err := os.ReadFile(task.Inputs[0].Host); err != nil || string(data) != "original" {
		t.Errorf("the input is now %q, %v", data, err)
	}
}

// Log keeps what a task prints. Both of its streams may write at once.
type Log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func itoa(n int) string { return strconv.Itoa(n) }
