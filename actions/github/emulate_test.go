package github_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/github"
	"github.com/muster-ci/muster/internal/web"
)

const emulateSeed = `tokens:
  admin: {login: ada, scopes: [repo, user]}
github:
  users: [{login: ada}]
  repos: [{owner: ada, name: tumours, auto_init: true, default_branch: main}]
`

// emulate is the API of GitHub as another project keeps it in memory, with branch protection.
type emulate struct {
	*testing.T
	url string
}

func startEmulate(t *testing.T) emulate {
	t.Helper()
	program, err := filepath.Abs("../../.tools/bin/emulate")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("emulate is not there; in CI this test must run: scripts/setup.sh emulate")
		}
		t.Skip("emulate is not there; to run this test: scripts/setup.sh emulate")
	}
	dir := t.TempDir()
	seed := filepath.Join(dir, "seed.yaml")
	if err := os.WriteFile(seed, []byte(emulateSeed), 0o644); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	var log bytes.Buffer
	command := exec.CommandContext(t.Context(), program, "start", "--service", "github", "--port", port, "--seed", seed)
	command.Dir, command.Stdout, command.Stderr = dir, &log, &log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	e := emulate{T: t, url: "http://127.0.0.1:" + port}
	for range 300 {
		if status, _ := e.try(http.MethodGet, "/user", nil); status == http.StatusOK {
			return e
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("emulate does not answer")
	return e
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func (e emulate) try(method, path string, body any) (int, map[string]any) {
	e.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		e.Fatal(err)
	}
	request, err := http.NewRequestWithContext(e.Context(), method, e.url+path, bytes.NewReader(data))
	if err != nil {
		e.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer admin")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		e.Fatal(err)
	}
	var answer map[string]any
	_ = json.Unmarshal(text, &answer) // a list, or nothing
	return response.StatusCode, answer
}

func (e emulate) must(method, path string, body any) map[string]any {
	e.Helper()
	status, answer := e.try(method, path, body)
	if status/100 != 2 {
		e.Fatalf("%s %s: %d %v", method, path, status, answer)
	}
	return answer
}

// propose opens a pull request with a file, and returns its number and commit.
func (e emulate) propose(branch string) (number int, commit string) {
	e.Helper()
	main := e.must(http.MethodGet, "/repos/ada/tumours/git/ref/heads/main", nil)["object"].(map[string]any)["sha"]
	e.must(http.MethodPost, "/repos/ada/tumours/git/refs", object{"ref": "refs/heads/" + branch, "sha": main})
	answer := e.must(http.MethodPut, "/repos/ada/tumours/contents/params.yaml", object{
		"message": branch, "content": base64.StdEncoding.EncodeToString([]byte(branch)), "branch": branch,
	})
	pull := e.must(http.MethodPost, "/repos/ada/tumours/pulls", object{"title": branch, "head": branch, "base": "main"})
	return int(pull["number"].(float64)), answer["commit"].(map[string]any)["sha"].(string)
}

// wantMerge merges a pull request, or is refused: by 405 on GitHub, by 422 here.
func (e emulate) wantMerge(number int, when string, want int) {
	e.Helper()
	if status, answer := e.try(http.MethodPut, fmt.Sprintf("/repos/ada/tumours/pulls/%d/merge", number), object{}); status != want {
		e.Errorf("%s, merging answers %d, want %d: %v", when, status, want, answer)
	}
}

// A branch that requires muster's check takes a change when that is green, and not before.
func TestBranchProtection(t *testing.T) {
	e := startEmulate(t)
	e.must(http.MethodPut, "/repos/ada/tumours/branches/main/protection", object{
		"required_status_checks": object{"strict": false, "contexts": []string{name}}, "enforce_admins": true,
		"required_pull_request_reviews": nil, "restrictions": nil,
	})
	host, err := github.New(github.Options{API: e.url, Repository: "ada/tumours", Token: "admin", Web: web.Options{Pause: time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	say := func(number int, commit string, state actions.State) {
		t.Helper()
		m := mark(state)
		m.Annotations = []actions.Annotation{{Path: "params.yaml", Line: 1, Level: actions.LevelFailure, Title: "why", Message: string(state)}}
		told := actions.Publisher{Host: host}.Publish(t.Context(), actions.Publication{
			Event:  actions.Event{Host: actions.GitHub, Number: number, Head: commit, Repository: "ada/tumours"},
			Marker: marker, Comment: func(string) string { return marker + "\n" + string(state) }, Mark: &m,
		})
		if len(told.Missing) > 0 || told.Marked.By != "check" {
			t.Errorf("told %+v", told)
		}
	}
	worse, at := e.propose("worse")
	e.wantMerge(worse, "before there is a check", http.StatusUnprocessableEntity)
	say(worse, at, actions.Pending)
	e.wantMerge(worse, "while the check is pending", http.StatusUnprocessableEntity)
	say(worse, at, actions.Failure)
	e.wantMerge(worse, "after it was denied", http.StatusUnprocessableEntity)
	mended, at := e.propose("mended") // a pull request stays at its first commit here
	e.wantMerge(mended, "before its own check", http.StatusUnprocessableEntity)
	say(mended, at, actions.Success)
	e.wantMerge(mended, "after it passed", http.StatusOK)

	var bodies []string
	for comment, err := range host.Comments(t.Context(), worse) {
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, comment.Body)
	}
	wantSame(t, "comments", []string{marker + "\nfailure"}, bodies)
}
