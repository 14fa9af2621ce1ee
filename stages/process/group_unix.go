//go:build unix

package process

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
)

// ownGroup keeps a command's signals apart from muster's: a Ctrl-C reaches
// muster alone, which then ends its stages in its own way.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func terminateGroup(group int) { _ = syscall.Kill(-group, syscall.SIGTERM) } // it may have ended by itself

func killGroup(group int) { _ = syscall.Kill(-group, syscall.SIGKILL) } // mostly there is nothing left

// exitCode is that of the command; for a signal, the one that shells give it.
func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

// peak is the most memory that one process of the command took. A process begins
// with the figure of the one that started it, so what is not above muster's own says nothing.
func peak(state *os.ProcessState, before int64) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok || maxRSS(usage) <= before {
		return 0
	}
	return maxRSS(usage)
}

// ownPeak is the most memory that muster took until now.
func ownPeak() int64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return maxRSS(&usage)
}

func maxRSS(usage *syscall.Rusage) int64 {
	size := int64(usage.Maxrss)
	if runtime.GOOS == "darwin" {
		return size // bytes, where others count kibibytes
	}
	return size << 10
}

func killProcess(pid int) error { return syscall.Kill(pid, syscall.SIGKILL) }

const guardScript = `read -r word || kill -s KILL -- "-$1"`

// guardGroup starts a guard. Where it cannot, what a killed muster leaves is
// found by the next run's Sweep only.
func guardGroup(group int) guard {
	cmd := exec.Command("/bin/sh", "-c", guardScript, "muster-guard", strconv.Itoa(group)) //nolint:noctx // it ends when it is dismissed
	cmd.Env, cmd.SysProcAttr = []string{}, ownGroup()
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return guard{}
	}
	if cmd.Start() != nil {
		pipe.Close()
		return guard{}
	}
	return guard{cmd, pipe}
}
