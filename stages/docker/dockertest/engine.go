// Package dockertest starts engines that a test may stop: the machine's own serves others.
package dockertest

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
)

// Engine is an engine of a test's own.
type Engine struct {
	dir, host string
	apart     bool
	cmd       *exec.Cmd
	log       bytes.Buffer
}

// New starts an engine with copies of these images of the machine's engine, makes
// it what DOCKER_HOST names, and stops it at the end of the test. It has a network
// of its own, so that two of them do not set the same firewall. One that is apart
// does not see the folder for temporary files.
func New(t *testing.T, apart bool, images ...string) *Engine {
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
	e := &Engine{dir: t.TempDir(), host: "unix://" + socket + "/docker.sock", apart: apart}
	e.Start(t)
	t.Cleanup(func() { e.Stop(syscall.SIGTERM) })
	e.copyImages(t, images)
	t.Setenv("DOCKER_HOST", e.host)
	return e
}

// Start starts it again after [Engine.Stop], with all that it kept.
func (e *Engine) Start(t *testing.T) {
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
			e.Stop(syscall.SIGKILL)
			t.Fatalf("the engine does not start: %v\n%s", err, e.log.String())
		}
	}
}

// Stop ends it by a signal, and waits for its end.
func (e *Engine) Stop(signal syscall.Signal) {
	if e.cmd == nil {
		return
	}
	_ = e.cmd.Process.Signal(signal) // it may have ended
	_ = e.cmd.Wait()                 // how it ends is no matter
	e.cmd = nil
}

func (e *Engine) client(t *testing.T) *client.Client {
	t.Helper()
	api, err := client.NewClientWithOpts(client.WithHost(e.host), client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { api.Close() })
	return api
}

// copyImages brings images over from the machine's engine.
func (e *Engine) copyImages(t *testing.T, images []string) {
	t.Helper()
	from, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	saved, err := from.ImageSave(t.Context(), images)
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
	if _, err := answer.ReadFrom(loaded.Body); err != nil || !strings.Contains(answer.String(), "Loaded image") {
		t.Fatalf("load image: %v\n%s", err, &answer)
	}
}
