package process

import (
	"io"
	"os/exec"
)

// guard is a small process that outlives muster if it is killed, and then kills
// the group that it guards: with muster, nobody would wait for the stage any
// more. It reads from a pipe that only muster holds open.
type guard struct {
	cmd  *exec.Cmd
	pipe io.WriteCloser
}

// dismiss ends the guard, which then kills nothing.
func (g guard) dismiss() {
	if g.cmd == nil {
		return
	}
	_, _ = io.WriteString(g.pipe, "done\n") // a guard that has ended by itself needs no word
	g.pipe.Close()
	_ = g.cmd.Wait() // its exit code says nothing
}
