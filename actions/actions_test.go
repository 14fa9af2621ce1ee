package actions_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/result"
)

func lookup(env map[string]string) actions.Lookup {
	return func(name string) (string, bool) { value, ok := env[name]; return value, ok }
}

func eventFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDetectHost(t *testing.T) {
	tests := map[actions.Host]map[string]string{
		actions.GitHub: {"GITHUB_ACTIONS": "true", "CI": "true"},
		actions.GitLab: {"GITLAB_CI": "true", "CI": "true"},
		actions.Plain:  {"CI": "true"},
	}
	for want, env := range tests {
		if got := actions.DetectHost(lookup(env)); got != want {
			t.Errorf("host of %v is %s, want %s", env, got, want)
		}
	}
}

// A model is promoted, and the cache of the default branch trusted, only where
// the host itself says that this is the default branch.
func TestDetect(t *testing.T) {
	event := eventFile(t, `{"repository": {"default_branch": "trunk"}}`)
	tests := map[string]struct {
		host actions.Host
		env  map[string]string
		want actions.Event
	}{
		"GitHub, a push to the default branch": {
			actions.GitHub,
			map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/trunk", "GITHUB_SHA": "c0ffee", "GITHUB_EVENT_PATH": event},
			actions.Event{Host: actions.GitHub, Scope: result.ScopeDefaultBranch, DefaultBranch: true, Branch: "trunk", Commit: "c0ffee"},
		},
		"GitHub, a push to another branch": {
			actions.GitHub,
			map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/main", "GITHUB_EVENT_PATH": event},
			actions.Event{Host: actions.GitHub, Scope: result.ScopeChange, Branch: "main"},
		},
		"GitHub, a schedule": {
			actions.GitHub,
			map[string]string{"GITHUB_EVENT_NAME": "schedule", "GITHUB_REF": "refs/heads/trunk", "GITHUB_EVENT_PATH": event},
			actions.Event{Host: actions.GitHub, Scope: result.ScopeDefaultBranch, DefaultBranch: true, Branch: "trunk"},
		},
		"GitHub, a pull request that calls its branch like the default one": {
			actions.GitHub,
			map[string]string{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_REF": "refs/heads/trunk", "GITHUB_EVENT_PATH": event},
			actions.Event{Host: actions.GitHub, Scope: result.ScopeChange},
		},
		"GitHub, a workflow that another one's end starts": {
			actions.GitHub,
			map[string]string{"GITHUB_EVENT_NAME": "workflow_run", "GITHUB_REF": "refs/heads/trunk", "GITHUB_EVENT_PATH": event},
			actions.Event{Host: actions.GitHub, Scope: result.ScopeChange},
		},
		"GitLab, a pipeline that another project starts": {
			actions.GitLab,
			map[string]string{"CI_PIPELINE_SOURCE": "parent_pipeline", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"},
			actions.Event{Host: actions.GitLab, Scope: result.ScopeChange, Branch: "main"},
		},
		"GitHub, a tag called like the default branch": {
			actions.GitHub,
			map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/tags/trunk", "GITHUB_EVENT_PATH": event},
			actions.Event{Host: actions.GitHub, Scope: result.ScopeChange},
		},
		"GitLab, the default branch": {
			actions.GitLab,
			map[string]string{"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_SHA": "c0ffee"},
			actions.Event{Host: actions.GitLab, Scope: result.ScopeDefaultBranch, DefaultBranch: true, Branch: "main", Commit: "c0ffee"},
		},
		"GitLab, a merge request": {
			actions.GitLab,
			map[string]string{"CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"},
			actions.Event{Host: actions.GitLab, Scope: result.ScopeChange},
		},
		"GitLab, a tag": {
			actions.GitLab,
			map[string]string{"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_TAG": "main", "CI_DEFAULT_BRANCH": "main"},
			actions.Event{Host: actions.GitLab, Scope: result.ScopeChange},
		},
		"GitLab, no default branch": {
			actions.GitLab,
			map[string]string{"CI_PIPELINE_SOURCE": "push"},
			actions.Event{Host: actions.GitLab, Scope: result.ScopeChange},
		},
		"a laptop on its default branch": {
			actions.Plain, nil,
			actions.Event{Host: actions.Plain, Scope: result.ScopeLocal, Branch: "main", DefaultBranch: true},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			env := maps.Clone(test.env)
			switch test.host {
			case actions.GitHub:
				env["GITHUB_ACTIONS"] = "true"
			case actions.GitLab:
				env["GITLAB_CI"] = "true"
			}
			got, err := actions.Detect(test.host, lookup(env), "main", "main")
			if err != nil {
				t.Fatal(err)
			}
			test.want.Ephemeral = test.want.Host != actions.Plain
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnotherCommitThanTheHostsIsNotTrusted(t *testing.T) {
	event := actions.Event{Host: actions.GitHub, Scope: result.ScopeDefaultBranch, DefaultBranch: true, Commit: "c0ffee"}
	event.CheckedOut("c0ffee")
	if !event.DefaultBranch || event.Scope != result.ScopeDefaultBranch {
		t.Errorf("the host's own commit: %+v", event)
	}
	event.CheckedOut("deadbeef")
	if event.DefaultBranch || event.Scope != result.ScopeChange {
		t.Errorf("another commit: %+v", event)
	}
}

func TestAPlainHostWithoutBranchesIsNoDefaultBranch(t *testing.T) {
	got, err := actions.Detect(actions.Plain, lookup(nil), "", "")
	if err != nil || got.DefaultBranch {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestDetectFailsOnABrokenEvent(t *testing.T) {
	push := map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/main"}
	for name, path := range map[string]string{"empty": eventFile(t, ""), "half": eventFile(t, `{"repository": {`), "missing": "/nowhere", "unset": ""} {
		push["GITHUB_EVENT_PATH"] = path
		_, err := actions.Detect(actions.GitHub, lookup(push), "main", "main")
		if err == nil || !strings.Contains(err.Error(), "GitHub event") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	if _, err := actions.Detect(actions.GitHub, lookup(nil), "main", "main"); err == nil {
		t.Error("no event name, and no error")
	}
}
