//go:build unix

package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// call speaks to Gitea's API as the repository's owner and returns the status.
// These are the test's own eyes: muster's adapters are what is tested.
// https://docs.gitea.com/api/
func (f *forge) call(method, path string, body, answer any) int {
	f.Helper()
	status, text := f.send(method, path, body)
	if answer != nil && status < 300 {
		if err := json.Unmarshal(text, answer); err != nil {
			f.Fatalf("%s %s: %v\n%s", method, path, err, text)
		}
	}
	return status
}

// ask wants an answer: anything but 2xx ends the test.
func (f *forge) ask(method, path string, body, answer any) {
	f.Helper()
	status, text := f.send(method, path, body)
	if status >= 300 {
		f.Fatalf("%s %s: %d\n%s", method, path, status, text)
	}
	if answer == nil {
		return
	}
	if err := json.Unmarshal(text, answer); err != nil {
		f.Fatalf("%s %s: %v\n%s", method, path, err, text)
	}
}

func (f *forge) send(method, path string, body any) (int, []byte) {
	f.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		f.Fatal(err)
	}
	request, err := http.NewRequestWithContext(f.Context(), method, f.url+"/api/v1"+path, bytes.NewReader(content))
	if err != nil {
		f.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if f.token != "" {
		request.Header.Set("Authorization", "token "+f.token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		f.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		f.Fatal(err)
	}
	return response.StatusCode, text
}

// repository is one on the forge, with a clone of it on this machine.
type repository struct {
	*forge
	name, dir string
}

func (f *forge) repository(name string) *repository {
	f.Helper()
	owner, short, _ := strings.Cut(name, "/")
	if owner == "lead" {
		f.ask("POST", "/user/repos", map[string]any{"name": short, "default_branch": "main"}, nil)
	} else {
		f.call("POST", "/orgs", map[string]any{"username": owner}, nil) // it may be there
		f.ask("POST", "/orgs/"+owner+"/repos", map[string]any{"name": short, "default_branch": "main"}, nil)
	}
	r := &repository{forge: f, name: name, dir: f.home + "/clones/" + name}
	f.must("git", "init", "--quiet", "--initial-branch=main", r.dir)
	r.git("remote", "add", "origin", strings.Replace(f.url, "://", "://lead:"+f.token+"@", 1)+"/"+name+".git")
	return r
}

func (r *repository) git(args ...string) string {
	r.Helper()
	return r.mustIn(r.dir, "git", args...)
}

// push commits these files on a branch, made from main if it is new, and waits
// until the forge knows the commit, which it returns.
func (r *repository) push(branch string, files map[string]string) string {
	r.Helper()
	if strings.TrimSpace(r.git("branch", "--list", branch)) == "" && branch != "main" {
		r.git("checkout", "--quiet", "-b", branch, "origin/main")
	} else if branch != "main" {
		r.git("checkout", "--quiet", branch)
	}
	for name, text := range files {
		r.write("clones/"+r.name+"/"+name, text)
	}
	r.git("add", ".")
	r.git("commit", "--quiet", "--message", "change "+branch)
	r.git("push", "--quiet", "origin", "HEAD:refs/heads/"+branch)
	r.git("fetch", "--quiet", "origin")
	head := strings.TrimSpace(r.git("rev-parse", "HEAD"))
	r.eventually("the forge knows "+branch, func() bool {
		var answer struct {
			Empty  bool
			Commit struct{ ID string }
		}
		if r.api("GET", "", nil, &answer); answer.Empty { // asked for a branch now, it panics
			return false
		}
		return r.api("GET", "/branches/"+branch, nil, &answer) == http.StatusOK && answer.Commit.ID == head
	})
	return head
}

func (r *repository) api(method, path string, body, answer any) int {
	r.Helper()
	return r.call(method, "/repos/"+r.name+path, body, answer)
}

// pull opens a pull request into main and returns its number.
func (r *repository) pull(branch string) int {
	r.Helper()
	var answer struct{ Number int }
	r.ask("POST", "/repos/"+r.name+"/pulls", map[string]any{"head": branch, "base": "main", "title": branch}, &answer)
	return answer.Number
}

// run is one of a workflow, as Gitea tells of it.
type run struct {
	ID                        int64
	Event, Status, Conclusion string
	HeadSHA                   string `json:"head_sha"`
}

// ended waits for the run of an event on a commit and returns its conclusion. A push to
// a pull request is an event of its own here, though the job is told that it is the same.
func (r *repository) ended(event, commit string) string {
	r.Helper()
	var conclusion string
	var runs []run
	defer func() {
		if conclusion == "" {
			r.Logf("runs: %+v\n%s", runs, r.log(commit))
		}
	}()
	r.eventually("the "+event+" run of "+commit+" has ended", func() bool {
		var answer struct {
			Runs []run `json:"workflow_runs"`
		}
		r.ask("GET", "/repos/"+r.name+"/actions/runs?limit=50", nil, &answer)
		runs = answer.Runs
		i := slices.IndexFunc(runs, func(a run) bool {
			return strings.HasPrefix(a.Event, event) && a.HeadSHA == commit && a.Status == "completed"
		})
		if i >= 0 {
			conclusion = runs[i].Conclusion
		}
		return i >= 0
	})
	return conclusion
}

// log is what the jobs of the runs on a commit said.
func (r *repository) log(commit string) string {
	r.Helper()
	var answer struct {
		Jobs []struct {
			ID      int64
			HeadSHA string `json:"head_sha"`
		}
	}
	r.ask("GET", "/repos/"+r.name+"/actions/jobs?limit=50", nil, &answer)
	var all strings.Builder
	for _, job := range answer.Jobs {
		if job.HeadSHA == commit {
			_, text := r.send("GET", "/repos/"+r.name+"/actions/jobs/"+strconv.FormatInt(job.ID, 10)+"/logs", nil)
			all.Write(text)
		}
	}
	return all.String()
}

// comment is one under a pull request.
type comment struct {
	ID   int64
	Body string
	User struct {
		ID    int64
		Login string
	}
	Updated string `json:"updated_at"`
}

func (r *repository) comments(pull int) []comment {
	r.Helper()
	var answer []comment
	r.ask("GET", "/repos/"+r.name+"/issues/"+strconv.Itoa(pull)+"/comments", nil, &answer)
	return answer
}

// status is a commit's newest one of that name.
func (r *repository) status(commit, name string) string {
	r.Helper()
	var answer struct {
		Statuses []struct{ Context, Status, Description string }
	}
	r.ask("GET", "/repos/"+r.name+"/commits/"+commit+"/status", nil, &answer)
	for _, s := range answer.Statuses {
		if s.Context == name {
			return s.Status
		}
	}
	return ""
}

// comment is muster's under a pull request: there is exactly one.
func (r *repository) comment(pull int) comment {
	r.Helper()
	all := r.comments(pull)
	if len(all) != 1 {
		r.Fatalf("pull request %d has %d comments: %+v", pull, len(all), all)
	}
	return all[0]
}

// say writes a comment as the repository's owner.
func (r *repository) say(pull int, body string) {
	r.Helper()
	r.ask("POST", "/repos/"+r.name+"/issues/"+strconv.Itoa(pull)+"/comments", map[string]any{"body": body}, nil)
}

// protect lets nothing be merged into main before that status is green.
func (r *repository) protect(status string) {
	r.Helper()
	r.ask("POST", "/repos/"+r.name+"/branch_protections", map[string]any{
		"rule_name": "main", "enable_push": true, "enable_status_check": true, "status_check_contexts": []string{status},
	}, nil)
}

// merge tries it, once the forge has looked whether there are conflicts.
func (r *repository) merge(pull int) (int, string) {
	r.Helper()
	path := "/repos/" + r.name + "/pulls/" + strconv.Itoa(pull)
	r.eventually("pull request "+strconv.Itoa(pull)+" has no conflicts", func() bool {
		var answer struct{ Mergeable bool }
		r.ask("GET", path, nil, &answer)
		return answer.Mergeable
	})
	status, text := r.send("POST", path+"/merge", map[string]any{"Do": "merge"})
	return status, string(text)
}
