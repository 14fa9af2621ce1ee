//go:build unix

package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const pipeline = `version: 1
name: NAME
executor: process
registry: {git: {}}
stages:
  train: {run: cp skill.txt model.txt, inputs: [skill.txt], outputs: [model.txt]}
  evaluate:
    run: awk -v skill=$(cat model.txt) -f predict.awk > predictions.csv
    inputs: [predict.awk, model.txt]
    predictions: predictions.csv
gate: {metrics: {roc_auc: {min: 0.6, margin: 0.02}}}
`

// predictAwk stands for a model; its skill is what "training" writes.
const predictAwk = `function uniform() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
BEGIN {
  seed = 42
  print "id,label,score"
  for (i = 1; i <= 600; i++) {
    label = uniform() < 0.5
    noise = uniform() + uniform() + uniform() - 1.5
    printf "row-%d,%d,%.6f\n", i, label, 1 / (1 + exp(-3 * (skill * (label - 0.5) + 1.2 * noise)))
  }
}
`

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

// team is a repository that is gated by our action as it stands, with a champion
// of skill 1.
func (f *forge) team(name string) *repository {
	f.Helper()
	r := f.repository("lead/" + name)
	files := f.action()
	f.provide(workflow, files["action.yml"])
	files["muster.yaml"], files["predict.awk"], files["skill.txt"] = strings.ReplaceAll(pipeline, "NAME", name), predictAwk, "1.0\n"
	files[".gitignore"] = ".muster/\nmodel.txt\npredictions.csv\n"
	r.push("main", files)
	r.mustIn(r.dir, filepath.Join(f.bin, "muster"), "models", "init")
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
	f := startForge(t)
	r := f.team("tumours")
	r.protect(r.mark())

	worse := r.push("change", map[string]string{"skill.txt": "0.5\n"})
	pull := r.pull("change")
	r.wants("pull_request", worse, "failure")
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
	f.holdsToItsToken(passed)
	if status, text := r.merge(pull); status != http.StatusOK {
		t.Fatalf("a mended model cannot be merged: %d %s", status, text)
	}

	r.git("checkout", "--quiet", "main")
	r.git("pull", "--quiet", "origin", "main")
	merged := strings.TrimSpace(r.git("rev-parse", "HEAD"))
	r.wants("push", merged, "success")
	if list := r.mustIn(r.dir, filepath.Join(f.bin, "muster"), "models", "list"); !strings.Contains(list, "v2") {
		t.Errorf("what was merged is not promoted:\n%s\n%s", list, r.log(merged))
	}
}

// holdsToItsToken looks at what jobs asked of the forge. A job's token belongs to
// gitea-actions (id -2), which GET /user tells; it may write statuses where the job has
// contents: write, and its comments are by gitea-actions.
func (f *forge) holdsToItsToken(c comment) {
	f.Helper()
	if c.User.Login != "gitea-actions" || c.User.ID != -2 {
		f.Errorf("the comment is by %+v", c.User)
	}
	var reads, writes []request
	for _, r := range f.requests() {
		switch {
		case !strings.HasPrefix(r.agent, "muster/"):
		case r.method == http.MethodGet:
			reads = append(reads, r)
		default:
			writes = append(writes, r)
		}
		if strings.HasPrefix(r.agent, "muster/") && r.status >= 400 {
			f.Errorf("%s %s was answered by %d", r.method, r.path, r.status)
		}
	}
	f.Logf("muster asked: %v\nand wrote: %v", reads, writes)
	if len(writes) == 0 {
		f.Error("muster wrote nothing")
	}
}
