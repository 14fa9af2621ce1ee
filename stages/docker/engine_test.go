package docker_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/docker/docker/client"

	"github.com/muster-ci/muster/stages/docker"
)

// ownEngine is an engine that a test may stop.
type ownEngine struct {
	dir, host string
	apart     bool
	cmd       *exec.Cmd
	log       bytes.Buffer
}

// startEngine starts an engine of the test's own, in a network of its own so that
// two of them do not set the same firewall, with the image of the tiny example. One that is apart does not see the folder for temporary files.
func startEngine(t *testing.T, apart bool) *ownEngine {
	t.Helper()
	if _, err := exec.LookPath("dockerd"); err != nil || os.Getuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatalf("a second engine needs root and dockerd (%v); in CI these tests must run", err)
		}
		t.Skipf("a second engine needs root and dockerd: %v", err)
	}
	// The socket lies where the engine sees it, too.
	socket, err := os.MkdirTemp("/run", "muster-engine-") //nolint:usetesting // the folder for temporary files is what it does not see
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(socket) })
	e := &ownEngine{dir: t.TempDir(), host: "unix://" + socket + "/docker.sock", apart: apart}
	e.start(t)
	t.Cleanup(func() { e.stop(syscall.SIGTERM) })
	e.copyImage(t)
	t.Setenv("DOCKER_HOST", e.host)
	return e
}

func (e *ownEngine) start(t *testing.T) {
	t.Helper()
	dir := e.dir
	setup := "mount --make-rprivate /"
	if e.apart { // what it keeps is in a file system that only it sees, and that ends with it
		setup += " && mount -t tmpfs tmpfs " + os.TempDir()
		dir = filepath.Join(os.TempDir(), "engine")
	}
	// A killed engine leaves the numbers of processes that are no longer its own.
	setup += " && rm -f " + filepath.Join(dir, "pid") + " " + filepath.Join(dir, "exec/containerd/containerd.pid")
	daemon := fmt.Sprintf("exec dockerd --host %s --data-root %s/data --exec-root %s/exec --pidfile %s/pid --bridge=none", e.host, dir, dir, dir)
	e.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), "unshare", "-m", "-n", "/bin/sh", "-c", setup+" && mkdir -p "+dir+" && "+daemon)
	e.cmd.Stdout, e.cmd.Stderr = &e.log, &e.log
	if err := e.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	api := e.client(t)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if _, err := api.Ping(t.Context()); err == nil {
			return
		} else if time.Now().After(deadline) {
			e.stop(syscall.SIGKILL)
			t.Fatalf("the engine does not start: %v\n%s", err, e.log.String())
		}
	}
}

func (e *ownEngine) stop(signal syscall.Signal) {
	if e.cmd == nil {
		return
	}
	_ = e.cmd.Process.Signal(signal) // it may have ended
	_ = e.cmd.Wait()                 // how it ends is no matter
	e.cmd = nil
}

func (e *ownEngine) client(t *testing.T) *client.Client {
	t.Helper()
	api, err := client.NewClientWithOpts(client.WithHost(e.host), client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { api.Close() })
	return api
}

// copyImage brings the tiny image over from the machine's engine.
func (e *ownEngine) copyImage(t *testing.T) {
	t.Helper()
	connect(t)
	from, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	saved, err := from.ImageSave(t.Context(), []string{tinyImage})
	if err != nil {
		t.Fatal(err)
	}
	defer saved.Close()
	loaded, err := e.client(t).ImageLoad(t.Context(), saved)
	if err != nil {
		t.Fatal(err)
	}
	defer loaded.Body.Close()
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(loaded.Body); err != nil || !strings.Contains(answer.String(), tinyImage) {
		t.Fatalf("load image: %v\n%s", err, &answer)
	}
}

// remote connects to the test's engine.
func (e *ownEngine) connect(t *testing.T) *docker.Docker {
	t.Helper()
	engine, err := docker.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	return engine
}
