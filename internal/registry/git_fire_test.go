package registry_test

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/registry/registrytest"
)

// promoted makes a registry with one promoted model at the remote, seen from a clone.
func promoted(t *testing.T) (remote, at string) {
	t.Helper()
	remote = bareRemote(t)
	at = clone(t, remote)
	initGitLedger(t, at)
	addAndMove(t, openGitRegistry(t, at, ""), "", "a")
	return remote, at
}

func addAndMove(t testing.TB, reg *registry.Registry, from, content string) string {
	t.Helper()
	store := registrytest.NewStore(t)
	added, err := reg.Add(t.Context(), store, registrytest.NewVersion(t, store, content))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reg.Move(t.Context(), registry.Promotion{Alias: "production", From: from, To: added.Version}); err != nil {
		t.Fatal(err)
	}
	return added.Version
}

// Whichever object of the two tips has a flipped bit at the remote: verify finds it,
// also where an older fetch still has it whole.
func TestAFlippedBitAtTheRemote(t *testing.T) {
	remote, at := promoted(t)
	warm := openGitRegistry(t, at, "")
	if found, err := warm.Verify(t.Context(), nil); err != nil || len(found.Damages) > 0 {
		t.Fatal(found.Damages, err)
	}
	list := runGit(t, remote, nil, "rev-list", "--objects", "--no-walk", "--no-object-names", gitBranch, gitBranch+"-ledger")
	tree := runGit(t, remote, nil, "ls-tree", "-r", "-t", "--format=%(objectname)", gitBranch)
	for _, name := range slices.Sorted(maps.Keys(set(strings.Fields(list + "\n" + tree)))) {
		flipAt(t, remote, name, func() {
			if found, err := warm.Verify(t.Context(), nil); err != nil || len(found.Damages) == 0 {
				t.Errorf("%s: an older clone finds %v, %v", name, found.Damages, err)
			}
		})
	}
}

func set(names []string) map[string]bool {
	all := map[string]bool{}
	for _, name := range names {
		all[name] = true
	}
	return all
}

// useGit does what a gate does with the champion, in a job of its own.
func useGit(t *testing.T, at string) error {
	t.Helper()
	reg, err := registry.Open(t.Context(), openGit(t, at, ""))
	if err != nil {
		return err
	}
	version, _, err := reg.Current(t.Context(), "production")
	if err != nil {
		return err
	}
	return errors.Join(reg.Check(t.Context(), version), reg.Restore(t.Context(), version.Version, registrytest.NewStore(t)))
}

// A model, its document or the move with a flipped bit is neither used nor promoted.
func TestAFlippedBitIsRefused(t *testing.T) {
	remote, at := promoted(t)
	for _, name := range []string{"versions/v1.json", "aliases/production/000001.json", "registry.json"} {
		flipAt(t, remote, runGit(t, remote, nil, "rev-parse", gitBranch+":"+name), func() {
			if err := useGit(t, at); err == nil {
				t.Errorf("%s has a flipped bit, and is used", name)
			}
		})
	}
	objects := strings.Fields(runGit(t, remote, nil, "ls-tree", "-r", "--format=%(objectname)", gitBranch, "objects/"))
	if len(objects) != 2 {
		t.Fatal(objects)
	}
	for _, object := range objects {
		flipAt(t, remote, object, func() {
			if err := useGit(t, at); err == nil {
				t.Error("a model with a flipped bit is used")
			}
			reg, err := registry.Open(t.Context(), openGit(t, at, ""))
			if err == nil {
				_, err = reg.Move(t.Context(), registry.Promotion{Alias: "staging", To: "v1"})
			}
			if err == nil {
				t.Error("a model with a flipped bit is promoted")
			}
		})
	}
}

func flipAt(t *testing.T, remote, object string, then func()) {
	t.Helper()
	path := filepath.Join(remote, "objects", object[:2], object[2:])
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flipped := slices.Clone(whole)
	flipped[len(flipped)*2/3] ^= 4
	if err := errors.Join(os.Chmod(path, 0o644), os.WriteFile(path, flipped, 0o644)); err != nil {
		t.Fatal(err)
	}
	then()
	if err := os.WriteFile(path, whole, 0o644); err != nil {
		t.Fatal(err)
	}
}

// daemon serves the folder of a remote as git's own server does, and returns the
// address of the remote: a server that lives on when its client is killed.
func daemon(t *testing.T, remote string) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	host, port, _ := net.SplitHostPort(address)
	cmd := exec.CommandContext(t.Context(), "git", "daemon", "--reuseaddr", "--export-all", "--enable=receive-pack",
		"--base-path="+filepath.Dir(remote), "--listen="+host, "--port="+port)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	for range 200 {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return "git://" + address + "/" + filepath.Base(remote)
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("git daemon does not answer")
	return ""
}

var gitRole = flag.String("git-registry-process", "", "what to do in place of tests: promote without end in the registry of this clone")

// TestGitProcess is what the process does that is killed.
func TestGitProcess(t *testing.T) {
	if *gitRole == "" {
		return // the tests themselves run
	}
	from := ""
	if current, _, err := openGitRegistry(t, *gitRole, "").Current(t.Context(), "production"); err == nil {
		from = current.Version
	}
	for i := 0; ; i++ {
		from = addAndMove(t, openGitRegistry(t, *gitRole, ""), from, fmt.Sprintf("%d in process %d", i, os.Getpid()))
		fmt.Println("promoted", from)
	}
}

// A process that promotes without end is killed at any instant with the git that
// it started, again and again: the alias is the old version or the new one.
func TestGitKilledAtAnyInstant(t *testing.T) {
	remote, at := promoted(t)
	runGit(t, at, nil, "remote", "set-url", "origin", daemon(t, remote))
	moves := 1
	for i := range 8 {
		killGitAfterPromotion(t, at, time.Duration(29*i)*time.Millisecond)
		reg := openGitRegistry(t, at, "")
		history, err := reg.History(t.Context(), "production")
		if err != nil || len(history) <= moves {
			t.Fatalf("%d moves after %d, %v", len(history), moves, err)
		}
		moves = len(history)
		if found, err := reg.Verify(t.Context(), nil); err != nil || len(found.Damages) > 0 {
			t.Fatal(found.Damages, err)
		}
	}
	runGit(t, remote, nil, "fsck", "--full", "--strict")
}

func killGitAfterPromotion(t *testing.T, at string, while time.Duration) {
	t.Helper()
	worker := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestGitProcess$", "-git-registry-process="+at)
	worker.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := worker.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("the process said %q and ended: %v", line, err)
	}
	time.Sleep(while)
	if err := syscall.Kill(-worker.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = worker.Wait() // it was killed: there is no other way for it to end
}
