package cli

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/remedy"
	"github.com/muster-ci/muster/maturity/rubric"
)

// dimensions are the names of the rubric's dimensions.
var dimensions = map[string]string{"P": "people", "C": "code and CI", "D": "data", "M": "model creation", "R": "model release", "O": "operations"}

// criteriaPages makes a page for each criterion of the rubric, and their index.
func criteriaPages(t *testing.T, pages map[string][]byte) {
	t.Helper()
	r, err := rubric.Bundled()
	if err != nil {
		t.Fatal(err)
	}
	var index strings.Builder
	fmt.Fprintf(&index, "# The %d criteria\n\nMade of the rubric, version %s: [`maturity/rubric/`](../../maturity/rubric). `muster score --explain CRITERION` says\n"+
		"how one is answered in a repository; [How a repository is scored](../maturity.md) what a level takes.\n", len(r.Criteria), r.Version)
	level := 0
	for _, c := range r.Criteria {
		if c.Level != level {
			level = c.Level
			fmt.Fprintf(&index, "\n## Level %d\n\n| criterion | question | dimension | weight | core |\n| --- | --- | --- | --- | --- |\n", level)
		}
		core := ""
		if c.Core {
			core = "yes"
		}
		fmt.Fprintf(&index, "| [`%s`](%s.md) | %s | %s | %g | %s |\n", c.ID, c.ID, cell(c.Question), dimensions[c.Dimension], c.Weight, core)
		pages["criteria/"+c.ID+".md"] = []byte(criterionPage(t, c))
	}
	pages["criteria/README.md"] = []byte(index.String())
}

func criterionPage(t *testing.T, c rubric.Criterion) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n", c.ID, prosed(c.Question))
	if c.Why != "" {
		fmt.Fprintf(&b, "\n**Why it matters.** %s\n", prosed(c.Why))
	}
	core := ", and not core"
	if c.Core {
		core = ", **core**: the level is not reached without it"
	}
	fmt.Fprintf(&b, "\n| | |\n| --- | --- |\n| level | %d |\n| dimension | %s |\n| weight | %g%s |\n| asked of | %s |\n", c.Level, dimensions[c.Dimension], c.Weight, core, kindsOf(c))
	if c.NotApplicable != "" {
		fmt.Fprintf(&b, "| not applicable | %s |\n", cell(c.NotApplicable))
	}
	if c.Attest {
		b.WriteString("| attestation | people may attest it, in `.muster/attest.yaml` |\n")
	}
	if c.Source != "" {
		fmt.Fprintf(&b, "| source | %s |\n", cell(c.Source))
	}
	list(&b, "What counts", c.Counts)
	list(&b, "What only looks like it", c.LookAlikes)
	if c.Proof != "" {
		fmt.Fprintf(&b, "\n## What proves it\n\n%s\n", prosed(c.Proof))
	}
	fmt.Fprintf(&b, "\n## How to get there\n\n%s (%s effort).\n", prosed(strings.TrimSuffix(c.Fix, ".")), map[string]string{"low": "low", "med": "medium", "high": "high"}[c.Effort])
	for _, f := range exampleFiles(t, c.ID) {
		fence := "```"
		for strings.Contains(f.Text, fence) {
			fence += "`"
		}
		fmt.Fprintf(&b, "\n`%s`, as `muster score --fix %s` writes it for a project with uv:\n\n%s%s\n%s\n%s\n", f.Path, c.ID, fence, language(f.Path), strings.TrimRight(f.Text, "\n"), fence)
		if f.After != "" {
			fmt.Fprintf(&b, "\n%s\n", prosed(f.After))
		}
	}
	if len(c.References) > 0 {
		b.WriteString("\n## To read on\n\n")
		for _, ref := range c.References {
			fmt.Fprintf(&b, "- <%s>\n", ref)
		}
	}
	fmt.Fprintf(&b, "\nThe rule: [`%[1]s.rego`](../../maturity/rubric/%[1]s.rego)\n", strings.ReplaceAll(c.ID, "-", "_"))
	return b.String()
}

func list(b *strings.Builder, title string, examples []string) {
	if len(examples) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n", title)
	for _, example := range examples {
		fmt.Fprintf(b, "- %s\n", prosed(example))
	}
}

func kindsOf(c rubric.Criterion) string {
	var names []string
	for _, kind := range c.Applies {
		names = append(names, string(kind))
	}
	return strings.Join(names, ", ")
}

// exampleFiles are the ready files of a criterion for an example of a project.
func exampleFiles(t *testing.T, id string) []result.ReadyFile {
	t.Helper()
	tree := fstest.MapFS{
		"pyproject.toml": {Data: []byte("[project]\nname = \"churn\"\nrequires-python = \">=3.12\"\n\n[dependency-groups]\ndev = [\"pytest\"]\n")},
		"uv.lock":        {}, "src/train.py": {}, "tests/test_train.py": {},
	}
	var names []string
	for name := range tree {
		names = append(names, name)
	}
	files, err := remedy.Look(remedy.Source{Tree: tree, Files: names, Name: "churn", Branch: "main", Remote: "https://github.com/acme/churn.git"}).Files([]string{id})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func language(path string) string {
	for suffix, name := range map[string]string{".yml": "yaml", ".yaml": "yaml", ".json": "json", "Dockerfile": "dockerfile", ".md": "markdown"} {
		if strings.HasSuffix(path, suffix) {
			return name
		}
	}
	return "text"
}

// prosed keeps what Markdown would take for its own, but in code.
func prosed(text string) string {
	escape := strings.NewReplacer("<", "&lt;", "*", "\\*", "_", "\\_", "[", "\\[")
	parts := strings.Split(strings.TrimSpace(text), "`")
	for i := range parts {
		if i%2 == 0 {
			parts[i] = escape.Replace(parts[i])
		}
	}
	return strings.Join(parts, "`")
}

func cell(text string) string { return strings.ReplaceAll(prosed(text), "|", "\\|") }
