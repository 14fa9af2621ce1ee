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
	again(t)
}

// TestWhoeverSetsALimitIsObeyed does so too, with one that is as high as the first.
func TestWhoeverSetsALimitIsObeyed(t *testing.T) {
	if os.Getenv("COLLECTOR_TEST") == "" {
		again(t, "GOMEMLIMIT=64MiB")
		return
	}
	collector.Expect(1 << 30)
	if limit := debug.SetMemoryLimit(-1); limit != 64<<20 {
		t.Fatalf("the limit is %d, want that of GOMEMLIMIT", limit)
	}
}

func again(t *testing.T, env ...string) {
	t.Helper()
	test := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1")
	test.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "GOGC=") || strings.HasPrefix(v, "GOMEMLIMIT=")
	})
	test.Env = append(append(test.Env, "COLLECTOR_TEST=1"), env...)
	if out, err := test.CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
}

func expect(t *testing.T) {
	t.Helper()
	const expected = 1 << 30
	for range 2 {
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
	}
	collector.Expect(1)
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		t.Errorf("the limit of what is little is %d, want none", limit)
	}
}
