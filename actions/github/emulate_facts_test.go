package github_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/github"
	"github.com/muster-ci/muster/internal/web"
)

// What happened on another project's GitHub is read from there, and not only from ours.
func TestFactsOfEmulate(t *testing.T) {
	e := startEmulate(t)
	e.must(http.MethodPut, "/repos/ada/tumours/branches/main/protection", object{
		"required_status_checks": object{"strict": false, "contexts": []string{name}}, "enforce_admins": true,
		"required_pull_request_reviews": nil, "restrictions": nil,
	})
	e.must(http.MethodPost, "/repos/ada/tumours/releases", object{"tag_name": "v1.0", "target_commitish": "main"})
	e.must(http.MethodPost, "/repos/ada/tumours/issues", object{"title": "The model drifted", "labels": []string{"incident"}})
	host, err := github.New(github.Options{API: e.url, Repository: "ada/tumours", Token: "admin", Web: web.Options{Pause: time.Millisecond, Most: actions.MostRequests}})
	if err != nil {
		t.Fatal(err)
	}
	got := host.Facts(t.Context())
	if got.Branch != "main" || got.Protection == nil {
		t.Fatalf("branch %q, protection %v", got.Branch, got.Protection)
	}
	wantSame(t, "checks", []string{name}, got.Protection.Checks)
	if len(got.Releases) != 1 || got.Releases[0].Tag != "v1.0" || got.Releases[0].Bot || time.Since(got.Releases[0].At) > time.Hour {
		t.Errorf("releases %+v", got.Releases)
	}
	if len(got.Issues) != 1 || got.Issues[0].Title != "The model drifted" || got.Issues[0].Closed {
		t.Errorf("issues %+v", got.Issues)
	}
	// It has no rules of branches, no GraphQL, no environments and no deployments.
	if len(got.Missing) != 4 {
		t.Errorf("missing %q", got.Missing)
	}
}
