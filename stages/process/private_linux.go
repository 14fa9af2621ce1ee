package process

import "golang.org/x/sys/unix"

// closeSelf keeps the environment and the memory of muster, where its token is, from the
// stages, which run as the same user: the kernel then lets nobody look into them but who
// may look into everything (root). See PR_SET_DUMPABLE in prctl(2), and proc(5).
func closeSelf() {
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) // it knows this value since 2.3.20
}
