package gitlab_test

import (
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/muster-ci/muster/internal/jobtest"
)

// gitServer serves a bare repository at /acme/tumours.git, in which anybody reads and
// whoever has the password pushes. It returns its address, and what pushes said.
func gitServer(p *project) (url string, options func() string) {
	p.Helper()
	root := p.TempDir()
	bare := filepath.Join(root, "acme", "tumours.git")
	p.must("git", "init", "--quiet", "--bare", "--initial-branch=main", bare)
	p.must("git", "-C", bare, "config", "receive.advertisePushOptions", "true")
	p.must("git", "-C", bare, "config", "http.receivepack", "true")
	heard := filepath.Join(root, "options")
	p.must("sh", "-c", `printf '#!/bin/sh\necho "$GIT_PUSH_OPTION_COUNT $GIT_PUSH_OPTION_0" >> `+heard+`\n' > `+bare+`/hooks/pre-receive && chmod +x `+bare+`/hooks/pre-receive`)
	program, err := exec.LookPath("git")
	if err != nil {
		p.Fatal(err)
	}
	backend := &cgi.Handler{Path: program, Args: []string{"http-backend"}, Env: []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=muster"}}
	var one sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		one.Lock()
		defer one.Unlock()
		pushes := strings.Contains(r.URL.Path+r.URL.RawQuery, "git-receive-pack")
		if user, password, _ := r.BasicAuth(); pushes && (user != "muster" || password != pushToken) {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		backend.ServeHTTP(w, r)
	}))
	p.Cleanup(server.Close)
	return server.URL + "/acme/tumours", func() string { out, _ := p.do("cat", heard); return out }
}

const pushToken = "glpat-push-secret"

// With MUSTER_PUSH_TOKEN the default branch promotes on a branch of the repository, as that
// token and without a pipeline for it; the token is in no file and no log.
func TestPushToken(t *testing.T) {
	p := newRepository(t, map[string]string{
		"muster.yaml": strings.Replace(jobtest.Pipeline, "gate:", "registry: {git: {}}\ngate:", 1), "predict.awk": jobtest.Predict, "skill.txt": "1.0\n",
		".gitlab-ci.yml": "include:\n  - local: templates/muster.yml\n    inputs: {engine: none, args: --quiet}\n",
	})
	bin := program.Folder(t)
	url, options := gitServer(p)
	p.env = append(p.env, "PATH="+bin+":"+os.Getenv("PATH"), "MUSTER_REGISTRY=", "GIT_TERMINAL_PROMPT=0")
	p.must("git", "remote", "set-url", "origin", url+".git")
	withToken := strings.Replace(url, "://", "://muster:"+pushToken+"@", 1) + ".git"
	p.must("git", "push", "--quiet", withToken, "main")
	p.must("git", "fetch", "--quiet", "origin")
	p.must("env", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=remote.origin.pushurl", "GIT_CONFIG_VALUE_0="+withToken, filepath.Join(bin, "muster"), "models", "init")

	out, err := p.ci("push", "CI_PROJECT_URL="+url, "MUSTER_REGISTRY=")
	if err == nil {
		t.Errorf("a job that may not push has promoted:\n%s", out)
	}
	out, err = p.ci("push", "CI_PROJECT_URL="+url, "MUSTER_REGISTRY=", "MUSTER_PUSH_TOKEN="+pushToken)
	if err != nil {
		t.Errorf("the job on the default branch: %v\n%s", err, out)
	}
	mustContain(t, p.must("muster", "models", "list"), "v1", "production")
	mustContain(t, options(), "1 ci.skip")
	mustNotContain(t, out, pushToken)
	if found, err := p.do("grep", "-rl", pushToken, ".git", ".muster", ".gitlab-ci-local/artifacts"); err == nil {
		t.Errorf("the token is in %s", found)
	}
}
