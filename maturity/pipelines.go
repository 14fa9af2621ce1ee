package maturity

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/installs"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// host is where a CI host looks for its files, and how they are read.
type host struct {
	reads func(file string) bool
	read  func(file string, data []byte, opts ci.Options) ([]*ci.Pipeline, error)
}

// hosts are the CI hosts. A file counts only at a place where one of them looks.
func hosts() []host {
	return []host{
		{in(".github/workflows"), one(ci.GitHub)},
		{in(".gitea/workflows", ".forgejo/workflows"), one(gitea)},
		{at(".gitlab-ci.yml"), ci.GitLab},
		{isJenkinsfile, ci.Jenkins},
		{at(".circleci/config.yml", ".circleci/config.yaml"), ci.CircleCI},
		{at("bitbucket-pipelines.yml"), ci.Bitbucket},
		{isBuildkite, ci.Buildkite},
		{at(".taskcluster.yml"), ci.Taskcluster},
		{at(".travis.yml"), ci.Travis},
		{at(".drone.yml", ".drone.yaml"), ci.Drone},
		{isWoodpecker, ci.Woodpecker},
		{matches(`^([^/]+/){0,2}(cloudbuild[^/]*|\.?cloudbuild/[^/]+)\.ya?ml$`), ci.CloudBuild},
		{matches(`^([^/]+/){0,2}buildspec[^/]*\.ya?ml$`), ci.CodeBuild},
		{in(".tekton"), ci.Tekton},
		{isCloudBuild, cloudBuild},
		{isCloudBuild, codeBuild},
		{isTaskGraph, taskGraph},
		{source.IsDefinition, hook},
	}
}

func at(files ...string) func(string) bool {
	return func(file string) bool { return slices.Contains(files, file) }
}

func in(dirs ...string) func(string) bool {
	return func(file string) bool { return slices.Contains(dirs, path.Dir(file)) && yamldoc.IsYAML(file) }
}

func matches(pattern string) func(string) bool { return regexp.MustCompile(pattern).MatchString }

// isJenkinsfile accepts the usual places of a Jenkinsfile: which of them a job
// reads stands in Jenkins.
func isJenkinsfile(file string) bool {
	base := strings.ToLower(path.Base(file))
	return source.Classify(file) == source.Source &&
		(strings.HasPrefix(base, "jenkinsfile") || strings.HasSuffix(base, ".jenkinsfile") || strings.HasSuffix(base, ".groovy") && strings.Contains(strings.ToLower(path.Dir(file)), "jenkins"))
}

func isBuildkite(file string) bool {
	return yamldoc.IsYAML(file) && (strings.HasPrefix(file, ".buildkite/") || file == "buildkite.yml" || file == "buildkite.yaml")
}

func isWoodpecker(file string) bool {
	return yamldoc.IsYAML(file) && (path.Dir(file) == ".woodpecker" || strings.TrimSuffix(file, path.Ext(file)) == ".woodpecker")
}

// isCloudBuild accepts YAML that may be a build of Google Cloud under another name.
func isCloudBuild(file string) bool {
	return yamldoc.IsYAML(file) && !strings.HasPrefix(file, ".") && source.Classify(file) == source.Source && path.Base(file) != "action.yml"
}

// cloudSteps is how such a build begins: with steps that are named by their image.
var cloudSteps = regexp.MustCompile(`(?m)^steps:\s*(#.*)?\n(\s*(#.*)?\n)*\s*-\s+name:\s+['"]?[\w$][\w.:$/{}-]*/[\w.:$/{}-]+`)

// cloudBuild reads a build of Google Cloud; other YAML is left to others.
func cloudBuild(file string, data []byte, opts ci.Options) ([]*ci.Pipeline, error) {
	if !bytes.Contains(data, []byte("steps:")) || !bytes.Contains(data, []byte("args:")) || !cloudSteps.Match(data) {
		return nil, errOther
	}
	return ci.CloudBuild(file, data, opts)
}

// specVersion is how a buildspec says that it is one.
var specVersion = regexp.MustCompile(`(?m)^version:\s*['"]?0\.[12]\b`)

// codeBuild reads a build of AWS under another name; other YAML is left to others.
func codeBuild(file string, data []byte, opts ci.Options) ([]*ci.Pipeline, error) {
	if !bytes.Contains(data, []byte("\nphases:")) || !specVersion.Match(data) {
		return nil, errOther
	}
	return ci.CodeBuild(file, data, opts)
}

// errOther says that a file is none of the host's, and may be another's.
var errOther = errors.New("another host's file")

// isTaskGraph accepts YAML that may list tasks of Taskcluster.
func isTaskGraph(file string) bool {
	return yamldoc.IsYAML(file) && !strings.HasPrefix(file, ".") && source.Classify(file) == source.Source
}

func one(read func(string, []byte, ci.Options) (*ci.Pipeline, error)) func(string, []byte, ci.Options) ([]*ci.Pipeline, error) {
	return func(file string, data []byte, opts ci.Options) ([]*ci.Pipeline, error) {
		p, err := read(file, data, opts)
		if p == nil {
			return nil, err
		}
		return []*ci.Pipeline{p}, err
	}
}

// gitea reads a workflow of Gitea or Forgejo, which has the form of GitHub's.
func gitea(file string, data []byte, opts ci.Options) (*ci.Pipeline, error) {
	p, err := ci.GitHub(file, data, opts)
	if p != nil {
		p.Host = "gitea"
	}
	return p, err
}

// taskGraph reads tasks that something else spawns; other YAML is none.
func taskGraph(file string, data []byte, opts ci.Options) ([]*ci.Pipeline, error) {
	if !bytes.Contains(data, []byte("provisionerId")) && !bytes.Contains(data, []byte("taskQueueId")) {
		return nil, nil
	}
	if p := ci.TaskGraph(file, data, opts); p != nil {
		return []*ci.Pipeline{p}, nil
	}
	return nil, nil
}

// hook reads the hooks of Taskcluster; other JSON is none.
func hook(file string, data []byte, opts ci.Options) ([]*ci.Pipeline, error) {
	if !bytes.Contains(data, []byte(`"payload"`)) || source.Classify(file) != source.Source {
		return nil, nil
	}
	if p := ci.TaskclusterHook(file, data, opts); p != nil {
		return []*ci.Pipeline{p}, nil
	}
	return nil, nil
}

// pipelines reads the CI files that their hosts read, and only those: a
// workflow in some other folder never runs.
func pipelines(tree *source.Tree, branch string) ([]*ci.Pipeline, []result.Evidence) {
	opts := ci.Options{DefaultBranch: branch, Files: tree.Files, Include: func(file string) ([]byte, bool) {
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
	for i, p := range hosted(tree, opts) {
		note(tree.Files[i], p.err)
		note(tree.Files[i], p.cut)
		out = append(out, p.list...)
	}
	out = append(out, azurePipelines(tree, opts, note)...)
	out = append(out, taskgraphs(tree, opts, note)...)
	out = codePipelines(tree, out)
	for _, p := range out {
		note(p.Path, bound(p))
	}
	refusedTerraform(tree, note)
	longRequirements(tree, note)
	cloudTriggers(tree, out)
	ci.Settle(out)
	return out, unread
}

// longRequirements notes the lists of requirements that are read in part.
func longRequirements(tree *source.Tree, note func(string, error)) {
	for _, file := range tree.Files {
		note(file, installs.Reader{Tree: tree}.Cut(file))
	}
}

// parsed is what a CI file holds.
type parsed struct {
	list     []*ci.Pipeline
	err, cut error
}

// hosted reads each of the tree's files that is a host's.
func hosted(tree *source.Tree, opts ci.Options) []parsed {
	out, all := make([]parsed, len(tree.Files)), hosts()
	tree.Each(func(i int, file string) {
		if data, ok := tree.Text[file]; ok {
			out[i] = readHosted(all, file, data, opts)
		}
	})
	return out
}

// readHosted reads a file as the first host does that takes it for its own.
func readHosted(all []host, file string, data []byte, opts ci.Options) parsed {
	for _, h := range all {
		if !h.reads(file) {
			continue
		}
		opts.Budget = ci.NewBudget()
		list, err := h.read(file, data, opts)
		if !errors.Is(err, errOther) {
			return parsed{list, err, opts.Budget.Err()}
		}
	}
	return parsed{}
}

// bound cuts a pipeline of more jobs than anybody has, and what its jobs wait for. The
// error says what was cut.
func bound(p *ci.Pipeline) error {
	var cut error
	for i, job := range p.Jobs {
		if len(job.Needs) > ci.MaxNeeds {
			p.Jobs[i].Needs = job.Needs[:ci.MaxNeeds]
			cut = fmt.Errorf("job %s needs more than %d others: the rest was not read", job.ID, ci.MaxNeeds)
		}
	}
	if len(p.Jobs) > ci.MaxJobs {
		p.Jobs = p.Jobs[:ci.MaxJobs]
		return fmt.Errorf("it has more than %d jobs: the rest was not read", ci.MaxJobs)
	}
	return cut
}

// kindFile is a kind of a Taskgraph, in the folder of its name.
var kindFile = regexp.MustCompile(`^(.+)/(kinds|ci)/[^/]+/kind\.ya?ml$`)

// taskgraphs reads the kinds that the decision task of .taskcluster.yml makes
// the tasks of, a pipeline for each folder that holds some.
func taskgraphs(tree *source.Tree, opts ci.Options, note func(string, error)) []*ci.Pipeline {
	if !bytes.Contains(tree.Text[".taskcluster.yml"], []byte("taskgraph")) {
		return nil
	}
	kinds := map[string][]string{}
	for _, file := range tree.Files {
		if m := kindFile.FindStringSubmatch(file); m != nil && (tree.Class(file) == source.Source || tree.Class(file) == source.Test) {
			kinds[m[1]] = append(kinds[m[1]], file)
		}
	}
	var out []*ci.Pipeline
	for _, root := range slices.Sorted(maps.Keys(kinds)) {
		opts.Budget = ci.NewBudget()
		p, err := ci.Kinds(root, kinds[root], opts)
		note(root, err)
		note(root, opts.Budget.Err())
		if p != nil {
			out = append(out, p)
		}
	}
	return out
}

// azurePipelines reads the files that are, by their place, pipelines of Azure
// DevOps, and leaves out those that others include.
func azurePipelines(tree *source.Tree, opts ci.Options, note func(string, error)) []*ci.Pipeline {
	var out []*ci.Pipeline
	var templates []string
	for _, file := range tree.Files {
		data, ok := tree.Text[file]
		if !ok || !isAzure(file) && !looksAzure(file, data) {
			continue
		}
		opts.Budget = ci.NewBudget()
		p, included, err := ci.Azure(file, data, opts)
		note(file, err)
		note(file, opts.Budget.Err())
		if p != nil {
			out = append(out, p)
		}
		templates = append(templates, included...)
	}
	return slices.DeleteFunc(out, func(p *ci.Pipeline) bool {
		return slices.Contains(templates, p.Path) || len(p.Jobs) == 0
	})
}

// azureKeys are what only the top of a pipeline of Azure DevOps has together:
// what starts it, and where it runs.
var azureKeys = regexp.MustCompile(`(?m)^(trigger|schedules|pr):`)

// looksAzure tells a pipeline in some other folder by its form: in which file a
// pipeline lies stands in Azure DevOps.
func looksAzure(file string, data []byte) bool {
	if !yamldoc.IsYAML(file) || strings.HasPrefix(file, ".") || source.Classify(file) != source.Source ||
		!bytes.Contains(data, []byte("- task:")) && !bytes.Contains(data, []byte("pool:")) || !azureParts.Match(data) {
		return false
	}
	return azureTask.Match(data) && azureRoot.Match(data) || azureKeys.Match(data) && bytes.Contains(data, []byte("pool:")) &&
		(bytes.Contains(data, []byte("- template:")) || bytes.Contains(data, []byte("- script:")) || bytes.Contains(data, []byte("- bash:")))
}

var (
	azureParts = regexp.MustCompile(`(?m)^(stages|jobs|steps):`)
	// azureTask is a step with the version that only tasks of Azure DevOps have;
	// azureRoot is what stands at the top of a pipeline and not of a template.
	azureTask = regexp.MustCompile(`(?m)^\s*- task:\s*['"]?[\w.-]+@\d`)
	azureRoot = regexp.MustCompile(`(?m)^(trigger|schedules|pr|pool|resources):`)
)

func isAzure(file string) bool {
	if !yamldoc.IsYAML(file) {
		return false
	}
	top, _, nested := strings.Cut(file, "/")
	if !nested {
		return strings.HasPrefix(file, "azure-pipelines")
	}
	return slices.Contains([]string{".pipelines", ".azure-pipelines", ".azuredevops", "azure-pipelines", ".azure"}, top)
}
