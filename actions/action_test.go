package actions_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// actionFile is what the tests read of action.yml, by GitHub's "Metadata syntax for GitHub Actions".
type actionFile struct {
	Inputs  map[string]struct{ Description, Default string }
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []struct {
			Name, If, Shell, Run, Uses string
			Env, With                  map[string]string
		}
	}
}

func readAction(t *testing.T) actionFile {
	t.Helper()
	var action actionFile
	decoder := yaml.NewDecoder(strings.NewReader(read(t, "../action.yml")))
	if err := decoder.Decode(&action); err != nil {
		t.Fatal(err)
	}
	return action
}

// Each input and output says what type it has, and each input is used.
func TestActionIsDocumented(t *testing.T) {
	action, text := readAction(t), read(t, "../action.yml")
	if action.Runs.Using != "composite" {
		t.Errorf("the action is %s", action.Runs.Using)
	}
	for name, in := range action.Inputs {
		if in.Description == "" || !strings.Contains(text, "inputs."+name+" ") {
			t.Errorf("the input %s has the description %q, and must be used", name, in.Description)
		}
	}
	for name, out := range action.Outputs {
		if !strings.Contains(out.Description, ": ") || !strings.HasPrefix(out.Value, "${{ steps.") {
			t.Errorf("the output %s: %+v", name, out)
		}
	}
}

// What is used of others is named by a commit, and no expression gets into a script.
func TestActionIsClosed(t *testing.T) {
	for _, step := range readAction(t).Runs.Steps {
		if strings.Contains(step.Run, "${{") {
			t.Errorf("%s: an expression in a script is run as one: %s", step.Name, step.Run)
		}
		if script, ok := strings.CutPrefix(step.Run, `bash "$GITHUB_ACTION_PATH/`); ok {
			if _, err := os.Stat(filepath.Join("..", strings.TrimSuffix(script, `"`))); err != nil {
				t.Errorf("%s: %v", step.Name, err)
			}
		} else if step.Uses == "" {
			t.Errorf("%s runs no script of scripts/action: %s", step.Name, step.Run)
		}
	}
	text := read(t, "../action.yml")
	if all, pinned := strings.Count(text, "uses: "), len(uses.FindAllString(text, -1)); all == 0 || all != pinned {
		t.Errorf("%d of %d actions are pinned by a commit, with the version as a comment", pinned, all)
	}
}

// script runs one of the action's scripts as a step does, and returns what it printed.
func script(t *testing.T, name string, env map[string]string) (string, error) {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal(err)
	}
	path, err := filepath.Abs("../scripts/action/" + name)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), bash, path)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	for key, value := range env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func planEnv(t *testing.T, change map[string]string) map[string]string {
	t.Helper()
	env := map[string]string{
		"WORKING_DIRECTORY": ".", "EXECUTOR": "", "MIN_LEVEL": "0", "PUBLISH_REQUIRED": "false", "INSTALL_ONLY": "false", "CACHE": "true", "ARTIFACT": "muster-report",
		"DEFAULT_BRANCH": "main", "JOB_INDEX": "0", "RUNNER_OS": "Linux", "RUNNER_ARCH": "X64", "GITHUB_SERVER_URL": "https://github.com",
		"GITHUB_REF": "refs/heads/main", "GITHUB_EVENT_NAME": "push", "GITHUB_RUN_ID": "42", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_JOB": "model",
		"GITHUB_OUTPUT": filepath.Join(t.TempDir(), "output"),
	}
	maps.Copy(env, change)
	return env
}

// digests are replaced, so that a table can be read: each by its number of appearance.
var digests = regexp.MustCompile(`\b[0-9a-f]{12}\b`)

func plan(t *testing.T, change map[string]string) string {
	t.Helper()
	env := planEnv(t, change)
	if out, err := script(t, "plan.sh", env); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return read(t, env["GITHUB_OUTPUT"])
}

func planWithoutDigests(t *testing.T, change map[string]string) string {
	t.Helper()
	var seen []string
	return digests.ReplaceAllStringFunc(plan(t, change), func(digest string) string {
		if !slices.Contains(seen, digest) {
			seen = append(seen, digest)
		}
		return fmt.Sprintf("digest%d", slices.Index(seen, digest)+1)
	})
}

// Whose cache a job gets, and whether it may leave one.
func TestActionKeepsCachesApart(t *testing.T) {
	const report = "upload=true\nartifact=muster-report\n"
	const own = "run=true\ncache=true\nsave=true\nkey=muster-1-Linux-X64-root-change-digest1-42-1-digest2\n"
	const main = "key=muster-1-Linux-X64-root-default-42-1-digest1\nrestore-keys<<keys\nmuster-1-Linux-X64-root-default-\nkeys\n"
	const change = own + "restore-keys<<keys\nmuster-1-Linux-X64-root-change-digest1-\nmuster-1-Linux-X64-root-default-\nkeys\n"
	for name, c := range map[string]struct {
		env  map[string]string
		want string
	}{
		"push to the default branch": {nil, "run=true\ncache=true\nsave=true\n" + main + report},
		"schedule":                   {map[string]string{"GITHUB_EVENT_NAME": "schedule"}, "run=true\ncache=true\nsave=true\n" + main + report},
		"no cache":                   {map[string]string{"CACHE": "false"}, "run=true\ncache=false\nsave=false\n" + main + report},
		// Each of these runs in the default branch's name, and may have checked out a change.
		"workflow_run":        {map[string]string{"GITHUB_EVENT_NAME": "workflow_run"}, "run=true\ncache=true\nsave=false\n" + main + report},
		"pull_request_target": {map[string]string{"GITHUB_EVENT_NAME": "pull_request_target"}, "run=true\ncache=true\nsave=false\n" + main + report},
		"issue_comment":       {map[string]string{"GITHUB_EVENT_NAME": "issue_comment"}, "run=true\ncache=true\nsave=false\n" + main + report},
		"pull request": {
			map[string]string{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_REF": "refs/pull/7/merge", "GITHUB_BASE_REF": "main"},
			own + "restore-keys<<keys\nmuster-1-Linux-X64-root-change-digest1-\nmuster-1-Linux-X64-root-change-digest3-\nmuster-1-Linux-X64-root-default-\nkeys\n" + report,
		},
		"merge queue":  {map[string]string{"GITHUB_EVENT_NAME": "merge_group", "GITHUB_REF": "refs/heads/gh-readonly-queue/main/pr-7-abc"}, change + report},
		"other branch": {map[string]string{"GITHUB_REF": "refs/heads/main,default $(id)\nkeys\nkey=x"}, change + report},
		"tag":          {map[string]string{"GITHUB_REF": "refs/tags/main"}, change + report},
		"enterprise cloud": {
			map[string]string{"GITHUB_SERVER_URL": "https://acme.ghe.com"}, "run=true\ncache=true\nsave=true\n" + main + report,
		},
		"enterprise server": {
			map[string]string{"GITHUB_SERVER_URL": "https://github.acme.example"}, "run=true\ncache=true\nsave=true\n" + main + "upload=false\nartifact=\n",
		},
		"no artifact": {map[string]string{"ARTIFACT": ""}, "run=true\ncache=true\nsave=true\n" + main + "upload=false\nartifact=\n"},
	} {
		if diff := cmp.Diff(c.want, planWithoutDigests(t, c.env)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	for name, value := range map[string]string{"JOB_INDEX": "1", "GITHUB_JOB": "other", "GITHUB_RUN_ATTEMPT": "2", "RUNNER_ARCH": "ARM64"} {
		if a, b := plan(t, map[string]string{name: value}), plan(t, nil); a == b {
			t.Errorf("with the %s %s, two jobs would save under one key: %s", name, value, a)
		}
	}
}

// A folder of the repository has a cache and an artifact of its own.
func TestActionInAFolder(t *testing.T) {
	dir := t.TempDir() // the script is in no repository here, so that an absolute path stands for a folder
	got := planWithoutDigests(t, map[string]string{"WORKING_DIRECTORY": dir})
	name := strings.ReplaceAll(dir, "/", "-")
	if !strings.Contains(got, "key=muster-1-Linux-X64-digest1-default-") || !strings.Contains(got, "artifact=muster-report-"+name+"\n") {
		t.Error(got)
	}
}

func TestActionOnlyInstalls(t *testing.T) {
	env := planEnv(t, map[string]string{"INSTALL_ONLY": "true"})
	if out, err := script(t, "plan.sh", env); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if text, err := os.ReadFile(env["GITHUB_OUTPUT"]); err == nil {
		t.Errorf("later steps are told %s", text)
	}
	for _, step := range readAction(t).Runs.Steps[2:] {
		if !strings.Contains(step.If, "steps.plan.outputs.") && !strings.Contains(step.If, "steps.tidy.outputs.") {
			t.Errorf("%s runs whatever the plan says: %s", step.Name, step.If)
		}
	}
}

func TestActionRefusesInputs(t *testing.T) {
	for name, change := range map[string]map[string]string{
		"cache": {"CACHE": "yes"}, "publish-required": {"PUBLISH_REQUIRED": ""}, "install-only": {"INSTALL_ONLY": "no"}, "min-level": {"MIN_LEVEL": "5"}, "executor": {"EXECUTOR": "podman"},
		"artifact": {"ARTIFACT": "a\nkey=b"}, "working-directory": {"WORKING_DIRECTORY": "no\n::set-output name=verdict::pass"},
	} {
		env := planEnv(t, change)
		out, err := script(t, "plan.sh", env)
		if err == nil || !strings.Contains(out, "::error title=muster::the input "+name+" is ") || strings.Count(out, "\n") != 1 {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// releases is a server that has one release of muster, a script.
type releases struct {
	*testing.T
	mu       sync.Mutex // of the files: the server reads what a test changes
	files    map[string][]byte
	env      map[string]string
	bin, log string
}

const archive = "muster_1.2.3_linux_amd64.tar.gz"

func newReleases(t *testing.T) *releases {
	t.Helper()
	r := &releases{T: t, bin: t.TempDir(), log: filepath.Join(t.TempDir(), "gh")}
	packed := pack(t, "muster", "#!/bin/sh\necho muster 1.2.3 of the release\n")
	r.files = map[string][]byte{
		archive:            packed,
		"checksums.txt":    fmt.Appendf(nil, "%x  muster_1.2.3_linux_arm64.tar.gz\n%x  %s\n", sha256.Sum256(nil), sha256.Sum256(packed), archive),
		"provenance.jsonl": []byte("{}\n"),
	}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		name, ok := strings.CutPrefix(req.URL.Path, "/acme/muster/releases/download/v1.2.3/")
		r.mu.Lock()
		defer r.mu.Unlock()
		if data := r.files[name]; ok && data != nil {
			_, _ = w.Write(data)
			return
		}
		http.NotFound(w, req)
	}))
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bash", "curl", "tar", "gzip", "awk", "cut", "mktemp", "sha256sum", "cat", "rm", "mkdir"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatalf("%v; this test installs muster as a runner does: apt-get install %s", err, name)
		}
		if err := os.Symlink(path, filepath.Join(r.bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	r.env = map[string]string{
		"PATH": r.bin, "CURL_CA_BUNDLE": ca, "RUNNER_TEMP": t.TempDir(), "GITHUB_PATH": filepath.Join(t.TempDir(), "path"),
		"RUNNER_OS": "Linux", "RUNNER_ARCH": "X64", "GITHUB_SERVER_URL": server.URL, "ACTION_REPOSITORY": "acme/muster",
		"GITHUB_ACTION_PATH": t.TempDir(), "GH_TOKEN": "secret of " + server.URL,
	}
	return r
}

// program puts a program of that name on the runner.
func (r *releases) program(name, text string) {
	r.Helper()
	if err := os.WriteFile(filepath.Join(r.bin, name), []byte("#!/bin/bash\n"+text+"\n"), 0o755); err != nil {
		r.Fatal(err)
	}
}

// pack makes a tar.gz with one program.
func pack(t *testing.T, name, text string) []byte {
	t.Helper()
	var buf bytes.Buffer
	zipped := gzip.NewWriter(&buf)
	packed := tar.NewWriter(zipped)
	if err := packed.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(text))}); err != nil {
		t.Fatal(err)
	}
	if _, err := packed.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := packed.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestActionInstallsARelease(t *testing.T) {
	const commit = "0123456789012345678901234567890123456789"
	for name, env := range map[string]map[string]string{
		"the action is named by its tag": {"ACTION_REF": "v1.2.3"},
		"the version is an input":        {"VERSION": "v1.2.3", "ACTION_REF": commit},
	} {
		r := newReleases(t)
		maps.Copy(r.env, env)
		r.program("gh", `echo "${GH_TOKEN-no token}" "$@" >`+r.log)
		out, err := script(t, "install.sh", r.env)
		if err != nil || !strings.Contains(out, "muster 1.2.3 of the release") {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		if _, err := os.Stat(filepath.Join(strings.TrimSpace(read(t, r.env["GITHUB_PATH"])), "muster")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		want := "no token attestation verify " + archive + " --bundle provenance.jsonl --repo acme/muster" +
			" --signer-workflow acme/muster/.github/workflows/release.yml --source-ref refs/tags/v1.2.3 --deny-self-hosted-runners"
		if env["ACTION_REF"] == commit {
			want += " --source-digest " + commit
		}
		if diff := cmp.Diff(want+"\n", read(t, r.log)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestActionRefusesARelease(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*releases)
		want   string
	}{
		"another archive": {func(r *releases) { r.files[archive] = pack(r.T, "muster", "#!/bin/sh\nid\n") }, "has the SHA-256"},
		"no checksum":     {func(r *releases) { r.files["checksums.txt"] = []byte("x  y\n") }, "has no checksum for " + archive},
		"two checksums": {func(r *releases) {
			r.files["checksums.txt"] = append(r.files["checksums.txt"], fmt.Sprintf("%064d  %s\n", 0, archive)...)
		}, "has no checksum for"},
		"no checksums":        {func(r *releases) { delete(r.files, "checksums.txt") }, "could not be had"},
		"no archive":          {func(r *releases) { delete(r.files, archive) }, "could not be had"},
		"no provenance":       {func(r *releases) { r.program("gh", "exit 0"); delete(r.files, "provenance.jsonl") }, "the provenance of v1.2.3 could not be had"},
		"another's":           {func(r *releases) { r.program("gh", "exit 1") }, "is not what the release workflow of acme/muster built from v1.2.3"},
		"a version for shell": {func(r *releases) { r.env["VERSION"] = "v1.2.3/../../$(id)\n::set-output name=a::b" }, "which is no release"},
		"another processor":   {func(r *releases) { r.env["RUNNER_ARCH"] = "ARM" }, "no binary is released for Linux on ARM"},
		"no TLS": {func(r *releases) {
			r.env["DOWNLOAD_URL"] = strings.Replace(r.env["GITHUB_SERVER_URL"], "https:", "http:", 1)
		}, "could not be had"},
	} {
		r := newReleases(t)
		r.env["VERSION"] = "v1.2.3"
		r.mu.Lock()
		c.change(r)
		r.mu.Unlock()
		if r.env["DOWNLOAD_URL"] == "" { // else github.com is tried as well
			r.env["DOWNLOAD_URL"] = r.env["GITHUB_SERVER_URL"] + "/acme/muster/releases/download"
		}
		out, err := script(t, "install.sh", r.env)
		if err == nil || !strings.Contains(out, "::error title=muster::") || !strings.Contains(out, c.want) || strings.Contains(out, "of the release") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if _, err := os.Stat(r.env["GITHUB_PATH"]); err == nil {
			t.Errorf("%s: it is on the path", name)
		}
	}
}

// A muster that is there is taken, unless another version is asked for.
func TestActionTakesTheMusterThatIsThere(t *testing.T) {
	for _, c := range []struct{ version, there, want string }{
		{"", "muster 0.9.0 (x)", "muster 0.9.0 (x)\n"},
		{"v1.2.3", "muster v1.2.3 (x)", "muster v1.2.3 (x)\n"},
		{"v1.2.3", "muster 0.9.0 (x)", "gh is not there: " + archive + " is believed by its checksum alone\nmuster 1.2.3 of the release\n"},
	} {
		r := newReleases(t)
		r.program("muster", "echo '"+c.there+"'")
		r.env["VERSION"] = c.version
		out, err := script(t, "install.sh", r.env)
		if diff := cmp.Diff(c.want, out); diff != "" || err != nil {
			t.Errorf("%+v: %v\n%s", c, err, diff)
		}
	}
}

func TestActionSaysThatNothingIsThere(t *testing.T) {
	r := newReleases(t)
	out, err := script(t, "install.sh", r.env)
	if err == nil || !strings.Contains(out, "there is neither muster nor Go") {
		t.Errorf("%v\n%s", err, out)
	}
}
