package process_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A stage that looks for muster's environment, where its token is, finds nothing, though
// it runs as the same user. Root may look into everything, so the test is another user.
func TestAStageDoesNotSeeMustersEnvironment(t *testing.T) {
	dir := t.TempDir()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(own)
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "muster")
	for _, place := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(place, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(program, data, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	// Its own environment shows that there is one to be seen; of muster's, every file is tried.
	const spy = `tr '\0' '\n' < /proc/self/environ | grep -c . ; cat /proc/$PPID/environ /proc/$PPID/maps /proc/$PPID/mem; ls /proc/$PPID/fd; echo looked`
	cmd.Env = []string{asMuster + "=" + spy, "MUSTER_TOKEN=correct-horse", "TEST_PROJECT=p", "TEST_WORKSPACE=" + filepath.Join(dir, "w"), "PATH=" + os.Getenv("PATH")}
	cmd.Dir = dir
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if text := string(out); !strings.Contains(text, "looked") || strings.Contains(text, "correct-horse") || strings.Count(text, "Permission denied") < 3 {
		t.Errorf("the stage saw:\n%s", text)
	}
}
