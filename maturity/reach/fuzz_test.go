package reach_test

import (
	"strings"
	"testing"

	"github.com/muster-ci/muster/maturity/reach"
)

// fuzzed are the files whose readers lie in this package, or are reached only
// through it.
var fuzzed = []string{
	"Snakefile", "crontab", "Procfile", "deploy/a.service", "chart/templates/a.yaml", "chart/values.yaml", "databricks.yml", "job.yml",
	"docker-compose.yml", "k8s/a.yaml", "Dockerfile", "dvc.yaml", "cdk.json", "tasks.py", "noxfile.py", "setup.cfg", "pyproject.toml", "Makefile",
	"justfile", "tox.ini", "package.json", "MLproject", "prefect.yaml", "README.md", "a.R", "go.sh",
}

const starts = "Rscript a.R\nsnakemake\naz ml job create -f job.yml\ndatabricks bundle run\nnpx cdk deploy\ninv a\nnox\ntox\nmake\njust a\nnpm run a\n" +
	"mlflow run .\ndvc repro\ndocker build .\nbash go.sh\nkedro run\npoe a"

// FuzzFiles puts the same bytes into every kind of file: the walk ends, and what
// it finds stands in a file.
func FuzzFiles(f *testing.F) {
	for _, seed := range []string{
		"", "rule a:\n  shell: \"python x.py\"\n", "0 3 * * * python x.py\n", "web: python x.py\n", "[Service]\nExecStart=python x.py\n",
		"{{- if .Values.a }}\nkind: CronJob\napiVersion: v1\nspec: {containers: [{image: a, command: [python, x.py]}]}\n{{- end }}\n",
		"resources: {jobs: {a: {tasks: [{notebook_task: {notebook_path: x}}]}}}", "type: pipeline\njobs: {a: {component: file:job.yml}}\n",
		"@task\ndef a(c):\n    c.run('inv a')\n", "a: a\n\tmake a\n", "source('a.R')\n", "bash go.sh\n", "{\"app\": \"npx cdk deploy\", \"scripts\": {\"a\": \"npm run a\"}}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if strings.Contains(src, "\n-- ") || strings.HasPrefix(src, "-- ") { // the archive's own marks
			t.Skip()
		}
		var b strings.Builder
		b.WriteString(job(starts) + "-- chart/Chart.yaml --\nname: a\n-- x.py --\n")
		for _, name := range fuzzed {
			b.WriteString("-- " + name + " --\n" + src + "\n")
		}
		r := walk(t, b.String())
		for _, h := range r.Hits {
			if h.Path == "" || h.Line < 0 || h.Depth > reach.MaxDepth+1 {
				t.Errorf("a command of %q:%d, depth %d", h.Path, h.Line, h.Depth)
			}
		}
	})
}
