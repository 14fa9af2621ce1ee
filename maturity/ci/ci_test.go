package ci_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/maturity/ci"
)

func github(t *testing.T, src string, opts ci.Options) *ci.Pipeline {
	t.Helper()
	p, err := ci.GitHub(".github/workflows/x.yml", []byte(src), opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestGitHubTriggers(t *testing.T) {
	for on, want := range map[string][]ci.Trigger{
		"push":                             {ci.Tag, ci.Push},
		"[push, pull_request]":             {ci.Tag, ci.Push, ci.Change},
		"{push: {branches: [main]}}":       {ci.Push},
		"{push: {branches: [release/**]}}": {ci.Branch},
		"{push: {branches: ['**', '!main', '!master']}}":        {ci.Branch},
		"{push: {branches-ignore: [main, master]}}":             {ci.Branch},
		"{push: {tags: ['v*']}}":                                {ci.Tag},
		"{push: {branches: [main], tags: ['v*']}}":              {ci.Tag, ci.Push},
		"{pull_request: {branches: [develop]}}":                 nil,
		"{schedule: [{cron: '0 3 * * *'}]}":                     {ci.Schedule},
		"workflow_dispatch":                                     {ci.Manual},
		"{repository_dispatch: {types: [new-data]}}":            {ci.Event},
		"{workflow_run: {workflows: [ci], types: [completed]}}": {ci.After},
		"{release: {types: [published]}}":                       {ci.Release},
		"issues":                                                {ci.Other},
		"workflow_call":                                         {ci.Call},
	} {
		p := github(t, "on: "+on+"\njobs:\n  a:\n    runs-on: x\n    steps: [{run: a}]\n", ci.Options{})
		if diff := cmp.Diff(want, p.Triggers); diff != "" {
			t.Errorf("on: %s (-want +got):\n%s", on, diff)
		}
	}
	p := github(t, "on: {push: {branches: [trunk]}}\njobs: {a: {runs-on: x, steps: [{run: a}]}}\n", ci.Options{DefaultBranch: "trunk"})
	if !slices.Contains(p.Triggers, ci.Push) {
		t.Errorf("triggers %v of a push to the default branch", p.Triggers)
	}
}

func TestGitHubConditions(t *testing.T) {
	for cond, want := range map[string]string{
		"false":                               "off: if: false",
		"${{ false }}":                        "off: if: false",
		"github.event_name == 'schedule'":     "[schedule]",
		"github.event_name != 'pull_request'": "[push schedule manual]",
		"github.event_name == 'push' && github.ref == 'refs/heads/main'":                                  "[push]",
		"github.ref == 'refs/heads/main'":                                                                 "[push schedule manual]",
		"startsWith(github.ref, 'refs/tags/')":                                                            "[manual]",
		"github.actor == 'bot'":                                                                           "[manual]",
		"github.event_name == 'schedule' || github.event_name == 'push'":                                  "[push schedule]",
		"github.event_name == 'release'":                                                                  "off: its condition fits none of the workflow's triggers",
		"github.event_name == 'pull_request' && (github.ref == 'refs/heads/main' || github.actor == 'y')": "off: its condition fits none of the workflow's triggers",
		"!(github.event_name == 'push' || github.event_name == 'schedule')":                               "[change manual]",
		"github.ref == 'refs/heads/main' && github.event_name == 'push' && vars.X != ''":                  "[push]",
		"github.event.inputs.deploy == 'true'":                                                            "[manual]",
		"github.actor != 'bot'":                                                                           "[push change schedule manual]",
		"success() && vars.DEPLOY == 'yes'":                                                               "[push change schedule manual]",
	} {
		src := "on:\n  push: {branches: [main]}\n  pull_request:\n  schedule: [{cron: '0 3 * * *'}]\n  workflow_dispatch:\njobs:\n" +
			"  a:\n    if: \"" + cond + "\"\n    runs-on: x\n    steps: [{run: a}]\n"
		job := github(t, src, ci.Options{}).Jobs[0]
		got := fmt.Sprint(job.Triggers)
		if job.Off != "" {
			got = "off: " + job.Off
		}
		if got != want {
			t.Errorf("if: %s: %s, want %s", cond, got, want)
		}
	}
}

func TestGitHubJobsInheritWhatKeepsThemFromRunning(t *testing.T) {
	p := github(t, `
on: {push: {branches: [main]}, workflow_dispatch: }
jobs:
  first:
    if: github.actor == 'somebody'
    runs-on: x
    steps: [{run: a}]
  second: {needs: first, runs-on: x, steps: [{run: a}]}
  always: {needs: first, if: always(), runs-on: x, steps: [{run: a}]}
  never: {if: false, runs-on: x, steps: [{run: a}]}
  after-never: {needs: never, runs-on: x, steps: [{run: a}]}
`, ci.Options{})
	got := map[string]string{}
	for _, j := range p.Jobs {
		got[j.ID] = strings.TrimSpace(fmt.Sprint(j.Triggers) + " " + j.Off)
	}
	want := map[string]string{
		"first": "[manual]", "second": "[manual]", "always": "[push manual]", "never": "[push manual] if: false",
		"after-never": "[push manual] it needs the job never, which never runs",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
}

func TestGitHubSteps(t *testing.T) {
	p := github(t, `
on: push
env: {PKG: churn}
defaults: {run: {working-directory: app}}
jobs:
  a:
    strategy: {matrix: {project: [one, two]}}
    runs-on: x
    steps:
      - run: |
          pip install .
          pytest --cov=${{ env.PKG }} ${{ secrets.X }}
        working-directory: ${{ matrix.project }}
      - run: pytest
        shell: bash
        continue-on-error: true
      - uses: docker/build-push-action@v6
        with: {push: true}
`, ci.Options{})
	var got []string
	for _, s := range p.Jobs[0].Steps {
		got = append(got, fmt.Sprintf("%d %s %q %s pipefail=%t %s", s.RunLine, s.Dir, s.Run, s.Uses, s.PipeFail, s.Swallowed))
	}
	want := []string{
		`11 one "pip install .\npytest --cov=churn EXPRESSION\n"  pipefail=false `,
		`11 two "pip install .\npytest --cov=churn EXPRESSION\n"  pipefail=false `,
		`14 app "pytest"  pipefail=true continue-on-error on the step`,
		`0  "" docker/build-push-action@v6 pipefail=false `,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

func TestGitHubBroken(t *testing.T) {
	for _, src := range []string{"", "on: push", "a: [", "jobs: 3", "\xff"} {
		if p, err := ci.GitHub("x.yml", []byte(src), ci.Options{}); err == nil {
			t.Errorf("%q was read as %+v", src, p)
		}
	}
}

func TestGitLab(t *testing.T) {
	included := map[string]string{"ci/jobs.yml": "included: {stage: test, script: [inner]}\n"}
	opts := ci.Options{Include: func(file string) ([]byte, bool) { s, ok := included[file]; return []byte(s), ok }}
	list, err := ci.GitLab(".gitlab-ci.yml", []byte(`
include: [{local: /ci/jobs.yml}, {remote: "https://example.org/x.yml"}]
stages: [test, train, deploy]
variables: {PKG: churn}
.base: &base
  before_script: [pip install .]
unit:
  <<: *base
  stage: test
  script:
    - cd app
    - pytest
change-only:
  extends: .base
  script: [pytest]
  rules: [{if: '$CI_PIPELINE_SOURCE == "merge_request_event"'}]
nightly:
  stage: train
  script: [[dvc pull, dvc repro], !reference [.base, before_script]]
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
    - {when: never}
tagged: {stage: deploy, script: [deploy], only: [tags]}
loose: {stage: test, script: [pytest], allow_failure: true}
button: {stage: deploy, script: [deploy], when: manual}
`), opts)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range list {
		for _, j := range p.Jobs {
			var run []string
			for _, s := range j.Steps {
				run = append(run, strings.TrimPrefix(s.Dir+"/"+s.Run, "/"))
			}
			got[j.ID] = fmt.Sprint(j.Triggers, run, j.Needs, j.Swallowed, j.Off)
		}
	}
	want := map[string]string{
		"unit":        "[push tag manual] [pip install . cd app app/pytest] []",
		"change-only": "[change] [pip install . pytest] []",
		"nightly":     "[schedule] [dvc pull dvc repro pip install .] [unit change-only loose included]",
		"tagged":      "[tag] [deploy] [nightly]",
		"loose":       "[push tag manual] [pytest] []allow_failure: true",
		"button":      "[manual] [deploy] [nightly]",
		"included":    "[push tag manual] [inner] []",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
}

func TestAzure(t *testing.T) {
	included := map[string]string{".pipelines/steps.yml": "steps:\n- script: pytest\n  displayName: tests\n"}
	opts := ci.Options{Include: func(file string) ([]byte, bool) { s, ok := included[file]; return []byte(s), ok }}
	p, templates, err := ci.Azure(".pipelines/cd.yml", []byte(`
trigger: none
pr: none
resources: {pipelines: [{pipeline: train, source: Train, trigger: {branches: {include: [main]}}}]}
variables: [{name: NAME, value: churn}]
stages:
- stage: Deploy
  jobs:
  - job: one
    steps:
    - template: steps.yml
    - task: AzureCLI@2
      inputs: {inlineScript: "az ml model deploy --name $(NAME)"}
  - deployment: two
    dependsOn: one
    environment: production
    strategy: {runOnce: {deploy: {steps: [{bash: deploy, continueOnError: true}]}}}
`), opts)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{".pipelines/steps.yml"}, templates); diff != "" {
		t.Errorf("templates (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]ci.Trigger{ci.After, ci.Manual}, p.Triggers); diff != "" {
		t.Errorf("triggers (-want +got):\n%s", diff)
	}
	var got []string
	for _, j := range p.Jobs {
		for _, s := range j.Steps {
			got = append(got, fmt.Sprintf("%s %v %s:%d %s %s", j.ID, j.Needs, s.Path, s.RunLine, s.Run, s.Swallowed))
		}
	}
	want := []string{
		"Deploy/one [] .pipelines/steps.yml:2 pytest ",
		"Deploy/one [] .pipelines/cd.yml:13 az ml model deploy --name churn ",
		"Deploy/two [Deploy/one] .pipelines/cd.yml:17 deploy continueOnError: true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

func fuzzSeeds(f *testing.F) {
	f.Helper()
	for _, s := range []string{
		"on: push\njobs:\n  a:\n    runs-on: x\n    strategy: {matrix: {a: [1], include: [{b: 2}]}}\n    steps: [{run: '${{ matrix.a }}'}]\n",
		"a: {script: [b], rules: [{if: x}], extends: a}\n", "include: [{local: .gitlab-ci.yml}]\n", "a: &a [*a]\n", "x: {<<: [{a: 1}]}\n",
		"steps: [{script: '$(a'}]\nvariables: {a: $(a)}\n", "on: {push: {branches: ['*a*b*c*']}}\njobs: {a: {needs: [a], runs-on: x, steps: [{run: a}]}}\n",
	} {
		f.Add([]byte(s))
	}
}

// Patterns of branches are matched as they stand, however many stars they have.
func TestManyStars(t *testing.T) {
	for pattern, want := range map[string]bool{
		strings.Repeat("**", 90): true, strings.Repeat("**", 90) + "z": false, strings.Repeat("*", 7) + "main": true, "m*n": true, "m?in": true, "*/main": false, "**/main": false, "": false,
	} {
		src := fmt.Sprintf("on: {push: {branches: [%q]}}\njobs: {a: {runs-on: x, steps: [{run: a}]}}\n", pattern)
		p, err := ci.GitHub(".github/workflows/a.yml", []byte(src), ci.Options{DefaultBranch: "main"})
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(p.Triggers, ci.Push); got != want {
			t.Errorf("%.20s…: %v, want %t", pattern, p.Triggers, want)
		}
	}
}

func FuzzGitHub(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := ci.GitHub("x.yml", data, ci.Options{}); err == nil && p == nil {
			t.Fatal("neither a pipeline nor an error")
		}
	})
}

func FuzzGitLab(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(_ *testing.T, data []byte) {
		opts := ci.Options{Include: func(string) ([]byte, bool) { return data, true }}
		_, _ = ci.GitLab(".gitlab-ci.yml", data, opts)
	})
}

func FuzzAzure(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(_ *testing.T, data []byte) {
		opts := ci.Options{Include: func(string) ([]byte, bool) { return data, true }}
		_, _, _ = ci.Azure("azure-pipelines.yml", data, opts)
	})
}
