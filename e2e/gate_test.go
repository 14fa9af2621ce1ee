//go:build unix

package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const pipeline = `version: 1
name: tumours
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

// The scopes that a job's token needs on Gitea: it knows none for statuses, which
// whoever may write the contents may write (services/actions/permission_parser.go
// and routers/api/v1/api.go of Gitea 1.26).
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

// standIns are what the runner gets in place of the actions of others that it
// would fetch from the internet: the same names and inputs, the least that does
// the same. Their tags are what our files pin, be it a commit's name.
var standIns = map[string]string{
	"actions/checkout": `name: checkout
inputs: {token: {default: "${{ github.token }}"}, fetch-depth: {default: 1}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {TOKEN: "${{ inputs.token }}"}
      run: |
        git init --quiet .
        git remote add origin "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY"
        git config "http.$GITHUB_SERVER_URL/.extraheader" "AUTHORIZATION: basic $(printf 'x-access-token:%s' "$TOKEN" | base64 -w 0)"
        git fetch --quiet --no-tags --depth=1 origin "+$GITHUB_SHA:refs/remotes/origin/job"
        git checkout --quiet --force --detach refs/remotes/origin/job
`,
}

// uses are the actions that a workflow or an action names: owner/name@ref.
var uses = regexp.MustCompile(`(?m)^\s*(?:- )?uses: ([\w.-]+/[\w.-]+)@(\S+)`)

// provide puts stand-ins for the actions that these files use onto the forge.
func (f *forge) provide(files ...string) {
	f.Helper()
	refs := map[string][]string{}
	for _, m := range uses.FindAllStringSubmatch(strings.Join(files, "\n"), -1) {
		refs[m[1]] = append(refs[m[1]], m[2])
	}
	for name, refs := range refs {
		if standIns[name] == "" {
			f.Fatalf("there is no stand-in for %s: write one, or the runner would fetch it from the internet", name)
		}
		r := f.repository(name)
		r.push("main", map[string]string{"action.yml": standIns[name]})
		for _, ref := range refs {
			r.git("update-ref", "refs/tags/"+ref, "HEAD")
		}
		r.git("push", "--quiet", "--tags", "origin")
	}
}

// team is a repository that is gated by our action as it stands, with a champion
// of skill 1.
func (f *forge) team(name string) *repository {
	f.Helper()
	action, err := os.ReadFile(filepath.Join("..", "action.yml"))
	if err != nil {
		f.Fatal(err)
	}
	f.provide(string(action), workflow)
	r := f.repository("lead/" + name)
	first := r.push("main", map[string]string{
		"action.yml": string(action), "muster.yaml": pipeline, "predict.awk": predictAwk, "skill.txt": "1.0\n",
		".gitignore": ".muster/\nmodel.txt\npredictions.csv\n",
	})
	r.mustIn(r.dir, filepath.Join(f.bin, "muster"), "models", "init")
	second := r.push("main", map[string]string{".gitea/workflows/model.yml": workflow})
	if first == second {
		f.Fatal("nothing was pushed")
	}
	if got := r.ended("push", second); got != "success" {
		f.Fatalf("the first job on main: %s\n%s", got, r.log(second))
	}
	return r
}

func TestGiteaBlocksAWorseModel(t *testing.T) {
	f := startForge(t)
	r := f.team("tumours")
	r.protect("model / gate (pull_request)")

	worse := r.push("change", map[string]string{"skill.txt": "0.5\n"})
	pull := r.pull("change")
	if got := r.ended("pull_request", worse); got != "failure" {
		t.Fatalf("the job on a worse model: %s\n%s", got, r.log(worse))
	}
	if status, text := r.merge(pull); status != http.StatusMethodNotAllowed || !strings.Contains(text, "status checks") {
		t.Errorf("a worse model can be merged: %d %s", status, text)
	}

	mended := r.push("change", map[string]string{"skill.txt": "1.3\n"})
	if got := r.ended("pull_request", mended); got != "success" {
		t.Fatalf("the job on a mended model: %s\n%s", got, r.log(mended))
	}
	if status, text := r.merge(pull); status != http.StatusOK {
		t.Errorf("a mended model cannot be merged: %d %s", status, text)
	}
}
