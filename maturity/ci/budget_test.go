package ci_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/muster-ci/muster/maturity/ci"
)

// listOf is a YAML list of that many items.
func listOf(n int, item string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(item+", ", n), ", ") + "]"
}

// mapOf is a YAML mapping of that many keys.
func mapOf(n int, value string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: %s, ", i, value)
	}
	return "{" + strings.TrimSuffix(b.String(), ", ") + "}"
}

// What jobs share, by whatever means a host has, is not held as often as they have it;
// and that something was left out is said. Each of these is a million of something.
func TestWhatJobsShareIsBounded(t *testing.T) {
	const jobs = 2_000
	for name, tt := range map[string]struct{ host, data string }{
		"GitLab: scripts":        {"gitlab", "default: {before_script: " + listOf(1000, "make") + "}\n" + numbered("j%d: {script: [make]}\n", jobs)},
		"GitLab: variables":      {"gitlab", "variables: " + mapOf(300, "x") + "\n.v: {variables: " + mapOf(300, "y") + "}\n" + numbered("j%d: {extends: .v, script: [make]}\n", jobs)},
		"GitLab: needs":          {"gitlab", ".n: {needs: " + listOf(1000, "j1") + "}\n" + numbered("j%d: {extends: .n, script: [make]}\n", jobs)},
		"GitLab: only":           {"gitlab", ".n: {only: " + listOf(1000, "a") + ", except: " + listOf(1000, "b") + "}\n" + numbered("j%d: {extends: .n, script: [make]}\n", jobs)},
		"GitLab: rules":          {"gitlab", ".n: {rules: " + listOf(1000, "{if: $A}") + "}\n" + numbered("j%d: {extends: .n, script: [make]}\n", jobs)},
		"GitHub: variables":      {"github", "on: push\nenv: " + mapOf(300, "x") + "\njobs:\n  j:\n    runs-on: x\n    steps:\n" + strings.Repeat("      - run: make\n", 10*jobs)},
		"GitHub: matrix":         {"github", "on: push\njobs:\n  j:\n    runs-on: x\n    strategy: {matrix: {a: " + listOf(300, "b") + "}}\n    steps:\n" + strings.Repeat("      - run: make ${{ matrix.a }}\n", 10*jobs)},
		"Buildkite: variables":   {"buildkite", "env: " + mapOf(300, "x") + "\nsteps:\n" + numbered("- {command: make, env: {a%d: b}}\n", jobs) + numbered("- {group: a, steps: "+listOf(100, "make")+"}\n", 10)},
		"Travis: scripts":        {"travis", "install: " + listOf(1000, "make") + "\njobs:\n  include:\n" + numbered("  - script: make %d\n", jobs)},
		"CircleCI: commands":     {"circleci", "commands: {c: {steps: " + listOf(1000, "run: make") + "}}\njobs: {j: {steps: " + listOf(jobs, "c") + "}}\nworkflows: {w: {jobs: [j]}}\n"},
		"CircleCI: parameters":   {"circleci", "commands: {c: {parameters: " + mapOf(1000, "{default: x}") + ", steps: [{run: make}]}}\njobs: {j: {steps: " + listOf(jobs, "c") + "}}\nworkflows: {w: {jobs: [j]}}\n"},
		"CircleCI: variables":    {"circleci", "jobs: {j: {environment: " + mapOf(300, "x") + ", steps: " + listOf(jobs, "{run: {command: make}}") + "}}\nworkflows: {w: {jobs: [j]}}\n"},
		"Azure: templates":       {"azure", "parameters: {s: " + listOf(1000, "{script: make}") + "}\nsteps:\n" + strings.Repeat("- ${{ parameters.s }}\n", jobs)},
		"Cloud Build: variables": {"cloudbuild", "substitutions: " + mapOf(300, "x") + "\nsteps:\n" + strings.Repeat("- {name: gcr.io/cloud-builders/docker, args: [build]}\n", jobs)},
		"Jenkins: variables":     {"jenkins", "environment {\n" + numbered("A%d = 'x'\n", 300) + "}\nnode {\n" + numbered("stage('s%d') { environment {\n"+numbered("A = 'x'\n", 3)+"}\nsh 'make' }\n", jobs) + "}\n"},
		"Jenkins: inner stages":  {"jenkins", "pipeline { stages {\n" + numbered("stage('s%d') { environment {\n"+strings.Repeat("A = 'x'\n", 3)+"}\n steps { sh 'make' } }\n", jobs) + "}}"},
		"Bitbucket: needs":       {"bitbucket", "pipelines:\n  default:\n  - parallel: " + listOf(1000, "{step: {script: [make]}}") + "\n" + strings.Repeat("  - step: {script: [make]}\n", jobs)},
		"Woodpecker: steps":      {"woodpecker", "when: {event: push}\nsteps:\n" + numbered("- {name: a%d, commands: "+listOf(50, "make")+"}\n", jobs)},
		"Taskcluster: variables": {"taskcluster", "tasks:\n" + numbered("- {payload: {command: [make], env: {A%d: x}}}\n", jobs)},
		"Tekton: steps":          {"tekton", "kind: PipelineRun\nspec: {pipelineSpec: {tasks: " + listOf(jobs, "{name: a, taskSpec: {steps: [{script: make}]}}") + "}}\n"},
		"CodeBuild: commands":    {"codebuild", "phases: {build: {commands: " + listOf(60_000, "make") + "}}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			opts := ci.Options{Budget: ci.NewBudget()}
			list, err := readers[tt.host]("x.yml", []byte(tt.data), opts)
			if err != nil || len(list) == 0 || list[0] == nil {
				t.Fatalf("%d pipelines, error %v", len(list), err)
			}
			weigh(t, len(tt.data), list)
			if len(list[0].Jobs) <= ci.MaxJobs && opts.Budget.Err() == nil {
				t.Error("nothing was left out, or it is not said")
			}
		})
	}
}

// A value that a text names a thousand times is not in it a thousand times.
func TestWhatIsPutInIsBounded(t *testing.T) {
	value := strings.Repeat("x", 5_000)
	for name, tt := range map[string]struct{ host, data string }{
		"Azure: variables":   {"azure", "variables: {a: " + value + "}\nsteps:\n- script: " + strings.Repeat("$(a) ", 1000) + "\n- {task: a@1, inputs: {b: " + strings.Repeat("$(a) ", 1000) + "}}\n"},
		"Azure: expressions": {"azure", "variables: {a: " + value + "}\nsteps:\n- script: " + strings.Repeat("${{variables.a}} ", 1000) + "\n"},
		"CircleCI":           {"circleci", "jobs: {j: {parameters: {a: {default: " + value + "}}, steps: [{run: " + strings.Repeat("<<parameters.a>> ", 1000) + "}]}}\nworkflows: {w: {jobs: [j]}}\n"},
		"Cloud Build":        {"cloudbuild", "substitutions: {_A: " + value + "}\nsteps:\n- {name: gcr.io/cloud-builders/docker, args: [\"" + strings.Repeat("${_A} ", 1000) + "\"]}\n"},
		"Taskcluster":        {"taskcluster", "tasks:\n- $let: {a: " + value + "}\n  in: {payload: {command: [bash, -c, \"" + strings.Repeat("${a} ", 1000) + "\"]}}\n"},
		"Jenkins":            {"jenkins", "a = '" + value + "'\nnode { sh '" + strings.Repeat("${a} ", 1000) + "' }\n"},
		"GitHub":             {"github", "on: push\njobs:\n  j:\n    runs-on: x\n    env: {A: " + value + "}\n    steps:\n    - run: " + strings.Repeat("${{ env.A }} ", 1000) + "\n"},
		"GitHub: variables":  {"github", "on: push\nenv:\n  A00: " + value + "\n" + numbered("  B%d: \""+strings.Repeat("${{ env.A00 }} ", 50)+"\"\n", 200) + "jobs:\n  j:\n    runs-on: x\n    steps:\n" + strings.Repeat("    - run: make\n", 1000)},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := readers[tt.host]("x.yml", []byte(tt.data), ci.Options{})
			if err != nil || len(list) == 0 || len(list[0].Jobs) == 0 {
				t.Fatalf("%v, error %v", list, err)
			}
			size, known := 0, false
			for _, j := range list[0].Jobs {
				for _, s := range j.Steps {
					text := s.Run + strings.Join(s.Args, "") + s.With["b"]
					size, known = size+len(text), known || strings.Contains(text, value)
					for _, v := range s.Env {
						size += len(v)
					}
				}
			}
			if size > 50_000_000 || name != "GitHub: variables" && (size > 200_000 || !known) {
				t.Errorf("%d bytes become %d", len(tt.data), size)
			}
		})
	}
}

// weigh fails if pipelines are larger than any is.
func weigh(t *testing.T, size int, list []*ci.Pipeline) {
	t.Helper()
	jobs, steps, needs, variables := 0, 0, 0, 0
	for _, p := range list {
		jobs += len(p.Jobs)
		for _, j := range p.Jobs {
			steps, needs = steps+len(j.Steps), needs+len(j.Needs)
			for _, s := range j.Steps {
				variables += len(s.Env)
			}
		}
	}
	if jobs > ci.MaxJobs+1 || steps > 50_000 || needs > (ci.MaxNeeds+1)*(ci.MaxJobs+1) || variables > 700_000 {
		t.Errorf("%d bytes become %d jobs with %d needs, and %d steps with %d variables", size, jobs, needs, steps, variables)
	}
}
