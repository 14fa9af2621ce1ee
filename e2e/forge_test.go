//go:build unix

// Package e2e_test blocks and lets through real merges: Gitea with its Actions
// runner, branch protection, our action.yml and the muster binary, end to end.
package e2e_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// forge is a Gitea with one runner, both of this test alone: its files are in a
// folder of the test's, and it listens on a socket there. What the test and the
// jobs speak to is a proxy in this process, on a port that the system chose.
type forge struct {
	*testing.T
	home, url, token string
	muster           string // the program, whose folder is the first of jobs' path

	mu   sync.Mutex
	seen []request
}

// request is one that came in, with what tells whose it is, and how it was answered.
type request struct {
	method, path, agent string
	status              int
}

func (r request) String() string { return fmt.Sprintf("%s %s %d", r.method, r.path, r.status) }

// patience is how long anything here may take; a job takes seconds.
const patience = time.Minute

func startForge(t *testing.T) *forge {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a forge and runs CI jobs on it; leave -short out")
	}
	server, runner := tool(t, "gitea"), tool(t, "gitea-runner")
	f := &forge{T: t, home: shortTempDir(t), muster: program.Path(t)}
	front := httptest.NewServer(f.proxy())
	t.Cleanup(front.Close)
	f.url = front.URL

	registration := random()
	config := f.configure()
	f.must(server, "migrate", "--config", config)
	f.token = lastWord(f.must(server, "admin", "user", "create", "--config", config, "--admin", "--username", "lead",
		"--random-password", "--email", "lead@example.org", "--must-change-password=false",
		"--access-token", "--access-token-scopes", "all"))
	f.start("gitea", append(f.environ(), "GITEA_RUNNER_REGISTRATION_TOKEN="+registration), server, "web", "--config", config)
	f.eventually("Gitea answers", func() bool { return f.call("GET", "/version", nil, nil) == http.StatusOK })

	settings := f.write("runner.yaml", fmt.Sprintf(runnerSettings, filepath.Join(f.home, "runner"), filepath.Join(f.home, "work")))
	f.must(runner, "register", "--config", settings, "--no-interactive", "--instance", f.url, "--token", registration,
		"--name", "runner", "--labels", "ubuntu-latest:host")
	f.start("runner", f.environ(), runner, "daemon", "--config", settings)
	return f
}

// shortTempDir is short enough for a socket, whose name has at most 104 bytes on some systems.
func shortTempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "forge") //nolint:usetesting // t.TempDir holds the test's name, which may be long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("something still writes to the forge's folder: %v", err)
		}
	})
	return dir
}

// giteaSettings: https://docs.gitea.com/administration/config-cheat-sheet.
// Actions come from this forge itself, since a test reaches no other.
const giteaSettings = `I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
RUN_USER = %[5]s
WORK_PATH = %[1]s
[server]
PROTOCOL = http+unix
HTTP_ADDR = %[1]s/socket
ROOT_URL = %[2]s/
STATIC_ROOT_PATH = %[3]s
DISABLE_SSH = true
OFFLINE_MODE = true
[database]
DB_TYPE = sqlite3
PATH = %[1]s/gitea.db
[security]
INSTALL_LOCK = true
SECRET_KEY = %[4]s
[actions]
ENABLED = true
DEFAULT_ACTIONS_URL = self
[repository]
ENABLE_PUSH_CREATE_USER = true
ENABLE_PUSH_CREATE_ORG = true
DEFAULT_PUSH_CREATE_PRIVATE = false
[indexer]
ISSUE_INDEXER_TYPE = db
[session]
PROVIDER = memory
[cron]
ENABLED = false
[log]
LEVEL = Warn
MODE = console
`

// runnerSettings: what "gitea-runner generate-config" prints and explains.
const runnerSettings = `log: {level: info}
runner:
  file: %s
  fetch_interval: 200ms
  fetch_interval_max: 200ms
  log_report_interval: 400ms
  log_report_max_latency: 200ms
cache: {enabled: false}
host: {workdir_parent: %s}
`

// configure writes Gitea's settings and returns where. Its templates and texts
// are in the module that it was built from.
func (f *forge) configure() string {
	f.Helper()
	cmd := exec.CommandContext(f.Context(), "go", "-C", filepath.Join("..", "scripts", "gitea"), "list", "-m", "-f", "{{.Dir}}", "code.gitea.io/gitea")
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	static, err := cmd.Output()
	if err != nil {
		f.Fatalf("find Gitea's templates: %v", err)
	}
	user := strings.TrimSpace(f.must("id", "-un"))
	return f.write("app.ini", fmt.Sprintf(giteaSettings, f.home, f.url, strings.TrimSpace(string(static)), random(), user))
}

// proxy passes everything on to Gitea, and notes it.
func (f *forge) proxy() http.Handler {
	gitea := &url.URL{Scheme: "http", Host: "gitea"}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(gitea)
			r.Out.Host = r.In.Host
		},
		Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(f.home, "socket"))
		}},
		ModifyResponse: func(r *http.Response) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.seen = append(f.seen, request{r.Request.Method, r.Request.URL.Path, r.Request.UserAgent(), r.StatusCode})
			return nil
		},
		// Until Gitea listens, and when it is gone: the caller sees the status.
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
}

// requests are those that were answered until now.
func (f *forge) requests() []request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.seen)
}

// environ has nothing of a CI job that these tests may run in, nor of the
// developer's own git.
func (f *forge) environ() []string {
	return []string{
		"PATH=" + filepath.Dir(f.muster) + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + f.home, "TMPDIR=" + f.home, "GIT_CONFIG_SYSTEM=/dev/null", "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.org", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.org",
	}
}

// start runs a program until the test is over, in a process group of its own, so
// that nothing it started outlives it. Its output is shown if the test fails.
func (f *forge) start(name string, env []string, program string, args ...string) {
	f.Helper()
	var out bytes.Buffer
	cmd := exec.Command(program, args...) //nolint:noctx // ended below: a context would end it before the test's clean-up
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = f.home, env, &out, &out
	cmd.SysProcAttr = apart()
	if err := cmd.Start(); err != nil {
		f.Fatalf("start %s: %v", name, err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is told to end, and says so by its exit code
		close(ended)
	}()
	f.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			f.Errorf("%s does not end when it is asked to", name)
		}
		if group := -cmd.Process.Pid; syscall.Kill(group, syscall.SIGKILL) == nil {
			f.Errorf("%s left processes behind", name)
		}
		<-ended
		if f.Failed() {
			f.Logf("what %s said:\n%s", name, &out)
		}
	})
}

// must runs a program to its end and returns what it printed.
func (f *forge) must(program string, args ...string) string {
	f.Helper()
	return f.mustIn(f.home, program, args...)
}

func (f *forge) mustIn(dir, program string, args ...string) string {
	f.Helper()
	cmd := exec.CommandContext(f.Context(), program, args...)
	cmd.Dir, cmd.Env = dir, f.environ()
	out, err := cmd.CombinedOutput()
	if err != nil {
		f.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
	return string(out)
}

func (f *forge) write(name, text string) string {
	f.Helper()
	path := filepath.Join(f.home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		f.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		f.Fatal(err)
	}
	return path
}

// eventually waits until it is so.
func (f *forge) eventually(what string, so func() bool) {
	f.Helper()
	for deadline := time.Now().Add(patience); !so(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			f.Fatalf("after %v it is still not so that %s", patience, what)
		}
	}
}

// tool finds a program that scripts/setup.sh builds.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", ".tools", "bin", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not there; in CI this test must run: scripts/setup.sh %s", name, name)
	}
	t.Skipf("%s is not there; to run this test: scripts/setup.sh %s", name, name)
	return ""
}

func random() string {
	bytes := make([]byte, 20)
	rand.Read(bytes) // never fails: https://pkg.go.dev/crypto/rand#Read
	return hex.EncodeToString(bytes)
}

func lastWord(s string) string {
	words := strings.Fields(s)
	return words[len(words)-1]
}
