package catalogue_test

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/catalogue"
)

func bundled(t *testing.T) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Bundled()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// uses returns the categories of all calls in a source.
func uses(c *catalogue.Catalogue, src string) []string {
	mod := python.Read([]byte(src))
	imported := map[string]bool{}
	for _, imp := range mod.Imports {
		if t, ok := c.Imported(strings.Trim(imp.Module+"."+imp.Name, ".")); ok {
			imported[t.ID] = true
		}
	}
	var out []string
	for _, call := range mod.Calls {
		for _, m := range c.Call(call, imported) {
			out = append(out, m.Tool+": "+m.As)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestCalls has a use and its look-alike for the tools that are met most.
func TestCalls(t *testing.T) {
	c := bundled(t)
	for _, tt := range []struct {
		name, src string
		want      []string
	}{
		{"estimator", "from sklearn.linear_model import Ridge\nRidge().fit(x)", []string{"scikit-learn: train"}},
		{"transformer is no estimator", "from sklearn.preprocessing import StandardScaler\nStandardScaler().fit(x)", []string{"Preprocessing that is part of the model: features.step"}},
		{"unknown estimator beside an import", "import sklearn\ndef f(model): model.fit(x)", []string{"scikit-learn: train"}},
		{"scaler by its name", "import sklearn\ndef f(scaler): scaler.fit(x)", nil},
		{"fit of something else", "def f(suit): suit.fit(x)", nil},
		{"tracking", "import mlflow\nmlflow.log_metric('a', 1)", []string{"MLflow: tracking"}},
		{"registered by argument", "import mlflow\nmlflow.sklearn.log_model(m, 'm', registered_model_name='x')", []string{"MLflow: registry.register", "MLflow: tracking", "Preprocessing that is part of the model: model.save"}},
		{"not registered", "import mlflow\nmlflow.sklearn.log_model(m, 'm', registered_model_name=None)", []string{"MLflow: tracking", "Preprocessing that is part of the model: model.save"}},
		{"alias of a column is no alias of a model", "from pyspark.sql import functions as F\nF.col('a').alias('b')", nil},
		{"current model", "import mlflow\nmlflow.pyfunc.load_model('models:/a@champion')", []string{"MLflow: load", "MLflow: registry.lookup"}},
		{"any model", "import mlflow\nmlflow.pyfunc.load_model('runs:/a/m')", []string{"MLflow: load"}},
		{"gate with a baseline", "import mlflow\nmlflow.validate_evaluation_results(a, baseline_result=b)", []string{"MLflow: gate.baseline"}},
		{"gate without one", "import mlflow\nmlflow.validate_evaluation_results(a)", []string{"MLflow: gate.threshold"}},
		{"dataset in wandb", "import wandb\nwandb.Artifact('d', type='dataset')", []string{"Weights & Biases: data.version", "Weights & Biases: lineage.data"}},
		{"model in wandb", "import wandb\nwandb.Artifact('d', type='model')", []string{"Weights & Biases: registry.register"}},
		{"schedule", "from airflow import DAG\nDAG('d', schedule='@daily')", []string{"Apache Airflow: pipeline.flow", "Apache Airflow: schedule"}},
		{"no schedule", "from airflow import DAG\nDAG('d', schedule=None)", []string{"Apache Airflow: pipeline.flow"}},
		{"decorator", "from prefect import flow\n@flow\ndef f(): pass", []string{"Prefect: pipeline.flow"}},
		{"not as decorator", "from prefect import flow\nflow", nil},
		{"counter of predictions", "from prometheus_client import Counter\nCounter('predictions_total', 'd')", []string{"Prometheus client: monitor", "Prometheus client: monitor.service"}},
		{"counter of requests", "from prometheus_client import Counter\nCounter('http_requests_total', 'd')", []string{"Prometheus client: monitor.service"}},
		{"callback", "from ray.air.integrations.mlflow import MLflowLoggerCallback\nMLflowLoggerCallback()", []string{"Ray Train and Tune: tracking"}},
		{"arguments of a trainer", "from transformers import TrainingArguments\nTrainingArguments('o', report_to=['wandb'])", []string{"Transformers: tracking"}},
		{"arguments that report nowhere", "from transformers import TrainingArguments\nTrainingArguments('o', report_to='none')", nil},
	} {
		if diff := cmp.Diff(tt.want, uses(c, tt.src), cmp.Transformer("nil", func(s []string) string { return strings.Join(s, ", ") })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestEachNameIsOneTools: of two tools that list a name, one would never be found by it.
func TestEachNameIsOneTools(t *testing.T) {
	c := bundled(t)
	lists := map[string]string{} // the tool, by what it lists
	once := func(what, tool string) {
		if other := lists[what]; other != "" {
			t.Errorf("%s lists the %s, as %s does", tool, what, other)
		}
		lists[what] = tool
	}
	for _, tool := range c.Tools {
		for _, name := range tool.Packages {
			once("package "+name, tool.ID)
		}
		for _, name := range tool.Imports {
			once("import "+name, tool.ID)
		}
		for _, name := range tool.Reported {
			once("name "+name, tool.ID)
		}
		for _, key := range tool.Keys {
			once("key "+key, tool.ID)
		}
	}
}

func TestCommandsAndActions(t *testing.T) {
	c := bundled(t)
	for command, want := range map[string]string{
		"pytest -q tests":                           "test",
		"/venv/bin/pytest":                          "test",
		"pytest --collect-only":                     "test.empty",
		"go test ./...":                             "test",
		"go build ./...":                            "",
		"az ml model deploy --name x":               "deploy.model",
		"aws --region x sagemaker update-endpoint":  "deploy.model uptime.swap",
		"aws s3 cp a b":                             "",
		"kubectl apply -f x":                        "deploy.app infra.apply",
		"kubectl get pods":                          "",
		"gh workflow run train.yml":                 "retrain.start",
		"gh api repos/a/b/dispatches -f event_type": "retrain.start",
		"docker push x":                             "deploy.image",
		"docker build .":                            "",
		"muster ci":                                 "muster registry.promote registry.register",
		"muster score":                              "",
	} {
		var got []string
		for _, m := range c.Command(strings.Fields(command)) {
			got = append(got, m.As)
		}
		slices.Sort(got)
		if s := strings.Join(slices.Compact(got), " "); s != want {
			t.Errorf("%s is %q, want %q", command, s, want)
		}
	}
	push := func(with map[string]string) int { return len(c.Action("docker/build-push-action@v6", with)) }
	if push(map[string]string{"push": "true"}) != 1 || push(map[string]string{"push": "false"}) != 0 || push(nil) != 0 {
		t.Error("an image counts as pushed where it is not, or the other way round")
	}
}

// TestEveryCategoryIsAskedFor keeps data and rules together: a category that no
// rule names, and that no code reads, would be written in vain.
func TestEveryCategoryIsAskedFor(t *testing.T) {
	asked := categories(t, os.DirFS("../rubric"), ".rego")
	for name := range categories(t, os.DirFS(".."), ".go") {
		asked[name] = true
	}
	for name := range categories(t, os.DirFS("../facts"), ".go") {
		asked[name] = true
	}
	for _, tool := range bundled(t).Tools {
		for _, u := range tool.Uses {
			if !asked[u.As] {
				t.Errorf("%s: no rule asks for %q", tool.ID, u.As)
			}
		}
	}
}

var quoted = regexp.MustCompile(`"([a-z]+(?:\.[a-z]+)*)"`)

func categories(t *testing.T, fsys fs.FS, suffix string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	names, err := fs.Glob(fsys, "*"+suffix)
	if err != nil || len(names) == 0 {
		t.Fatalf("no files that end in %s: %v", suffix, err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range quoted.FindAllStringSubmatch(string(data), -1) {
			out[m[1]] = true
		}
	}
	return out
}

// TestAddingAToolTakesNoCode reads a catalogue of one tool.
func TestAddingAToolTakesNoCode(t *testing.T) {
	c, err := catalogue.Load(fstest.MapFS{"mine.yaml": {Data: []byte(`
tools:
  - id: notebook-of-runs
    name: Notebook of runs
    packages: [runbook-client]
    imports: [runbook]
    silenced: ["RUNBOOK=off"]
    reported: [runbook]
    keys: [runbook_url]
    uses:
      - as: tracking
        calls: ["runbook.**.note"]
        when: {kind: metric}
`)}})
	if err != nil {
		t.Fatal(err)
	}
	if got := uses(c, "from runbook import Client\nClient().note(1, kind='metric')"); len(got) != 1 || got[0] != "Notebook of runs: tracking" {
		t.Errorf("uses %v", got)
	}
	if _, ok := c.Package("Runbook_Client"); !ok {
		t.Error("its package is not known")
	}
	for by, got := range map[string][2]string{
		"what silences it": {c.Silences("RUNBOOK", "OFF"), c.Silences("RUNBOOK", "on")},
		"an option":        {c.Reported("runbook"), c.Reported("run")},
		"a key":            {c.Configured("runbook_url"), c.Configured("url")},
	} {
		if got != [2]string{"Notebook of runs", ""} {
			t.Errorf("by %s it is %q, and another thing is %q", by, got[0], got[1])
		}
	}
}

func TestMistakesAreRefused(t *testing.T) {
	for name, src := range map[string]string{
		"unknown key":   "tools: [{id: a, cals: []}]",
		"no id":         "tools: [{name: a}]",
		"twice":         "tools: [{id: a}, {id: a}]",
		"no category":   "tools: [{id: a, uses: [{calls: [b]}]}]",
		"bad pattern":   "tools: [{id: a, uses: [{as: x, not: '('}]}]",
		"bad condition": "tools: [{id: a, uses: [{as: x, when: {y: '/(/'}}]}]",
	} {
		if _, err := catalogue.Load(fstest.MapFS{"x.yaml": {Data: []byte(src)}}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
