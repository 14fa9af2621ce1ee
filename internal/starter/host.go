package starter

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
)

// WorkflowPath is where GitHub looks for the workflow.
const WorkflowPath = ".github/workflows/muster.yml"

// InJobs is a muster.yaml for a pipeline that runs in jobs. Its registry is a
// branch: what a job leaves in its checkout is gone when it ends. And it says the
// pipeline's name, which is else the folder's: a registry belongs to one pipeline,
// and others clone into folders of other names.
func InJobs(text []byte, folder string) []byte {
	kept := slices.Concat(text, []byte("\n# Versions of the model lie on the branch muster/models of this repository.\nregistry: {git: {}}\n"))
	cfg, err := config.Parse(config.FileName, folder, kept)
	if err != nil {
		return kept
	}
	named := bytes.Replace(kept, []byte("version: 1\n"), []byte("version: 1\nname: "+scalar(cfg.Name)+"\n"), 1)
	if _, err := config.Parse(config.FileName, folder, named); err != nil {
		return kept // the folder is called what no pipeline can be
	}
	return named
}

// Workflow is a GitHub workflow that runs muster ci on each change. Folder is
// where muster.yaml lies in the repository, "." for its root.
func Workflow(folder string) []byte {
	with := ""
	if folder = path.Clean(folder); folder != "." && !strings.Contains(folder, "${{") { // that would be GitHub's to fill in
		with = "\n        with: {working-directory: " + scalar(folder) + "}"
	}
	return fmt.Appendf(nil, `# Runs, gates and scores each change, and promotes what passed on main; made by muster init.
on: {pull_request: {}, push: {branches: [main]}}
permissions: {contents: write} # the registry is a branch of this repository; a fork's job can only read
concurrency: {group: "muster-${{ github.ref }}"} # one after the other: of two promotions at once one fails
jobs:
  model:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-go@v5 # muster is built from its source where the runner has none
        with: {go-version: stable, cache: false}
      - uses: muster-ci/muster@main%s
`, with)
}

// IncludePath is where GitLab looks for the pipeline.
const IncludePath = ".gitlab-ci.yml"

// Include is a .gitlab-ci.yml that runs muster ci on each change. Folder is where
// muster.yaml lies in the repository, "." for its root.
func Include(folder string) []byte {
	inputs := "engine: dind # needs a privileged runner, as GitLab.com's are; else socket, or none"
	if folder = path.Clean(folder); folder != "." {
		inputs = "folder: " + scalar(folder+"/") + "\n      " + inputs
	}
	return fmt.Appendf(nil, `# Runs, gates and scores each change, and promotes what passed on the default branch.
include:
  - remote: https://raw.githubusercontent.com/muster-ci/muster/main/templates/muster.yml
    inputs:
      %s
# The registry is a branch of this repository. So that jobs may push to it: Settings,
# CI/CD, Job token permissions, Allow Git push requests to the repository.
`, inputs)
}
