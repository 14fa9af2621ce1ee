//go:build unix && !linux

package e2e_test

import "syscall"

// apart is a process group of its own.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
