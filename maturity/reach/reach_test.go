package reach_test

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
)

// walk reads a repository written as a txtar archive and follows it.
func walk(tb testing.TB, archive string) *reach.Result {
	tb.Helper()
	_, result := walkTree(tb, archive)
	return result
}

func walkTree(tb testing.TB, archive string) (*source.Tree, *reach.Result) {
	tb.Helper()
	files, names := fstest.MapFS{}, []string{}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		files[f.Name] = &fstest.MapFile{Data: f.Data}
		names = append(names, f.Name)
	}
	tree, err := source.Read(context.Background(), files, names)
	if err != nil {
		tb.Fatal(err)
	}
	return tree, reach.Walk(tree, reach.Options{Pipelines: pipelines(tree)})
}

// pipelines are the workflows of a tree that can be read.
func pipelines(tree *source.Tree) []*ci.Pipeline {
	var out []*ci.Pipeline
	for _, name := range tree.Files {
		if strings.HasPrefix(name, ".github/workflows/") {
			if p, err := ci.GitHub(name, tree.Text[name], ci.Options{}); err == nil {
				out = append(out, p)
			}
		}
	}
	return out
}

// by lists the entries that run a file.
func by(r *reach.Result, file string) []string {
	var out []string
	for id := range r.Runs(file) {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// job is a workflow of one job with one script.
func job(run string) string {
	return "-- .github/workflows/w.yml --\non: push\njobs:\n  j:\n    runs-on: x\n    steps:\n      - run: |\n          " +
		strings.ReplaceAll(run, "\n", "\n          ") + "\n"
}

const program = "-- src/pkg/__init__.py --\n-- src/pkg/train.py --\nfrom pkg.model import fit\nfit()\n-- src/pkg/model.py --\ndef fit(): pass\n"

// TestCommandsLeadToFiles follows one command to src/pkg/train.py, and through
// its import to model.py.
func TestCommandsLeadToFiles(t *testing.T) {
	for name, archive := range map[string]string{
		"file":               job("python src/pkg/train.py"),
		"module":             job("python -m pkg.train"),
		"folder":             job("cd src\npython -m pkg.train"),
		"code":               job("python -c 'from pkg import train'"),
		"uv":                 job("uv run --frozen --extra x python -m pkg.train"),
		"uv with a file":     job("uv run src/pkg/train.py"),
		"poetry":             job("poetry run python src/pkg/train.py"),
		"environment":        job("A=1 env B=2 sudo -E python src/pkg/train.py"),
		"launcher":           job("torchrun --nproc_per_node 4 src/pkg/train.py"),
		"accelerate":         job("accelerate launch --num_processes 2 src/pkg/train.py"),
		"spark":              job("spark-submit --master local src/pkg/train.py"),
		"coverage":           job("coverage run -m pkg.train"),
		"bash -c":            job("bash -c 'cd src && python pkg/train.py'"),
		"compose exec":       job("docker compose exec -T api python src/pkg/train.py"),
		"shell script":       job("bash scripts/go.sh") + "-- scripts/go.sh --\nset -e\npython src/pkg/train.py\n",
		"executable script":  job("./scripts/go.sh") + "-- scripts/go.sh --\n. ./scripts/inner.sh\n-- scripts/inner.sh --\npython src/pkg/train.py\n",
		"npx with a version": job("npx dotenv@3.1.0 python src/pkg/train.py"),
		"loop":               job("for p in other train; do python src/pkg/$p.py; done"),
		"import by name":     job("python start.py") + "-- start.py --\nimport importlib\nimportlib.import_module('pkg.train')\n",
		"import of one of":   job("python start.py a") + "-- src/pkg/__init__.py --\n-- start.py --\nimport importlib, sys\nname = sys.argv[1]\nimportlib.import_module(f'pkg.{name}')\n",
		"make":               job("make -C . all") + "-- Makefile --\nall: train\ntrain:\n\tpython src/pkg/train.py\n",
		"mise":               job("mise run train") + "-- mise.toml --\n[tasks.train]\nrun = 'python src/pkg/train.py'\n",
		"poe":                job("poetry run poe train") + "-- pyproject.toml --\n[tool.poe.tasks]\ntrain = 'python src/pkg/train.py'\n",
		"plugin of Poetry":   job("poetry poe train") + "-- pyproject.toml --\n[tool.poe.tasks]\ntrain = 'poetry run python src/pkg/train.py'\n",
		"machine of Google":  "-- .github/workflows/w.yml --\non: push\njobs: {j: {runs-on: x, steps: [{uses: google-github-actions/ssh-compute@v0, with: {command: 'cd ~/app && git pull && sh scripts/go.sh'}}]}}\n-- scripts/go.sh --\ncd src\npython -m pkg.train\n",
		"console script":     job("uv run go-train") + "-- pyproject.toml --\n[project.scripts]\ngo-train = 'pkg.train:main'\n",
		"npm":                job("npm run train") + "-- package.json --\n{\"scripts\": {\"train\": \"python src/pkg/train.py\"}}\n",
		"dvc":                job("dvc repro") + "-- dvc.yaml --\nstages:\n  train: {cmd: python src/pkg/train.py}\n",
		"muster":             job("muster ci") + "-- muster.yaml --\nstages:\n  train: {run: python src/pkg/train.py}\n",
		"mlflow":             job("mlflow run . -P a=1") + "-- MLproject --\nentry_points: {main: {command: 'python src/pkg/train.py {a}'}}\n",
		"image":              job("docker build -t x .") + "-- Dockerfile --\nFROM python\nCOPY src /app\nRUN python /app/pkg/train.py\n",
		"job file":           job("anyscale jobs submit job.yaml") + "-- job.yaml --\nentrypoint: python src/pkg/train.py\n",
		"ray serve":          job("serve deploy serve.yaml") + "-- serve.yaml --\napplications:\n- name: x\n  import_path: pkg.train:app\n",
		"service file":       job("anyscale service rollout --service-config-file svc.yaml") + "-- svc.yaml --\nray_serve_config: {import_path: 'pkg.train:app'}\n",
		"subprocess":         job("python start.py") + "-- start.py --\nimport subprocess, sys\nsubprocess.run([sys.executable, '-m', 'pkg.train'])\n",
		"named module":       job("python start.py") + "-- start.py --\nrun_module('pkg.train')\n",
		"xargs":              job("ls data | xargs -n 1 python src/pkg/train.py"),
		"find":               job("find . -name x -exec python src/pkg/train.py {} \\;"),
		"another machine":    job("ssh -i key host 'cd /srv && python src/pkg/train.py'"),
		"nohup in a shell":   job("(cd src && nohup python pkg/train.py &)"),
		"function":           job("go() {\n  python src/pkg/train.py\n}\ngo"),
		"slurm":              job("sbatch scripts/go.sh") + "-- scripts/go.sh --\nsrun python src/pkg/train.py\n",
		"setup.cfg":          job("go-train") + "-- setup.cfg --\n[options.entry_points]\nconsole_scripts =\n    go-train = pkg.train:main\n",
		"tox in pyproject":   job("tox -e x") + "-- pyproject.toml --\n[tool.tox]\nlegacy_tox_ini = \"\"\"\n[testenv:x]\ncommands = python src/pkg/train.py\n\"\"\"\n",
		"tox in setup.cfg":   job("tox") + "-- setup.cfg --\n[testenv]\ncommands =\n    python src/pkg/train.py\n",
		"invoke":             job("inv run-training") + "-- tasks.py --\nfrom invoke import task\n@task\ndef run_training(c, epochs=1):\n    c.run(f'python src/pkg/train.py --epochs {epochs}', pty=True)\n",
		"invoke package":     job("invoke ml.train") + "-- tasks/ml.py --\nfrom invoke import task\n@task\ndef train(ctx):\n    ctx.run('python src/pkg/train.py')\n",
		"cdk":                job("npx cdk deploy") + "-- cdk.json --\n{\"app\": \"python3 src/pkg/train.py\"}\n",
		"estimator":          job("python start.py") + "-- start.py --\nfrom sagemaker.pytorch import PyTorch\nPyTorch(entry_point='train.py', source_dir='src/pkg').fit()\n",
		"processing step":    job("python start.py") + "-- start.py --\nimport os\nfrom sagemaker.workflow.steps import ProcessingStep\nBASE = os.path.dirname(os.path.realpath(__file__))\nProcessingStep(name='x', code=os.path.join(BASE, 'src/pkg/train.py'))\n",
		"own launcher":       job("python start.py") + "-- start.py --\nimport subprocess\ndef go(name):\n    subprocess.run(['spark-submit', f'/opt/{name}'])\ngo('pkg/train.py')\n",
		"command of a job":   job("python start.py") + "-- start.py --\nfrom azure.ai.ml import command\ncommand(code='./src', command='python pkg/train.py --data ${{inputs.data}}')\n",
		"kedro":              job("kedro run") + "-- src/app/pipelines/train/pipeline.py --\nfrom pkg.train import fit\n",
		"azure ml":           job("az ml job create -f jobs/pipe.yml") + "-- jobs/pipe.yml --\ntype: pipeline\njobs:\n  a: {type: command, component: file:./train.yml}\n-- jobs/train.yml --\ntype: command\ncode: ../src\ncommand: python pkg/train.py --data ${{inputs.data}}\n",
		"bundle":             job("databricks bundle deploy -t prod") + "-- databricks.yml --\nbundle: {name: x}\nresources:\n  jobs:\n    j:\n      tasks: [{task_key: t, spark_python_task: {python_file: src/pkg/train.py}}]\n",
		"snakemake":          job("snakemake --cores 1") + "-- Snakefile --\nrule train:\n    input: 'a'\n    output: 'b'\n    shell:\n        'python src/pkg/train.py {input} {output}'\n",
		"vertex":             job("gcloud ai custom-jobs create --region=x --worker-pool-spec=machine-type=n1,local-package-path=src,script=pkg/train.py"),
		"run of an image":    job("docker build -t acme/train:1 .\ndocker run acme/train:1") + "-- Dockerfile --\nFROM python\nCOPY src /app\nCMD [\"python\", \"/app/pkg/train.py\"]\n",
		"heredoc":            job("docker build .") + "-- Dockerfile --\nFROM python\nCOPY . /app\nRUN <<EOF\nset -e\npython /app/src/pkg/train.py\nEOF\n",
		"input of an action": "-- .github/workflows/w.yml --\non: push\njobs: {j: {runs-on: x, steps: [{uses: ./go, with: {file: train}}]}}\n-- go/action.yml --\ninputs: {file: {default: none}, dir: {default: src}}\nruns:\n  steps:\n    - {run: 'python pkg/${{ inputs.file }}.py', shell: bash, working-directory: '${{ inputs.dir }}'}\n",
		"PowerShell":         "-- .github/workflows/w.yml --\non: push\njobs: {j: {runs-on: windows-latest, steps: [{run: \"$env:A = 'x'\\nif ($LastExitCode -ne 0) { throw 'x' }\\npython src/pkg/train.py\"}]}}\n",
		"nox":                job("nox -s train") + "-- noxfile.py --\nimport nox\n@nox.session\ndef train(session):\n    session.run('python', 'src/pkg/train.py')\n",
		"composite action":   "-- .github/workflows/w.yml --\non: push\njobs: {j: {runs-on: x, steps: [{uses: ./.github/actions/go}]}}\n-- .github/actions/go/action.yml --\nruns:\n  steps:\n    - {run: python src/pkg/train.py, shell: bash}\n",
		"reusable workflow":  "-- .github/workflows/w.yml --\non: push\njobs: {j: {uses: ./.github/workflows/inner.yml}}\n-- .github/workflows/inner.yml --\non: workflow_call\njobs: {k: {runs-on: x, steps: [{run: python src/pkg/train.py}]}}\n",
		"variable of a step": "-- .github/workflows/w.yml --\non: push\nenv: {SCRIPT: pkg/train.py}\njobs: {j: {runs-on: x, steps: [{run: python submit.py}]}}\n-- submit.py --\nimport os\nplatform.submit(os.environ['SCRIPT'])\n",
	} {
		t.Run(name, func(t *testing.T) {
			r := walk(t, archive+program)
			for _, file := range []string{"src/pkg/train.py", "src/pkg/model.py"} {
				if !slices.Contains(by(r, file), ".github/workflows/w.yml#j") {
					t.Errorf("%s is run by %v, not by the job", file, by(r, file))
				}
			}
		})
	}
}

// TestEntries lists what runs the file where no CI job does.
func TestEntries(t *testing.T) {
	for name, tt := range map[string]struct {
		archive string
		want    []string
	}{
		"documentation":  {"-- README.md --\n```bash\n$ python src/pkg/train.py\n```\n", []string{"README.md: documented [manual]"}},
		"inline":         {"-- README.md --\nRun `python src/pkg/train.py`.\n", []string{"README.md: documented [manual]"}},
		"other language": {"-- README.md --\n```python\npython src/pkg/train.py\n```\n", nil},
		"skill":          {"-- .claude/x.md --\n`python src/pkg/train.py`\n", nil},
		"compose": {
			"-- docker-compose.yml --\nservices:\n  t: {build: .}\n-- Dockerfile --\nFROM x\nWORKDIR /app\nCOPY src/ .\nCMD [\"python\", \"pkg/train.py\"]\n",
			[]string{"docker-compose.yml#t: service [manual]"},
		},
		"image that nothing builds": {"-- Dockerfile --\nFROM x\nCOPY src .\nCMD python pkg/train.py\n", nil},
		"cron job": {
			"-- k8s/job.yaml --\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: t}\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{image: x, command: [python, /app/src/pkg/train.py]}]}}}}}\n",
			[]string{"k8s/job.yaml#CronJob/t: timer [schedule]"},
		},
		"suspended": {
			"-- k8s/job.yaml --\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: t}\nspec: {suspend: true, jobTemplate: {containers: [{image: x, command: [python, src/pkg/train.py]}]}}\n",
			[]string{"k8s/job.yaml#CronJob/t: timer [schedule] off: suspend: true"},
		},
		"prefect": {
			"-- prefect.yaml --\ndeployments: [{name: n, entrypoint: 'src/pkg/train.py:f', schedules: [{cron: '0 3 * * *'}]}]\n",
			[]string{"prefect.yaml#n: timer [schedule]"},
		},
		"prefect, paused": {
			"-- prefect.yaml --\ndeployments: [{name: n, entrypoint: 'src/pkg/train.py:f', schedules: [{cron: '0 3 * * *', active: false}]}]\n",
			[]string{"prefect.yaml#n: pipeline [manual]"},
		},
		"Procfile": {"-- Procfile --\nweb: python src/pkg/train.py\n", []string{"Procfile#web: service [manual]"}},
		"crontab that nothing installs": {
			"-- crontab --\n# 0 1 * * * python other.py\n0 3 * * 1-5 cd /app && python src/pkg/train.py >> log\n",
			[]string{"crontab: task [manual]"},
		},
		"crontab in an image": {
			"-- docker/crontab --\n0 3 * * * root cd /app && python src/pkg/train.py\n-- Dockerfile --\nFROM x\nCOPY docker/crontab /etc/cron.d/x\nCOPY src /app/src\n",
			[]string{"docker/crontab: timer [schedule]"},
		},
		"blueprint of Render": {
			"-- render.yaml --\nservices:\n  - {type: web, name: api, runtime: docker, dockerfilePath: ./docker/Dockerfile}\n  - {type: cron, name: nightly, runtime: python, startCommand: python src/pkg/train.py}\n  - {type: web, name: other, runtime: node, startCommand: node x.js}\n" +
				"-- docker/Dockerfile --\nFROM x\nCOPY src /src\nCMD python /src/pkg/train.py\n",
			[]string{"image:docker/Dockerfile: image [manual]", "render.yaml#api: service [manual]", "render.yaml#nightly: timer [schedule]"},
		},
		"manifest of Heroku": {
			"-- heroku.yml --\nbuild: {docker: {worker: Dockerfile}}\nrun: {worker: python src/pkg/train.py}\n-- Dockerfile --\nFROM x\n",
			[]string{"heroku.yml#worker: service [manual]"},
		},
		"App Engine": {"-- app.yaml --\nruntime: python312\nentrypoint: python src/pkg/train.py\n", []string{"app.yaml: service [manual]"}},
		"Fly": {
			"-- fly.toml --\napp = 'x'\n[build]\ndockerfile = 'Dockerfile.fly'\n-- Dockerfile.fly --\nFROM x\nCOPY src /src\nCMD python /src/pkg/train.py\n",
			[]string{"fly.toml: service [manual]", "image:Dockerfile.fly: image [manual]"},
		},
		"Fly with an image of others": {"-- fly.toml --\n[build]\nimage = 'x'\n-- Dockerfile --\nFROM x\nCOPY src /src\nCMD python /src/pkg/train.py\n", nil},
		"handler of Lambda": {
			job("docker build .") + "-- Dockerfile --\nFROM public.ecr.aws/lambda/python:3.12\nCOPY src .\nCMD [\"pkg.app.handler\"]\n-- src/pkg/app.py --\nfrom pkg import train\ndef handler(event, context):\n    pass\n",
			[]string{"image:Dockerfile: image [manual]"},
		},
		"name that is no handler": {
			job("docker build .") + "-- Dockerfile --\nFROM x\nCOPY src .\nCMD [\"pkg.app.other\"]\n-- src/pkg/app.py --\nfrom pkg import train\ndef handler(event, context):\n    pass\n", nil,
		},
		"unit with a timer": {
			"-- deploy/t.service --\n[Service]\nExecStart=/usr/bin/python src/pkg/train.py\n-- deploy/t.timer --\n[Timer]\nOnCalendar=daily\n",
			[]string{"deploy/t.service: timer [schedule]"},
		},
		"chart": {
			"-- chart/Chart.yaml --\nname: x\n-- chart/values.yaml --\ncron: {suspend: false, command: src/pkg/train.py}\n-- chart/templates/job.yaml --\n{{- if .Values.cron }}\napiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: {{ include \"x.name\" . }}\n  labels:\n    {{- include \"x.labels\" . | nindent 4 }}\nspec:\n  suspend: {{ .Values.cron.suspend }}\n  containers:\n    - image: \"{{ .Values.image }}\"\n      command: [python, {{ .Values.cron.command }}]\n{{- end }}\n",
			[]string{"chart/templates/job.yaml#CronJob/VALUE: timer [schedule]"},
		},
		"image of a manifest": {
			"-- k8s/job.yaml --\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: t}\nspec: {containers: [{name: c, image: registry/acme/train:2}]}\n" +
				"-- docker-compose.yml --\nservices: {t: {image: 'acme/train', build: .}}\n-- Dockerfile --\nFROM x\nCOPY src /src\nCMD [\"python\", \"/src/pkg/train.py\"]\n",
			[]string{"docker-compose.yml#t: service [manual]", "k8s/job.yaml#CronJob/t: timer [schedule]"},
		},
		"workflow of Argo": {
			"-- argo/w.yaml --\napiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: w}\nspec: {templates: [{name: t, script: {image: x, command: [bash], source: 'python src/pkg/train.py {{inputs.parameters.p}}'}}]}\n",
			[]string{"argo/w.yaml#WorkflowTemplate/w: service [manual]"},
		},
		"bundle with a timer": {
			"-- databricks.yml --\nresources: {jobs: {j: {schedule: {quartz_cron_expression: x}, tasks: [{notebook_task: {notebook_path: ./src/pkg/train}}]}}}\n",
			[]string{"databricks.yml#j: timer [schedule]"},
		},
		"bundle with a timer that is paused": {
			"-- databricks.yml --\nresources: {jobs: {j: {schedule: {quartz_cron_expression: x, pause_status: PAUSED}, tasks: [{notebook_task: {notebook_path: ./src/pkg/train}}]}}}\n",
			[]string{"databricks.yml#j: pipeline [manual]"},
		},
		"bundle whose targets pause the timer": {
			"-- databricks.yml --\nvariables: {pause: {default: UNPAUSED}}\ntargets:\n  dev: {mode: development}\n  prd: {mode: production, variables: {pause: PAUSED}}\n" +
				"-- resources/j.yml --\nresources: {jobs: {j: {schedule: {quartz_cron_expression: x, pause_status: '${var.pause}'}, tasks: [{notebook_task: {notebook_path: ../src/pkg/train}}]}}}\n",
			[]string{"resources/j.yml#j: pipeline [manual]"},
		},
		"bundle of which one target runs the timer": {
			"-- databricks.yml --\nvariables: {pause: {default: UNPAUSED}}\ntargets:\n  dev: {mode: development, variables: {pause: PAUSED}}\n  prd: {mode: production}\n" +
				"-- resources/j.yml --\nresources: {jobs: {j: {schedule: {quartz_cron_expression: x, pause_status: '${var.pause}'}, tasks: [{notebook_task: {notebook_path: ../src/pkg/train}}]}}}\n",
			[]string{"resources/j.yml#j: timer [schedule]"},
		},
		"Snakefile": {
			"-- workflow/Snakefile --\nrule all:\n    input: 'x'\n\nrule train:\n    output: 'x'\n    script: '../src/pkg/train.py'\n",
			[]string{"workflow/Snakefile: pipeline [manual]"},
		},
		"another session of nox":     {job("nox -s lint") + "-- noxfile.py --\nimport nox\n@nox.session\ndef lint(session):\n    session.run('ruff')\n@nox.session\ndef train(session):\n    session.run('python', 'src/pkg/train.py')\n", nil},
		"another environment of tox": {job("tox -e lint") + "-- tox.ini --\n[testenv:lint]\ncommands = ruff\n[testenv:train]\ncommands = python src/pkg/train.py\n", nil},
		"tests only":                 {job("pytest") + "-- tests/test_x.py --\nimport pkg.train\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := walk(t, tt.archive+program)
			var got []string
			for _, id := range by(r, "src/pkg/train.py") {
				e, _ := r.Entry(id)
				line := fmt.Sprintf("%s: %s %v", id, e.Kind, e.Triggers)
				if e.Off != "" {
					line += " off: " + e.Off
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
		})
	}
}

func TestChains(t *testing.T) {
	r := walk(t, `
-- .github/workflows/drift.yml --
name: drift
on: {schedule: [{cron: "0 3 * * *"}]}
jobs: {d: {runs-on: x, steps: [{run: gh workflow run train.yml}]}}
-- .github/workflows/train.yml --
name: train
on: workflow_dispatch
jobs: {t: {runs-on: x, steps: [{run: python train.py}]}}
-- .github/workflows/deploy.yml --
name: deploy
on: {workflow_run: {workflows: [train], types: [completed]}}
jobs: {d: {runs-on: x, steps: [{run: echo}]}}
-- .github/workflows/other.yml --
on: push
jobs: {o: {runs-on: x, steps: [{run: echo}]}}
`)
	chains := map[string]string{}
	for _, e := range r.Entries {
		chains[e.Name+" of "+e.Path] = e.Chain
	}
	drift := chains["job d of .github/workflows/drift.yml"]
	if drift != chains["job t of .github/workflows/train.yml"] || drift != chains["job d of .github/workflows/deploy.yml"] {
		t.Errorf("pipelines that start one another are not one chain: %v", chains)
	}
	if drift == chains["job o of .github/workflows/other.yml"] {
		t.Errorf("a pipeline of its own is on the chain: %v", chains)
	}
	if e, _ := r.Entry(".github/workflows/train.yml#t"); !slices.Contains(e.Triggers, ci.After) {
		t.Errorf("triggers %v of a workflow that another one dispatches", e.Triggers)
	}
}

// TestModulesOfImages follows "python -m" into the one image that has the
// module: the packages of the others have the same names.
func TestModulesOfImages(t *testing.T) {
	r := walk(t, `
-- .github/workflows/w.yml --
on: push
jobs: {j: {runs-on: x, steps: [{run: docker run acme/train python -m src.pipelines.train}]}}
-- api/Dockerfile --
FROM x
-- api/src/__init__.py --
-- api/src/pipelines/__init__.py --
-- train/Dockerfile --
FROM x
-- train/src/__init__.py --
-- train/src/pipelines/__init__.py --
-- train/src/pipelines/train.py --
fit()
`)
	if got := by(r, "train/src/pipelines/train.py"); len(got) != 1 {
		t.Errorf("the module is run by %v, not by the job", got)
	}
	if got := by(r, "api/src/pipelines/__init__.py"); len(got) != 0 {
		t.Errorf("the package of another image is run by %v", got)
	}
}

func TestCyclesEnd(t *testing.T) {
	walk(t, job("make a")+"-- Makefile --\na: b\nb: a\n\tmake a\n\tbash x.sh\n-- x.sh --\nmake a\n./x.sh\npython a.py\n-- a.py --\nimport b\nimport subprocess\nsubprocess.run('make a', shell=True)\n-- b.py --\nimport a\n")
}

func FuzzWalk(f *testing.F) {
	f.Add("Dockerfile", "FROM x\nCOPY --from=a b c\nCMD [\"a\n")
	f.Add("docker-compose.yml", "services: {a: {build: {context: ../..}, command: [make]}}")
	f.Add("dvc.yaml", "stages: {a: {foreach: [1], do: {cmd: 'python ${item}'}}}")
	f.Add("muster.yaml", "stages: {a: {run: muster run}}")
	f.Add("Makefile", "a: a\n\t$(MAKE) a\n")
	f.Add("README.md", "```\nmake\n")
	f.Add("k8s.yaml", "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: a, command: [make]}]}")
	f.Add("a.py", "import a\nimport subprocess\nsubprocess.run(['make', '-C'])")
	f.Add("action.yml", "runs: {steps: [{uses: ./}]}")
	f.Fuzz(func(t *testing.T, name, content string) {
		if !fs.ValidPath(name) || strings.ContainsAny(name, "\n") || strings.Contains(content, "\n-- ") || strings.HasPrefix(content, "-- ") {
			return
		}
		walk(t, "-- "+name+" --\n"+content+"\n"+job("make\nmake -C\ndocker build -f\npython\npython -m\nbash -c\ndvc repro\nmuster ci\nuv run\nenv"))
	})
}

// TestCostIsBounded follows what would lead to as many steps as its square, or
// two to its power.
func TestCostIsBounded(t *testing.T) {
	var targets, folders, calls strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&targets, "t%d: t%d\n\tpython src/pkg/train.py\n", i, (i+1)%3000)
	}
	for i := range 300 {
		fmt.Fprintf(&calls, "  call%d: {uses: ./.github/workflows/x.yml}\n", i)
	}
	for range 60 {
		folders.WriteString("cd src\n")
	}
	for name, archive := range map[string]string{
		"targets in a ring":              job("make t0") + "-- Makefile --\n" + targets.String(),
		"workflows that call themselves": "-- .github/workflows/x.yml --\non: push\njobs:\n  run: {runs-on: x, steps: [{run: python src/pkg/train.py}]}\n" + calls.String(),
		"actions that use themselves": job("make t0") + "-- Makefile --\nt0:\n\tpython src/pkg/train.py\n-- .github/workflows/y.yml --\non: push\njobs: {a: {runs-on: x, steps: [{uses: ./a}]}}\n" +
			"-- a/action.yml --\nruns:\n  steps:\n    - {run: python src/pkg/train.py, shell: bash}\n" + strings.Repeat("    - {uses: ./a}\n", 300),
		"many changes of folder": job("bash run.sh") + "-- run.sh --\n" + folders.String() + "python src/pkg/train.py\n",
	} {
		t.Run(name, func(t *testing.T) {
			r := walk(t, archive+program)
			if len(r.Runs("src/pkg/train.py")) == 0 || len(r.Sequences) > 100_000 {
				t.Errorf("%d entries run the file, in %d sequences", len(r.Runs("src/pkg/train.py")), len(r.Sequences))
			}
		})
	}
}
