package e2e_test

import "syscall"

// apart is a process group of its own that ends with the test, even with one
// that is killed.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
