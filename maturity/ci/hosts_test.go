package ci_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/maturity/ci"
)

var update = flag.Bool("update", false, "write the wanted parts of the fixtures")

// readers are the hosts by the first word of a fixture's name.
var readers = map[string]func(string, []byte, ci.Options) ([]*ci.Pipeline, error){
	"jenkins": ci.Jenkins, "circleci": ci.CircleCI, "bitbucket": ci.Bitbucket, "buildkite": ci.Buildkite,
	"taskcluster": ci.Taskcluster, "travis": ci.Travis, "drone": ci.Drone, "woodpecker": ci.Woodpecker,
	"cloudbuild": ci.CloudBuild, "codebuild": ci.CodeBuild, "tekton": ci.Tekton, "gitlab": ci.GitLab,
	"taskclusterhook": one(ci.TaskclusterHook), "azure": azure, "github": readGitHub,
}

func one(read func(string, []byte, ci.Options) *ci.Pipeline) func(string, []byte, ci.Options) ([]*ci.Pipeline, error) {
	return func(file string, data []byte, opts ci.Options) ([]*ci.Pipeline, error) {
		return []*ci.Pipeline{read(file, data, opts)}, nil
	}
}

func azure(file string, data []byte, opts ci.Options) ([]*ci.Pipeline, error) {
	p, _, err := ci.Azure(file, data, opts)
	return []*ci.Pipeline{p}, err
}

func readGitHub(file string, data []byte, opts ci.Options) ([]*ci.Pipeline, error) {
	p, err := ci.GitHub(file, data, opts)
	return []*ci.Pipeline{p}, err
}

// show writes what was read as one line for each job and step.
func show(pipelines []*ci.Pipeline) string {
	var b strings.Builder
	for _, p := range pipelines {
		fmt.Fprintf(&b, "%s %v follows=%q idle=%q remote=%v\n", p.Path, p.Triggers, p.Follows, p.Idle, p.Remote)
		for _, j := range p.Jobs {
			fmt.Fprintf(&b, "%d %s %v", j.Line, j.ID, j.Triggers)
			for _, part := range []struct{ name, value string }{
				{"needs", strings.Join(j.Needs, ", ")}, {"off", j.Off}, {"swallowed", j.Swallowed}, {"environment", j.Environment}, {"image", j.Image}, {"uses", j.Uses},
			} {
				if part.value != "" {
					fmt.Fprintf(&b, " %s=%q", part.name, part.value)
				}
			}
			b.WriteString("\n")
			for _, s := range j.Steps {
				b.WriteString("  " + step(s) + "\n")
			}
		}
	}
	return b.String()
}

func step(s ci.Step) string {
	out := fmt.Sprintf("%d", max(s.RunLine, s.Line))
	if s.Dir != "" && s.Dir != "." {
		out += " in " + s.Dir
	}
	switch {
	case s.Run != "":
		out += fmt.Sprintf(" %q", strings.TrimSpace(s.Run))
	case len(s.Args) > 0:
		out += fmt.Sprintf(" %q", s.Args)
	default:
		out += " uses " + s.Uses
	}
	if s.ErrExit {
		out += " -e"
	}
	if s.PipeFail {
		out += " pipefail"
	}
	for _, why := range []string{s.Off, s.Swallowed} {
		if why != "" {
			out += " (" + why + ")"
		}
	}
	return out
}

// TestHosts reads one file of each host, and compares all that was understood.
func TestHosts(t *testing.T) {
	fixtures, err := filepath.Glob("testdata/hosts/*.txtar")
	if err != nil || len(fixtures) == 0 {
		t.Fatalf("fixtures: %v, %v", fixtures, err)
	}
	for _, name := range fixtures {
		base := strings.TrimSuffix(filepath.Base(name), ".txtar")
		host, _, _ := strings.Cut(base, "-")
		if base == "taskcluster-hook" {
			host = "taskclusterhook"
		}
		t.Run(base, func(t *testing.T) { hostFixture(t, name, readers[host]) })
	}
}

func hostFixture(t *testing.T, name string, read func(string, []byte, ci.Options) ([]*ci.Pipeline, error)) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	archive := txtar.Parse(data)
	files := map[string][]byte{}
	var names []string
	for _, f := range archive.Files {
		files[f.Name] = f.Data
		names = append(names, f.Name)
	}
	opts := ci.Options{Files: names, Include: func(file string) ([]byte, bool) { d, ok := files[file]; return d, ok }}
	pipelines, err := read(archive.Files[0].Name, archive.Files[0].Data, opts)
	if err != nil {
		t.Fatal(err)
	}
	last := &archive.Files[len(archive.Files)-1]
	got := show(pipelines)
	if *update {
		last.Data = []byte(got)
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if last.Name != "want" || !bytes.Equal(last.Data, []byte(got)) {
		t.Errorf("read (-want +got):\n%s", cmp.Diff(string(last.Data), got))
	}
}

// FuzzHosts reads any bytes as the file of each host: whatever comes out has
// lines of the file, and jobs with names.
func FuzzHosts(f *testing.F) {
	fixtures, err := filepath.Glob("testdata/hosts/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range fixtures {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		lines := bytes.Count(data, []byte("\n")) + 2
		opts := ci.Options{Include: func(string) ([]byte, bool) { return data, true }}
		for host, read := range readers {
			pipelines, err := read("Jenkinsfile", data, opts)
			if err != nil {
				continue
			}
			for _, p := range pipelines {
				if p != nil {
					checkLines(t, host, p, lines)
				}
			}
		}
	})
}

func checkLines(t *testing.T, host string, p *ci.Pipeline, lines int) {
	t.Helper()
	for _, j := range p.Jobs {
		for _, s := range j.Steps {
			if s.RunLine > lines || s.Line > lines || s.RunLine < 0 {
				t.Errorf("%s: a step of %q stands at line %d, %d of %d", host, j.ID, s.Line, s.RunLine, lines)
			}
		}
	}
}

func TestHostileFiles(t *testing.T) {
	for name, data := range map[string]string{
		"deep blocks":   strings.Repeat("stage('x') {\n", 20_000),
		"deep brackets": strings.Repeat("sh(", 20_000),
		"deep lists":    "steps: " + strings.Repeat("[", 5000),
		"deep if":       "tasks: " + strings.Repeat("{$if: a, then: ", 5000),
		"aliases":       "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nsteps: [*c, *c]\ntasks: *c\npipelines: {default: *c}\n",
		"self":          "steps: &s [*s]\n",
		"zeros":         "sh(\x00)\nstage('\x00') { (\x00 }\n\x00",
		"condition":     "steps: [{command: a, if: '" + strings.Repeat("(", 3000) + "'}]",
		"many":          "steps:\n" + strings.Repeat("- {command: a, depends_on: [b]}\n", 3000),
	} {
		for host, read := range readers {
			if list, err := read("Jenkinsfile", []byte(data), ci.Options{}); err == nil {
				for _, p := range list {
					if p != nil && len(p.Jobs) > 10_000 {
						t.Errorf("%s as %s: %d jobs", name, host, len(p.Jobs))
					}
				}
			}
		}
	}
}

// TestGitLabExtendsIsBounded reads jobs that each extend fifty others, which would
// be looked up fifty to the power of six times.
func TestGitLabExtendsIsBounded(t *testing.T) {
	var src, bases strings.Builder
	for i := range 50 {
		fmt.Fprintf(&bases, ".b%d, ", i)
	}
	for i := range 50 {
		fmt.Fprintf(&src, ".b%d: {extends: [%s]}\n", i, strings.TrimSuffix(bases.String(), ", "))
	}
	src.WriteString("test: {extends: .b0, script: [pytest]}\n")
	pipelines, err := ci.GitLab(".gitlab-ci.yml", []byte(src.String()), ci.Options{})
	if err != nil || len(pipelines) != 1 || len(pipelines[0].Jobs) != 1 {
		t.Errorf("pipelines %v, error %v; want one job", pipelines, err)
	}
}

// TestWhatCallsItself reads files that use themselves, or one another, many times on
// each of several levels: what comes of it is no power of the input.
func TestWhatCallsItself(t *testing.T) {
	many := func(line string) string { return strings.Repeat(line, 200) }
	for name, test := range map[string]struct {
		read func(string, []byte, ci.Options) ([]*ci.Pipeline, error)
		data string
	}{
		"templates of Azure": {azure, "steps:\n- script: pytest\n" + many("- template: azure-pipelines.yml\n")},
		"commands of CircleCI": {ci.CircleCI, "version: 2.1\nworkflows: {a: {jobs: [a]}}\njobs: {a: {docker: [{image: x}], steps: [a]}}\n" +
			"commands:\n  a:\n    steps:\n      - run: pytest\n" + many("      - a\n")},
		"children of GitLab": {ci.GitLab, "a: {script: [pytest]}\n" + numbered("b%d: {trigger: {include: c%d.yml}}\n", 40)},
		"stages of Jenkins":  {ci.Jenkins, strings.Repeat("stage('a') { sh script: 'pytest', returnStatus: true }\n", 5000)},
		"waits of Buildkite": {ci.Buildkite, "steps:\n" + strings.Repeat("- pytest\n", 3000) + "- wait\n" + strings.Repeat("- command: pytest\n", 3000)},
		"stages of Travis":   {ci.Travis, "jobs:\n  include:\n" + numbered("    - {stage: s%d, script: 'pytest %d'}\n", 5000)},
	} {
		t.Run(name, func(t *testing.T) {
			data := []byte(test.data)
			list, err := test.read("azure-pipelines.yml", data, ci.Options{Include: func(string) ([]byte, bool) { return data, true }})
			if err != nil || len(list) == 0 {
				t.Fatalf("%d pipelines, error %v", len(list), err)
			}
			jobs, steps, needs := 0, 0, 0
			for _, p := range list {
				jobs += len(p.Jobs)
				for _, j := range p.Jobs {
					steps, needs = steps+len(j.Steps), needs+len(j.Needs)
				}
			}
			if jobs > 10_000 || steps > 50_000 || needs > 5_000_000 {
				t.Errorf("%d bytes become %d jobs of %d steps, which need %d", len(data), jobs, steps, needs)
			}
		})
	}
}

// numbered repeats a line, with its number in place of each %d.
func numbered(line string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(line, "%d", strconv.Itoa(i)))
	}
	return b.String()
}
