// Package collector keeps the garbage collector from starting before it is worth
// its time: a run in which nothing changed, or a gate whose stages are cached,
// takes less memory than firstCollection, and would spend a fifth of its time
// collecting. From the first collection on, all is as usual. Whoever sets GOGC or
// GOMEMLIMIT is obeyed.
//
// It begins while the program's packages are prepared, and not in main, since that
// takes more than the 4 MiB after which Go collects first: the libraries' tables are
// there by then, and none is rubbish.
package collector

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
)

// firstCollection is how much memory is taken before any is collected.
const firstCollection = 64 << 20

// Packages are prepared in the order of their names, once what they import is
// (https://go.dev/ref/spec#Program_initialization): this one before most libraries.
//
//nolint:gochecknoglobals // see above; it does not change
var begun = late()

func late() bool {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return false
	}
	hold(firstCollection)
	return true
}

// Expect says that so many bytes will be taken, most of which are kept to the end: nothing
// more is collected before. What is less than is taken at first anyway changes nothing.
func Expect(bytes int64) {
	if begun && bytes > firstCollection {
		hold(bytes)
	}
}

// hold keeps the collector from starting until so many bytes are taken.
func hold(bytes int64) {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(bytes)
	sentinel := &struct{ self *int }{new(int)}
	runtime.AddCleanup(sentinel, func(usual int) { // called once the next collection has found nobody to use it
		debug.SetGCPercent(usual)
		debug.SetMemoryLimit(math.MaxInt64)
	}, 100)
}
