package python_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/internal/python"
)

// calls lists the names of the calls, with "?" before those that a branch decides.
func calls(mod *python.Module) []string {
	var out []string
	for _, c := range mod.Calls {
		mark := ""
		if c.Conditional {
			mark = " (conditional)"
		}
		out = append(out, c.Name+mark)
	}
	return out
}

func TestCallsAreResolved(t *testing.T) {
	for name, tt := range map[string]struct {
		src  string
		want []string
	}{
		"plain import":    {"import mlflow\nmlflow.log_metric('a', 1)", []string{"mlflow.log_metric"}},
		"alias":           {"import mlflow.sklearn as ms\nms.log_model(m)", []string{"mlflow.sklearn.log_model"}},
		"from import":     {"from sklearn.svm import SVC as Machine\nMachine().fit(x)", []string{"sklearn.svm.SVC", "sklearn.svm.SVC().fit"}},
		"several names":   {"from a import (\n  b,\n  c as d,\n)\nb(); d()", []string{"a.b", "a.c"}},
		"relative import": {"from ..core import train\ntrain()", []string{"..core.train"}},
		"variable":        {"from mlflow import MlflowClient\nc = MlflowClient()\nc.log_metric(1)", []string{"mlflow.MlflowClient", "mlflow.MlflowClient().log_metric"}},
		"attribute of self": {
			"import x\nclass A:\n  def __init__(self):\n    self.c = x.Client()\n  def go(self):\n    self.c.run()",
			[]string{"x.Client", "x.Client().run"},
		},
		"with as":          {"import m\nwith m.start() as run:\n  run.log(1)", []string{"m.start", "m.start().log"}},
		"annotation":       {"from a import Model\ndef f(m: Model):\n  m.fit()", []string{"a.Model().fit"}},
		"generic":          {"from kfp.dsl import Metrics, Output\nimport typing as t\ndef f(m: Output[Metrics], n: t.Optional[Metrics], o: list[Metrics]):\n  m.log(); n.log(); o.log()", []string{"kfp.dsl.Metrics().log", "kfp.dsl.Metrics().log", "list().log"}},
		"shadowed":         {"import m\ndef f():\n  m = 3\n  m.log()", []string{"?.log"}},
		"unknown receiver": {"def f(model):\n  model.fit(x)", []string{"?.fit"}},
		"subscript":        {"import n\nrun = n.init()\nrun['a'].append(1)", []string{"n.init", "n.init()[].append"}},
		"chain":            {"import s\ns.every(1).day.at('2').do(f)", []string{"s.every", "s.every().day.at", "s.every().day.at().do"}},
		"missing import":   {"try:\n  import m\nexcept ImportError:\n  m = None\nm.a()", []string{"m.a"}},
		"comment":          {"import m\n# m.log()\nx = 1  # m.log()", nil},
		"string":           {"x = 'm.log()'\ny = \"\"\"\nm.log()\n\"\"\"", nil},
		"f-string":         {"x = f'{m.log()} {a[\"b\"]} {c!r:>{w}}'\nlog(x)", []string{"log"}},
		"nested f-string":  {"x = f'{d['key']}'\nlog(x)", []string{"log"}},
		"continued line":   {"import m\nm.\\\n  log(\n  1,\n\n  2)", []string{"m.log"}},
		"if False":         {"import m\nif False:\n  m.log()\nelse:\n  m.other()", []string{"m.other (conditional)"}},
		"if TYPE_CHECKING": {"import typing\nif typing.TYPE_CHECKING:\n  import m\n  m.log()", nil},
		"conditional":      {"def f():\n  if a:\n    g()\n  h()", []string{"g (conditional)", "h"}},
		"after a return":   {"def f():\n  if a:\n    return\n  g()", []string{"g (conditional)"}},
		"one line":         {"if a: g()\nh()", []string{"g (conditional)", "h"}},
		"semicolons":       {"a(); b()", []string{"a", "b"}},
		"carriage return":  {"import m\r\nm.a()\r\nm.b()\r\n", []string{"m.a", "m.b"}},
		"byte order mark":  {"\ufeffimport m\nm.a()", []string{"m.a"}},
		"tabs":             {"def f():\n\tif a:\n\t\tg()\n\th()", []string{"g (conditional)", "h"}},
		"unterminated":     {"x = 'abc\ng()", []string{"g"}},
		"decorator":        {"from p import flow\n@flow(name='x')\ndef f():\n  g()", []string{"p.flow", "g"}},
		"Python 2":         {"print 'hello'\nimport m\nm.a()", []string{"m.a"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, calls(python.Read([]byte(tt.src)))); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

func TestArguments(t *testing.T) {
	mod := python.Read([]byte(`import sys, subprocess
from airflow import DAG
DAILY = "0 3 * * *"
DAG("id", schedule=DAILY, catchup=False, retries=-1, tags=["a", "b"], text="x" "y", f=f"{a}")
command = [sys.executable, "-m", "src.train", name]
subprocess.run(command, check=True)
`))
	want := []python.Arg{
		{Value: "id", Literal: true, Form: &python.Form{Text: "id"}},
		{Name: "schedule", Value: "DAILY", Form: &python.Form{Written: "DAILY", Text: "0 3 * * *"}},
		{Name: "catchup", Value: "False", Literal: true, Form: &python.Form{}},
		{Name: "retries", Value: "-1", Literal: true, Form: &python.Form{}},
		{Name: "tags", Form: &python.Form{Items: []string{"a", "b"}}},
		{Name: "text", Value: "xy", Literal: true, Form: &python.Form{Text: "xy"}},
		{Name: "f", Form: &python.Form{Items: []string{"{a}"}}},
	}
	if diff := cmp.Diff(want, mod.Calls[0].Args, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
	arg, _ := mod.Calls[1].Positional(0)
	if diff := cmp.Diff([]string{"python", "-m", "src.train", "$"}, arg.Items); diff != "" {
		t.Errorf("a list that was named before (-want +got):\n%s", diff)
	}
	if mod.Constants["DAILY"] != "0 3 * * *" {
		t.Errorf("constants %v", mod.Constants)
	}
}

func TestDefinitions(t *testing.T) {
	mod := python.Read([]byte(`
from metaflow import FlowSpec
import pytest, numpy as np

class Train(FlowSpec):
    @pytest.mark.skip
    def test_it(self, a, b: int = 3, *rest):
        "A docstring is no statement."
        helper(a)

def helper(a):
    np.testing.assert_allclose(a, 1)
    assert a
    with pytest.raises(ValueError):
        f()

def test_through_helper():
    helper(2)

if "__main__" == __name__:
    Train()
`))
	if len(mod.Classes) != 1 || mod.Classes[0].Bases[0] != "metaflow.FlowSpec" {
		t.Errorf("classes %+v", mod.Classes)
	}
	want := []python.Func{
		{Name: "test_it", Class: "Train", Line: 7, Decorators: []string{"pytest.mark.skip"}, Asserts: 1, Parent: -1, Body: 1, Parameters: []string{"self", "a", "b", "rest"}},
		{Name: "helper", Line: 11, Asserts: 3, Parent: -1, Body: 3, Refuses: 1, Parameters: []string{"a"}},
		{Name: "test_through_helper", Line: 17, Asserts: 1, Parent: -1, Body: 1},
	}
	if diff := cmp.Diff(want, mod.Funcs); diff != "" {
		t.Errorf("functions (-want +got):\n%s", diff)
	}
	if !mod.Main || !mod.Runs {
		t.Errorf("main %t, runs %t; want both", mod.Main, mod.Runs)
	}
}

func TestInstallsAreEntryPoints(t *testing.T) {
	mod := python.Read([]byte("setup(entry_points={\n'console_scripts': [\n# 'old = a.old:main',\n'churn-tools.py = a.__main__:main',\n'x=a:C.run'],\n'k': 'a = b: c d', 'u': 'http://a=b:c'})\n"))
	if diff := cmp.Diff([]python.Word{{Text: "churn-tools.py = a.__main__:main", Line: 4}, {Text: "x=a:C.run", Line: 5}}, mod.Installs); diff != "" {
		t.Error(diff)
	}
}

func TestProgramsBeginLists(t *testing.T) {
	mod := python.Read([]byte("SCRIPT = 'run.sh'\ndef f():\n  start([['spacy', 'train', 'x y'], other])\n  a['key']\n  return ['trainer', *more]\nrun([SCRIPT, 'now'])\n"))
	if diff := cmp.Diff([]python.Word{{Text: "spacy train", Line: 3}, {Text: "trainer", Line: 5}}, mod.Programs); diff != "" {
		t.Errorf("programs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"./run.sh", "now"}, mod.Calls[len(mod.Calls)-1].Args[0].Items); diff != "" {
		t.Errorf("a file that is started by its name (-want +got):\n%s", diff)
	}
}

func TestLoopsEndWithTheirFunction(t *testing.T) {
	mod := python.Read([]byte("while True:\n  def f():\n    a()\n  try:\n    b()\n  except E:\n    pass\nc()\n"))
	var got []bool
	for _, c := range mod.Calls {
		got = append(got, c.Loop)
	}
	if diff := cmp.Diff([]bool{false, true, false}, got); diff != "" {
		t.Errorf("in a loop (-want +got):\n%s", diff)
	}
}

func TestRoutesArePathsOfAddresses(t *testing.T) {
	mod := python.Read([]byte("@app.post('/retrain')\ndef f():\n  post(f'{API}/dags/{dag}/runs')\n\nif True:\n  post('http://train:8000/start')\n  open('/data/rows.csv')\n  print('a / b', '//x', '/', 'http://host')\n"))
	want := []python.Route{{Text: "/retrain", Line: 1, Func: -1}, {Text: "{API}/dags/{dag}/runs", Line: 3}, {Text: "http://train:8000/start", Line: 6, Func: -1}}
	if diff := cmp.Diff(want, mod.Routes); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
}

func TestComparesNameBothSides(t *testing.T) {
	mod := python.Read([]byte("def f():\n  if candidate['auc'] < champion.metrics[\"auc\"] - margin and x > 3:\n    return\n"))
	want := []python.Compare{{Left: "candidate auc", Right: "champion metrics auc margin", Line: 2, Func: 0, Branch: true}}
	if diff := cmp.Diff(want, mod.Compares); diff != "" {
		t.Errorf("comparisons (-want +got):\n%s", diff)
	}
}

func TestConditionsNameWhatTheyAsk(t *testing.T) {
	mod := python.Read([]byte("def f():\n  if report['drift']['share'] > 0.3 or done():\n    g()\n  hit = 0.05 > p_value\n  while not stopped: pass\n" +
		"if __name__ == '__main__':\n  if False:\n    h(x > 3)\n"))
	if diff := cmp.Diff([]python.Condition{
		{Names: "report drift share", Line: 2}, {Names: "p_value", Line: 4},
	}, mod.Thresholds); diff != "" {
		t.Errorf("thresholds (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]python.Condition{
		{Names: "report drift share done", Line: 2}, {Names: "stopped", Line: 5},
	}, mod.Branches); diff != "" {
		t.Errorf("branches (-want +got):\n%s", diff)
	}
}

func TestBranchesSayWhetherTheyStop(t *testing.T) {
	mod := python.Read([]byte("import sys\ndef f(x):\n  if x.a:\n    print(x)\n    return 1\n  for y in x:\n    if y:\n      continue\n" +
		"  if x.b:\n    raise ValueError(x)\n  elif x.c:\n    log(x)\n  if x.d:\n    if x.e:\n      sys.exit(1)\n    log(x)\n  return 2\n"))
	got := map[string]bool{}
	for _, q := range mod.Branches {
		got[q.Names] = q.Stops
	}
	if diff := cmp.Diff(map[string]bool{"x a": true, "y": false, "x b": true, "x c": false, "x d": false, "x e": true}, got); diff != "" {
		t.Errorf("branches that stop (-want +got):\n%s", diff)
	}
}

func TestNotebookReadsCodeCellsOnly(t *testing.T) {
	mod, err := python.Notebook([]byte(`{"cells": [
		{"cell_type": "markdown", "source": "m.no()"},
		{"cell_type": "code", "source": ["import m\n", "%matplotlib inline\n", "!pip install x\n", "m.yes()"], "outputs": [{"text": "m.no()"}]},
		{"cell_type": "code", "source": "%%bash\nm.no()"},
		{"cell_type": "code", "source": "%%time\nm.timed()"}
	]}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"m.yes", "m.timed"}, calls(mod)); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if _, err := python.Notebook([]byte("{")); err == nil {
		t.Error("half a notebook was read")
	}
}

// units are repeated into large files, each hard for a reader that goes back.
var units = map[string]string{
	"calls":     "a.b(c.d(1, 'x'), y=[1, 2])\n",
	"quotes":    "f'{a'\"\n",
	"strings":   "'''",
	"brackets":  "((((",
	"names":     "x = x.a()\n",
	"indented":  "if a:\n  b(1 < c)\n",
	"operators": "a < b < c\n",
}

// BenchmarkGrowth reads files that grow tenfold: the time for each byte is to
// stay as it is.
func BenchmarkGrowth(b *testing.B) {
	for name, unit := range units {
		for _, n := range []int{5_000, 50_000} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				src := []byte(strings.Repeat(unit, n))
				b.SetBytes(int64(len(src)))
				for b.Loop() {
					python.Read(src)
				}
			})
		}
	}
}

// TestLargeFilesKeepTheirLines reads each of them whole.
func TestLargeFilesKeepTheirLines(t *testing.T) {
	const n = 50_000
	for name, want := range map[string]int{"calls": 2 * n, "names": n, "indented": n, "brackets": 0, "strings": 0} {
		mod := python.Read([]byte(strings.Repeat(units[name], n)))
		if len(mod.Calls) != want {
			t.Errorf("%s: %d calls, want %d", name, len(mod.Calls), want)
		}
	}
}

// Of a statement that is too long the rest is not read, and all that follows it is.
func TestAStatementThatIsTooLong(t *testing.T) {
	for name, src := range map[string]string{
		"a table": "x = [\n" + strings.Repeat("f(1),\n", 100_000) + "]\nafter(1)\n",
		"open":    "x = " + strings.Repeat("[", 300_000) + "\n" + strings.Repeat("]", 300_000) + "\nafter(1)\n",
	} {
		mod := python.Read([]byte(src))
		if last := mod.Calls[len(mod.Calls)-1]; mod.Cut == 0 || last.Name != "after" {
			t.Errorf("%s: cut at line %d, and the last call is %+v", name, mod.Cut, last)
		}
	}
	if mod := python.Read([]byte("x = [" + strings.Repeat("1, ", 100_000) + "f()]\n")); mod.Cut != 0 || len(mod.Calls) != 1 {
		t.Errorf("a table of a usual size: cut at line %d, %d calls", mod.Cut, len(mod.Calls))
	}
}

func FuzzRead(f *testing.F) {
	names, err := filepath.Glob("../../maturity/testdata/*.txtar")
	if err != nil || len(names) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if strings.HasSuffix(file.Name, ".py") {
				f.Add(file.Data)
			}
		}
	}
	for _, src := range []string{"f'{", "'''", "assert", "assert ,", "x = '\\", "\xff\xfe", "class", "def f(", "@", "from . import", "import a as", "if :", "\\\n", "a[b](c)[d](", "from import x", "with as", "lambda: x", "match x:\n case 1: a()"} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		mod := python.Read(src)
		lines := strings.Count(strings.ReplaceAll(string(src), "\r", "\n"), "\n") + 1
		for _, c := range mod.Calls {
			if c.Line < 1 || c.Line > lines || c.Func >= len(mod.Funcs) {
				t.Fatalf("call %+v of %d lines and %d functions", c, lines, len(mod.Funcs))
			}
		}
	})
}

func FuzzNotebook(f *testing.F) {
	f.Add([]byte(`{"cells": [{"cell_type": "code", "source": ["%%"]}]}`))
	f.Add([]byte(`{"cells": [{"cell_type": "code", "source": "%%\n"}, {"source": 3}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if mod, err := python.Notebook(data); err == nil && mod == nil {
			t.Fatal("neither a module nor an error")
		}
	})
}

func ExampleRead() {
	mod := python.Read([]byte(`
import mlflow as tracking

with tracking.start_run():
    # tracking.log_metric("auc", 0.9)
    tracking.log_param("depth", 3)
`))
	for _, c := range mod.Calls {
		fmt.Fprintln(os.Stdout, c.Line, c.Name)
	}
	// Output:
	// 4 mlflow.start_run
	// 6 mlflow.log_param
}
