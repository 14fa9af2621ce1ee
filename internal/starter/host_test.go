package starter_test

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rhysd/actionlint"
	"go.yaml.in/yaml/v3"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/starter"
)

// hostile is a name of a folder that means something to YAML, GitHub and a shell.
const hostile = "my 'model' #1: ${{ github.token }} \"x\" $(id)"

func TestWorkflow(t *testing.T) {
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{".", "models/churn", "models/" + hostile} {
		workflow := starter.Workflow(folder, starter.By{Version: "v1.2.3", Commit: strings.Repeat("a", 40)})
		problems, err := linter.Lint("muster.yml", workflow, nil)
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %v %v\n%s", folder, err, problems, workflow)
		}
		if bytes.Contains(workflow, []byte("github.token")) {
			t.Errorf("a name became an expression:\n%s", workflow)
		}
	}
}

// A release names itself by its commit and its version, and another build by no more than the branch.
func TestWorkflowNamesTheActionThatWroteIt(t *testing.T) {
	a := strings.Repeat("a", 40)
	for _, c := range []struct {
		by   starter.By
		want string
	}{
		{starter.By{Version: "v1.2.3", Commit: a}, "muster@" + a + " # v1.2.3\n        with: {version: v1.2.3, working-directory: models/churn}\n"},
		{starter.By{Version: "v1.2.3"}, "muster@main # built from its source there\n        with: {working-directory: models/churn}\n"},
		{starter.By{Version: "v1.2.3-4-gabcdef0", Commit: a}, "muster@main # "},
		{starter.By{Version: "dev", Commit: a}, "muster@main # "},
	} {
		if got := string(starter.Workflow("models/churn", c.by)); !strings.Contains(got, c.want) || !strings.Contains(got, "contents: write") {
			t.Errorf("%+v:\n%s", c.by, got)
		}
	}
}

// What muster init writes is what the documentation has.
func TestWorkflowIsThatOfTheDocumentation(t *testing.T) {
	documented, err := os.ReadFile("../../docs/workflows/muster.yml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(documented), string(starter.Workflow(".", starter.By{}))); diff != "" {
		t.Error(diff)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(readme, []byte("```yaml\n"+string(documented)+"```")) {
		t.Errorf("README.md does not show\n%s", documented)
	}
}

func TestInclude(t *testing.T) {
	for folder, want := range map[string]string{".": "", "models/churn": "models/churn/", hostile: hostile + "/"} {
		var doc struct {
			Include []struct {
				Remote string
				Inputs struct{ Folder, Engine string }
			}
		}
		text := starter.Include(folder)
		if err := yaml.Unmarshal(text, &doc); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if len(doc.Include) != 1 || !strings.HasSuffix(doc.Include[0].Remote, "/templates/muster.yml") || doc.Include[0].Inputs.Folder != want || doc.Include[0].Inputs.Engine != "dind" {
			t.Errorf("%+v in\n%s", doc, text)
		}
	}
}

// The page for GitLab shows what is written, and so does the README.
func TestIncludeIsOnThePage(t *testing.T) {
	text := string(starter.Include("."))
	from, to := strings.Index(text, "include:"), strings.LastIndex(text, "# The registry")
	for _, name := range []string{"docs/gitlab.md", "README.md"} {
		page, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		if from < 0 || to < from || !bytes.Contains(page, []byte("```yaml\n"+text[from:to]+"```")) {
			t.Errorf("%s does not show\n%s", name, text)
		}
	}
}

// A muster.yaml for jobs has a registry that muster opens, and the pipeline's name.
func TestInJobs(t *testing.T) {
	text := []byte("# A first pipeline.\nversion: 1\nstages: {a: {run: x}}\n")
	for folder, want := range map[string]string{
		"wine": "wine", "42": "42", "my model": "my-model", hostile: "my-model-1-github.token-x-id-",
		".hidden": "elsewhere", // no pipeline can be called so: it is named by where it lies
	} {
		cfg, err := config.Parse("muster.yaml", "elsewhere", starter.InJobs(text, folder))
		if err != nil {
			t.Fatal(err)
		}
		if cfg.Registry.Git == nil || cfg.Registry.Git.Branch != "muster/models" || cfg.Name != want {
			t.Errorf("%q: pipeline %q, registry %+v", folder, cfg.Name, cfg.Registry)
		}
	}
}
