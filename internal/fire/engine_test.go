package fire_test

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/muster-ci/muster/stages/docker/dockertest"
)

// Without an engine, muster says how to get one, and what works without.
func TestNoEngine(t *testing.T) {
	for _, host := range []string{"unix:///nowhere/docker.sock", "tcp://127.0.0.1:1"} {
		t.Run(host, func(t *testing.T) {
			p := newProject(t, "version: 1\nimage: muster-example/tiny:1\nstages: {a: {run: echo x > x.txt, outputs: [x.txt]}}\n")
			p.env = []string{"DOCKER_HOST=" + host}
			p.says(1, []string{"run"}, "error: no Docker engine answers at "+host, "hint: start Docker, ", "--executor process")
			if left, err := os.ReadDir(p.path(".muster/work")); err == nil && len(left) > 0 {
				t.Errorf("left in work: %v", left)
			}
			p.call(0, "run", "--executor", "process")
			p.wants("x.txt", "x\n")
		})
	}
}

// An engine that is stopped and started in the middle of a stage fails the run,
// which says so; the next run is as any other.
func TestEngineStoppedAndStarted(t *testing.T) {
	needImages(t, tiny)
	engine := dockertest.New(t, false, tiny)
	t.Run("stays away", func(t *testing.T) { staysAway(t, engine) })
	for name, signal := range map[string]syscall.Signal{"stopped": syscall.SIGTERM, "killed": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			p := newProject(t, `
version: 1
image: muster-example/tiny:1
stages:
  before: {run: [/tiny, write, before.txt, "made"], inputs: [in.txt], outputs: [before.txt]}
  long:   {run: [/tiny, term, "1000", "3"], inputs: [before.txt], needs: [before]}
`)
			p.write("in.txt", name)
			m := p.startLong("long")
			engine.Stop(signal)
			engine.Start(t)
			if code := m.code(); code != 1 || !strings.Contains(m.said(), "error: ") || !strings.Contains(m.said(), "hint: ") {
				t.Errorf("exit code %d\n%s", code, m.said())
			}
			p.write("muster.yaml", strings.Replace(p.mustRead("muster.yaml"), `term, "1000", "3"`, `sleep, "0"`, 1))
			p.says(0, []string{"run", "--progress", "plain"}, "cached", "long")
			p.wants("before.txt", "made\n")
			p.wantNothingRunning()
			p.clean()
		})
	}
}

// staysAway tests that no run starts until the engine is back.
func staysAway(t *testing.T, engine *dockertest.Engine) {
	t.Helper()
	p := newProject(t, stubborn)
	m := p.startLong("gentle")
	engine.Stop(syscall.SIGKILL)
	if code := m.code(); code != 1 || !strings.Contains(m.said(), "went away and does not answer") || !strings.Contains(m.said(), "hint: start the engine") {
		t.Errorf("exit code %d\n%s", code, m.said())
	}
	p.says(1, []string{"run", "--quiet"}, "no Docker engine answers", "hint: ")
	engine.Start(t)
	p.write("muster.yaml", "version: 1\nimage: muster-example/tiny:1\nstages: {next: {run: [/tiny, say, x, y]}}\n")
	p.call(0, "run", "--quiet")
	p.wantNothingRunning()
	p.clean()
}
