package executortest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/config"
)

func health(argv ...string) *config.Health {
	return &config.Health{Command: config.Command{Words: argv}, Interval: config.Duration(100 * time.Millisecond), Timeout: config.Duration(2 * time.Second)}
}

func (target Target) outputs(t *testing.T) {
	task, _ := target.task(t, "special", "many", "model")
	task.Outputs = []string{"model/"}
	if err := os.Mkdir(filepath.Join(task.Workspace, "model"), 0o755); err != nil { // as stages does for a folder
		t.Fatal(err)
	}
	target.must(t, task, 0)
	files := 0
	err := filepath.WalkDir(filepath.Join(task.Workspace, "model"), func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			files++
		}
		return err
	})
	if err != nil || files != 3000 {
		t.Errorf("%d files, %v", files, err)
	}
	data, err := os.ReadFile(filepath.Join(task.Workspace, "model", "2", "2999"))
	if err != nil || string(data) != "2999" {
		t.Errorf("the last file is %q, %v", data, err)
	}
	if err := os.RemoveAll(task.Workspace); err != nil {
		t.Errorf("the caller cannot remove the outputs: %v", err)
	}

	// What was not written is the caller's to miss.
	task, _ = target.task(t, "say", "", "")
	task.Outputs = []string{"never.txt"}
	target.must(t, task, 0)
}

// oddOutputs must reach the workspace as what they are, so that the caller sees
// what it refuses.
func (target Target) oddOutputs(t *testing.T) {
	for _, test := range []struct {
		kind string
		want fs.FileMode
	}{
		{"link", fs.ModeSymlink},
		{"dangling", fs.ModeSymlink},
		{"fifo", fs.ModeNamedPipe},
	} {
		task, _ := target.task(t, "special", test.kind, "out")
		task.Outputs = []string{"out"}
		target.must(t, task, 0)
		info, err := os.Lstat(filepath.Join(task.Workspace, "out"))
		if err != nil || info.Mode().Type() != test.want {
			t.Errorf("%s: %v, %v", test.kind, info, err)
		}
	}
	task, _ := target.task(t, "special", "socket", "out")
	task.Outputs = []string{"out"}
	target.must(t, task, 0)
	if info, err := os.Lstat(filepath.Join(task.Workspace, "out")); err == nil && info.Mode().IsRegular() {
		t.Errorf("a socket became a file")
	}

	task, _ = target.task(t, "special", "names", "odd")
	task.Outputs = []string{"odd"}
	target.must(t, task, 0)
	for _, name := range []string{"new\nline", `quo"te'`, "not\xffutf8", "ünïcode €", "-dash", "back\\slash"} {
		data, err := os.ReadFile(filepath.Join(task.Workspace, "odd", name))
		if err != nil || string(data) != name {
			t.Errorf("%q holds %q, %v", name, data, err)
		}
	}
}

func (target Target) user(t *testing.T) {
	task, log := target.task(t, "env", "input.txt")
	task.User = itoa(os.Getuid()+4242) + ":4243"
	if !target.Isolated {
		if _, err := target.Executor.Run(t.Context(), task); err == nil {
			t.Errorf("a user that is not the caller was taken for it:\n%s", log)
		}
		return
	}
	addInput(t, &task, "input.txt", "x")
	target.must(t, task, 0)
	for _, want := range []string{"uid=" + itoa(os.Getuid()+4242), "gid=4243", "user=muster", "access /workspace=writable", "access input.txt=read-only"} {
		if !strings.Contains(log.String(), want+"\n") {
			t.Errorf("want %s in\n%s", want, log)
		}
	}
	task, _ = target.task(t, "write", "out/x.txt", "theirs")
	task.User, task.Outputs = "4242", []string{"out/"}
	target.must(t, task, 0)
	name := filepath.Join(task.Workspace, "out", "x.txt")
	if data, err := os.ReadFile(name); err != nil || string(data) != "theirs\n" {
		t.Errorf("output is %q, %v", data, err)
	}
	if err := os.Chmod(name, 0o600); err != nil {
		t.Errorf("the output is not the caller's: %v", err)
	}
}
