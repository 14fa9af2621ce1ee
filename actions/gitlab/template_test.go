package gitlab_test

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/muster-ci/muster/actions/gitlab/gitlabtest"
	"github.com/muster-ci/muster/internal/jobtest"
)

// The tests here run the component on gitlab-ci-local, which executes GitLab's jobs,
// with the fake in the place of GitLab.

// tool finds gitlab-ci-local, which scripts/setup.sh installs.
func tool(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../.tools/bin/gitlab-ci-local")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatal("gitlab-ci-local is not there; in CI this test must run: scripts/setup.sh gitlab-ci-local")
	}
	t.Skip("gitlab-ci-local is not there; to run this test: scripts/setup.sh gitlab-ci-local")
	return ""
}

// program is removed when all tests have ended.
var program jobtest.Program

func TestMain(m *testing.M) {
	code := m.Run()
	program.Remove()
	os.Exit(code)
}

// project is a repository with a pipeline, and a registry that outlives its jobs.
type project struct {
	*testing.T
	dir, folder, registry string
	env                   []string
	runner                []string // how gitlab-ci-local runs jobs
}

// newRepository makes the repository on its default branch, with the component.
func newRepository(t *testing.T, files map[string]string) *project {
	t.Helper()
	if testing.Short() {
		t.Skip("runs whole CI jobs; leave -short out")
	}
	p := &project{T: t, dir: filepath.Join(t.TempDir(), "repository"), registry: filepath.Join(t.TempDir(), "registry")}
	p.runner = []string{"--force-shell-executor", "--shell-isolation"}
	// These tests may themselves run in a CI job, whose variables are not the job's here.
	// A container has no locale, and what a stage of this machine makes depends on it.
	p.env = append(os.Environ(), "CI=", "GITHUB_ACTIONS=", "GITLAB_CI=", "LANG=", "LC_ALL=", "TZ=", "MUSTER_REGISTRY="+p.registry,
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.org", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.org")
	template, err := os.ReadFile("../../templates/muster.yml")
	if err != nil {
		t.Fatal(err)
	}
	p.write("templates/muster.yml", string(template))
	p.write(".gitignore", ".gitlab-ci-local/\n.muster/\nmodel.txt\npredictions.csv\n")
	for name, text := range files {
		p.write(name, text)
	}
	p.must("git", "init", "--quiet", "--initial-branch=main")
	p.must("git", "remote", "add", "origin", "https://gitlab.example.com/acme/tumours.git")
	p.commit()
	return p
}

// newProject is a repository with a pipeline, and a champion of skill 1.
func newProject(t *testing.T, folder string, files map[string]string) *project {
	t.Helper()
	p := newRepository(t, files)
	p.folder, p.env = folder, append(p.env, "PATH="+program.Folder(t)+":"+os.Getenv("PATH"))
	p.write(folder+"muster.yaml", jobtest.Pipeline)
	p.write(folder+"predict.awk", jobtest.Predict)
	p.write(folder+"skill.txt", "1.0\n")
	p.commit()
	for _, args := range [][]string{{"models", "init"}, {"run", "--quiet", "--executor", "process"}, {"gate", "--executor", "process"}, {"promote"}} {
		p.must("muster", append([]string{"--file", folder + "muster.yaml"}, args...)...)
	}
	return p
}

func (p *project) write(name, text string) {
	p.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		p.Fatal(err)
	}
}

// commit commits all, and returns the commit.
func (p *project) commit() string {
	p.Helper()
	p.must("git", "add", ".")
	p.must("git", "commit", "--quiet", "--message", "change")
	return p.head("HEAD")
}

func (p *project) head(ref string) string {
	p.Helper()
	return strings.TrimSpace(p.must("git", "rev-parse", ref))
}

// do runs a program in the repository and returns what it printed.
func (p *project) do(name string, args ...string) (string, error) {
	var out bytes.Buffer
	cmd := exec.CommandContext(p.Context(), name, args...)
	if name == "muster" {
		cmd = exec.CommandContext(p.Context(), filepath.Join(program.Folder(p.T), name), args...)
	}
	cmd.Dir, cmd.Env = p.dir, p.env
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

func (p *project) must(name string, args ...string) string {
	p.Helper()
	out, err := p.do(name, args...)
	if err != nil {
		p.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return out
}

// ci runs the jobs of a pipeline. The variables are what GitLab would set; a local
// runner takes some of them for its own.
func (p *project) ci(source string, variables ...string) (string, error) {
	p.Helper()
	args := append([]string{"--json-schema-validation=false", "--ignore-predefined-vars", "CI_API_V4_URL,CI_PROJECT_ID,CI_PIPELINE_SOURCE,CI_DEFAULT_BRANCH,GITLAB_CI"}, p.runner...)
	for _, v := range append([]string{"CI_PIPELINE_SOURCE=" + source, "CI_DEFAULT_BRANCH=main", "GITLAB_CI=true", "MUSTER_REGISTRY=" + p.registry}, variables...) {
		args = append(args, "--variable", v)
	}
	return p.do(tool(p.T), args...)
}

// change runs the pipeline of a merge request into main.
func (p *project) change(variables ...string) (string, error) {
	p.Helper()
	return p.ci("merge_request_event", append([]string{
		"CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main", "CI_MERGE_REQUEST_TARGET_BRANCH_SHA=" + p.head("main"),
		"CI_MERGE_REQUEST_IID=3", "CI_MERGE_REQUEST_PROJECT_ID=7", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID=7", "CI_PROJECT_ID=7",
	}, variables...)...)
}

func (p *project) versions() string {
	p.Helper()
	return p.must("muster", "--file", p.folder+"muster.yaml", "models", "list")
}

func mustContain(t *testing.T, out string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(out, want) {
			t.Errorf("there is no %q in:\n%s", want, out)
		}
	}
}

func mustNotContain(t *testing.T, out string, refused ...string) {
	t.Helper()
	for _, text := range refused {
		if strings.Contains(out, text) {
			t.Errorf("there is %q in:\n%s", text, out)
		}
	}
}

const component = `include:
  - component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/muster@$CI_COMMIT_SHA
    inputs: {job: tumours, folder: model/, engine: none, args: --quiet}
`

// merge asks the fake to merge !3, as a person would by the button.
func merge(t *testing.T, s *gitlabtest.Server) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, s.URL+"/projects/7/merge_requests/3/merge", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Private-Token", "maintainer")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

// A change that makes the model worse fails its job and cannot be merged; the mended one
// passes, says so in the same note, and can. Only the default branch promotes.
func TestComponent(t *testing.T) {
	blocksAndPromotes(newProject(t, "model/", map[string]string{".gitlab-ci.yml": component}))
}

// blocksAndPromotes returns what the last job printed.
func blocksAndPromotes(p *project) string {
	p.Helper()
	t := p.T
	s := gitlabtest.New(t)
	s.Grant(secret, gitlabtest.Grant{User: "muster-bot", Role: gitlabtest.Reporter})
	s.Grant("maintainer", gitlabtest.Grant{User: "bo", Role: gitlabtest.Maintainer})
	pushed := func(skill string, pipeline int) (string, bool) {
		p.write("model/skill.txt", skill+"\n")
		head := p.commit()
		if pipeline == 1 {
			s.Open(gitlabtest.MergeRequest{IID: 3, SHA: head})
		} else {
			s.Push(3, head)
		}
		s.Run(gitlabtest.Pipeline{ID: pipeline, SHA: head, Jobs: "running"})
		out, err := p.change("CI_API_V4_URL="+s.URL, "CI_PIPELINE_ID="+strconv.Itoa(pipeline), "MUSTER_TOKEN="+secret)
		s.End(pipeline, err == nil)
		return out, err == nil
	}
	p.must("git", "checkout", "--quiet", "-b", "change")
	out, passed := pushed("0.5", 1)
	if passed {
		t.Errorf("the job of a change that makes the model worse succeeded:\n%s", out)
	}
	mustContain(t, out, "denied", "roc_auc")
	mustNotContain(t, out, "tumours-main", "tumours-schedule", secret)
	note := theNote(t, s)
	mustContain(t, note.Body, "<!-- muster:hosts", "denied", "roc_auc")
	if code := merge(t, s); code != http.StatusMethodNotAllowed {
		t.Errorf("merging a denied change answers %d, want 405", code)
	}

	if out, passed = pushed("1.3", 2); !passed {
		t.Errorf("the job of a better model failed:\n%s", out)
	}
	again := theNote(t, s)
	if again.ID != note.ID || again.Body == note.Body {
		t.Errorf("the note %d is %d now, and says\n%s", note.ID, again.ID, again.Body)
	}
	mustNotContain(t, p.versions(), "v2")
	if code := merge(t, s); code != http.StatusOK {
		t.Errorf("merging a mended change answers %d, want 200", code)
	}

	p.must("git", "checkout", "--quiet", "main")
	p.must("git", "merge", "--quiet", "change")
	out, err := p.ci("push", "CI_API_V4_URL="+s.URL, "MUSTER_TOKEN="+secret, "CI_PROJECT_ID=7")
	if err != nil {
		t.Errorf("the job on the default branch: %v\n%s", err, out)
	}
	mustContain(t, out, "tumours-main")
	mustContain(t, p.versions(), "v2")
	return out
}

const secret = "glpat-very-secret"

// theNote is the one that muster wrote.
func theNote(t *testing.T, s *gitlabtest.Server) gitlabtest.Note {
	t.Helper()
	list := s.Notes(3)
	if len(list) != 1 || list[0].Author != "muster-bot" {
		t.Fatalf("there are %d notes: %+v\nrequests: %q", len(list), list, s.Log())
	}
	return list[0]
}
