package fire_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// stubborn is a stage that does not end when it is asked to.
const stubborn = `
version: 1
image: muster-example/tiny:1
stages:
  gentle:   {run: [/tiny, term, "1000", "3"]}
  stubborn: {run: [/tiny, term, "1000", "0"]}
`

// Once asks: muster ends its container, however stubborn, and leaves nothing.
func TestInterruptedOnce(t *testing.T) {
	needImages(t, tiny)
	for _, stage := range []string{"gentle", "stubborn"} {
		t.Run(stage, func(t *testing.T) {
			p := newProject(t, stubborn)
			m := p.startLong(stage)
			p.signal(m, os.Interrupt)
			if code := m.code(); code != 130 {
				t.Errorf("exit code %d, want 130\n%s", code, m.said())
			}
			p.wantNothingRunning()
			p.clean()
		})
	}
}

// Twice kills: muster is gone at once, and the next run removes what that left.
func TestInterruptedTwice(t *testing.T) {
	needImages(t, tiny)
	p := newProject(t, stubborn)
	m := p.startLong("stubborn")
	p.signal(m, os.Interrupt)
	p.eventually("the stage is asked to end", func() bool { return strings.Contains(p.log("stubborn"), "asked to end") })
	p.signal(m, syscall.SIGINT)
	if code := m.code(); code != -1 { // of the signal itself, as a shell wants to know
		t.Errorf("exit code %d\n%s", code, m.said())
	}
	p.write("muster.yaml", "version: 1\nimage: muster-example/tiny:1\nstages: {next: {run: [/tiny, say, x, y]}}\n")
	p.call(0, "run", "--quiet")
	p.wantNothingRunning()
	p.clean()
}

// startLong begins a run of one stage, and waits until its command runs.
func (p *project) startLong(stage string) *muster {
	p.Helper()
	m := p.start("run", "--quiet", stage)
	p.eventually("the stage runs", func() bool { return strings.Contains(p.log(stage), "waiting") })
	return m
}

func (p *project) signal(m *muster, signal os.Signal) {
	p.Helper()
	if err := m.Process.Signal(signal); err != nil {
		p.Fatalf("it has ended: %v\n%s", err, m.said())
	}
}

// logs lists the files of the stage's logs, those of later runs last.
func (p *project) logs(stage string) []string {
	p.Helper()
	names, err := filepath.Glob(p.path(".muster/runs/*/" + stage + ".log"))
	if err != nil {
		p.Fatal(err)
	}
	return names
}

// log is what the stage's runs have printed so far.
func (p *project) log(stage string) string {
	p.Helper()
	var all strings.Builder
	for _, name := range p.logs(stage) {
		data, err := os.ReadFile(name)
		if err != nil {
			p.Fatal(err)
		}
		all.Write(data)
	}
	return all.String()
}

func (p *project) wantNothingRunning() {
	p.Helper()
	if left := p.containers(); len(left) > 0 {
		p.Errorf("containers or networks are left: %v", left)
	}
	if left := p.processes(); len(left) > 0 {
		p.Errorf("processes are left: %v", left)
	}
}
