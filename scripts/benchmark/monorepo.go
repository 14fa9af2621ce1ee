package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// share is how many files of a sort the monorepo has, and how many bytes in all.
type share struct {
	what  string
	files int
	bytes int
	write func(t *tree, i int, size int) (name, text string)
}

// monorepo is the mix of files. The order of size of each sort, and how many
// there are for one file of Python, were counted in large public repositories of
// machine learning (Azure/azureml-examples, aws/amazon-sagemaker-examples,
// NVIDIA/DeepLearningExamples, GoogleCloudPlatform/vertex-ai-samples); data and
// images are smaller than there, so that 20,000 files are 300 MB.
var monorepo = []share{
	{"Python", 6200, 42e6, (*tree).python},
	{"tests in Python", 1300, 6e6, (*tree).pythonTest},
	{"notebooks", 700, 52e6, (*tree).notebook},
	{"YAML", 2400, 5e6, (*tree).yaml},
	{"Markdown", 1300, 10e6, (*tree).markdown},
	{"small JSON", 1500, 6e6, (*tree).json},
	{"JSON data", 150, 18e6, (*tree).jsonData},
	{"CSV and text data", 650, 50e6, (*tree).csv},
	{"images and models", 3000, 88e6, (*tree).binary},
	{"JavaScript and TypeScript", 1500, 17e6, (*tree).script},
	{"shell", 700, 1e6, (*tree).shell},
	{"Dockerfiles, Makefiles, TOML, requirements", 600, 1e6, (*tree).manifest},
}

// projects is how many projects lie side by side in the monorepo.
const projects = 100

// tree writes the monorepo; the same seed gives the same bytes.
type tree struct {
	*rand.Rand
	dir string
}

func newTree(dir string) *tree { return &tree{Rand: rand.New(rand.NewPCG(1, 8)), dir: dir} }

// describe says what the monorepo is made of.
func describe(mix []share) string {
	var b strings.Builder
	for i, s := range mix {
		fmt.Fprintf(&b, "%s%d %s (%.0f MB)", map[bool]string{true: ", "}[i > 0], s.files, s.what, float64(s.bytes)/1e6)
	}
	return b.String()
}

// writeMonorepo writes one of the mix's files after the other, each of a size
// that varies as sizes of files do.
func writeMonorepo(dir string, mix []share) error {
	t := newTree(dir)
	for _, s := range mix {
		weights, sum := make([]float64, s.files), 0.0
		for i := range weights {
			weights[i] = math.Exp(t.NormFloat64())
			sum += weights[i]
		}
		for i, w := range weights {
			name, text := s.write(t, i, int(float64(s.bytes)*w/sum))
			if err := write(filepath.Join(dir, name), text); err != nil {
				return fmt.Errorf("write monorepo: %w", err)
			}
		}
	}
	return t.workflows()
}

// commit makes the folder a git working copy with everything in it tracked. Git must not
// pack it afterwards in the background, which takes a processor for half a minute.
func commit(dir string) command {
	c := sh(dir, "git init -q -b main . && git -c core.compression=0 add -A && git -c gc.auto=0 -c maintenance.auto=false -c user.name=bench -c user.email=bench@example.org commit -q -m all")
	c.env = []string{"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_SYSTEM=" + os.DevNull}
	return c
}

func (t *tree) pick(words ...string) string { return words[t.IntN(len(words))] }

func (t *tree) word() string {
	return t.pick("batch", "loss", "features", "labels", "model", "config", "path", "rows", "frame", "score", "metrics", "window", "encoder", "mask",
		"tokens", "weights", "epoch", "dataset", "split", "target", "index", "result", "name", "value", "step", "logits", "shape", "client", "state", "buffer")
}

func (t *tree) name() string { return t.word() + "_" + t.word() }

// project is the folder of the i-th file's project.
func (t *tree) project(i int) string { return fmt.Sprintf("projects/p%02d", i%projects) }

// lines adds what a function gives until so many bytes are there.
func lines(size int, more func() string) string {
	var b strings.Builder
	for b.Len() < size {
		b.WriteString(more())
	}
	return b.String()
}

func (t *tree) prose() string {
	var b strings.Builder
	for range 6 + t.IntN(12) {
		b.WriteString(t.pick("the", "a", "of", "each", "is", "and", t.word(), t.word(), "that", "with", "for", "when", "this"))
		b.WriteByte(' ')
	}
	return b.String()
}

// python is module i of its project; modules import their neighbours.
func (t *tree) python(i, size int) (string, string) {
	n := i / projects
	head := fmt.Sprintf("\"\"\"%s.\n\n%s\n%s\n\"\"\"\nimport os\nimport logging\nfrom pathlib import Path\n\nimport numpy as np\nimport pandas as pd\n%s\n", t.prose(), t.prose(), t.prose(),
		t.pick("import torch\nfrom torch import nn", "from sklearn.ensemble import RandomForestClassifier", "import tensorflow as tf", "import mlflow", "import requests", "import yaml"))
	if n > 0 {
		head += fmt.Sprintf("from p%02d import m%d\nfrom .m%d import %s\n", i%projects, t.IntN(n), t.IntN(n), t.name())
	}
	if n%20 == 7 {
		head += "import mlflow\nfrom sklearn.linear_model import LogisticRegression\n\ndef train(x, y):\n    with mlflow.start_run():\n        fitted = LogisticRegression().fit(x, y)\n        mlflow.log_metric(\"auc\", 0.9)\n        return fitted\n"
	}
	return fmt.Sprintf("%s/src/p%02d/m%d.py", t.project(i), i%projects, n), head + lines(size-len(head), t.definition)
}

// definition is a function or a class with a few methods.
func (t *tree) definition() string {
	if t.IntN(5) > 0 {
		return "\n\n" + t.function("", "def "+t.name()+"("+t.name()+", "+t.word()+"=None, *, "+t.name()+": int = 3) -> dict:")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n\n@dataclass(frozen=True)\nclass %s%d(%s):\n    \"\"\"%s\"\"\"\n", strings.ToUpper(t.word()[:1])+t.word(), t.IntN(100), t.pick("object", "nn.Module", "Base", "torch.utils.data.Dataset"), t.prose())
	for range 2 + t.IntN(4) {
		b.WriteString("\n" + t.function("    ", "def "+t.name()+"(self, "+t.name()+"):"))
	}
	return b.String()
}

func (t *tree) function(indent, head string) string {
	var b strings.Builder
	b.WriteString(indent + head + "\n")
	indent += "    "
	if t.IntN(2) == 0 {
		fmt.Fprintf(&b, "%s\"\"\"%s\n\n%s%s\n%s\"\"\"\n", indent, t.prose(), indent, t.prose(), indent)
	}
	for range 3 + t.IntN(14) {
		b.WriteString(indent + t.statement(indent) + "\n")
	}
	return b.String() + indent + "return " + t.name() + "\n"
}

// statement is one line of code, or a branch with one in it.
func (t *tree) statement(indent string) string {
	a, b, c := t.name(), t.name(), t.word()
	switch t.IntN(16) {
	case 0:
		return "# " + t.prose()
	case 1:
		return fmt.Sprintf("if %s is None or len(%s) > %d:\n%s    raise ValueError(f\"%s: {%s!r} is no %s\")", a, b, t.IntN(100), indent, a, b, c)
	case 2:
		return fmt.Sprintf("for %s, %s in enumerate(%s[\"%s\"]):\n%s    %s.append(%s * %d)", c, a, b, c, indent, b, a, t.IntN(9))
	case 3:
		return fmt.Sprintf("%s = pd.read_csv(os.path.join(%s, \"%s.csv\"), sep=\",\")", a, b, c)
	case 4:
		return fmt.Sprintf("%s = self.%s.%s(%s, axis=-1, keepdims=True)", a, b, c, b)
	case 5:
		return fmt.Sprintf("logger.info(\"%s %%s\", %s)", t.prose(), a)
	case 6:
		return fmt.Sprintf("%s = {\"%s\": %s, \"%s\": [%d, %d, %d], \"%s\": \"%s\"}", a, c, b, t.word(), t.IntN(10), t.IntN(10), t.IntN(10), t.word(), t.word())
	case 7:
		return fmt.Sprintf("%s = [%s for %s in %s if %s.%s not in (%d, None)]", a, c, c, b, c, t.word(), t.IntN(50))
	case 8:
		return fmt.Sprintf("%s = np.mean(np.abs(%s - %s) ** 2)", a, b, t.name())
	case 9:
		return fmt.Sprintf("with open(%s, \"rb\") as f:\n%s    %s = json.load(f)[\"%s\"]", a, indent, b, c)
	case 10:
		return fmt.Sprintf("%s = %s(\n%s    %s=%d,\n%s    %s=\"%s\",\n%s    %s=%s.%s,\n%s)", a, b, indent, t.name(), t.IntN(512), indent, t.name(), t.word(), indent, t.name(), b, c, indent)
	case 11:
		return fmt.Sprintf("try:\n%s    %s = %s.%s(%s)\nexcept KeyError as error:\n%s    logger.warning(error)", indent, a, b, c, t.name(), indent)
	case 12:
		return fmt.Sprintf("assert %s.shape[0] == %s.shape[0], \"%s\"", a, b, c)
	default:
		return fmt.Sprintf("%s = %s.%s(%s, %d)", a, b, t.name(), c, t.IntN(1000))
	}
}

func (t *tree) pythonTest(i, size int) (string, string) {
	head := fmt.Sprintf("import pytest\n\nfrom p%02d import m%d\n", i%projects, i/projects)
	return fmt.Sprintf("%s/tests/test_m%d.py", t.project(i), i/projects), head + lines(size-len(head), func() string {
		return "\n\n" + t.function("", "def test_"+t.name()+"():")
	})
}

// notebook has cells of code and prose, and as output tables and pictures, which
// are most of its bytes.
func (t *tree) notebook(i, size int) (string, string) {
	cells, have := []any{}, 0
	for have < size {
		source, outputs := strings.SplitAfter(t.function("", "def "+t.name()+"("+t.word()+"):"), "\n"), []any{}
		cell := map[string]any{"cell_type": "code", "execution_count": 1, "metadata": map[string]any{}, "source": source}
		switch t.IntN(4) {
		case 0:
			picture := make([]byte, 6000+t.IntN(20000))
			for j := range picture {
				picture[j] = byte(t.Uint32())
			}
			outputs = append(outputs, map[string]any{"output_type": "display_data", "metadata": map[string]any{}, "data": map[string]any{"image/png": base64.StdEncoding.EncodeToString(picture), "text/plain": []string{"<Figure>"}}})
			have += len(picture) * 4 / 3
		case 1:
			outputs = append(outputs, map[string]any{"output_type": "stream", "name": "stdout", "text": strings.SplitAfter(lines(1500, func() string { return t.prose() + "\n" }), "\n")})
			have += 1700
		case 2:
			cell = map[string]any{"cell_type": "markdown", "metadata": map[string]any{}, "source": []string{"## " + t.prose()}}
		}
		if cell["cell_type"] == "code" {
			cell["outputs"] = outputs
		}
		cells = append(cells, cell)
		have += 600
	}
	data, _ := json.MarshalIndent(map[string]any{"cells": cells, "metadata": map[string]any{"kernelspec": map[string]any{"name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}, "", " ")
	return fmt.Sprintf("%s/notebooks/n%d.ipynb", t.project(i), i/projects), string(data) + "\n"
}

func (t *tree) yaml(i, size int) (string, string) {
	if i%4 == 0 {
		return fmt.Sprintf("%s/deploy/d%d.yaml", t.project(i/4), i/4/projects), fmt.Sprintf("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d%d\nspec:\n  template:\n    spec:\n      containers:\n        - name: a\n          image: registry.example.org/p%02d:1\n          env:\n", i, i%projects) +
			lines(size-150, func() string {
				return fmt.Sprintf("            - name: %s\n              value: \"%d\"\n", t.name(), t.IntN(100))
			})
	}
	return fmt.Sprintf("%s/configs/c%d.yaml", t.project(i), i/projects), lines(size, func() string {
		return fmt.Sprintf("%s:\n  %s: %d\n  %s: [%s, %s]\n  %s: {lr: 0.%d, %s: true}\n", t.name()+fmt.Sprint(t.IntN(1e6)), t.name(), t.IntN(100), t.word(), t.word(), t.word(), t.name(), t.IntN(100), t.word())
	})
}

func (t *tree) markdown(i, size int) (string, string) {
	name := fmt.Sprintf("%s/docs/d%d.md", t.project(i), i/projects)
	if i < projects {
		name = t.project(i) + "/README.md"
	}
	return name, "# " + t.prose() + "\n\n" + lines(size, func() string {
		if t.IntN(8) == 0 {
			return fmt.Sprintf("```bash\npip install -r requirements.txt\npython -m p%02d.m%d --%s %d\n```\n\n", i%projects, t.IntN(40), t.word(), t.IntN(9))
		}
		return "## " + t.word() + "\n\n" + t.prose() + "`" + t.name() + "` " + t.prose() + "\n" + t.prose() + "\n\n"
	})
}

func (t *tree) json(i, size int) (string, string) {
	return fmt.Sprintf("%s/configs/j%d.json", t.project(i), i/projects), "{\n" + lines(size, func() string {
		return fmt.Sprintf("  \"%s%d\": {\"%s\": %d, \"%s\": [\"%s\", \"%s\"]},\n", t.name(), t.IntN(1e6), t.word(), t.IntN(100), t.word(), t.word(), t.name())
	}) + "  \"end\": null\n}\n"
}

func (t *tree) jsonData(i, size int) (string, string) {
	return fmt.Sprintf("%s/data/rows%d.%s", t.project(i), i/projects, t.pick("json", "jsonl")), lines(size, func() string {
		return fmt.Sprintf("{\"id\": %d, \"text\": \"%s\", \"label\": %d}\n", t.IntN(1e9), t.prose(), t.IntN(10))
	})
}

func (t *tree) csv(i, size int) (string, string) {
	return fmt.Sprintf("%s/data/t%d.%s", t.project(i), i/projects, t.pick("csv", "csv", "txt")), lines(size, func() string {
		return fmt.Sprintf("%d,%.6f,%.6f,%s,%d\n", t.IntN(1e6), t.Float64(), t.NormFloat64(), t.word(), t.IntN(2))
	})
}

func (t *tree) binary(i, size int) (string, string) {
	data := make([]byte, max(size, 16))
	for j := range data {
		data[j] = byte(t.Uint32())
	}
	copy(data, "\x89PNG\r\n\x1a\n\x00\x00")
	return fmt.Sprintf("%s/assets/a%d.%s", t.project(i), i/projects, t.pick("png", "png", "png", "jpg", "jpg", "onnx")), string(data)
}

func (t *tree) script(i, size int) (string, string) {
	return fmt.Sprintf("%s/web/src/s%d.%s", t.project(i), i/projects, t.pick("js", "ts", "tsx")), "import React from \"react\";\n" + lines(size, func() string {
		return fmt.Sprintf("export const %s = async (%s) => {\n  const %s = await fetch(`/api/${%s}`);\n  // %s\n  return %s.map((x) => x.%s);\n};\n", t.name(), t.word(), t.name(), t.word(), t.prose(), t.name(), t.word())
	})
}

func (t *tree) shell(i, size int) (string, string) {
	return fmt.Sprintf("%s/scripts/s%d.sh", t.project(i), i/projects), "#!/usr/bin/env bash\nset -euo pipefail\n" + lines(size, func() string {
		return fmt.Sprintf("# %s\nif [[ -z \"${%s:-}\" ]]; then echo \"%s\" >&2; exit 1; fi\npython -m p%02d.m%d --%s \"$1\" | tee out.log\n", t.prose(), strings.ToUpper(t.name()), t.prose(), i%projects, t.IntN(40), t.word())
	})
}

func (t *tree) manifest(i, size int) (string, string) {
	p := i % projects
	switch i / projects {
	case 0:
		return t.project(i) + "/Dockerfile", fmt.Sprintf("FROM python:3.12-slim\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY src src\nCMD [\"python\", \"-m\", \"p%02d.m0\"]\n", p)
	case 1:
		return t.project(i) + "/Makefile", fmt.Sprintf("test:\n\tpytest tests\n\ntrain:\n\tpython -m p%02d.m7\n\nlint:\n\truff check src\n", p)
	case 2:
		return t.project(i) + "/pyproject.toml", fmt.Sprintf("[project]\nname = \"p%02d\"\nversion = \"0.1\"\ndependencies = [\"numpy\", \"pandas>=2\", \"mlflow\"]\n\n[tool.pytest.ini_options]\ntestpaths = [\"tests\"]\n", p)
	case 3:
		return t.project(i) + "/src/" + fmt.Sprintf("p%02d", p) + "/__init__.py", "\"\"\"" + t.prose() + "\"\"\"\n"
	case 4:
		return t.project(i) + "/setup.cfg", "[flake8]\nmax-line-length = 120\n"
	}
	return t.project(i) + "/requirements.txt", "numpy==1.26.4\npandas==2.2.0\nmlflow==2.10.0\n" + lines(size, func() string { return fmt.Sprintf("%s==1.%d\n", t.name(), t.IntN(20)) })
}

// workflows writes a CI file for each project: monorepos have as many.
func (t *tree) workflows() error {
	for p := range projects {
		text := fmt.Sprintf("name: p%02[1]d\non:\n  push: {branches: [main], paths: [\"projects/p%02[1]d/**\"]}\n  pull_request:\njobs:\n  test:\n    runs-on: ubuntu-latest\n    defaults: {run: {working-directory: projects/p%02[1]d}}\n    steps:\n      - uses: actions/checkout@v4\n      - run: pip install -e .\n      - run: make test\n  train:\n    needs: test\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: make train\n        working-directory: projects/p%02[1]d\n      - run: bash scripts/s0.sh x\n        working-directory: projects/p%02[1]d\n", p)
		if err := write(filepath.Join(t.dir, fmt.Sprintf(".github/workflows/p%02d.yml", p)), text); err != nil {
			return err
		}
	}
	return nil
}
