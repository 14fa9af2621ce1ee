package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/actions/github/githubtest"
)

// pullJob is a clone in which jobs of a pull request run, and the host that they speak to.
type pullJob struct {
	*testing.T
	dir   string
	env   map[string]string
	forge *githubtest.Server
	down  *atomic.Bool
	// said is all that was printed.
	said bytes.Buffer
}

// newPullJob is pull request 41 to a main that has a champion.
func newPullJob(t *testing.T) *pullJob {
	t.Helper()
	t.Parallel() // it waits for its host
	if watchesForRaces() {
		t.Skip("one thing comes after the other here, as in the scripts that are left out")
	}
	archive, err := txtar.ParseFile(filepath.Join("testdata", "script", "ci-publish.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	j := &pullJob{T: t, dir: filepath.Join(t.TempDir(), "tumours"), forge: githubtest.New(t), down: &atomic.Bool{}}
	j.forge.Intercept = func(w http.ResponseWriter, _ *http.Request) bool {
		if j.down.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
		return j.down.Load()
	}
	registry := filepath.Join(filepath.Dir(j.dir), "registry")
	j.env = map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": filepath.Dir(j.dir), "MUSTER_REGISTRY": registry, "GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_SYSTEM": os.DevNull,
		"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org",
	}
	if err := os.Mkdir(j.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, file := range archive.Files {
		j.write(file.Name, string(file.Data))
	}
	j.git("init", "--quiet", "--initial-branch=main")
	j.git("add", "muster.yaml", "predict.awk", "skill.txt")
	j.git("commit", "--quiet", "-m", "one")
	j.git("update-ref", "refs/remotes/origin/main", "main")
	j.muster(0, "models", "init")
	j.muster(0, "ci", "--host", "plain", "--quiet")
	j.git("checkout", "--quiet", "-b", "change")
	j.forge.AddPull(githubtest.Pull{Number: 41, Head: j.git("rev-parse", "HEAD"), Base: "main", Author: "ada"})
	maps.Copy(j.env, map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_REF": "refs/pull/41/merge", "GITHUB_REPOSITORY": githubtest.Repository,
		"GITHUB_SERVER_URL": "https://github.example", "GITHUB_RUN_ID": "7", "GITHUB_EVENT_PATH": filepath.Join(filepath.Dir(j.dir), "event.json"),
		"GITHUB_STEP_SUMMARY": filepath.Join(j.dir, "summary.md"), "GITHUB_OUTPUT": filepath.Join(j.dir, "output.txt"),
		"GITHUB_TOKEN": githubtest.Token, "GITHUB_API_URL": j.forge.URL,
	})
	return j
}

func (j *pullJob) write(name, text string) {
	j.Helper()
	if err := os.WriteFile(filepath.Join(j.dir, name), []byte(text), 0o644); err != nil {
		j.Fatal(err)
	}
}

// run runs a program in the clone, and returns its exit code and what it printed.
func (j *pullJob) run(name string, args ...string) (code int, out, said string) {
	j.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(j.Context(), name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = j.dir, &stdout, &stderr
	for key, value := range j.env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	if err := cmd.Run(); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			j.Fatal(err)
		}
		code = exit.ExitCode()
	}
	fmt.Fprint(&j.said, stdout.String(), stderr.String())
	return code, stdout.String(), stderr.String()
}

func (j *pullJob) git(args ...string) string {
	j.Helper()
	code, out, said := j.run("git", args...)
	if code != 0 {
		j.Fatalf("git %v: %s", args, said)
	}
	return strings.TrimSpace(out)
}

// muster runs it, and wants an exit code. It returns what was said beside the report.
func (j *pullJob) muster(want int, args ...string) string {
	j.Helper()
	code, out, said := j.run("muster", args...)
	if code != want {
		j.Fatalf("muster %v ended with %d, want %d\n%s%s", args, code, want, out, said)
	}
	return said
}

// push commits a file's text as the change's last commit, and tells the forge.
func (j *pullJob) push(name, text string) (head string) {
	j.Helper()
	j.write(name, text)
	j.git("commit", "--quiet", "-am", "change "+name)
	head = j.git("rev-parse", "HEAD")
	j.forge.SetHead(41, head)
	event := fmt.Sprintf(`{"repository": {"default_branch": "main", "id": 1}, "pull_request": {"number": 41, "base": {"ref": "main"}, "head": {"sha": %q, "repo": {"id": 1}}}}`, head)
	if err := os.WriteFile(j.env["GITHUB_EVENT_PATH"], []byte(event), 0o644); err != nil {
		j.Fatal(err)
	}
	return head
}

// job runs muster ci, and returns what it said and how many requests wrote something.
func (j *pullJob) job(want int) (said string, writes int) {
	j.Helper()
	before := len(j.forge.Requests())
	said = j.muster(want, "ci", "--quiet")
	for _, request := range j.forge.Requests()[before:] {
		if !strings.HasPrefix(request, "GET ") && request != "POST /graphql" {
			writes++
		}
	}
	line := said[max(strings.Index(said, "published: "), 0):]
	line, _, _ = strings.Cut(line, "\n")
	j.Logf("exit code %d, %d requests: %s", want, len(j.forge.Requests())-before, line)
	return said, writes
}

// stands checks that there is one comment, which begins so, and how the commit is marked.
func (j *pullJob) stands(head, begins, conclusion string) (comment githubtest.Comment) {
	j.Helper()
	all := j.forge.Comments(41)
	if len(all) != 1 || !strings.HasPrefix(all[0].Body, "<!-- muster:publish -->\n"+begins) {
		j.Fatalf("%d comments: %.2000s", len(all), fmt.Sprint(all))
	}
	checks := slices.DeleteFunc(j.forge.Checks(), func(c githubtest.Check) bool { return c.Commit != head })
	if len(checks) != 1 || checks[0].Name != "muster / publish" || checks[0].Conclusion != conclusion {
		j.Errorf("checks of %.7s: %+v", head, checks)
	}
	return all[0]
}

// leaks lists where the token is, in all that was written and printed.
func (j *pullJob) leaks() (places []string) {
	j.Helper()
	if strings.Contains(j.said.String(), githubtest.Token) {
		places = append(places, "output")
	}
	files := 0
	err := filepath.WalkDir(filepath.Dir(j.dir), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(githubtest.Token)) {
			places = append(places, path)
		}
		return err
	})
	if err != nil || files < 50 {
		j.Errorf("%d files were looked at: %v", files, err)
	}
	return places
}

// The real command, with a token, against a host that answers, as a pull request goes:
// denied, mended, the job run again, the host down, and its configuration broken.
func TestJobsOfAPullRequest(t *testing.T) {
	j := newPullJob(t)
	denied := j.push("skill.txt", "0.5\n")
	j.job(4)
	comment := j.stands(denied, "### ❌ publish: denied", "failure")
	if _, writes := j.job(4); writes != 0 {
		t.Errorf("the denied job wrote %d times when it ran again", writes)
	}

	mended := j.push("skill.txt", "1.3\n")
	j.job(0)
	if now := j.stands(mended, "### ✅ publish: passed", "success"); now.ID != comment.ID || !strings.Contains(now.Body, "1 earlier verdict") {
		t.Errorf("the mended change has comment %d, and had %d", now.ID, comment.ID)
	}
	if _, writes := j.job(0); writes != 0 {
		t.Errorf("the job wrote %d times when it ran again", writes)
	}

	broken := j.push("muster.yaml", strings.Replace(readFile(t, j, "muster.yaml"), "gate:", "gates:", 1))
	said, _ := j.job(2)
	now := j.stands(broken, "### ❌ publish: failed, muster.yaml is not valid", "failure")
	if now.ID != comment.ID || !strings.Contains(now.Body, "`muster.yaml:10:1`: Unknown key \"gates\"; did you mean \"gate\"?") || !strings.Contains(said, "muster.yaml:10:1: ") {
		t.Errorf("%s\n%s", said, now.Body)
	}
	if _, writes := j.job(2); writes != 0 {
		t.Errorf("the broken job wrote %d times when it ran again", writes)
	}
	if places := j.leaks(); len(places) > 0 {
		t.Errorf("the token is in %v", places)
	}
}

func readFile(t *testing.T, j *pullJob, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(j.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// A host that answers 500 to everything changes neither verdict nor exit code, and that
// nothing was published is said.
func TestJobsWhoseHostIsDown(t *testing.T) {
	for skill, code := range map[string]int{"0.5": 4, "1.3": 0} {
		t.Run(skill, func(t *testing.T) {
			j := newPullJob(t)
			j.down.Store(true)
			j.push("skill.txt", skill+"\n")
			said, _ := j.job(code)
			for _, want := range []string{"published: nothing", "warning: not published: comment: ", "warning: not published: mark: "} {
				if !strings.Contains(said, want) {
					t.Errorf("it is not said that %q:\n%s", want, said)
				}
			}
			if got := len(j.forge.Comments(41)) + len(j.forge.Checks()); got != 0 {
				t.Errorf("%d things were published", got)
			}
			if places := j.leaks(); len(places) > 0 {
				t.Errorf("the token is in %v", places)
			}
		})
	}
}

// On the default branch a denial opens one issue. The job that runs again has nothing to
// write, and the mended commit closes it.
func TestJobsOfTheDefaultBranch(t *testing.T) {
	j := newPullJob(t)
	j.git("checkout", "--quiet", "main")
	j.git("remote", "add", "origin", j.dir) // which says that this is the last commit
	maps.Copy(j.env, map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/main"})
	push := func(skill string) {
		j.push("skill.txt", skill)
		j.env["GITHUB_SHA"] = j.git("rev-parse", "HEAD")
	}
	states := func() (all []string) {
		for _, issue := range j.forge.Issues() {
			all = append(all, issue.State)
		}
		return all
	}
	push("0.5\n")
	if _, writes := j.job(4); writes != 2 || !slices.Equal(states(), []string{"open"}) {
		t.Errorf("%d writes, and issues %v: a check and one issue are needed", writes, states())
	}
	if said, writes := j.job(4); writes != 0 {
		t.Errorf("the same job again wrote %d times: %s", writes, said)
	}
	push("1.3\n")
	if _, writes := j.job(0); writes != 2 || !slices.Equal(states(), []string{"closed"}) {
		t.Errorf("%d writes, and issues %v: a check is needed, and the issue's end", writes, states())
	}
}
