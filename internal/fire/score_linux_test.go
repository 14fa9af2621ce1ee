package fire_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// Where the disk of the cache is full, the score is that without a cache, and nothing
// half-written stays; once there is space, it is used.
func TestScoreWithoutSpaceForTheCache(t *testing.T) {
	needRoot(t, "mount a small disk to fill")
	for name, size := range map[string]string{"too little space": "size=24k", "no more files": "nr_inodes=5"} {
		t.Run(name, func(t *testing.T) {
			s := newScored(t, "level3")
			want, _ := s.score(0, "--format", "json", "--no-cache")
			d := mountSmall(t, "cache", size)
			s.cache = d.dir
			s.env = append(s.env, "XDG_CACHE_HOME="+d.dir)
			if got, said := s.score(0, "--format", "json"); got != want || said != "" {
				t.Errorf("it says something else, and %q", said)
			}
			s.nothingHalf(d.dir)
			if err := unix.Mount("", d.dir, "", unix.MS_REMOUNT, "size=100m,nr_inodes=1000"); err != nil {
				t.Fatal(err)
			}
			if got, _ := s.score(0, "--format", "json"); got != want {
				t.Error("with space again it says something else")
			}
			if kept, err := filepath.Glob(filepath.Join(d.dir, "muster", "parsed", "*")); err != nil || len(kept) == 0 {
				t.Errorf("nothing is kept: %v", err)
			}
		})
	}
}

// Where the disk of the page is full, that is said, and the old page stays as it was.
func TestScoreWithoutSpaceForItsFile(t *testing.T) {
	needRoot(t, "mount a small disk to fill")
	s := newScored(t, "level2")
	d := mountSmall(t, "pages", "size=8k")
	page := filepath.Join(d.dir, "score.html")
	const old = "the page of last week\n"
	if err := os.WriteFile(page, []byte(old), 0o644); err != nil {
		t.Fatal(err)
	}
	_, said := s.score(1, "-o", page)
	for _, part := range []string{"error: ", "no space", d.dir, "hint: "} {
		if !strings.Contains(said, part) {
			t.Errorf("it does not say %q:\n%s", part, said)
		}
	}
	left, err := os.ReadDir(d.dir)
	if data, err2 := os.ReadFile(page); err != nil || err2 != nil || string(data) != old || len(left) != 1 {
		t.Errorf("the page is %.40q, and there are %d files: %v %v", data, len(left), err, err2)
	}
}

// Without --forge nobody is asked anything, whatever the environment and the remote name.
func TestScoreAsksNobody(t *testing.T) {
	var asked atomic.Int64
	forge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusNotFound)
	}))
	defer forge.Close()
	s := newScored(t, "level2")
	s.command("git", "remote", "add", "origin", forge.URL+"/acme/churn")
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "GITHUB_SERVER_URL", "GITHUB_API_URL"} {
		s.env = append(s.env, name+"="+forge.URL)
	}
	s.env = append(s.env, "GITHUB_TOKEN=secret", "CI_API_V4_URL="+forge.URL+"/api/v4", "GITLAB_TOKEN=secret")
	for _, form := range [][]string{
		{"-v"},
		{"--as", "html"},
		{"--as", "sarif"},
		{"--as", "badge"},
		{"--compare", "HEAD~1"},
		{"--history", "2", "--every", "commit"},
		{"--explain", "branch-protection"},
		{"--fix", "--dry-run"},
	} {
		if s.score(0, form...); asked.Load() > 0 {
			t.Fatalf("%v asks the forge", form)
		}
	}
	if s.score(0, "--forge"); asked.Load() == 0 {
		t.Error("with --forge it does not ask either, so this test shows nothing")
	}
}
