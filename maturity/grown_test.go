package maturity_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity"
)

// grow repeats what makes a line of its number.
func grow(n int, line func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i))
	}
	return b.String()
}

// TestGrownFiles scores files of a form that took minutes, or gigabytes, when each part of
// them was compared with each other one, or held what all others hold. What counts stands
// at their ends.
func TestGrownFiles(t *testing.T) {
	dir := unpack(t, parse(t, filepath.Join("testdata", "level2.txtar")))
	number := func(text string) func(int) string {
		return func(i int) string {
			return strings.NewReplacer("{i}", fmt.Sprint(i), "{n}", fmt.Sprint(i+1)).Replace(text)
		}
	}
	for name, text := range map[string]string{
		"src/table.py":       "TABLE = [\n" + strings.Repeat("[", 2_000_000) + "\n",
		"src/spread.py":      grow(20_000, number("def f{i}():\n    f{n}()\n")),
		"tests/test_many.py": grow(20_000, number("class TestA{i}:\n    def test_a(self):\n        assert self.f({n})\n")),
		"dags/many.py": "from airflow import DAG\nfrom airflow.operators.trigger_dagrun import TriggerDagRunOperator\n" +
			grow(4_000, number("with DAG('d{i}', schedule='@daily'):\n    TriggerDagRunOperator(task_id='t', trigger_dag_id='d{n}')\n")),
		"flows/many.py": "from prefect import flow\n" + grow(5_000, number("@flow\ndef f{i}():\n    f{n}()\n")),
		".gitlab-ci.yml": "default:\n  before_script:\n" + strings.Repeat("    - make train\n", 5) + ".v:\n  variables:\n" +
			grow(1_000, number("    A{i}: b\n")) + grow(5_000, number("j{i}:\n  extends: [j{n}, .v]\n  script: [make]\n")),
		".circleci/config.yml": "version: 2.1\njobs:\n" + grow(5_000, number("  j{i}: {docker: [{image: x}], steps: [{run: make}]}\n")) +
			"workflows:\n  w:\n    jobs:\n" + grow(5_000, number("      - j{i}: {requires: [j{n}]}\n")),
		"scripts/twice.sh": grow(60, number("f{i}() { f{n}; f{n}; }\n")) + "f0\n",
		"Dockerfile":       "FROM python:3.12\nCOPY . .\n" + strings.Repeat("RUN make train\n", 5_000),
	} {
		write(t, filepath.Join(dir, name), []byte(text))
	}
	for i := range 200 {
		write(t, filepath.Join(dir, ".github/workflows", fmt.Sprintf("w%d.yml", i)), []byte(fmt.Sprintf(
			"name: w%d\non: {push: {branches: [\"%s\"]}, workflow_call: {}, workflow_run: {workflows: [none], types: [completed]}}\njobs: {a: {uses: ./.github/workflows/w%d.yml}, b: {uses: ./.github/workflows/w%[3]d.yml}}\n",
			i, strings.Repeat("**", 90)+"z", i+1,
		)))
	}
	a := score(t, dir, maturity.Options{Project: "."})
	if a.Level == nil {
		t.Error("it has no level")
	}
	for file, part := range map[string]string{"src/table.py": "too long", ".gitlab-ci.yml": "more than 1500 jobs", ".circleci/config.yml": "more than 1500 jobs"} {
		if note := notes(a)[file]; !strings.Contains(note, part) {
			t.Errorf("%s: said %q, want something of %q", file, note, part)
		}
	}
	if tests := answered(t, a, "unit-tests"); tests.Verdict != result.CriterionMet {
		t.Errorf("unit-tests: %s (%s)", tests.Verdict, tests.Reason)
	}
}
