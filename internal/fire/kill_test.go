package fire_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/result"
)

// fragile is a pipeline that does in a moment what muster can do with files: it
// fetches one, hands folders on, makes metrics, and leaves a process behind.
const fragile = `
version: 1
executor: process
stages:
  raw:    {fetch: {url: "file:source.csv"}, outputs: [raw.csv]}
  spread: {run: "for n in $(seq 30); do cat in.txt > parts/$n; done", inputs: [in.txt], outputs: [parts/]}
  join:
    run: "TINY daemon 1000; cat parts/* raw.csv > all.txt; wc -c < all.txt > size.txt"
    inputs: [parts, raw.csv]
    outputs: [all.txt, size.txt]
  count:  {run: 'printf "{\"size\": %d}" $(cat size.txt) > metrics.json', inputs: [size.txt], metrics: [metrics.json]}
`

// made is what the pipeline makes of its input, by file.
func made(in string) map[string]string {
	all := strings.Repeat(in, 30) + "raw"
	size := fmt.Sprint(len(all))
	return map[string]string{"raw.csv": "raw", "parts/1": in, "parts/30": in, "all.txt": all, "size.txt": size + "\n", "metrics.json": `{"size": ` + size + "}"}
}

// kills is how many times muster is killed; each time at another instant.
const kills = 200

// However often muster is killed, and whenever: a file is whole or not there, and
// the next plain run gives what it would have given without.
func TestKilledAtAnyInstant(t *testing.T) {
	t.Parallel()
	p := newProject(t, fragile)
	p.write("source.csv", "raw")
	p.write("in.txt", "0")
	began := time.Now()
	p.call(0, "run", "--quiet")
	whole := time.Since(began)
	for killed := 0; killed < kills; {
		before, in := p.mustRead("in.txt"), fmt.Sprintf("input %d\n", killed)
		p.write("in.txt", in)
		for try := range 1 + rand.IntN(4) { // on top of what the one before has left
			if p.killed(try, &whole) {
				killed++
			}
			p.eachIsOf(before, in)
		}
		p.call(0, "run", "--quiet")
		for name, text := range made(in) {
			p.wants(name, text)
		}
		if left := p.processes(); len(left) > 0 {
			t.Fatalf("processes are left: %v", left)
		}
		if p.clean(); t.Failed() {
			t.Fatalf("after %d kills", killed)
		}
	}
	p.wantAsNeverKilled()
}

func (p *project) mustRead(name string) string {
	p.Helper()
	text, ok := p.read(name)
	if !ok {
		p.Fatalf("%s is not there", name)
	}
	return text
}

// killed runs muster and kills it at an instant of the time that it takes as a whole;
// it is false if muster was faster. The first try has everything to do: if that was
// faster, the time is too long, and most kills would come too late.
func (p *project) killed(try int, whole *time.Duration) bool {
	p.Helper()
	m, began := p.start("run", "--quiet"), time.Now()
	code := m.killAfter(rand.N(*whole))
	if code == 0 && try == 0 {
		*whole = time.Since(began)
	}
	if code > 0 {
		p.Errorf("before it was killed, it ended with %d:\n%s", code, m.said())
	}
	return code == -1
}

// killAfter kills muster after a while, and returns what code does.
func (m *muster) killAfter(after time.Duration) int {
	select {
	case <-m.ended:
	case <-time.After(after):
		_ = m.Process.Kill() // it may have ended
	}
	return m.code()
}

// eachIsOf wants each file in the working copy as one of the inputs makes it, or absent.
func (p *project) eachIsOf(inputs ...string) {
	p.Helper()
	for name := range made("") {
		got, there := p.read(name)
		whole := !there
		for _, in := range inputs {
			whole = whole || got == made(in)[name]
		}
		if !whole {
			p.Errorf("%s is %.100q", name, got)
		}
	}
}

// wantAsNeverKilled compares the stages' keys and outputs with those of a twin that nobody disturbed.
func (p *project) wantAsNeverKilled() {
	p.Helper()
	twin := newProject(p.T, fragile)
	twin.write("source.csv", "raw")
	twin.write("in.txt", p.mustRead("in.txt"))
	twin.call(0, "run", "--quiet")
	if got, want := p.outcome(), twin.outcome(); got != want {
		p.Errorf("after the kills: %s\nwithout: %s", got, want)
	}
}

// outcome runs what is left to run, and tells each stage's key and outputs.
func (p *project) outcome() string {
	p.Helper()
	m := p.start("run", "--quiet", "--format", "json")
	if code := m.code(); code != 0 {
		p.Fatalf("exit code %d\n%s", code, m.said())
	}
	run, err := result.Decode[result.Run](m.out.Bytes(), "run.json")
	if err != nil {
		p.Fatal(err)
	}
	var told strings.Builder
	for _, stage := range run.Stages {
		fmt.Fprintln(&told, stage.Name, stage.Key, stage.Outputs)
	}
	return told.String()
}

// TestKilledWithAnEngine is the same with containers, which outlive muster.
func TestKilledWithAnEngine(t *testing.T) {
	t.Parallel()
	needImages(t, tiny)
	p := newProject(t, `
version: 1
image: muster-example/tiny:1
stages:
  first:  {run: [/tiny, write, first.txt, "one"], inputs: [in.txt], outputs: [first.txt]}
  second: {run: [/tiny, write, second.txt, "two"], inputs: [first.txt, in.txt], outputs: [second.txt]}
`)
	p.write("in.txt", "0")
	began := time.Now()
	p.call(0, "run", "--quiet")
	whole := time.Since(began)
	for killed := 0; killed < 20; {
		p.write("in.txt", fmt.Sprint(killed))
		for try := range 1 + rand.IntN(4) {
			if p.killed(try, &whole) {
				killed++
			}
		}
		p.call(0, "run", "--quiet")
		for name, text := range map[string]string{"first.txt": "one\n", "second.txt": "two\n"} {
			p.wants(name, text)
			if err := os.Remove(p.path(name)); err != nil {
				t.Fatal(err)
			}
		}
		if left := p.containers(); len(left) > 0 {
			t.Fatalf("containers are left after %d kills: %s", killed, p.command("docker", append([]string{"inspect"}, left...)...))
		}
		p.clean()
	}
}
