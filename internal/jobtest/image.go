// Package jobtest gives tests of whole CI jobs what those run: muster, and an image with
// git, which scripts/setup.sh makes. Containers of that image are given this machine's
// folders and its loopback, on which the fakes of hosts are.
package jobtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// Image is the image's name.
const Image = "muster-test/ci:1"

// NeedImage fails a test in CI, and skips it elsewhere, if the image is not there.
func NeedImage(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skipf("a container does not run the muster of %s, and its loopback is another machine's", runtime.GOOS)
	}
	err := Docker("image", "inspect", Image)
	if err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%v\nin CI this test must run: scripts/setup.sh engine ci-image", err)
	}
	t.Skipf("%v\nto run this test: scripts/setup.sh engine ci-image", err)
}

// Clean empties a folder at the test's end: what containers wrote there is root's.
func Clean(t *testing.T, dir string) {
	t.Helper()
	t.Cleanup(func() {
		err := Docker("run", "--rm", "--network=none", "--volume="+dir+":/clean", Image, "find", "/clean", "-mindepth", "1", "-delete")
		if err != nil {
			t.Error(err)
		}
	})
}

// Docker runs a command of Docker; it can also do so when a test has ended.
func Docker(args ...string) error {
	out, err := exec.CommandContext(context.Background(), "docker", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("docker %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}
