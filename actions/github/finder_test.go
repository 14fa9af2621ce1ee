package github_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/muster-ci/muster/actions/github"
)

// A fork's pull request is found by owner and branch; what the host lists beside it, as
// it does where it does not understand the question, is not taken for it.
func TestFromFindsForks(t *testing.T) {
	const pull = `{"number": %d, "state": "open", "user": {"login": "mallory"}, "base": {"ref": "main", "repo": {"id": 1}},
		"head": {"ref": %q, "sha": "f00d", "user": {"login": %q}, "repo": {"id": %d}}}`
	mux := http.NewServeMux()
	mux.HandleFunc("GET /repos/acme/tumours/pulls", func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); q.Get("head") != "mallory:better" || q.Get("state") != "open" {
			t.Errorf("asked for %s", r.URL)
		}
		fmt.Fprintf(w, "["+pull+","+pull+","+pull+"]", 41, "better", "mallory", 2, 42, "other", "mallory", 2, 43, "better", "ada", 1)
	})
	const commit = "f00df00df00df00df00df00df00df00df00df00d"
	mux.HandleFunc("GET /repos/acme/tumours/commits/"+commit, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"author": {"login": "mallory"}, "committer": {"login": "web-flow"}}`)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	host, err := github.New(github.Options{API: server.URL, Repository: "acme/tumours", Token: "correct-horse"})
	if err != nil {
		t.Fatal(err)
	}
	found, err := host.From(t.Context(), "mallory", "better")
	if err != nil || len(found) != 1 || found[0].Number != 41 || !found[0].Fork || !found[0].Open || found[0].Head != "f00d" {
		t.Errorf("found %+v, %v", found, err)
	}
	if names, err := host.Authors(t.Context(), commit); err != nil || !slices.Equal(names, []string{"mallory", "web-flow"}) {
		t.Errorf("authors are %v, %v", names, err)
	}
	if _, err := host.Authors(t.Context(), "../../user"); err == nil {
		t.Error("what is no commit is asked for")
	}
}
