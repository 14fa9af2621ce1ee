package main

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
)

// firstCollection is how much memory is taken before any is collected.
const firstCollection = 64 << 20

// collectLate keeps the garbage collector from starting before it is worth its
// time: a run in which nothing changed takes less memory than that, and would
// spend a fifth of its time collecting. From the first collection on, all is as
// usual. Whoever sets GOGC or GOMEMLIMIT is obeyed.
func collectLate() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(firstCollection)
	sentinel := &struct{ self *int }{new(int)}
	runtime.AddCleanup(sentinel, func(usual int) { // called once the first collection has found nobody to use it
		debug.SetGCPercent(usual)
		debug.SetMemoryLimit(math.MaxInt64)
	}, 100)
}
