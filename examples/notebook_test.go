package examples_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/result"
)

// needJupyter wants a real Jupyter on this machine.
func needJupyter(t *testing.T) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "jupyter", "nbconvert", "--version").CombinedOutput()
	switch {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatalf("jupyter nbconvert: %v: %s: in CI this test must run: scripts/setup.sh notebook", err, out)
	default:
		t.Skipf("jupyter nbconvert: %v: to run this test: scripts/setup.sh notebook", err)
	}
}

const exploration = "notebooks/explore.ipynb"

// A notebook is a stage like any other, with Jupyter itself instead of a stand-in.
func TestNotebook(t *testing.T) {
	needJupyter(t)
	c := newCopy(t, "testdata/notebook")
	if _, ran := c.run(); ran != "explore" {
		t.Fatalf("ran %q", ran)
	}
	if got := c.read("out/totals.json"); got != `{"kiosk": 135, "market": 140}`+"\n" {
		t.Errorf("the notebook wrote %q", got)
	}
	if executed := c.read("out/explore.ipynb"); !strings.Contains(executed, `"the last cell\n"`) {
		t.Errorf("the executed notebook lacks what its last cell prints:\n%s", executed)
	}
	if same := decode[result.Reproduction](c, c.call(0, "run", "--quiet", "--check", "--format", "json")); same.Stages[0].Outputs != 2 {
		t.Errorf("compared: %+v", same)
	}

	// Somebody runs it in Jupyter and saves it: other outputs, the same code.
	c.runInJupyter()
	if _, ran := c.run(); ran != "" {
		t.Errorf("only what the notebook shows has changed, and %q ran", ran)
	}
	c.edit(exploration, `int(row[\"loaves\"])`, `2 * int(row[\"loaves\"])`)
	if _, ran := c.run(); ran != "explore" || c.read("out/totals.json") != `{"kiosk": 270, "market": 280}`+"\n" {
		t.Errorf("the code has changed: ran %q, which wrote %q", ran, c.read("out/totals.json"))
	}
}

// runInJupyter executes the notebook in its place, as somebody does who works on it.
func (c *copyOf) runInJupyter() {
	c.Helper()
	before := c.read(exploration)
	c.command(c.dir, "jupyter", "nbconvert", "--to", "notebook", "--execute", "--inplace", exploration)
	var book struct {
		Cells []struct {
			Count *int `json:"execution_count"`
		}
	}
	after := c.read(exploration)
	if err := json.Unmarshal([]byte(after), &book); err != nil || after == before || len(book.Cells) == 0 || *book.Cells[len(book.Cells)-1].Count == 0 {
		c.Fatalf("Jupyter left no trace in the notebook: %v\n%s", err, after)
	}
}

// A cell that fails is a stage that fails, and what is said of it is the cell's error.
func TestNotebookThatFails(t *testing.T) {
	needJupyter(t)
	c := newCopy(t, "testdata/notebook")
	c.edit("data/sales.csv", "kiosk,75", "kiosk,many")
	run := decode[result.Run](c, c.call(3, "run", "--quiet", "--format", "json"))
	said := strings.Split(strings.TrimSpace(run.Stages[0].Error), "\n")
	if last := said[len(said)-1]; !strings.Contains(last, "ValueError") || !strings.Contains(last, "'many'") {
		t.Errorf("the last line is %q", last)
	}
	for _, name := range []string{"out/totals.json", "out/explore.ipynb"} {
		if _, err := os.Stat(filepath.Join(c.dir, name)); err == nil {
			t.Errorf("a failed notebook left %s", name)
		}
	}
	if _, err := os.Stat(filepath.Join(c.dir, run.Stages[0].Log)); err != nil {
		t.Error(err)
	}
}

func (c *copyOf) read(name string) string {
	c.Helper()
	data, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		c.Fatal(err)
	}
	return string(data)
}
