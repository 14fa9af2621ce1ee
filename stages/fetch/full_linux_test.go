package fetch_test

import (
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/muster-ci/muster/stages"
)

// smallDisk names the variable that makes a child fetch onto a disk of 1 MB.
const smallDisk = "MUSTER_TEST_SMALL_DISK"

func prepareChild(task stages.FetchTask) error {
	if os.Getenv(smallDisk) == "" {
		return nil
	}
	return syscall.Mount("tmpfs", task.Partials, "tmpfs", 0, "size=1m")
}

func TestDiskFull(t *testing.T) {
	content := data(3 << 20)
	server := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { whole(w, r, content) })
	task := newTask(t, server.URL)
	if err := os.MkdirAll(task.Partials, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, task, smallDisk+"=1")
	// A user namespace lets anybody mount.
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Unshareflags: syscall.CLONE_NEWNS}
	}
	out, err := cmd.Output()
	if strings.Contains(string(out), "no space left") && len(server.asked("Range")) == 1 {
		return
	}
	if os.Getenv("CI") == "" && (err != nil && len(server.asked("Range")) == 0) {
		t.Skipf("this machine lets nobody mount: %v, %s", err, out)
	}
	t.Errorf("%v, %d requests: %s", err, len(server.asked("Range")), out)
}
