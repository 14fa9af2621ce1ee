package fire_test

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// A log that never ends its line takes disk, as every line of a log is kept, and no memory.
func TestEndlessLine(t *testing.T) {
	t.Parallel()
	const size, bound = 1_000_000_000, 120 << 20
	tests := map[string]struct {
		executor string
		args     []string
	}{
		"process, plain":     {"process", []string{"--progress", "plain"}},
		"docker, JSON lines": {"docker", []string{"--quiet", "--format", "jsonl"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.executor == "docker" {
				needImages(t, python)
			}
			p := newProject(t, fmt.Sprintf(`
version: 1
executor: %s
image: muster-example/python-sklearn:1
stages: {endless: {run: "head -c %d /dev/zero | tr '\\0' x", secrets: [TOKEN]}}
`, test.executor, size))
			p.env = []string{"TOKEN=xyxyxyxyxyxyxyxyxyxyxz"}
			began := time.Now()
			peak, _ := p.measured(0, append([]string{"run"}, test.args...)...)
			t.Logf("%d MB of log in %.1f s; muster took %d MiB", size/1_000_000, time.Since(began).Seconds(), peak>>20)
			if peak > bound {
				t.Errorf("muster took %d MiB", peak>>20)
			}
			log, err := os.Stat(p.logs("endless")[0])
			if err != nil || log.Size() < size {
				t.Errorf("not all of the log was kept: %v, %v", log, err)
			}
		})
	}
}
