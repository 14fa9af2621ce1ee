package starter

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// WorkflowPath is where GitHub looks for the workflow.
const WorkflowPath = ".github/workflows/muster.yml"

// By is the muster that writes a workflow: its version, and the commit that it was
// built from, if it knows it.
type By struct{ Version, Commit string }

var (
	released = regexp.MustCompile(`^v\d+\.\d+\.\d+$`)
	commit   = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

// action is how a workflow names the action: a release by its commit, which nobody can
// move, and the binary by its version. Anything else is built on the runner.
func (b By) action() (uses string, with []string) {
	if !released.MatchString(b.Version) || !commit.MatchString(b.Commit) {
		return "muster-ci/muster@main # built from its source there", nil
	}
	return "muster-ci/muster@" + b.Commit + " # " + b.Version, []string{"version: " + b.Version}
}

// Workflow is a GitHub workflow that runs muster ci on each change. Folder is
// where muster.yaml lies in the repository, "." for its root.
func Workflow(folder string, by By) []byte {
	uses, with := by.action()
	if folder = path.Clean(folder); folder != "." && !strings.Contains(folder, "${{") { // that would be GitHub's to fill in
		with = append(with, "working-directory: "+scalar(folder))
	}
	inputs := ""
	if len(with) > 0 {
		inputs = "\n        with: {" + strings.Join(with, ", ") + "}"
	}
	return fmt.Appendf(nil, `# Runs, gates and scores each change, and promotes what passed on main; made by muster init.
name: muster
on:
  pull_request:
  merge_group:
  push: {branches: [main]}
permissions:
  contents: write # the registry is a branch of this repository; a fork's job can only read
  checks: write # the check that a merge can require
  pull-requests: write # the comment
  issues: write # one while the gate denies what is on main
concurrency: # one after the other, for of two promotions at once one fails; of a change the newest push counts
  group: muster-${{ github.ref }}
  cancel-in-progress: ${{ github.event_name == 'pull_request' }}
jobs:
  model:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - uses: %s%s
`, uses, inputs)
}
