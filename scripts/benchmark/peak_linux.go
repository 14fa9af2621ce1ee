package main

import (
	"os"
	"syscall"
)

// peak is the most memory that an ended command took, in bytes.
func peak(state *os.ProcessState) int64 {
	usage, _ := state.SysUsage().(*syscall.Rusage)
	return usage.Maxrss << 10
}
