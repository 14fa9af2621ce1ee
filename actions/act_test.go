package actions_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/muster-ci/muster/actions/github/githubtest"
)

// These tests run the action on act. What it uses of others is replaced by stand-ins,
// which do the same in a folder and note what they are given.

// uses finds the actions that the action uses, each pinned by a commit.
var uses = regexp.MustCompile(`uses: ([\w-]+/[\w-]+)(?:/[\w-]+)?@([0-9a-f]{40}) # v\d+\.\d+\.\d+\n`)

// standIns are the files of other people's actions, which are not there without a
// network. They keep caches and artifacts in $STAND_INS.
var standIns = map[string]map[string]string{
	"actions/cache": {
		"restore/action.yml": `name: restore
inputs: {path: {required: true}, key: {required: true}, restore-keys: {}}
outputs: {cache-matched-key: {value: "${{ steps.restore.outputs.cache-matched-key }}"}}
runs:
  using: composite
  steps:
    - id: restore
      shell: bash
      env: {FOLDER: "${{ inputs.path }}", KEY: "${{ inputs.key }}", KEYS: "${{ inputs.restore-keys }}"}
      run: |
        for prefix in "$KEY" $KEYS; do
          for saved in $(ls -t "$STAND_INS/caches"); do
            [[ $saved == "$prefix"* ]] || continue
            mkdir -p "$FOLDER"
            cp -a "$STAND_INS/caches/$saved/." "$FOLDER/"
            echo "restored $saved" >> "$STAND_INS/log"
            exit 0
          done
        done
        echo "restored nothing" >> "$STAND_INS/log"
`,
		"save/action.yml": `name: save
inputs: {path: {required: true}, key: {required: true}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {FOLDER: "${{ inputs.path }}", KEY: "${{ inputs.key }}"}
      run: |
        mkdir -p "$STAND_INS/caches/$KEY"
        cp -a "$FOLDER/." "$STAND_INS/caches/$KEY/"
        echo "saved $KEY" >> "$STAND_INS/log"
`,
	},
	"actions/upload-artifact": {
		"action.yml": `name: upload
inputs: {name: {required: true}, path: {required: true}, include-hidden-files: {default: "false"}, if-no-files-found: {}, overwrite: {}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {NAME: "${{ inputs.name }}", FILES: "${{ inputs.path }}", HIDDEN: "${{ inputs.include-hidden-files }}"}
      run: |
        mkdir -p "$STAND_INS/artifacts/$NAME"
        for file in $FILES; do
          [[ $HIDDEN == true && -e $file ]] || continue # these lie in a hidden folder
          cp "$file" "$STAND_INS/artifacts/$NAME/"
        done
        echo "uploaded $NAME" >> "$STAND_INS/log"
`,
	},
}

// actJob is a job with our action in its repository.
type actJob struct {
	*job
	platform string // where its steps run: an image, or the machine itself
	standIns string
	flags    []string
}

const workflow = `on: [push, pull_request]
jobs:
  model:
    runs-on: ubuntu-latest
    env: {STAND_INS: %s}
    steps:
      - uses: actions/checkout@v4
      - uses: ./.github/actions/muster
        id: muster
        with:
          executor: process
          registry: %s
          args: --quiet
      - if: always()
        env:
          VERDICT: ${{ steps.muster.outputs.verdict }}
          LEVEL: ${{ steps.muster.outputs.level }}
          METRICS: ${{ steps.muster.outputs.metrics }}
          ARTIFACT: ${{ steps.muster.outputs.artifact }}
          DECISION: ${{ steps.muster.outputs.decision }}
          REPORT: ${{ steps.muster.outputs.report }}
          HTML: ${{ steps.muster.outputs.html }}
          JSON: ${{ steps.muster.outputs.json }}
        run: |
          echo "verdict is $VERDICT, level is $LEVEL, artifact is $ARTIFACT, metrics are $METRICS"
          head -n 3 "$REPORT"
          ls "$DECISION" "$HTML" "$JSON"
`

// newActJob puts the action and the workflow into a repository.
func newActJob(t *testing.T) *actJob {
	t.Helper()
	tool(t, "act", "act")
	action := read(t, "../action.yml")
	j := &actJob{job: newJob(t, map[string]string{".gitignore": ".muster/\nmodel.txt\npredictions.csv\n"}), platform: "-self-hosted", standIns: t.TempDir()}
	copyAction(j.job)
	j.write(".github/workflows/muster.yml", fmt.Sprintf(workflow, j.standIns, j.registry))
	j.commit()
	if err := os.Mkdir(filepath.Join(j.standIns, "caches"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, used := range uses.FindAllStringSubmatch(action, -1) {
		dir := filepath.Join(t.TempDir(), "action")
		for name, text := range standIns[used[1]] {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		j.flags = append(j.flags, "--local-repository", used[1]+"@"+used[2]+"="+dir)
	}
	return j
}

// copyAction puts the action without muster's source into the repository.
func copyAction(j *job) {
	j.Helper()
	scripts, err := filepath.Glob("../scripts/action/*.sh")
	if err != nil || len(scripts) == 0 {
		j.Fatal(err, "there are no scripts")
	}
	for _, path := range append(scripts, "../action.yml") {
		j.write(filepath.Join(".github/actions/muster", strings.TrimPrefix(path, "../")), read(j.T, path))
	}
}

// act runs the workflow for an event.
func (j *actJob) act(event, payload string, flags ...string) (string, error) {
	j.Helper()
	path := filepath.Join(j.TempDir(), "event.json")
	if err := os.WriteFile(path, []byte(payload), 0o644); err != nil {
		j.Fatal(err)
	}
	args := append([]string{event, "--eventpath", path, "--platform", "ubuntu-latest=" + j.platform, "--pull=false"}, j.flags...)
	return j.do(j.dir, tool(j.T, "act", "act"), append(args, flags...)...)
}

// noted is what the stand-ins were given since it was asked last.
func (j *actJob) noted() string {
	j.Helper()
	path := filepath.Join(j.standIns, "log")
	text := read(j.T, path)
	if err := os.Remove(path); err != nil {
		j.Fatal(err)
	}
	return text
}

const push = `{"ref": "refs/heads/main", "repository": {"default_branch": "main"}}`

// pull is the event of a change into main, whose tip the host names.
func (j *actJob) pull() string {
	j.Helper()
	return fmt.Sprintf(`{"number": 7, "pull_request": {"number": 7, "base": {"ref": "main", "sha": %q}, "head": {"ref": "change"}}, "repository": {"default_branch": "main"}}`,
		strings.TrimSpace(j.must(j.dir, "git", "rev-parse", "main")))
}

func TestActionOnAct(t *testing.T) {
	j := newActJob(t)
	pull := j.pull()

	j.must(j.dir, "git", "checkout", "--quiet", "-b", "change")
	j.write("skill.txt", "0.5\n")
	j.commit()
	out, err := j.act("pull_request", pull)
	if err == nil {
		t.Errorf("the job of a change that makes the model worse succeeded:\n%s", out)
	}
	mustContain(t, out, "verdict is deny, level is", "artifact is muster-report,", `metrics are {"roc_auc":{"candidate":0.`, "denied", "report.html")
	mustMatch(t, j.noted(), `^restored nothing
saved muster-1-Linux-\w+-root-change-[0-9a-f]{12}-\S+
uploaded muster-report
$`)
	mustContain(t, read(t, filepath.Join(j.standIns, "artifacts/muster-report/report.json")), `"verdict": "deny"`)
	mustContain(t, read(t, filepath.Join(j.standIns, "artifacts/muster-report/decision.json")), `"verdict": "deny"`)
	mustContain(t, read(t, filepath.Join(j.standIns, "artifacts/muster-report/report.html")), "<html")

	j.write("skill.txt", "1.3\n")
	j.commit()
	if out, err = j.act("pull_request", pull); err != nil {
		t.Errorf("the job of a better model: %v\n%s", err, out)
	}
	mustContain(t, out, "verdict is pass")
	mustMatch(t, j.noted(), `^restored muster-1-Linux-\w+-root-change-\S+
saved muster-1-Linux-\w+-root-change-\S+
uploaded muster-report
$`)
	if list := j.versions(); strings.Contains(list, "v2") {
		t.Errorf("a change request promoted:\n%s", list)
	}

	// The default branch does not begin with what a change has left, and a change may
	// begin with what the default branch has.
	j.must(j.dir, "git", "checkout", "--quiet", "main")
	j.must(j.dir, "git", "merge", "--quiet", "change")
	if out, err = j.act("push", push); err != nil {
		t.Errorf("the job on the default branch: %v\n%s", err, out)
	}
	mustContain(t, j.versions(), "v2")
	mustMatch(t, j.noted(), `^restored nothing
saved muster-1-Linux-\w+-root-default-\S+
uploaded muster-report
$`)

	// What has not changed is not saved again.
	start := time.Now()
	if out, err = j.act("push", push); err != nil {
		t.Errorf("the job again: %v\n%s", err, out)
	}
	t.Logf("a job in which every stage comes from the cache, act's own time included: %v", time.Since(start).Round(10*time.Millisecond))
	mustMatch(t, j.noted(), `^restored muster-1-Linux-\w+-root-default-\S+
uploaded muster-report
$`)
}

func mustMatch(t *testing.T, text, pattern string) {
	t.Helper()
	if !regexp.MustCompile(pattern).MatchString(text) {
		t.Errorf("%q is not like %q", text, pattern)
	}
}

// A checkout has one commit; muster fetches the base, and the action need not.
func TestActionFetchesTheBaseOfAShallowCheckout(t *testing.T) {
	j := newActJob(t)
	pull := j.pull()
	j.must(j.dir, "git", "checkout", "--quiet", "-b", "change")
	j.write("skill.txt", "0.5\n")
	j.commit()
	origin := filepath.Join(t.TempDir(), "origin.git")
	j.must(j.dir, "git", "clone", "--quiet", "--bare", j.dir, origin)
	clone := filepath.Join(t.TempDir(), "clone")
	j.must(j.dir, "git", "clone", "--quiet", "--depth=1", "--branch=change", "file://"+origin, clone)
	j.dir = clone

	out, err := j.act("pull_request", pull)
	if err == nil {
		t.Errorf("the job of a change that makes the model worse succeeded:\n%s", out)
	}
	mustContain(t, out, "verdict is deny")

	if err := os.RemoveAll(origin); err != nil {
		t.Fatal(err)
	}
	if out, err = j.act("pull_request", pull); err == nil {
		t.Errorf("the job of a change whose base is not known succeeded:\n%s", out)
	}
	mustContain(t, out, "the target branch main is not in this clone", "give actions/checkout fetch-depth: 0")
}

// Without a binary on the runner, the action builds one from its own source.
func TestActionBuildsItselfOnAct(t *testing.T) {
	j := newActJob(t)
	copySource(j.job, ".github/actions/muster")
	j.commit()
	if err := os.Remove(filepath.Join(j.bin, "muster")); err != nil {
		t.Fatal(err)
	}
	out, err := j.act("push", push)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	mustContain(t, out, "verdict is pass")
}

// copySource puts muster's own tracked and new files below dir.
func copySource(j *job, dir string) {
	j.Helper()
	for name := range strings.SplitSeq(j.must("..", "git", "ls-files", "--cached", "--others", "--exclude-standard"), "\n") {
		if name == "" || strings.HasPrefix(name, "examples/") {
			continue
		}
		in, err := os.Open(filepath.Join("..", name))
		if err != nil {
			continue // deleted, and not committed yet
		}
		data, err := io.ReadAll(in)
		in.Close()
		if err != nil {
			j.Fatal(err)
		}
		j.write(filepath.Join(dir, name), string(data))
	}
}

// The whole of it: a worse model is marked red and commented on, and the mended one turns
// check and comment. The host is the fake that is held to GitHub's description of its API.
func TestActionPublishesOnAct(t *testing.T) {
	publishes(newActJob(t))
}

// publishes returns what the last job printed.
func publishes(j *actJob) string {
	j.Helper()
	t := j.T
	host := githubtest.New(t)
	base := strings.TrimSpace(j.must(j.dir, "git", "rev-parse", "main"))
	j.must(j.dir, "git", "checkout", "--quiet", "-b", "change")
	job := func(skill string) (head, out string, err error) {
		j.write("skill.txt", skill)
		j.commit()
		head = strings.TrimSpace(j.must(j.dir, "git", "rev-parse", "HEAD"))
		if host.Comments(7) == nil {
			host.AddPull(githubtest.Pull{Number: 7, Head: head, Base: "main", Author: "ada"})
		} else {
			host.SetHead(7, head)
		}
		event := fmt.Sprintf(`{"number": 7, "pull_request": {"number": 7, "base": {"ref": "main", "sha": %q}, "head": {"ref": "change", "sha": %q}}, "repository": {"default_branch": "main"}}`, base, head)
		out, err = j.act("pull_request", event, "--env", "GITHUB_API_URL="+host.URL, "--env", "GITHUB_GRAPHQL_URL="+host.URL+"/graphql",
			"--env", "GITHUB_REPOSITORY="+githubtest.Repository, "--secret", "GITHUB_TOKEN="+githubtest.Token)
		return head, out, err
	}
	last := func() githubtest.Check { checks := host.Checks(); return checks[len(checks)-1] }

	head, out, err := job("0.5\n")
	if err == nil || len(host.Checks()) == 0 {
		t.Fatalf("the job of a worse model: %v\n%s", err, out)
	}
	mustContain(t, out, "verdict is deny")
	if check := last(); check.Commit != head || check.Conclusion != "failure" || check.Name != "muster / hosts" {
		t.Errorf("the check: %+v", check)
	}
	head, out, err = job("1.3\n")
	if err != nil {
		t.Fatalf("the job of the mended model: %v\n%s", err, out)
	}
	if check := last(); check.Commit != head || check.Conclusion != "success" {
		t.Errorf("the check: %+v", check)
	}
	comments := host.Comments(7)
	if len(comments) != 1 || !strings.Contains(comments[0].Body, "✅") {
		t.Errorf("the comments: %+v", comments)
	}
	if strings.Contains(out, githubtest.Token) {
		t.Error("the token is in the log")
	}
	mustContain(t, out, "published:")
	return out
}
