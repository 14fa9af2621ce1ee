//go:build !linux && !windows

package process

import "golang.org/x/sys/unix"

// totalMemory is what this machine has, in bytes; 0 if it does not say.
func totalMemory() int64 {
	size, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return 0
	}
	return int64(size)
}
