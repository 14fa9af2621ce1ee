package executortest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/muster-ci/muster/stages"
)

func (target Target) streams(t *testing.T) {
	task, out := target.task(t, "say", "to stdout", "to stderr")
	errOut := &Log{}
	task.Stderr = errOut
	target.must(t, task, 0)
	if out.String() != "to stdout\n" || errOut.String() != "to stderr\n" {
		t.Errorf("stdout is %q, stderr is %q", out, errOut)
	}
}

func (target Target) workdir(t *testing.T) {
	task, log := target.task(t, "cat", "here.txt", "../above.txt")
	task.Workdir = "sub/folder"
	addInput(t, &task, "sub/folder/here.txt", "here;")
	addInput(t, &task, "sub/above.txt", "above")
	target.must(t, task, 0)
	if log.String() != "here;above" {
		t.Errorf("log is %q", log)
	}
	task, _ = target.task(t, "write", "out.txt", "x")
	task.Workdir, task.Outputs = "made/by/muster", []string{"made/by/muster/out.txt"}
	target.must(t, task, 0)
	if _, err := os.Stat(filepath.Join(task.Workspace, "made/by/muster/out.txt")); err != nil {
		t.Error(err)
	}
}

func (target Target) secrets(t *testing.T) {
	task, log := target.task(t, "env")
	task.Secrets = map[string]string{"TOKEN": "hunter2"}
	target.must(t, task, 0)
	if !strings.Contains(log.String(), "env=TOKEN=hunter2\n") {
		t.Errorf("no secret in\n%s", log)
	}
}

// ends runs a task whose context ends once it prints that it waits.
func (target Target) ends(t *testing.T, with error, args ...string) (log *Log, took time.Duration) {
	t.Helper()
	task, log := target.task(t, args...)
	ctx, cancel := context.WithCancel(t.Context())
	if errors.Is(with, context.DeadlineExceeded) {
		ctx, cancel = context.WithTimeout(t.Context(), 3*time.Second)
	} else {
		go func() {
			for !strings.Contains(log.String(), "waiting") && t.Context().Err() == nil {
				time.Sleep(10 * time.Millisecond)
			}
			cancel()
		}()
	}
	defer cancel()
	started := time.Now()
	if _, err := target.Executor.Run(ctx, task); !errors.Is(err, with) {
		t.Errorf("error is %v, want %v", err, with)
	}
	return log, time.Since(started)
}

func (target Target) asked(t *testing.T) {
	for _, with := range []error{context.DeadlineExceeded, context.Canceled} {
		log, took := target.ends(t, with, "term", "120", "3")
		if log.String() != "waiting\nasked to end\n" {
			t.Errorf("%v: log is %q", with, log)
		}
		if took > time.Minute {
			t.Errorf("%v: it took %v to end", with, took)
		}
	}
}

func (target Target) killed(t *testing.T) {
	log, took := target.ends(t, context.Canceled, "term", "120", "0")
	if !strings.Contains(log.String(), "asked to end") || took > time.Minute {
		t.Errorf("it took %v to end: %q", took, log)
	}
}

var childID = regexp.MustCompile(`child (\d+) sleeps`)

func (target Target) daemon(t *testing.T) {
	task, log := target.task(t, "daemon", "120")
	started := time.Now()
	target.must(t, task, 0)
	if took := time.Since(started); took > time.Minute {
		t.Errorf("it took %v", took)
	}
	match := childID.FindStringSubmatch(log.String())
	if match == nil {
		t.Fatalf("log is %q", log)
	}
	if !target.Isolated && running(match[1]) {
		t.Errorf("the daemon %s still runs", match[1])
	}
}

// running reports whether a process of this machine runs that is not merely waited for.
func running(pid string) bool {
	for range 200 {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return false
		}
		time.Sleep(10 * time.Millisecond) // a killed process ends when the kernel comes to it
	}
	return true
}

// counter counts what is written to it and keeps nothing.
type counter struct{ n atomic.Int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return len(p), nil
}

func (target Target) flat(t *testing.T) {
	const size, most = 256 << 20, 32 << 20
	task, _ := target.task(t, "spam", itoa(size), "0")
	var out counter
	task.Stdout = &out
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	done := make(chan struct{})
	grown := make(chan uint64)
	go func() {
		var largest uint64
		for {
			runtime.ReadMemStats(&now)
			largest = max(largest, now.HeapAlloc-min(now.HeapAlloc, before.HeapAlloc))
			select {
			case <-done:
				grown <- largest
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	target.must(t, task, 0)
	close(done)
	if largest := <-grown; largest > most {
		t.Errorf("the heap grew by %d MiB", largest>>20)
	}
	if out.n.Load() != size {
		t.Errorf("%d bytes of log, want %d", out.n.Load(), size)
	}
}

var errFull = errors.New("no space left")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func (target Target) brokenLog(t *testing.T) {
	task, _ := target.task(t, "spam", itoa(64<<20), "100")
	task.Stdout = fullDisk{}
	if _, err := target.Executor.Run(t.Context(), task); !errors.Is(err, errFull) {
		t.Errorf("error is %v", err)
	}
}

// prepared makes ready for a task before its inputs are there, and then runs it
// as it was, otherwise than it was, and not at all.
func (target Target) prepared(t *testing.T) {
	preparer, ok := target.Executor.(stages.Preparer)
	if !ok {
		t.Skip("this executor gains nothing from knowing what comes next")
	}
	for _, as := range []string{"as it was", "otherwise"} {
		task, log := target.task(t, "cat", "late.txt")
		early := task
		early.Inputs = []stages.Mount{{Host: filepath.Join(t.TempDir(), "not there yet"), Path: "late.txt"}}
		if as == "otherwise" {
			early.Argv = []string{target.Tiny, "fail", "9"}
		}
		preparer.Prepare(t.Context(), early)
		addInput(t, &task, "late.txt", as)
		target.must(t, task, 0)
		if log.String() != as {
			t.Errorf("%s: log is %q", as, log)
		}
	}
	task, _ := target.task(t, "fail", "9")
	preparer.Prepare(t.Context(), task)
	broken := task
	broken.Workspace = filepath.Join(t.TempDir(), "no", "such", "folder")
	preparer.Prepare(t.Context(), broken)
	settle(t, target.Executor)
}

func (target Target) services(t *testing.T) {
	task, log := target.task(t, "get", "db:4711")
	image, err := target.Executor.Find(t.Context(), target.Image)
	if err != nil {
		t.Fatal(err)
	}
	service := stages.Service{Image: image}
	service.Name, service.Image.Ref = "db", target.Image
	service.Command.Words = []string{target.Tiny, "serve", ":4711", "1"}
	service.Env = map[string]string{"GREETING": "from the service"}
	task.Services = []stages.Service{service}
	if !target.Isolated {
		_, err := target.Executor.Run(t.Context(), task)
		var hinted interface{ Hint() string }
		if !errors.As(err, &hinted) {
			t.Errorf("error is %v, want one with a hint", err)
		}
		return
	}
	task.Services[0].Health = health(target.Tiny, "get", "localhost:4711")
	target.must(t, task, 0)
	if log.String() != "hello from the service\n" {
		t.Errorf("log is %q", log)
	}
	target.brokenServices(t)
}

// brokenServices fail in all the ways that a service can.
func (target Target) brokenServices(t *testing.T) {
	t.Helper()
	for _, test := range []struct {
		name    string
		command []string
		want    string // of the error
		log     []string
	}{
		{"it ends before it is ready", []string{"sleep", "0.1", "7"}, "ended with exit code 7 before it was ready", []string{"db | sleeping 0.1 s\n", "service db has ended with exit code 7"}},
		{"it is never ready", []string{"serve", ":4711", "60"}, "was not ready after 2s", []string{"db | starting\n"}},
		// The task fails, and may have done so for that reason.
		{"it ends while the task runs", []string{"serve", ":4711", "0", "1"}, "", []string{"db | serving\n", "service db has ended with exit code 1"}},
	} {
		task, log := target.task(t, "sleep", "2", "5")
		service := stages.Service{Image: task.Image}
		service.Name, service.Command.Words = "db", append([]string{target.Tiny}, test.command...)
		service.Health = health(target.Tiny, "get", "localhost:4711")
		task.Services = []stages.Service{service}
		outcome, err := target.Executor.Run(t.Context(), task)
		if test.want == "" {
			if err != nil || outcome.ExitCode != 5 {
				t.Errorf("%s: %+v, %v", test.name, outcome, err)
			}
		} else if failed, ok := errors.AsType[*stages.ServiceError](err); !ok || !strings.Contains(failed.Error(), test.want) {
			t.Errorf("%s: error is %v, want %q", test.name, err, test.want)
		}
		for _, want := range test.log {
			if !strings.Contains(log.String(), want) {
				t.Errorf("%s: no %q in %q", test.name, want, log)
			}
		}
	}
}
