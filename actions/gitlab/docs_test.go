package gitlab_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/muster-ci/muster/internal/starter"
)

// input is one of the component's.
type input struct {
	Description string
	Default     *string
	Type, Regex string
	Options     []string
}

// inputs are those of the component, by name.
func inputs(t *testing.T) map[string]input {
	t.Helper()
	text, err := os.ReadFile("../../templates/muster.yml")
	if err != nil {
		t.Fatal(err)
	}
	var header struct {
		Spec struct{ Inputs map[string]input }
	}
	if err := yaml.NewDecoder(strings.NewReader(string(text))).Decode(&header); err != nil {
		t.Fatal(err)
	}
	return header.Spec.Inputs
}

func docsPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/gitlab.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Each input says what it is for, has a default that it allows, and stands on the page with it.
func TestInputs(t *testing.T) {
	page := docsPage(t)
	list := inputs(t)
	if len(list) < 10 {
		t.Fatalf("%d inputs were found", len(list))
	}
	for name, in := range list {
		if len(in.Description) < 20 || in.Default == nil {
			t.Errorf("%s: %+v", name, in)
			continue
		}
		row := "| `" + name + "` | "
		if *in.Default != "" {
			row += "`" + *in.Default + "` "
		}
		if !strings.Contains(page, row+"| ") {
			t.Errorf("docs/gitlab.md has no row %q", row)
		}
		if in.Regex != "" && !regexp.MustCompile(in.Regex).MatchString(*in.Default) {
			t.Errorf("the default of %s does not match %s", name, in.Regex)
		}
	}
}

func TestInputsRefuse(t *testing.T) {
	tests := map[string]struct{ good, bad []string }{
		"folder":  {[]string{"", "models/churn/", "a b/"}, []string{"/etc/", "../up/", "a/../b/", ".git/", "$(id)/", "models", "a/*/"}},
		"version": {[]string{"", "v1.2.3", "v1.2.3-rc.1"}, []string{"latest", "1.2.3", "v1.2.3/../x", "v1.2.3 x"}},
		"sha256":  {[]string{"", strings.Repeat("0a", 32)}, []string{"0a", strings.Repeat("0A", 32)}},
		"job":     {[]string{"muster", "churn-2"}, []string{"", "a b", ".hidden", "x:y"}},
	}
	for name, tt := range tests {
		pattern := regexp.MustCompile(inputs(t)[name].Regex)
		for _, value := range tt.good {
			if !pattern.MatchString(value) {
				t.Errorf("%s: %q is refused", name, value)
			}
		}
		for _, value := range tt.bad {
			if pattern.MatchString(value) {
				t.Errorf("%s: %q is allowed", name, value)
			}
		}
	}
}

// local has the includes of a page name the files of this repository.
var local = regexp.MustCompile(`(?m)^(\s*- )(?:remote: https://raw\.githubusercontent\.com/muster-ci/muster/main/|component: \$CI_SERVER_FQDN/mirrors/muster/)(?:templates/)?(muster)(?:\.yml|@main)$`)

// Whatever pipeline the page shows is one: GitLab's own JSON Schema allows it, the component
// takes its inputs, and the jobs are those that are promised.
func TestPipelinesOfThePage(t *testing.T) {
	page := docsPage(t)
	if first := string(starter.Include(".")); !strings.Contains(first, block(t, page, 0)) {
		t.Errorf("the page shows another file than muster init writes:\n%s", first)
	}
	wants := []string{"muster muster-main muster-schedule", "churn churn-main churn-schedule fraud fraud-main fraud-schedule", "muster muster-main muster-schedule"}
	p := newRepository(t, nil)
	for i, want := range wants {
		text := local.ReplaceAllString(block(t, page, i), "${1}local: templates/$2.yml")
		if !strings.Contains(text, "local: templates/muster.yml") {
			t.Errorf("block %d includes nothing of muster:\n%s", i, text)
		}
		p.write(".gitlab-ci.yml", text)
		// The schema takes seconds; the second has what the others have, and jobs of its own.
		out := p.must(tool(t), "--list-json", "--json-schema-validation="+strconv.FormatBool(i == 1), "--variable", "CI_DEFAULT_BRANCH=main")
		var jobs []struct {
			Name string
			When string
		}
		if err := json.Unmarshal([]byte(out[strings.Index(out, "[\n"):]), &jobs); err != nil {
			t.Fatalf("%v in\n%s", err, out)
		}
		var names []string
		for _, job := range jobs {
			names = append(names, job.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("block %d has the jobs %s, want %s", i, got, want)
		}
	}
}

// block is the nth pipeline that a page shows: a block of YAML that includes muster.
func block(t *testing.T, page string, n int) string {
	t.Helper()
	var list []string
	for _, part := range strings.Split(page, "```yaml\n")[1:] {
		text, _, _ := strings.Cut(part, "```")
		if strings.HasPrefix(text, "include:") {
			list = append(list, text)
		} else if err := yaml.Unmarshal([]byte(text), new(any)); err != nil {
			t.Errorf("%v in\n%s", err, text)
		}
	}
	if n >= len(list) {
		t.Fatalf("the page has %d pipelines", len(list))
	}
	return list[n]
}
