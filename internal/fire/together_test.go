package fire_test

import (
	"fmt"
	"os"
	"sync"
	"testing"
)

// Runs in several processes on one working copy, while others prune and verify
// its cache: each ends well, and what they have made together is whole.
func TestTogether(t *testing.T) {
	p := newProject(t, fragile)
	p.write("source.csv", "raw")
	for round := range 8 {
		in := fmt.Sprintf("round %d\n", round)
		p.write("in.txt", in)
		calls := [][]string{{"run", "--quiet"}, {"run", "--quiet"}, {"run", "--quiet", "--force"}}
		if round%2 == 1 {
			calls = append(calls, []string{"cache", "prune", "--max-size", "0B", "--runs", "5"}, []string{"cache", "verify"}, []string{"run", "--quiet", "join"})
		}
		p.together(calls)
		for name, text := range made(in) {
			p.wants(name, text)
		}
		p.clean()
	}
	if left := p.processes(); len(left) > 0 {
		t.Errorf("processes are left: %v", left)
	}
}

// together begins all calls at once, and wants each to succeed.
func (p *project) together(calls [][]string) {
	p.Helper()
	var all sync.WaitGroup
	for _, args := range calls {
		m := p.start(args...)
		all.Go(func() {
			if code := m.code(); code != 0 {
				p.Errorf("muster %v: exit code %d\n%s", args, code, m.said())
			}
		})
	}
	all.Wait()
}

// A training that gives another model each time happens once, and whoever comes
// meanwhile waits for it: else one would replace the model that another evaluates.
func TestTogetherOnWhatIsNeverTheSame(t *testing.T) {
	p := newProject(t, `
version: 1
executor: process
stages:
  train:    {run: "echo training; sleep 0.5; head -c 16 /dev/urandom > model.bin", inputs: [in.txt], outputs: [model.bin]}
  evaluate: {run: "sleep 0.5; cp model.bin copy.bin", inputs: [model.bin], outputs: [copy.bin]}
`)
	p.write("in.txt", "0")
	p.together([][]string{{"run", "--quiet"}, {"run", "--quiet"}, {"run", "--quiet"}, {"run", "--quiet", "train"}})
	if log := p.log("train"); log != "training\n" {
		t.Errorf("the log of all trainings is %q", log)
	}
	p.wants("copy.bin", p.mustRead("model.bin"))
	if left, err := os.ReadDir(p.path(".muster/locks")); err != nil || len(left) > 0 {
		t.Errorf("locks are left: %v, %v", left, err)
	}
	p.clean()
}

// Two that share an engine do not sweep away each other's containers.
func TestTogetherOnOneEngine(t *testing.T) {
	needImages(t, tiny)
	p := newProject(t, `
version: 1
image: muster-example/tiny:1
stages:
  first:  {run: [/tiny, sleep, "1"], inputs: [in.txt]}
  second: {run: [/tiny, write, second.txt, "two"], needs: [first], inputs: [in.txt], outputs: [second.txt]}
`)
	p.write("in.txt", "0")
	p.together([][]string{{"run", "--quiet", "--force"}, {"run", "--quiet", "--force"}, {"run", "--quiet"}})
	p.wants("second.txt", "two\n")
	if left := p.containers(); len(left) > 0 {
		t.Errorf("containers are left: %v", left)
	}
	p.clean()
}
