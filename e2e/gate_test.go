//go:build unix

package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/jobtest"
)

// The scopes that a job's token needs on Gitea, which knows none for statuses: whoever
// may write the contents may write them (services/actions/permission_parser.go and
// routers/api/v1/api.go of Gitea 1.26).
const workflow = `name: model
on:
  pull_request:
  push: {branches: [main]}
permissions: {contents: write, pull-requests: write, issues: write}
jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: ./
`

// pipeline keeps its models on a branch of the repository.
func pipeline(name string) string {
	return strings.NewReplacer("name: hosts\n", "name: "+name+"\n", "gate:", "registry: {git: {}}\ngate:").Replace(jobtest.Pipeline)
}

// team is a repository that is gated by our action as it stands, with a champion
// of skill 1.
func (f *forge) team(name string) *repository {
	f.Helper()
	r := f.repository("lead/" + name)
	files := f.action()
	f.provide(workflow, files["action.yml"])
	files["muster.yaml"], files["predict.awk"], files["skill.txt"] = pipeline(name), jobtest.Predict, "1.0\n"
	files[".gitignore"] = ".muster/\nmodel.txt\npredictions.csv\n"
	r.push("main", files)
	r.mustIn(r.dir, f.muster, "models", "init")
	first := r.push("main", map[string]string{".gitea/workflows/model.yml": workflow})
	r.wants("push", first, "success")
	return r
}

// action is our own: what "uses: ./" finds in a repository.
func (f *forge) action() map[string]string {
	f.Helper()
	files := map[string]string{}
	for _, pattern := range []string{"action.yml", "scripts/action/*"} {
		paths, err := filepath.Glob(filepath.Join("..", pattern))
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			files[strings.TrimPrefix(filepath.ToSlash(path), "../")] = string(text)
		}
	}
	return files
}

// mark is what may be required before a merge.
func (r *repository) mark() string { return "muster / " + filepath.Base(r.name) }

// wants waits for a job and holds it to how it ends.
func (r *repository) wants(event, commit, conclusion string) {
	r.Helper()
	if got := r.ended(event, commit); got != conclusion {
		r.Fatalf("the job of %s ended with %s, not %s:\n%s", event, got, conclusion, r.log(commit))
	}
}

// TestAWorseModelIsNotMerged is all of it: a pull request that makes the model worse, the
// next push that mends it, the merge, and the promotion.
func TestAWorseModelIsNotMerged(t *testing.T) {
	t.Parallel()
	f := startForge(t)
	r := f.team("tumours")
	r.protect(r.mark())

	before := len(f.requests())
	worse := r.push("change", map[string]string{"skill.txt": "0.5\n"})
	pull := r.pull("change")
	r.wants("pull_request", worse, "failure")
	f.askedLittle(f.requests()[before:])
	if got := r.status(worse, r.mark()); got != "failure" {
		t.Errorf("the status of a worse model is %q\n%s", got, r.log(worse))
	}
	denied := r.comment(pull)
	if !strings.Contains(denied.Body, "denied") || !strings.Contains(denied.Body, "roc_auc") {
		t.Errorf("the comment does not say why:\n%s", denied.Body)
	}
	if status, text := r.merge(pull); status != http.StatusMethodNotAllowed || !strings.Contains(text, "status checks") {
		t.Errorf("a worse model can be merged: %d %s", status, text)
	}

	mended := r.push("change", map[string]string{"skill.txt": "1.3\n"})
	r.wants("pull_request", mended, "success")
	if got := r.status(mended, r.mark()); got != "success" {
		t.Errorf("the status of a mended model is %q\n%s", got, r.log(mended))
	}
	passed := r.comment(pull)
	if passed.ID != denied.ID || !strings.Contains(passed.Body, "passed") {
		t.Errorf("comment %d became %d:\n%s", denied.ID, passed.ID, passed.Body)
	}
	if status, text := r.merge(pull); status != http.StatusOK {
		t.Fatalf("a mended model cannot be merged: %d %s", status, text)
	}
	r.promotes("v2")
}

// promotes waits for the job of what was merged, and looks for the version.
func (r *repository) promotes(version string) {
	r.Helper()
	r.git("checkout", "--quiet", "main")
	r.git("pull", "--quiet", "origin", "main")
	merged := strings.TrimSpace(r.git("rev-parse", "HEAD"))
	r.wants("push", merged, "success")
	if list := r.mustIn(r.dir, r.muster, "models", "list"); !strings.Contains(list, version) {
		r.Errorf("what was merged is not promoted:\n%s\n%s", list, r.log(merged))
	}
}

// askedLittle holds the requests of one job on a pull request to what is promised of
// them, as the forge has counted them. A job's token belongs to gitea-actions, which GET
// /user tells; it may write statuses where the job has contents: write.
func (f *forge) askedLittle(all []request) {
	f.Helper()
	var reads, writes []request
	for _, r := range all {
		switch {
		case !strings.HasPrefix(r.agent, "muster/"):
			continue
		case r.method == http.MethodGet:
			reads = append(reads, r)
		default:
			writes = append(writes, r)
		}
		if r.status >= 400 {
			f.Errorf("the forge refused: %s", r)
		}
	}
	if len(reads) == 0 || len(reads) > 12 || len(writes) == 0 || len(writes) > 8 {
		f.Errorf("muster sent %d reads and %d writes, of 12 and 8:\n%v\n%v", len(reads), len(writes), reads, writes)
	}
}

// TestEachPullRequestHasItsOwnComment: what one job writes leaves alone what is under
// another pull request, and what people wrote, also if it begins with muster's marker.
func TestEachPullRequestHasItsOwnComment(t *testing.T) {
	t.Parallel()
	r := startForge(t).team("tumours")

	first := r.push("one", map[string]string{"skill.txt": "0.5\n"})
	one := r.pull("one")
	r.wants("pull_request", first, "failure")
	ours := r.comment(one)
	if ours.User.Login != "gitea-actions" {
		t.Errorf("the comment is by %s", ours.User.Login)
	}
	marker, _, _ := strings.Cut(ours.Body, "\n")
	r.say(one, marker+"\nby a person")

	second := r.push("two", map[string]string{"skill.txt": "1.3\n"})
	two := r.pull("two")
	r.wants("pull_request", second, "success")
	if other := r.comment(two); other.ID == ours.ID || !strings.Contains(other.Body, "passed") {
		t.Errorf("the second pull request's comment is %+v", other)
	}
	if again := r.comments(one); len(again) != 2 || again[0] != ours {
		t.Errorf("the first pull request's comments became\n%+v", again)
	}

	third := r.push("one", map[string]string{"skill.txt": "1.2\n"})
	r.wants("pull_request", third, "success")
	again := r.comments(one)
	if len(again) != 2 || again[0].ID != ours.ID || !strings.Contains(again[0].Body, "passed") || !strings.HasSuffix(again[1].Body, "by a person") {
		t.Errorf("after the next push there are\n%+v", again)
	}
}

// TestATokenThatMayOnlyRead: a job that may write no status still ends by its verdict,
// which Gitea shows as a status of its own: a worse model is kept out by requiring that.
// In a public repository Gitea lets such a token comment, as it lets everybody.
func TestATokenThatMayOnlyRead(t *testing.T) {
	t.Parallel()
	r := startForge(t).team("tumours")
	r.protect("model / gate (pull_request)")
	reading := strings.Replace(workflow, "{contents: write, pull-requests: write, issues: write}", "{contents: read}", 1)

	worse := r.push("change", map[string]string{"skill.txt": "0.5\n", ".gitea/workflows/model.yml": reading})
	pull := r.pull("change")
	r.wants("pull_request", worse, "failure")
	if got := r.status(worse, r.mark()); got != "" {
		t.Errorf("a token that may only read wrote the status %q", got)
	}
	if got := r.comment(pull); !strings.Contains(got.Body, "denied") {
		t.Errorf("the comment is\n%s", got.Body)
	}
	if status, text := r.merge(pull); status != http.StatusMethodNotAllowed || !strings.Contains(text, "status checks") {
		t.Errorf("a worse model can be merged: %d %s", status, text)
	}

	mended := r.push("change", map[string]string{"skill.txt": "1.3\n"})
	r.wants("pull_request", mended, "success")
	if log := r.log(mended); !strings.Contains(log, "warning: not published: ") {
		t.Errorf("nothing says that the report was not published:\n%s", log)
	}
	if status, text := r.merge(pull); status != http.StatusOK {
		t.Errorf("a mended model cannot be merged: %d %s", status, text)
	}
}
