package docker_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/docker/docker/api/types/image"

	"github.com/muster-ci/muster/stages"
	"github.com/muster-ci/muster/stages/docker"
)

// imageServer serves one image that has one layer, to those who may have it.
type imageServer struct {
	host     string
	manifest []byte
	blobs    map[string][]byte
	password string // empty for everybody
}

const manifestType = "application/vnd.docker.distribution.manifest.v2+json"

func startImageServer(t *testing.T, password string) *imageServer {
	t.Helper()
	content := make([]byte, 8<<20)
	_, _ = rand.Read(content) // never fails
	var layer bytes.Buffer
	archive := tar.NewWriter(&layer)
	if err := errors.Join(archive.WriteHeader(&tar.Header{Name: "random", Mode: 0o644, Size: int64(len(content))}), second(archive.Write(content)), archive.Close()); err != nil {
		t.Fatal(err)
	}
	config := fmt.Appendf(nil, `{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[%q]}}`, digest(layer.Bytes()))
	r := &imageServer{password: password, blobs: map[string][]byte{digest(config): config, digest(layer.Bytes()): layer.Bytes()}}
	r.manifest = fmt.Appendf(nil, `{"schemaVersion":2,"mediaType":%q,"config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":%d,"digest":%q},"layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar","size":%d,"digest":%q}]}`,
		manifestType, len(config), digest(config), layer.Len(), digest(layer.Bytes()))
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.host = strings.TrimPrefix(server.URL, "http://")
	return r
}

func second(_ int, err error) error { return err }

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func (r *imageServer) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if _, password, _ := request.BasicAuth(); r.password != "" && password != r.password {
		w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	name := request.URL.Path[strings.LastIndex(request.URL.Path, "/")+1:]
	switch {
	case strings.Contains(request.URL.Path, "/manifests/") && (name == "1" || name == digest(r.manifest)):
		w.Header().Set("Content-Type", manifestType)
		w.Header().Set("Docker-Content-Digest", digest(r.manifest))
		_, _ = w.Write(r.manifest)
	case r.blobs[name] != nil:
		w.Header().Set("Content-Length", strconv.Itoa(len(r.blobs[name])))
		_, _ = w.Write(r.blobs[name])
	case request.URL.Path != "/v2/":
		http.NotFound(w, request)
	}
}

// measured notes how far a transfer has come.
type measured struct {
	bytes.Buffer
	mu          sync.Mutex
	what        string
	done, total int64
}

func (m *measured) Progress(what string, done, total int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.what, m.done, m.total = what, done, total
}

// forget removes a pulled image.
func forget(t *testing.T, ref string) {
	t.Helper()
	api := apiClient(t)
	t.Cleanup(func() {
		_, _ = api.ImageRemove(context.WithoutCancel(t.Context()), ref, image.RemoveOptions{Force: true}) // it may not have come so far
	})
}

func TestPull(t *testing.T) {
	engine := connect(t)
	r := startImageServer(t, "")
	for _, ref := range []string{r.host + "/team/model:1", r.host + "/team/model@" + digest(r.manifest)} {
		progress := &measured{}
		pulled, err := engine.Pull(t.Context(), ref, progress)
		if err != nil {
			t.Fatalf("%v\n%s", err, progress)
		}
		if pulled.Identity != digest(r.manifest) || !strings.HasPrefix(pulled.ID, "sha256:") {
			t.Errorf("%s is %+v, want the manifest's digest %s", ref, pulled, digest(r.manifest))
		}
		if progress.what != ref || progress.done != progress.total || progress.total < 8<<20 {
			t.Errorf("progress of %q: %d of %d", progress.what, progress.done, progress.total)
		}
		if err := engine.Untag(t.Context(), pulled.ID); err != nil {
			t.Error(err)
		}
	}
}

func TestPullWithALogin(t *testing.T) {
	engine := connect(t)
	r := startImageServer(t, "hunter2")
	ref := r.host + "/private:1"
	forget(t, ref)
	config := t.TempDir()
	t.Setenv("DOCKER_CONFIG", config)
	_, err := engine.Pull(t.Context(), ref, &measured{})
	var hinted interface{ Hint() string }
	if !errors.As(err, &hinted) || !strings.Contains(hinted.Hint(), "docker login") || errors.Is(err, stages.ErrSurroundings) {
		t.Errorf("without a login: %v", err)
	}
	login := map[string]any{"auths": map[string]any{r.host: map[string]string{"auth": base64.StdEncoding.EncodeToString([]byte("me:hunter2"))}}}
	data, err := json.Marshal(login)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(config, "config.json"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	// A Dockerfile's base needs the same login.
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte("FROM "+ref+"\nLABEL x=y\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	task := stages.BuildTask{Project: dir, Stage: "image", Tag: "muster-test/private:1", Context: dir, Dockerfile: "Dockerfile", Files: []string{"Dockerfile"}, Bases: []string{ref}}
	log := &measured{}
	if _, err := engine.Build(t.Context(), task, log); err != nil {
		t.Errorf("build on a private image: %v\n%s", err, log)
	}
	forget(t, task.Tag)
}

// The docker command's context is where its user's engine is.
func TestContext(t *testing.T) {
	connect(t)
	config := t.TempDir()
	t.Setenv("DOCKER_CONFIG", config)
	t.Setenv("DOCKER_HOST", "")
	meta := filepath.Join(config, "contexts", "meta", strings.TrimPrefix(digest([]byte("far")), "sha256:"))
	if err := os.MkdirAll(meta, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		filepath.Join(config, "config.json"): `{"currentContext": "far"}`,
		filepath.Join(meta, "meta.json"):     `{"Name": "far", "Endpoints": {"docker": {"Host": "unix:///nowhere/far.sock"}}}`,
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := docker.Connect(t.Context()); err == nil || !strings.Contains(err.Error(), "/nowhere/far.sock") {
		t.Errorf("error is %v", err)
	}
	t.Setenv("DOCKER_CONTEXT", "default")
	engine, err := docker.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	engine.Close()
}

func TestPullThatMaySucceedLater(t *testing.T) {
	engine := connect(t)
	r := startImageServer(t, "")
	_, err := engine.Pull(t.Context(), r.host+"/nothing:2", &measured{})
	if err == nil || errors.Is(err, stages.ErrSurroundings) {
		t.Errorf("an image that is not there: %v", err)
	}
	_, err = engine.Pull(t.Context(), "localhost:1/x:1", &measured{})
	if !errors.Is(err, stages.ErrSurroundings) {
		t.Errorf("a registry that is not there: %v", err)
	}
}

func TestBuildSaysWhatItDoes(t *testing.T) {
	engine := connect(t)
	dir := t.TempDir()
	task := stages.BuildTask{Project: dir, Stage: "image", Tag: "muster-test/log:1", Context: dir, Dockerfile: "Dockerfile", Files: []string{"Dockerfile"}}
	forget(t, task.Tag)
	for _, test := range []struct {
		dockerfile string
		log        []string
		stage      bool // the Dockerfile is to blame
		fails      bool
	}{
		// A mounted cache is what only BuildKit knows.
		{"FROM " + tinyImage + "\nRUN --mount=type=cache,target=/c [\"/tiny\", \"say\", \"" + digest([]byte(dir)) + "\", \"err\"]\n", []string{"RUN --mount=type=cache", digest([]byte(dir)) + "\n", " err\n"}, false, false},
		{"FROM " + tinyImage + "\nRUN [\"/tiny\", \"fail\", \"3\"]\n", []string{"error: ", "exit code: 3"}, true, true},
		{"FROM " + tinyImage + "\nRUM x\n", nil, true, true},
		{"", nil, true, true},
		{"FROM localhost:1/none:1\n", nil, false, true},
	} {
		if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(test.dockerfile), 0o644); err != nil {
			t.Fatal(err)
		}
		log := &measured{}
		_, err := engine.Build(t.Context(), task, log)
		_, stage := errors.AsType[*stages.BuildError](err)
		if (err != nil) != test.fails || stage != test.stage || errors.Is(err, stages.ErrSurroundings) != (test.fails && !test.stage) {
			t.Errorf("%q: error is %v", test.dockerfile, err)
		}
		for _, want := range test.log {
			if !strings.Contains(log.String(), want) {
				t.Errorf("%q: no %q in\n%s", test.dockerfile, want, log)
			}
		}
	}
}
