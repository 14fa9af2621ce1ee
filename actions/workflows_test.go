package actions_test

import (
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
	"go.yaml.in/yaml/v3"
)

// workflowFile is what the tests read of a workflow.
type workflowFile struct {
	Permissions any
	Jobs        map[string]struct {
		Permissions any
		Steps       []struct {
			Uses, Run string
			With      map[string]any
		}
	}
}

// isWorkflow tells a workflow from a part of one, and from other YAML.
func isWorkflow(text string) bool {
	return regexp.MustCompile(`(?m)^on:`).MatchString(text) && regexp.MustCompile(`(?m)^jobs:`).MatchString(text)
}

// workflows are those that this repository has or shows, by where they are. What muster
// init writes is one of them: docs/workflows/muster.yml.
func workflows(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if name != ".." && name != ".github" && strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" {
				return filepath.SkipDir
			}
			return nil
		}
		switch filepath.Ext(name) {
		case ".yml", ".yaml":
			if text := read(t, path); isWorkflow(text) {
				found[path] = text
			}
		case ".md":
			for i, block := range yamlBlocks(read(t, path)) {
				if isWorkflow(block) {
					found[path+" block "+string(rune('1'+i))] = block
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// yamlBlocks are the YAML that a page shows.
func yamlBlocks(page string) []string {
	var blocks []string
	for _, found := range regexp.MustCompile("(?s)```ya?ml\n(.*?)\n```").FindAllStringSubmatch(page, -1) {
		blocks = append(blocks, found[1]+"\n")
	}
	return blocks
}

// pinned is a foreign action by its commit, with the version as a comment.
var pinned = regexp.MustCompile(`uses: [\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+`)

func TestWorkflowsAreSound(t *testing.T) {
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	action := readAction(t)
	all := workflows(t)
	for _, must := range []string{"../.github/workflows/ci.yml", "../docs/workflows/muster.yml", "../docs/workflows/muster-forks.yml"} {
		if all[must] == "" {
			t.Errorf("%s was not found", must)
		}
	}
	if !slices.ContainsFunc(slices.Collect(maps.Keys(all)), func(place string) bool { return strings.HasPrefix(place, "../README.md") }) {
		t.Error("README.md shows no workflow")
	}
	for place, text := range all {
		problems, err := linter.Lint("workflow.yml", []byte(text), nil)
		if err != nil {
			t.Errorf("%s: %v", place, err)
		}
		for _, problem := range problems {
			t.Errorf("%s: %v", place, problem)
		}
		var file workflowFile
		if err := yaml.Unmarshal([]byte(text), &file); err != nil {
			t.Fatalf("%s: %v", place, err)
		}
		checkWorkflow(t, place, file, action)
		for line := range strings.SplitSeq(text, "\n") {
			if strings.Contains(line, "uses: ") && !strings.Contains(line, "uses: ./") && !strings.Contains(line, "muster-ci/muster@main") && !pinned.MatchString(line) {
				t.Errorf("%s: not pinned by a commit: %s", place, line)
			}
		}
	}
}

// checkWorkflow holds what actionlint cannot know, or does not ask for.
func checkWorkflow(t *testing.T, place string, file workflowFile, action actionFile) {
	t.Helper()
	if file.Permissions == nil {
		t.Errorf("%s does not say which permissions it has", place)
	}
	for _, job := range file.Jobs {
		for _, step := range job.Steps {
			if strings.Contains(step.Run, "${{") {
				t.Errorf("%s: an expression in a script: %s", place, step.Run)
			}
			for name := range step.With {
				if _, known := action.Inputs[name]; !known && strings.HasPrefix(step.Uses, "muster-ci/muster@") {
					t.Errorf("%s: the action has no input %s", place, name)
				}
			}
		}
	}
}

// A workflow that a page shows is a file beside it, to the last byte.
func TestPagesShowTheWorkflowsAsTheyAre(t *testing.T) {
	files, err := filepath.Glob("../docs/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatal(err, "there are no workflows")
	}
	blocks := yamlBlocks(read(t, "../docs/github.md"))
	for _, path := range files {
		text := read(t, path)
		found := false
		for _, block := range blocks {
			found = found || block == text
		}
		if !found {
			t.Errorf("docs/github.md does not show %s as it is", filepath.Base(path))
		}
	}
}

// The page has each input with its default, and each output.
func TestThePageHasInputsAndOutputs(t *testing.T) {
	action, page := readAction(t), read(t, "../docs/github.md")
	for name, in := range action.Inputs {
		line := "| `" + name + "` | "
		if in.Default != "" && name != "token" {
			line += "`" + in.Default + "` |"
		}
		if !strings.Contains(page, line) {
			t.Errorf("docs/github.md has no line %s", line)
		}
	}
	for name := range action.Outputs {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("docs/github.md has no output %s", name)
		}
	}
}

// Never does a workflow that has the base's rights check out what a change brings.
func TestNoWorkflowGivesAChangeTheBasesRights(t *testing.T) {
	for place, text := range workflows(t) {
		if strings.Contains(text, "pull_request_target") {
			t.Errorf("%s has pull_request_target", place)
		}
		if strings.Contains(text, "workflow_run:") && strings.Contains(text, "ref: ") {
			t.Errorf("%s checks something out in the default branch's name", place)
		}
	}
}
