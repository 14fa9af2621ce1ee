package docker_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
	"github.com/muster-ci/muster/stages/docker"
)

// startRegistry runs a registry of this test's own and returns its address.
func startRegistry(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("docker-registry")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%v; in CI this test must run: scripts/setup.sh registry", err)
		}
		t.Skipf("%v; to run this test: scripts/setup.sh registry", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	dir := t.TempDir()
	settings := fmt.Sprintf("version: 0.1\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: %s}\nlog: {level: error}\n", dir, address)
	file := filepath.Join(dir, "config.yml")
	if err := os.WriteFile(file, []byte(settings), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "serve", file)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/v2/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			response.Body.Close()
			return strings.Replace(address, "127.0.0.1", "localhost", 1)
		}
		if time.Now().After(deadline) {
			t.Fatalf("the registry does not answer: %s", &said)
		}
	}
}

// publisher puts images into a registry, as somebody elsewhere would.
type publisher struct {
	*testing.T
	api    *client.Client
	engine *docker.Docker
}

// publish pushes a new image under the name, and leaves nothing of it on the engine.
func (p publisher) publish(name, content string) {
	p.Helper()
	dir := p.TempDir()
	for file, text := range map[string]string{"Dockerfile": "FROM " + tinyImage + "\nCOPY content /content\n", "content": content} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			p.Fatal(err)
		}
	}
	task := stages.BuildTask{Project: dir, Stage: "image", Tag: name, Context: dir, Dockerfile: "Dockerfile", Files: []string{"Dockerfile", "content"}}
	if _, err := p.engine.Build(p.Context(), task, io.Discard); err != nil {
		p.Fatal(err)
	}
	stream, err := p.api.ImagePush(p.Context(), name, image.PushOptions{RegistryAuth: "e30="}) // {}: nobody logs in
	if err != nil {
		p.Fatal(err)
	}
	said, err := io.ReadAll(stream)
	if err != nil || bytes.Contains(said, []byte(`"error"`)) {
		p.Fatalf("push: %s, %v", said, err)
	}
	p.forget(name)
}

// forget removes an image from the engine, under all of its names.
func (p publisher) forget(name string) {
	p.Helper()
	_, err := p.api.ImageRemove(context.WithoutCancel(p.Context()), name, image.RemoveOptions{Force: true})
	if err != nil && !strings.Contains(err.Error(), "No such image") {
		p.Error(err)
	}
}

// A tag moves; what a pipeline was made with does not, until somebody says so.
func TestImagesArePinned(t *testing.T) {
	engine := connect(t)
	api, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	defer api.Close()
	name := startRegistry(t) + "/muster-test/pinned:1"
	p := publisher{t, api, engine}
	p.publish(name, "first")

	dir := t.TempDir()
	files := map[string]string{
		"Dockerfile": "# what it stands on\nFROM " + name + " AS base\nFROM scratch\nCOPY --from=base /tiny /content /\n",
		config.FileName: `
version: 1
name: pinned
stages:
  image: {build: {context: ., dockerfile: Dockerfile}}
  built: {image: "stage:image", run: [/tiny, cat, /content]}
  direct: {image: "` + name + `", run: [/tiny, cat, /content], env: {A: b}}
`,
		".dockerignore": "*\n!Dockerfile\n",
	}
	for file, text := range files {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(filepath.Join(dir, config.FileName))
	if err != nil {
		t.Fatal(err)
	}
	folder, err := stages.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	runner := &stages.Runner{Config: cfg, Dir: dir, Folder: folder, Executor: engine, Jobs: 2, Scope: result.ScopeLocal}
	run := func() map[string]result.Stage {
		t.Helper()
		run, err := runner.Run(t.Context(), nil)
		if err != nil || run.Status != result.RunPassed {
			t.Fatalf("run %s, %v: %+v", run.Status, err, run.Stages)
		}
		byName := map[string]result.Stage{}
		for _, stage := range run.Stages {
			byName[stage.Name] = stage
		}
		t.Cleanup(func() { p.forget(byName["image"].Image) })
		return byName
	}
	// saw wants both stages to have found this content in their images.
	saw := func(content string, byName map[string]result.Stage) {
		t.Helper()
		for _, name := range []string{"built", "direct"} {
			if got, err := os.ReadFile(filepath.Join(dir, byName[name].Log)); err != nil || string(got) != content {
				t.Errorf("%s saw %q, %v; want %q", name, got, err, content)
			}
		}
	}
	saw("first", run())
	lock, err := os.ReadFile(filepath.Join(dir, stages.LockFile))
	if err != nil || !strings.Contains(string(lock), name+": sha256:") {
		t.Fatalf("the lock file is %s, %v", lock, err)
	}

	p.publish(name, "second")
	if got := run(); got["direct"].Status != result.StageCached || got["image"].Status != result.StageCached {
		t.Errorf("the tag moved, and stages ran: %+v", got)
	}
	runner.Force = true
	saw("first", run())
	runner.Force = false

	pins, err := runner.Pin(t.Context(), true)
	if err != nil || len(pins) != 1 || pins[0].Before == "" || pins[0].Before == pins[0].Digest {
		t.Fatalf("pins are %+v, %v", pins, err)
	}
	got := run()
	if got["direct"].Reason != "the image changed" || got["image"].Status != result.StageRan {
		t.Errorf("after the update: %+v", got)
	}
	saw("second", got)
	p.forget(name)
	for _, digest := range []string{pins[0].Before, pins[0].Digest} {
		p.forget(strings.TrimSuffix(name, ":1") + "@" + digest)
	}
}
