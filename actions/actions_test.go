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
	tests := map[actions.HostName]map[string]string{
		actions.GitHub: {"GITHUB_ACTIONS": "true", "CI": "true"},
		actions.GitLab: {"GITLAB_CI": "true", "CI": "true"},
		actions.Gitea:  {"GITHUB_ACTIONS": "true", "GITEA_ACTIONS": "true", "CI": "true"},
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
	pull := eventFile(t, `{"repository": {"default_branch": "trunk"}, "pull_request": {"number": 7, "base": {"ref": "next", "sha": "ba5e"}, "labels": [{"name": "train"}, {"name": "big data"}]}}`)
	queue := eventFile(t, `{"repository": {"default_branch": "trunk"}, "merge_group": {"head_ref": "refs/heads/gh-readonly-queue/next/pr-41-c0ffee", "base_ref": "refs/heads/next", "base_sha": "ba5e"}}`)
	fork := eventFile(t, `{"repository": {"default_branch": "trunk", "clone_url": "https://example.org/acme/r.git"}, "pull_request": {"base": {"ref": "next", "sha": "ba5e"}}}`)
	finished := eventFile(t, `{"repository": {"id": 1, "default_branch": "trunk"}, "workflow_run": {"event": "pull_request", "head_sha": "f00d", "head_branch": "better",
		"pull_requests": [], "head_repository": {"id": 2, "owner": {"login": "mallory"}}}}`)
	orphan := eventFile(t, `{"repository": {"id": 1, "default_branch": "trunk"}, "workflow_run": {"event": "pull_request_target", "head_sha": "f00d", "head_branch": "better", "head_repository": null}}`)
	pushed := eventFile(t, `{"before": "ba5e", "repository": {"default_branch": "trunk"}}`)
	created := eventFile(t, `{"before": "0000000000000000000000000000000000000000", "repository": {"default_branch": "trunk"}}`)
	trunk, main := actions.Base{Branch: "trunk"}, actions.Base{Branch: "main"}
	tests := map[string]struct {
		host actions.HostName
		env  map[string]string
		want actions.Event
	}{
		"GitHub, a push to the default branch": {
			actions.GitHub,
			map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/trunk", "GITHUB_SHA": "c0ffee", "GITHUB_EVENT_PATH": event, "GITHUB_ACTOR": "ada"},
			actions.Event{Host: actions.GitHub, Scope: result.ScopeDefaultBranch, DefaultBranch: true, Branch: "trunk", Commit: "c0ffee", Head: "c0ffee", Base: trunk, Trigger: result.TriggerDefaultBranch, Actor: "ada"},
		},
		"GitHub, a push to another branch": {
			actions.GitHub,
			map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/main", "GITHUB_EVENT_PATH": event},
			actions.Event{Host: actions.GitHub, Scope: result.ScopeChange, Branch: "main", Base: trunk, Trigger: result.TriggerChange},
		},
		"GitHub, a schedule": {
			actions.GitHub,
			map[string]string{"GITHUB_EVENT_NAME": "schedule", "GITHUB_REF": "refs/heads/trunk", "GITHUB_EVENT_PATH": event},
			actions.Event{Host: actions.GitHub, Scope: result.ScopeDefaultBranch, DefaultBranch: true, Branch: "trunk", Base: trunk, Trigger: result.TriggerSchedule},
		},
		"GitHub, a pull request that calls its branch like the default one": {
			actions.GitHub,
			map[string]string{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_REF": "refs/heads/trunk", "GITHUB_EVENT_PATH": event},
			actions.Event{Host: actions.GitHub, Scope: result.ScopeChange, Base: trunk, Trigger: result.TriggerChange},
		},
		"GitHub, a workflow that another one's end starts": {
			actions.GitHub,
			map[string]string{"GITHUB_EVENT_NAME": "workflow_run", "GITHUB_REF": "refs/heads/trunk", "GITHUB_EVENT_PATH": finished},
			actions.Event{
				Host: actions.GitHub, Scope: result.ScopeChange, Base: trunk, Trigger: result.TriggerOther,
				Finished: &actions.Finished{Commit: "f00d", Branch: "better", Owner: "mallory", Request: true, Fork: true},
			},
		},
		"GitHub, the end of a run of a fork that is gone": {
			actions.GitHub,
			map[string]string{"GITHUB_EVENT_NAME": "workflow_run", "GITHUB_REF": "refs/heads/trunk", "GITHUB_EVENT_PATH": orphan},
			actions.Event{Host: actions.GitHub, Scope: result.ScopeChange, Base: trunk, Trigger: result.TriggerOther, Finished: &actions.Finished{Commit: "f00d", Branch: "better"}},
		},
		"GitHub, what the branch was before": {
			actions.GitHub,
			map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/trunk", "GITHUB_SHA": "c0ffee", "GITHUB_EVENT_PATH": pushed},
			actions.Event{Host: actions.GitHub, Scope: result.ScopeDefaultBranch, DefaultBranch: true, Branch: "trunk", Commit: "c0ffee", Head: "c0ffee", Before: "ba5e", Base: trunk, Trigger: result.TriggerDefaultBranch},
		},
		"GitHub, a branch that is new": {
			actions.GitHub,
			map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/trunk", "GITHUB_SHA": "c0ffee", "GITHUB_EVENT_PATH": created},
			actions.Event{Host: actions.GitHub, Scope: result.ScopeDefaultBranch, DefaultBranch: true, Branch: "trunk", Commit: "c0ffee", Head: "c0ffee", Base: trunk, Trigger: result.TriggerDefaultBranch},
		},
		"GitLab, a pipeline that another project starts": {
			actions.GitLab,
			map[string]string{"CI_PIPELINE_SOURCE": "parent_pipeline", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"},
			actions.Event{Host: actions.GitLab, Scope: result.ScopeChange, Branch: "main", Base: main, Trigger: result.TriggerOther},
		},
		"GitHub, a tag called like the default branch": {
			actions.GitHub,
			map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/tags/trunk", "GITHUB_EVENT_PATH": event},
			actions.Event{Tag: "trunk", Host: actions.GitHub, Scope: result.ScopeChange, Base: trunk, Trigger: result.TriggerOther},
		},
		"GitLab, the default branch": {
			actions.GitLab,
			map[string]string{"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_SHA": "c0ffee", "CI_COMMIT_BEFORE_SHA": "ba5e"},
			actions.Event{Host: actions.GitLab, Scope: result.ScopeDefaultBranch, DefaultBranch: true, Branch: "main", Commit: "c0ffee", Head: "c0ffee", Before: "ba5e", Base: main, Trigger: result.TriggerDefaultBranch},
		},
		"GitLab, a merge request": {
			actions.GitLab,
			map[string]string{"CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"},
			actions.Event{Host: actions.GitLab, Scope: result.ScopeChange, Base: main, Trigger: result.TriggerChange},
		},
		"GitLab, a tag": {
			actions.GitLab,
			map[string]string{"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_TAG": "main", "CI_DEFAULT_BRANCH": "main"},
			actions.Event{Tag: "main", Host: actions.GitLab, Scope: result.ScopeChange, Base: main, Trigger: result.TriggerOther},
		},
		"GitLab, no default branch": {
			actions.GitLab,
			map[string]string{"CI_PIPELINE_SOURCE": "push"},
			actions.Event{Host: actions.GitLab, Scope: result.ScopeChange, Trigger: result.TriggerOther},
		},
		"GitHub, a pull request to another branch": {
			actions.GitHub,
			map[string]string{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_REF": "refs/pull/7/merge", "GITHUB_EVENT_PATH": pull},
			actions.Event{
				Host: actions.GitHub, Scope: result.ScopeChange, Trigger: result.TriggerChange,
				Base: actions.Base{Commit: "ba5e", Branch: "next", Other: true}, Labels: []string{"train", "big data"}, Change: "#7", Number: 7,
			},
		},
		"GitHub, a pull request, whose workflow may check out a fork": {
			actions.GitHub,
			map[string]string{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_REF": "refs/pull/7/merge", "GITHUB_SHA": "c0ffee", "GITHUB_EVENT_PATH": fork},
			actions.Event{
				Host: actions.GitHub, Head: "c0ffee", Scope: result.ScopeChange, Commit: "c0ffee", Trigger: result.TriggerChange,
				Base: actions.Base{Commit: "ba5e", Branch: "next", Other: true, Merge: "c0ffee", URL: "https://example.org/acme/r.git"},
			},
		},
		"GitLab, a merge request from a fork, in the fork's own pipeline": {
			actions.GitLab,
			map[string]string{
				"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "next",
				"CI_PROJECT_ID": "7", "CI_MERGE_REQUEST_PROJECT_ID": "1", "CI_MERGE_REQUEST_PROJECT_URL": "https://example.org/acme/r",
			},
			actions.Event{
				Fork: true,
				Host: actions.GitLab, Scope: result.ScopeChange, Trigger: result.TriggerChange,
				Base: actions.Base{Branch: "next", Other: true, URL: "https://example.org/acme/r.git"},
			},
		},
		"GitLab, a merge request of the project's own": {
			actions.GitLab,
			map[string]string{
				"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "next",
				"CI_PROJECT_ID": "1", "CI_MERGE_REQUEST_PROJECT_ID": "1", "CI_MERGE_REQUEST_PROJECT_URL": "https://example.org/acme/r",
			},
			actions.Event{Host: actions.GitLab, Scope: result.ScopeChange, Trigger: result.TriggerChange, Base: actions.Base{Branch: "next", Other: true}},
		},
		"GitHub, a merge queue": {
			actions.GitHub,
			map[string]string{"GITHUB_EVENT_NAME": "merge_group", "GITHUB_REF": "refs/heads/gh-readonly-queue/next/pr-7", "GITHUB_EVENT_PATH": queue},
			actions.Event{Host: actions.GitHub, Scope: result.ScopeChange, Trigger: result.TriggerChange, Base: actions.Base{Commit: "ba5e", Branch: "next", Other: true}, Change: "#41", Number: 41, Queue: true},
		},
		"GitHub, somebody presses the button": {
			actions.GitHub,
			map[string]string{"GITHUB_EVENT_NAME": "workflow_dispatch", "GITHUB_REF": "refs/heads/trunk", "GITHUB_EVENT_PATH": event},
			actions.Event{Host: actions.GitHub, Scope: result.ScopeDefaultBranch, DefaultBranch: true, Branch: "trunk", Base: trunk, Trigger: result.TriggerDispatch},
		},
		"GitLab, a merge request to another branch, merged for the test": {
			actions.GitLab,
			map[string]string{
				"CI_PIPELINE_SOURCE": "merge_request_event", "CI_DEFAULT_BRANCH": "main", "CI_MERGE_REQUEST_LABELS": "train,big data",
				"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "next", "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": "ba5e", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "dead", "CI_MERGE_REQUEST_IID": "7",
			},
			actions.Event{
				Host: actions.GitLab, Scope: result.ScopeChange, Trigger: result.TriggerChange,
				Base: actions.Base{Commit: "ba5e", Branch: "next", Other: true}, Labels: []string{"train", "big data"}, Change: "!7", Number: 7,
			},
		},
		"GitLab, a schedule": {
			actions.GitLab,
			map[string]string{"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"},
			actions.Event{Host: actions.GitLab, Scope: result.ScopeDefaultBranch, DefaultBranch: true, Branch: "main", Base: main, Trigger: result.TriggerSchedule},
		},
		"GitLab, a schedule on another branch": {
			actions.GitLab,
			map[string]string{"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "topic", "CI_DEFAULT_BRANCH": "main"},
			actions.Event{Host: actions.GitLab, Scope: result.ScopeChange, Branch: "topic", Base: main, Trigger: result.TriggerSchedule},
		},
		"a laptop on its default branch": {
			actions.Plain, nil,
			actions.Event{Host: actions.Plain, Scope: result.ScopeLocal, Branch: "main", DefaultBranch: true, Base: main},
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

// Trying a change on a laptop takes trust away and gives none.
func TestAgainst(t *testing.T) {
	event := actions.Event{Host: actions.GitHub, Scope: result.ScopeDefaultBranch, DefaultBranch: true, Branch: "main", Trigger: result.TriggerSchedule}
	event.Against("v1", "c0ffee")
	want := actions.Event{
		Host: actions.GitHub, Scope: result.ScopeChange, Branch: "main", Trigger: result.TriggerChange,
		Base: actions.Base{Commit: "c0ffee", Branch: "v1"},
	}
	if diff := cmp.Diff(want, event); diff != "" {
		t.Error(diff)
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
