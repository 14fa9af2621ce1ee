package github_test

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/github"
)

func TestFromEnv(t *testing.T) {
	tests := map[string]struct {
		env           map[string]string
		path, bearing string
	}{
		"GitHub Enterprise Server":    {map[string]string{"GITHUB_API_URL": "/api/v3", "GITHUB_TOKEN": "job"}, "/api/v3/repos/acme/tumours/pulls/41", "job"},
		"muster's own token first":    {map[string]string{"GITHUB_API_URL": "", "GITHUB_TOKEN": "job", "MUSTER_TOKEN": "own\n"}, "/repos/acme/tumours/pulls/41", "own"},
		"Gitea":                       {map[string]string{"GITHUB_API_URL": "/api/v1", "GITEA_ACTIONS": "true", "GITEA_TOKEN": "tea"}, "/api/v1/repos/acme/tumours/pulls/41", "tea"},
		"Forgejo, which names no API": {map[string]string{"GITHUB_SERVER_URL": "", "FORGEJO_ACTIONS": "true", "FORGEJO_TOKEN": "jo"}, "/api/v1/repos/acme/tumours/pulls/41", "jo"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var path, bearing string
			server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				path, bearing = r.URL.Path, r.Header.Get("Authorization")
			}))
			defer server.Close()
			env := maps.Clone(test.env)
			env["GITHUB_ACTIONS"], env["GITHUB_REPOSITORY"] = "true", "acme/tumours"
			for _, name := range []string{"GITHUB_API_URL", "GITHUB_SERVER_URL"} {
				if value, ok := env[name]; ok {
					env[name] = server.URL + value
				}
			}
			host, err := github.FromEnv(table(env), github.Options{})
			if err != nil {
				t.Fatal(err)
			}
			_, _ = host.Change(t.Context(), 41) // there is nobody to answer
			if path != test.path || bearing != "Bearer "+test.bearing {
				t.Errorf("asked for %s as %q", path, bearing)
			}
		})
	}
}

func table(env map[string]string) actions.Lookup {
	return func(name string) (string, bool) { value, ok := env[name]; return value, ok }
}

func TestFromEnvWithoutToken(t *testing.T) {
	_, err := github.FromEnv(table(map[string]string{"GITHUB_REPOSITORY": "acme/tumours"}), github.Options{})
	if !errors.Is(err, actions.ErrNoToken) || !strings.Contains(hint(err), "GITHUB_TOKEN") {
		t.Errorf("the error is %v (%s)", err, hint(err))
	}
}

func TestNewRefuses(t *testing.T) {
	good := github.Options{API: "https://api.github.com", Repository: "acme/tumours", Token: "x"}
	tests := map[string]func(*github.Options){
		"no repository":              func(o *github.Options) { o.Repository = "" },
		"a path for a repository":    func(o *github.Options) { o.Repository = "acme/../tumours" },
		"another API":                func(o *github.Options) { o.API = "ftp://example.org" },
		"no API":                     func(o *github.Options) { o.API = "" },
		"no token":                   func(o *github.Options) { o.Token = " \n" },
		"an unknown mark":            func(o *github.Options) { o.Mark = "flag" },
		"check runs on Gitea":        func(o *github.Options) { o.Gitea, o.Mark = true, "check" },
		"certificates that are none": func(o *github.Options) { o.Web.CAFile = "env_test.go" },
	}
	for name, spoil := range tests {
		o := good
		spoil(&o)
		if _, err := github.New(o); err == nil {
			t.Errorf("%s: a host was made", name)
		}
	}
}

// An address with credentials in it would be in errors.
func TestAnAddressHasNoCredentials(t *testing.T) {
	for _, address := range []string{"https://user:correct-horse@forge.example/", "https://user:correct-horse@/", "https://user:correct%zz-horse@forge.example"} {
		_, err := github.New(github.Options{API: address, Repository: "acme/tumours", Token: "x"})
		if err == nil || strings.Contains(err.Error(), "correct") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
