package starter

import (
	"fmt"
	"path"
	"strings"
)

// WorkflowPath is where GitHub looks for the workflow.
const WorkflowPath = ".github/workflows/muster.yml"

// Workflow is a GitHub workflow that runs muster ci on each change. Folder is
// where muster.yaml lies in the repository, "." for its root.
func Workflow(name, folder string) []byte {
	with := fmt.Sprintf("registry: %s", scalar("/srv/muster/"+stageName(name)))
	if folder = path.Clean(folder); folder != "." && !strings.Contains(folder, "${{") { // that would be GitHub's to fill in
		with += ", working-directory: " + scalar(folder)
	}
	return fmt.Appendf(nil, `# Runs, gates and scores each change; made by muster init.
# The registry must outlive the job: any folder of the team's own runner will do.
on: {pull_request: {}, push: {branches: [main]}}
permissions: {contents: read}
jobs:
  model:
    runs-on: self-hosted
    steps:
      - uses: actions/checkout@v4
      - uses: muster-ci/muster@main
        with: {%s}
`, with)
}

// Include is what a .gitlab-ci.yml needs to run muster ci on each change.
func Include(name, folder string) []byte {
	text := `include:
  - project: muster-ci/muster
    file: actions/gitlab/muster.gitlab-ci.yml

muster:
  variables:
`
	if folder = path.Clean(folder); folder != "." {
		text += "    MUSTER_DIR: " + scalar(folder) + "\n"
	}
	return []byte(text + "    MUSTER_REGISTRY: " + scalar("/srv/muster/"+stageName(name)) + " # a folder that outlives the job\n")
}
