package fire_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

// head keeps the beginning of what is written to it, and counts the rest.
type head struct {
	kept []byte
	size int64
}

func (h *head) Write(data []byte) (int, error) {
	const room = 20_000
	h.kept = append(h.kept, data[:min(len(data), room-len(h.kept))]...)
	h.size += int64(len(data))
	return len(data), nil
}

// measured runs muster, wants an exit code, and returns the most memory that it
// took, and the beginning of what it printed. The kernel's own count at its end
// would hold what this test took when it started it.
func (p *project) measured(want int, args ...string) (peak int64, said string) {
	p.Helper()
	m := &muster{Cmd: exec.CommandContext(p.Context(), program.Path(p.T), args...), ended: make(chan struct{})}
	var printed head
	m.Stdout, m.Stderr = &printed, &printed // one writer: one goroutine writes to it
	p.begin(m)
	for running := true; running; {
		select {
		case <-m.ended:
			running = false
		case <-time.After(10 * time.Millisecond):
			peak = max(peak, p.peakOf(m.Process.Pid))
		}
	}
	if code := m.code(); code != want {
		p.Errorf("muster %v: exit code %d, want %d\n%.1000s", args, code, want, printed.kept)
	}
	return peak, string(printed.kept)
}

// peakOf is the most memory that a process has taken so far; 0 if it has just ended.
func (p *project) peakOf(pid int) int64 {
	p.Helper()
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) // it may have ended
	match := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if match == nil {
		return 0
	}
	kib, err := strconv.ParseInt(string(match[1]), 10, 64)
	if err != nil {
		p.Fatal(err)
	}
	return kib << 10
}
