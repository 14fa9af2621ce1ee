package starter

import (
	"bytes"
	"fmt"
	"path"
	"slices"

	"github.com/muster-ci/muster/internal/config"
)

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
