package process_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/stages"
	"github.com/muster-ci/muster/stages/executortest"
	"github.com/muster-ci/muster/stages/process"
)

// asMuster, if it is set, makes the test's program run one stage as muster would, and no tests.
const asMuster = "MUSTER_TEST_STAGE"

func TestMain(m *testing.M) {
	if os.Getenv(asMuster) != "" {
		os.Exit(runStage())
	}
	os.Exit(m.Run())
}

func runStage() int {
	task := stages.Task{
		Project: os.Getenv("TEST_PROJECT"), Run: "dead", Stage: "s", Workspace: os.Getenv("TEST_WORKSPACE"),
		Argv: []string{"/bin/sh", "-c", os.Getenv(asMuster)}, Stdout: os.Stdout, Stderr: os.Stderr,
	}
	if _, err := (process.Process{}).Run(context.Background(), task); err != nil {
		return 1
	}
	return 0
}

func buildTiny(t *testing.T) string {
	t.Helper()
	tiny := filepath.Join(t.TempDir(), "tiny")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", tiny, "github.com/muster-ci/muster/examples/tiny/cmd/tiny")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build tiny: %v\n%s", err, out)
	}
	return tiny
}

func TestConformance(t *testing.T) {
	executortest.Run(t, executortest.Target{Executor: process.Process{}, Tiny: buildTiny(t)})
}

// A muster that is killed takes what its stages have started with it; what has
// made itself independent is ended by the next run.
func TestKilledMuster(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("what has left its process group is found in /proc, which only Linux has")
	}
	tiny, dir := buildTiny(t), t.TempDir()
	script := tiny + " sleep 301 & " + tiny + " daemon 302; " + tiny + " sleep 303"
	muster := exec.CommandContext(t.Context(), os.Args[0])
	muster.Env = append(os.Environ(), asMuster+"="+script, "TEST_PROJECT="+dir, "TEST_WORKSPACE="+filepath.Join(dir, "w"))
	out, err := muster.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := muster.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for want := 4; want > 0 && lines.Scan(); want-- { // three that sleep, and the daemon's parent
		t.Log(lines.Text())
	}
	if n := len(sleeping(t, tiny)); n != 3 {
		t.Errorf("%d processes sleep, want 3", n)
	}
	if err := muster.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "only the daemon is left", func() bool {
		left := sleeping(t, tiny)
		return len(left) == 1 && strings.Contains(left[0], "302")
	})
	ended := muster.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](ended); !ok || exit.ExitCode() != -1 {
		t.Errorf("muster ended with %v", ended)
	}
	alive := func(string) bool { return true }
	if err := (process.Process{}).Sweep(t.Context(), dir, alive); err != nil || len(sleeping(t, tiny)) != 1 {
		t.Errorf("what lives was swept: %v", err)
	}
	dead := func(run string) bool { return run != "dead" }
	if err := (process.Process{}).Sweep(t.Context(), dir+"-other", dead); err != nil || len(sleeping(t, tiny)) != 1 {
		t.Errorf("another project's was swept: %v", err)
	}
	if err := (process.Process{}).Sweep(t.Context(), dir, dead); err != nil {
		t.Error(err)
	}
	waitFor(t, "nothing is left", func() bool { return len(sleeping(t, tiny)) == 0 })
}

func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not become true that %s", what)
		}
	}
}

// sleeping lists the command lines of this program that sleep.
func sleeping(t *testing.T, program string) []string {
	t.Helper()
	names, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, name := range names {
		data, _ := os.ReadFile(name) // it may have ended
		if line := strings.ReplaceAll(string(data), "\x00", " "); strings.HasPrefix(line, program+" sleep") {
			found = append(found, line)
		}
	}
	return found
}

func TestCapacity(t *testing.T) {
	capacity, err := process.Process{}.Capacity(t.Context())
	if err != nil || capacity.CPUs != float64(runtime.NumCPU()) || capacity.Memory < 64<<20 {
		t.Errorf("this machine has %+v, %v", capacity, err)
	}
}

func TestPeakMemory(t *testing.T) {
	tiny := buildTiny(t)
	log := &executortest.Log{}
	task := stages.Task{
		Project: t.TempDir(), Run: "r", Stage: "s", Argv: []string{tiny, "hog", "300000000"}, Workspace: filepath.Join(t.TempDir(), "w"),
		Resources: config.Resources{CPUs: 2, Memory: 1 << 20}, Stdout: log, Stderr: log,
	}
	outcome, err := process.Process{}.Run(t.Context(), task)
	if err != nil || outcome.ExitCode != 0 {
		t.Fatalf("%+v, %v\n%s", outcome, err, log)
	}
	if outcome.PeakMemory < 290<<20 || outcome.PeakMemory > 600<<20 {
		t.Errorf("its peak was %d MiB", outcome.PeakMemory>>20)
	}
	if !strings.Contains(log.String(), "sets no limits") {
		t.Errorf("that limits are not kept is not said in\n%s", log)
	}
}
