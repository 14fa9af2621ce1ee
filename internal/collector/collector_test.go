package collector_test

import (
	"math"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/collector"
)

// TestExpect runs itself in a process of its own, in which nothing was collected yet.
func TestExpect(t *testing.T) {
	if os.Getenv("COLLECTOR_TEST") != "" {
		expect(t)
		return
	}
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestExpect$", "-test.count=1")
	again.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "GOGC=") || strings.HasPrefix(v, "GOMEMLIMIT=")
	}), "COLLECTOR_TEST=1")
	if out, err := again.CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
}

func expect(t *testing.T) {
	t.Helper()
	const expected = 1 << 30
	collector.Expect(expected)
	if limit := debug.SetMemoryLimit(-1); limit != expected {
		t.Fatalf("the limit before anything was collected is %d, want %d", limit, expected)
	}
	runtime.GC()
	for deadline := time.Now().Add(10 * time.Second); debug.SetMemoryLimit(-1) != math.MaxInt64; runtime.GC() {
		if time.Now().After(deadline) {
			t.Fatal("ten seconds after a collection, there still is a limit")
		}
	}
	collector.Expect(expected)
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		t.Errorf("the limit after a collection is %d, want none", limit)
	}
}
