package github_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/github"
	"github.com/muster-ci/muster/actions/github/githubtest"
	"github.com/muster-ci/muster/internal/result"
)

// lied are the facts of a server that answers requests with a part in their path so.
func lied(t *testing.T, part string, answer http.HandlerFunc) (result.ForgeFacts, int) {
	t.Helper()
	s := githubtest.New(t)
	s.Past = past()
	s.Intercept = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, part) {
			return false
		}
		answer(w, r)
		return true
	}
	o := options(s)
	o.Web.Most, o.Web.MaxBody, o.Web.Tries, o.Web.Timeout = actions.MostRequests, 8<<20, 1, 20*time.Second
	host, err := github.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return host.Facts(t.Context()), len(s.Requests())
}

// parts are of the paths of all that is asked.
var parts = []string{"", "/releases", "/tags", "/workflows", "/actions/runs", "/jobs", "/rules/", "/branches/main", "/environments", "/deployments", "/statuses", "/issues", "/graphql"}

// Whatever stands where an answer belongs, there are facts; what is no answer is missing.
func TestLies(t *testing.T) {
	for lie, none := range map[string]bool{
		"null": true, `"x"`: true, "": true, strings.Repeat("[", 100_000): true, "[null]": false, `[{"id": "x", "name": 7}]`: false,
		`{"workflows": [{"id": {}}], "name": null, "data": {"repository": null}}`: false, "[" + strings.Repeat("{},", 100_000) + "{}]": false,
	} {
		for _, part := range parts {
			got, _ := lied(t, part, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Link", `<`+"http://"+"other.example/again"+`>; rel="next"`)
				_, _ = io.WriteString(w, lie)
			})
			if none && len(got.Missing) == 0 {
				t.Errorf("%s answers %.20q, and nothing is missing", part, lie)
			}
			if len(got.Issues) > 200 || len(got.Releases) > 100 || len(got.Environments) > 100 {
				t.Errorf("%s answers %.20q: %d issues, %d releases", part, lie, len(got.Issues), len(got.Releases))
			}
			for _, line := range got.Missing {
				if !strings.Contains(line, "hide") || len(line) > 1000 {
					t.Errorf("%s answers %.20q: missing %.200q", part, lie, line)
				}
			}
		}
	}
}

// A token goes to the forge that it is for, and nowhere a forge leads to; what leads on
// for ever counts.
func TestFactsLedAstray(t *testing.T) {
	var told atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, values := range r.Header {
			if strings.Contains(strings.Join(values, " "), githubtest.Token) {
				told.Add(1)
			}
		}
		_, _ = io.WriteString(w, `[]`)
	}))
	defer other.Close()
	for name, answer := range map[string]http.HandlerFunc{
		"another host": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) },
		"moved": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, http.StatusPermanentRedirect)
		},
		"itself": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) },
		"a file": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		},
	} {
		for _, part := range parts {
			got, n := lied(t, part, answer)
			if n > actions.MostRequests || got.Requests > actions.MostRequests || len(got.Missing) == 0 && part != "/statuses" && name != "another host" && name != "moved" {
				t.Errorf("%s, %s: %d requests (%d counted), missing %q", name, part, n, got.Requests, got.Missing)
			}
		}
	}
	if told.Load() > 0 {
		t.Errorf("the other host was told the token %d times", told.Load())
	}
}

// What grows when it is unpacked is not unpacked to its end.
func TestFactsOfABomb(t *testing.T) {
	got, _ := lied(t, "", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		packed := gzip.NewWriter(w)
		block := []byte(strings.Repeat(" ", 1<<20))
		for range 200 {
			if _, err := packed.Write(block); err != nil {
				return
			}
		}
	})
	if len(got.Missing) == 0 || !strings.Contains(got.Missing[0], "too long") {
		t.Errorf("missing %q", got.Missing)
	}
}
