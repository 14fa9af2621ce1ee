package installs_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/maturity/catalogue"
	"github.com/muster-ci/muster/maturity/installs"
	"github.com/muster-ci/muster/maturity/source"
)

// reader reads a tree of these files.
func reader(t *testing.T, files map[string]string) installs.Reader {
	t.Helper()
	fsys, names := fstest.MapFS{}, []string{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
		names = append(names, name)
	}
	tree, err := source.Read(t.Context(), fsys, names)
	if err != nil {
		t.Fatal(err)
	}
	tools, err := catalogue.Bundled()
	if err != nil {
		t.Fatal(err)
	}
	return installs.Reader{Tree: tree, Catalogue: tools}
}

func TestCommandsInstallWhatIsLocked(t *testing.T) {
	r := reader(t, map[string]string{
		"requirements.txt": "scikit-learn==1.5.0\nnumpy==2.0.1 ; python_version > '3'\n", "requirements-dev.txt": "-r requirements-dev.txt\nflask>=2\n", "a/environment.yml": "dependencies: [python=3.12, pandas=2.2.1, pip, {pip: [torch]}]\n",
		"uv.lock": "version = 1\n\n[[package]]\nname = \"a\"\nversion = \"1.1\"\n", "pyproject.toml": "[project]\ndependencies = ['a>1']\n",
	})
	for command, want := range map[string]installs.Install{
		"pip install -r requirements.txt":          {What: "requirements.txt, 2 of 2 exact", Language: "ml", Locked: true, Whole: true, Models: true},
		"pip install -r /app/requirements-dev.txt": {What: "requirements-dev.txt, 0 of 1 exact", Language: "ml", Whole: true},
		"conda env create -f environment.yml":      {What: "a/environment.yml, 1 of 2 exact", Language: "ml", Whole: true, Models: true},
		"uv sync --frozen":                         {What: "uv sync", Language: "ml", Locked: true, Whole: true, Models: true},
		"uv sync --upgrade":                        {What: "uv sync with newer versions", Language: "ml", Whole: true, Models: true, Renews: true},
		"pip install .":                            {What: "the project with whatever versions fit", Language: "ml", Models: true},
		"pip install pandas pytest":                {What: "1 packages by name", Language: "ml", Models: true},
		"npm ci":                                   {What: "npm ci", Language: "js", Whole: true, Models: true},
	} {
		if diff := cmp.Diff([]installs.Install{want}, r.Command(strings.Fields(command), []string{"a", "."})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", command, diff)
		}
	}
	for _, command := range []string{"pip", "pip list", "pip install pytest", "pip install -r nowhere.txt", "uv run --no-project x", "make install"} {
		if got := r.Command(strings.Fields(command), []string{"."}); len(got) > 0 {
			t.Errorf("%s installs %+v", command, got)
		}
	}
	if !r.IsExact("requirements.txt") || r.IsExact("requirements-dev.txt") || !installs.IsLock("a/uv.lock") || installs.IsLock("lock.txt") {
		t.Error("lists and locks are not told apart")
	}
}
