package git_test

import (
	"errors"
	"io/fs"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/git"
)

func TestNamesThatAreNone(t *testing.T) {
	dir := repository(t)
	for _, name := range []string{"", "-x", "--upload-pack=x", "a b", "a:b", "+a", "a..b", "a.lock", "a/", "/a", "a//b", "a\nb", "*", "a/.b", "@{1}", "a.", "a~1", strings.Repeat("a", 300)} {
		remote, err := git.FindRemote(t.Context(), dir, "file:///x")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := git.OpenBranch(remote, name, t.TempDir()); err == nil {
			t.Errorf("%q is taken for a branch", name)
		}
	}
	for _, name := range []string{"", "nothing", "-x", "--help", "ext::sh -c id", "-oProxyCommand=id:x", "a\nb:c"} {
		if _, err := git.FindRemote(t.Context(), dir, name); err == nil {
			t.Errorf("%q is taken for a remote", name)
		}
	}
}

func TestRemotesOfAClone(t *testing.T) {
	dir := repository(t)
	run(t, dir, "remote", "add", "origin", "../bare.git")
	run(t, dir, "remote", "add", "host", "https://user:secret@example.org/acme/model.git")
	run(t, dir, "remote", "add", "ssh", "git@example.org:acme/model.git")
	tests := []struct{ name, instead, want string }{
		{"origin", "", filepath.Join(filepath.Dir(dir), "bare.git")},
		{"host", "", "https://example.org/acme/model.git"},
		{"host", "https://example.org/acme/model", "https://example.org/acme/model.git"},
		{"host", "https://example.org/other/model", "https://example.org/other/model"},
		{"ssh", "https://example.org/acme/model.git", "git@example.org:acme/model.git"},
		{"ssh", "https://example.org/other/model.git", "https://example.org/other/model.git"},
		{"ssh", "https://elsewhere.org/acme/model.git", "https://elsewhere.org/acme/model.git"},
		{"https://example.org/x", "", "https://example.org/x"},
	}
	for _, test := range tests {
		remote, err := git.FindRemote(t.Context(), filepath.Join(dir, "sub"), test.name)
		if err == nil {
			remote, err = remote.Instead(test.instead)
		}
		if err != nil || remote.String() != test.want {
			t.Errorf("%s instead %q is %s, %v, want %s", test.name, test.instead, remote, err, test.want)
		}
	}
	remote, err := git.FindRemote(t.Context(), dir, "host")
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"ext::sh -c id", "relative/path", "-x:y"} {
		if _, err := remote.Instead(address); err == nil {
			t.Errorf("%q is taken for an address", address)
		}
	}
}

// server serves a folder of bare repositories as git's own HTTP backend does;
// allowed says who may push.
func server(t *testing.T, dir string, allowed func(*http.Request) (read, write bool)) *httptest.Server {
	t.Helper()
	path, err := exec.CommandContext(t.Context(), "git", "--exec-path").Output()
	if err != nil {
		t.Fatal(err)
	}
	backend := &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(path)), "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + dir, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=somebody", "GIT_CONFIG_GLOBAL=" + os.DevNull},
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		read, write := allowed(r)
		pushes := strings.Contains(r.URL.Path+r.URL.RawQuery, "git-receive-pack")
		switch {
		case !read:
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
		case pushes && !write:
			http.Error(w, "Permission to acme/model.git denied to ann.", http.StatusForbidden)
		default:
			backend.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// As actions/checkout leaves it: a header in the clone's own configuration.
func TestCredentialsOfTheCloneAreUsed(t *testing.T) {
	dir, address := bare(t)
	clone := repository(t)
	run(t, clone, "push", "--quiet", address, "main")
	header := "AUTHORIZATION: basic c2VjcmV0"
	s := server(t, filepath.Dir(dir), func(r *http.Request) (bool, bool) {
		user, password, _ := r.BasicAuth()
		known := len(r.Header.Values("Authorization")) == 1 && (r.Header.Get("Authorization") == "basic c2VjcmV0" || user == "ci" && password == "pass-word")
		return known, known
	})
	byURL := strings.Replace(s.URL, "http://", "http://ci:pass-word@", 1) + "/remote.git"
	run(t, clone, "remote", "add", "plain", s.URL+"/remote.git")
	run(t, clone, "remote", "add", "token", byURL)
	cache := t.TempDir()

	at, err := git.FindRemote(t.Context(), clone, "plain")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openBranch(t, at, cache).Tip(t.Context()); err == nil || errors.Is(err, git.ErrNoBranch) {
		t.Errorf("without credentials: error is %v", err)
	}
	run(t, clone, "config", "--local", "http."+s.URL+"/.extraheader", header)
	if at, err = git.FindRemote(t.Context(), clone, "plain"); err != nil {
		t.Fatal(err)
	}
	first := push(t, openBranch(t, at, cache), nil, "a")
	run(t, clone, "config", "--local", "--unset", "http."+s.URL+"/.extraheader")
	if at, err = git.FindRemote(t.Context(), clone, "token"); err != nil {
		t.Fatal(err)
	}
	push(t, openBranch(t, at, cache), first, "b")
	for path, content := range allFiles(t, cache) {
		if strings.Contains(content, "c2VjcmV0") || strings.Contains(content, "pass-word") {
			t.Errorf("%s holds a password", path)
		}
	}
}

func allFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			var data []byte
			data, err = os.ReadFile(path)
			files[path] = string(data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// A fork's job may read, and not push.
func TestAServerThatMayOnlyBeRead(t *testing.T) {
	dir, address := bare(t)
	push(t, branch(t, address), nil, "a")
	s := server(t, filepath.Dir(dir), func(*http.Request) (bool, bool) { return true, false })
	b := branch(t, strings.Replace(s.URL, "http://", "http://ci:pass-word@", 1)+"/remote.git")
	at := tip(t, b)
	read(t, at, "a")
	_, err := b.Commit(t.Context(), at, contents("b"), "no")
	refused, ok := errors.AsType[*git.RefusedError](err)
	if !ok || !strings.Contains(refused.Reason, "403") || strings.Contains(err.Error(), "pass-word") {
		t.Errorf("error is %v, want a RefusedError without the password", err)
	}
	s.Close()
	if _, err := b.Commit(t.Context(), at, contents("b"), "no"); err == nil || errors.As(err, &refused) || errors.Is(err, git.ErrMoved) || strings.Contains(err.Error(), "pass-word") {
		t.Errorf("error is %v, want that nobody answers", err)
	}
}
