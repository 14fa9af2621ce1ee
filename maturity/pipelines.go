package maturity

import (
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/source"
)

// pipelines reads the CI files that their hosts read, and only those: a
// workflow in some other folder never runs.
func pipelines(tree *source.Tree, branch string) ([]*ci.Pipeline, []result.Evidence) {
	opts := ci.Options{DefaultBranch: branch, Include: func(file string) ([]byte, bool) {
		data, ok := tree.Text[path.Clean(file)]
		return data, ok
	}}
	var out []*ci.Pipeline
	var unread []result.Evidence
	note := func(file string, err error) {
		if err != nil {
			unread = append(unread, result.Evidence{Path: file, Note: err.Error()})
		}
	}
	for _, file := range tree.Files {
		data, ok := tree.Text[file]
		if !ok {
			continue
		}
		switch {
		case isWorkflow(file):
			p, err := ci.GitHub(file, data, opts)
			note(file, err)
			if p != nil {
				out = append(out, p)
			}
		case file == ".gitlab-ci.yml":
			list, err := ci.GitLab(file, data, opts)
			note(file, err)
			out = append(out, list...)
		}
	}
	return append(out, azurePipelines(tree, opts, note)...), unread
}

func isWorkflow(file string) bool {
	return path.Dir(file) == ".github/workflows" && isYAML(file)
}

func isYAML(file string) bool { return path.Ext(file) == ".yml" || path.Ext(file) == ".yaml" }

// azurePipelines reads the files that are, by their place, pipelines of Azure
// DevOps, and leaves out those that others include.
func azurePipelines(tree *source.Tree, opts ci.Options, note func(string, error)) []*ci.Pipeline {
	var out []*ci.Pipeline
	var templates []string
	for _, file := range tree.Files {
		data, ok := tree.Text[file]
		if !ok || !isAzure(file) {
			continue
		}
		p, included, err := ci.Azure(file, data, opts)
		note(file, err)
		if p != nil {
			out = append(out, p)
		}
		templates = append(templates, included...)
	}
	return slices.DeleteFunc(out, func(p *ci.Pipeline) bool {
		return slices.Contains(templates, p.Path) || len(p.Jobs) == 0
	})
}

func isAzure(file string) bool {
	if !isYAML(file) {
		return false
	}
	top, _, nested := strings.Cut(file, "/")
	if !nested {
		return strings.HasPrefix(file, "azure-pipelines")
	}
	return slices.Contains([]string{".pipelines", ".azure-pipelines", ".azuredevops", "azure-pipelines", ".azure"}, top)
}
