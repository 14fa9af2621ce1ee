package process

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The variables by which muster knows again what a stage has started, also what
// has left its process group. A process that clears its environment is not found.
const (
	markProject   = "MUSTER_PROJECT"
	markRun       = "MUSTER_RUN"
	markWorkspace = "MUSTER_WORKSPACE"
)

// marks are the variables of a process that begin with MUSTER_.
type marks map[string]string

const (
	sweepRounds   = 20
	sweepInterval = 10 * time.Millisecond
)

// killMarked kills the processes of this machine whose marks are those wanted,
// until there are none: one may start another while it is looked for. Where
// there is no /proc, as on a Mac, none is found.
func killMarked(ctx context.Context, wanted func(marks) bool) error {
	for range sweepRounds {
		found := 0
		entries, err := filepath.Glob("/proc/[0-9]*")
		if err != nil {
			return fmt.Errorf("list processes: %w", err)
		}
		for _, dir := range entries {
			pid, err := strconv.Atoi(filepath.Base(dir))
			if err != nil || pid == os.Getpid() {
				continue
			}
			if env := readMarks(dir); len(env) > 0 && wanted(env) && killProcess(pid) == nil {
				found++
			}
		}
		if found == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(sweepInterval):
		}
	}
	return nil
}

// readMarks gives the marks of a process; another user's has none that can be
// read, nor has one that has ended and whose parent did not ask yet.
func readMarks(dir string) marks {
	data, err := os.ReadFile(filepath.Join(dir, "environ"))
	if err != nil || !bytes.Contains(data, []byte(markRun+"=")) {
		return nil
	}
	found := marks{}
	for entry := range strings.SplitSeq(string(data), "\x00") {
		if name, value, ok := strings.Cut(entry, "="); ok && strings.HasPrefix(name, "MUSTER_") {
			found[name] = value
		}
	}
	return found
}
