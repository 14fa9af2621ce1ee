package process

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// ownGroup keeps a command's signals apart from muster's.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// terminateGroup ends a process with all that it started: Windows has no signal by which
// a process without a window could be asked.
func terminateGroup(group int) { killGroup(group) }

func killGroup(group int) {
	_ = exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(group)).Run() //nolint:noctx // mostly there is nothing left
}

func killProcess(pid int) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return process.Kill()
}

func exitCode(state *os.ProcessState) int { return state.ExitCode() }

// peak and ownPeak are not known here.
func peak(*os.ProcessState, int64) int64 { return 0 }

func ownPeak() int64 { return 0 }

// guardGroup guards nothing here: what a killed muster leaves goes on.
func guardGroup(int) guard { return guard{} }
