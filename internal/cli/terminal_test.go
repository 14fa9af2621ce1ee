package cli_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// session is muster in a terminal of 80 columns and 24 rows.
type session struct {
	t       *testing.T
	command *exec.Cmd
	pty     *os.File
	seen    []byte
}

// inTerminal runs a pipeline of one stage in a terminal.
func inTerminal(t *testing.T, run string, args ...string) *session {
	t.Helper()
	dir := t.TempDir()
	pipeline := "version: 1\nstages:\n  train: {run: " + strconv.Quote(run) + "}\n"
	if err := os.WriteFile(filepath.Join(dir, "muster.yaml"), []byte(pipeline), 0o644); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "muster", append([]string{"run", "--executor", "process"}, args...)...)
	command.Dir = dir
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TERM=xterm-256color"}
	file, err := pty.StartWithSize(command, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return &session{t: t, command: command, pty: file}
}

// until reads what is written to the terminal until a text has come.
func (s *session) until(text string) {
	s.t.Helper()
	buf := make([]byte, 4096)
	for !bytes.Contains(s.seen, []byte(text)) {
		n, err := s.pty.Read(buf)
		s.seen = append(s.seen, buf[:n]...)
		if err != nil {
			s.t.Fatalf("%q did not come: %v\n%q", text, err, s.seen)
		}
	}
}

func (s *session) press(key string) {
	s.t.Helper()
	if _, err := io.WriteString(s.pty, key); err != nil {
		s.t.Fatal(err)
	}
}

// end waits for muster, and returns its exit code and what the screen shows then.
func (s *session) end() (code int, screen string) {
	s.t.Helper()
	rest, _ := io.ReadAll(s.pty) // the error says that the other side is closed, as it should be
	s.seen = append(s.seen, rest...)
	_ = s.command.Wait() // the code tells
	emulator := vt.NewEmulator(80, 24)
	if _, err := emulator.Write(s.seen); err != nil {
		s.t.Fatal(err)
	}
	if hidden, shown := bytes.LastIndex(s.seen, []byte("\x1b[?25l")), bytes.LastIndex(s.seen, []byte("\x1b[?25h")); hidden > shown {
		s.t.Errorf("the cursor is left hidden: %q", s.seen)
	}
	return s.command.ProcessState.ExitCode(), emulator.String()
}

const ctrlC = "\x03"

func TestInATerminal(t *testing.T) {
	s := inTerminal(t, `for i in 1 2 3 4; do echo "epoch $i"; sleep 0.2; done`)
	s.until("epoch 3")
	code, screen := s.end()
	if code != 0 || !strings.Contains(screen, "✓ train  done in") || !strings.Contains(screen, "1 stage in") {
		t.Errorf("exit code %d, and on the screen:\n%s", code, screen)
	}
	if strings.Contains(screen, "epoch") || strings.Contains(screen, "of 1 stages") {
		t.Errorf("what was drawn over is left:\n%s", screen)
	}
	if !bytes.Contains(s.seen, []byte("\x1b[32m")) {
		t.Errorf("there are no colours: %q", s.seen)
	}
}

func TestATerminalShowsWhatFailedOnce(t *testing.T) {
	s := inTerminal(t, `echo the reason; sleep 0.3; exit 3`, "--color", "never")
	code, screen := s.end()
	if code != 3 || !strings.Contains(screen, "✗ train  failed after") {
		t.Errorf("exit code %d, and on the screen:\n%s", code, screen)
	}
	if got := strings.Count(screen, "the reason"); got != 1 {
		t.Errorf("the log's end is there %d times:\n%s", got, screen)
	}
}

func TestCtrlCOnceEndsCleanly(t *testing.T) {
	s := inTerminal(t, `echo ready; sleep 60`)
	s.until("ready")
	s.press(ctrlC)
	code, screen := s.end()
	if code != 130 || !strings.Contains(screen, "press Ctrl-C again to kill at once") || !strings.Contains(screen, "train  stopped") {
		t.Errorf("exit code %d, and on the screen:\n%s", code, screen)
	}
}

func TestCtrlCTwiceEndsAtOnce(t *testing.T) {
	s := inTerminal(t, `trap "" TERM; echo ready; while echo still here; do sleep 0.2; done`)
	s.until("ready")
	s.press(ctrlC)
	s.until("stopping; Ctrl-C again kills at once")
	s.press(ctrlC)
	code, screen := s.end()
	if code != -1 { // killed by the signal, as a shell wants to know
		t.Errorf("exit code %d, and on the screen:\n%s", code, screen)
	}
}
