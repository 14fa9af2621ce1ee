package actions_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/github/githubtest"
	"github.com/muster-ci/muster/internal/result"
)

// facts are what an official example says of itself.
type facts struct {
	Ref        string
	Repository struct {
		ID            int64
		DefaultBranch string `json:"default_branch"`
	}
	PullRequest *struct {
		Number int
		Head   struct {
			SHA  string
			Repo struct{ ID int64 }
		}
		Base   struct{ SHA, Ref string }
		Labels []struct{ Name string }
	} `json:"pull_request"`
}

// Every kind of event that GitHub has official examples of is read, and none but a push
// to the default branch, a schedule and a dispatch is trusted as the default branch is.
func TestOfficialEvents(t *testing.T) {
	data, err := os.ReadFile(githubtest.File(t, "webhooks.json"))
	if err != nil {
		t.Fatal(err)
	}
	var kinds []struct {
		Name     string
		Examples []json.RawMessage
	}
	if err := json.Unmarshal(data, &kinds); err != nil || len(kinds) < 50 {
		t.Fatalf("there are %d kinds of events (%v)", len(kinds), err)
	}
	path, count := filepath.Join(t.TempDir(), "event.json"), 0
	for _, kind := range kinds {
		for i, example := range kind.Examples {
			if err := os.WriteFile(path, example, 0o600); err != nil {
				t.Fatal(err)
			}
			var said facts
			if err := json.Unmarshal(example, &said); err != nil {
				continue // a few are not of a repository
			}
			count++
			for host, marks := range map[actions.HostName]string{actions.GitHub: "GITHUB_ACTIONS", actions.Gitea: "GITEA_ACTIONS"} {
				ref := said.Ref
				if kind.Name == "workflow_dispatch" {
					ref = "refs/heads/" + strings.TrimPrefix(ref, "refs/heads/")
				}
				env := lookup(map[string]string{marks: "true", "GITHUB_EVENT_NAME": kind.Name, "GITHUB_EVENT_PATH": path, "GITHUB_REF": ref, "GITHUB_SHA": "c0ffee"})
				event, err := actions.Detect(actions.DetectHost(env), env, "", "")
				if err != nil || event.Host != host {
					t.Errorf("%s %d: %+v (%v)", kind.Name, i, event, err)
					continue
				}
				if problem := check(kind.Name, said, event); problem != "" {
					t.Errorf("%s %d: %s: %+v", kind.Name, i, problem, event)
				}
			}
		}
	}
	if count < 250 {
		t.Errorf("only %d examples were read", count)
	}
}

func check(kind string, said facts, event actions.Event) string {
	own := said.Ref == "refs/heads/"+said.Repository.DefaultBranch && kind == "push" || strings.TrimPrefix(said.Ref, "refs/heads/") == said.Repository.DefaultBranch && kind == "workflow_dispatch"
	if event.DefaultBranch != own || (event.Scope == result.ScopeDefaultBranch) != own {
		return fmt.Sprintf("trusted: %t, want %t", event.DefaultBranch, own)
	}
	pull := said.PullRequest
	if pull == nil || kind == "merge_group" {
		return ""
	}
	switch {
	case event.Number != pull.Number || event.Change != fmt.Sprintf("#%d", pull.Number):
		return "the number is wrong"
	case event.Head != pull.Head.SHA || event.Base.Commit != pull.Base.SHA || event.Base.Branch != pull.Base.Ref:
		return "the commits are wrong"
	case event.Fork != (pull.Head.Repo.ID != said.Repository.ID):
		return "a fork is not seen as one, or the other way round"
	case len(event.Labels) != len(pull.Labels):
		return "labels are missing"
	}
	return ""
}

func TestEventFilesThatAreNone(t *testing.T) {
	big := `{"repository": {"default_branch": "main"}, "pull_request": {"number": 7, "body": "` + strings.Repeat("x", 10<<20) + `"}}`
	tests := map[string]struct {
		text string
		want int // the number; 0 is an error
	}{
		"of 10 MB":           {big, 7},
		"empty":              {"", 0},
		"no JSON":            {"<html>", 0},
		"half":               {`{"pull_request": {"number": 7`, 0},
		"another shape":      {`[]`, 0},
		"longer than GitHub": {strings.Repeat(" ", 26<<20) + big, 0},
		"a number too large": {`{"pull_request": {"number": 99999999999999999999}}`, 0},
	}
	for name, test := range tests {
		env := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": eventFile(t, test.text)}
		event, err := actions.Detect(actions.GitHub, lookup(env), "main", "main")
		if event.DefaultBranch || event.Number != test.want || (err != nil) != (test.want == 0) {
			t.Errorf("%s: %+v (%v)", name, event, err)
		}
	}
	env := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": filepath.Join(t.TempDir(), "none")}
	if event, err := actions.Detect(actions.GitHub, lookup(env), "main", "main"); err == nil || event.DefaultBranch {
		t.Errorf("missing: %+v", event)
	}
}

// Whatever an event file holds, it is read or refused; and what it says of a pull request
// makes no job one of the default branch.
func FuzzEvent(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `[]`, `{"pull_request": null}`, `{"repository": {"default_branch": "main"}, "pull_request": {"number": -7, "base": {"ref": "main"}}}`,
		`{"merge_group": {"head_ref": "refs/heads/gh-readonly-queue/main/pr-99999999999999999999-c0ffee"}}`,
		`{"workflow_run": {"event": "pull_request", "head_sha": "c0ffee", "head_repository": {"owner": {"login": "eve"}}}}`,
	} {
		f.Add(seed)
	}
	path := filepath.Join(f.TempDir(), "event.json")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"pull_request", "pull_request_target", "merge_group", "workflow_run", "issue_comment"} {
			event, err := actions.Detect(actions.GitHub, lookup(map[string]string{
				"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": path, "GITHUB_REF": "refs/heads/main", "GITHUB_SHA": "c0ffee",
			}), "main", "main")
			if err == nil && (event.DefaultBranch || event.Scope != result.ScopeChange || event.Number < 0) {
				t.Errorf("%s with %q is taken for %+v", name, text, event)
			}
		}
	})
}
