package maturity_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-ci/muster/maturity"
)

// numbered writes a line for each number.
func numbered(n int, line string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(line, "%d", fmt.Sprint(i)))
	}
	return b.String()
}

// TestWhatIsCutIsSaid scores files of which more is there than is read. The report says
// so of each of them, and of none that is just below.
func TestWhatIsCutIsSaid(t *testing.T) {
	workflow := func(run string) string {
		return "on: push\njobs: {a: {runs-on: x, steps: [{run: \"" + run + "\"}]}}\n"
	}
	for name, tt := range map[string]struct {
		file, said string
		files      func(over bool) map[string]string
	}{
		"imports": {"src/churn/all.py", "imports 1000 files", func(over bool) map[string]string {
			n := map[bool]int{false: 900, true: 1001}[over]
			out := map[string]string{".github/workflows/all.yml": workflow("python src/churn/all.py"), "src/churn/all.py": numbered(n, "import m%d\n")}
			for i := range n {
				out[fmt.Sprintf("src/churn/m%d.py", i)] = "x = 1\n"
			}
			return out
		}},
		"variables of GitHub": {".github/workflows/v.yml", "more than 300 variables", func(over bool) map[string]string {
			n := map[bool]int{false: 300, true: 301}[over]
			return map[string]string{".github/workflows/v.yml": "on: push\nenv:\n" + numbered(n, "  A%d: x\n") + "jobs: {a: {runs-on: x, steps: [{run: make}]}}\n"}
		}},
		"variables of GitLab": {".gitlab-ci.yml", "more than 300 variables", func(over bool) map[string]string {
			n := map[bool]int{false: 300, true: 301}[over]
			return map[string]string{".gitlab-ci.yml": "variables:\n" + numbered(n, "  A%d: x\n") + "a: {script: [make]}\n"}
		}},
		"lists of requirements": {"requirements/all.txt", "more than 50 lists", func(over bool) map[string]string {
			n := map[bool]int{false: 50, true: 51}[over]
			out := map[string]string{"requirements/all.txt": numbered(n, "-r a%d.txt\n")}
			for i := range n {
				out[fmt.Sprintf("requirements/a%d.txt", i)] = "mlflow==2.0.0\n"
			}
			return out
		}},
		"aliases": {"bitbucket-pipelines.yml", "aliases stand for too much", func(over bool) map[string]string {
			n := map[bool]int{false: 10, true: 200}[over]
			return map[string]string{"bitbucket-pipelines.yml": "x: &x [" + strings.Repeat("make "+strings.Repeat("a", 640)+", ", 100) + "]\npipelines:\n  default:\n" + strings.Repeat("  - step: {script: *x}\n", n)}
		}},
		"steps": {".travis.yml", "too many steps", func(over bool) map[string]string {
			n := map[bool]int{false: 10, true: 1000}[over]
			return map[string]string{".travis.yml": "install:\n" + strings.Repeat("- make\n", 100) + "jobs:\n  include:\n" + numbered(n, "  - {script: 'make %d'}\n")}
		}},
		"a large file": {"Makefile", "larger than 256 KB", func(over bool) map[string]string {
			n := map[bool]int{false: 255, true: 257}[over]
			return map[string]string{"Makefile": "all:\n\tpython train.py\n" + strings.Repeat("#"+strings.Repeat(" ", 1022)+"\n", n)}
		}},
		"targets": {"Makefile", "too many targets", func(over bool) map[string]string {
			n := map[bool]int{false: 50, true: 300}[over]
			return map[string]string{"Makefile": numbered(n, "t%d ") + ":\n" + strings.Repeat("\tmake\n", n)}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, over := range []bool{false, true} {
				dir := unpack(t, parse(t, filepath.Join("testdata", "level2.txtar")))
				for file, text := range tt.files(over) {
					write(t, filepath.Join(dir, file), []byte(text))
				}
				a := score(t, dir, maturity.Options{})
				wantLevel2(t, a)
				if note := notes(a)[tt.file]; strings.Contains(note, tt.said) != over {
					t.Errorf("more than is read: %t; said: %q", over, note)
				}
			}
		})
	}
}
