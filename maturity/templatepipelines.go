package maturity

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// template is a template of CloudFormation with what it defines
// (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codepipeline-pipeline.html).
type template struct {
	specs     *buildspecs
	file      string
	opts      ci.Options // with one budget for all builds that are written into the file
	resources []yamldoc.Entry
	keys      map[string]bool
	named     map[string][]string // the keys of resources, by the name that they are given
	projects  []yamldoc.Entry
	built     map[string][]ci.Job     // what was read of projects, by their keys
	started   map[string][]ci.Trigger // nil until somebody asks
}

func newTemplate(specs *buildspecs, file string, opts ci.Options, resources []yamldoc.Entry) *template {
	t := &template{specs: specs, file: file, opts: opts, resources: resources, keys: map[string]bool{}, named: map[string][]string{}, built: map[string][]ci.Job{}}
	for _, e := range resources {
		t.keys[e.Key] = true
		if name := e.Value.Get("Properties", "Name").Text(); name != "" {
			t.named[name] = append(t.named[name], e.Key)
		}
		if e.Value.Get("Type").Text() == "AWS::CodeBuild::Project" {
			t.projects = append(t.projects, e)
		}
	}
	return t
}

// templatePipelines reads the pipelines of AWS CodePipeline that a template defines:
// the actions of their stages are its jobs, in their order.
func templatePipelines(specs *buildspecs, file string) []*ci.Pipeline {
	if !bytes.Contains(specs.tree.Text[file], []byte("AWS::CodePipeline::Pipeline")) {
		return nil
	}
	var out []*ci.Pipeline
	tried, opts := 0, ci.Options{Budget: ci.NewBudget()}
	for _, doc := range templateDocuments(specs.tree, file) {
		resources := doc.Get("Resources").Entries()
		if len(resources) > maxResources {
			continue
		}
		t := newTemplate(specs, file, opts, resources)
		for _, e := range resources {
			if e.Value.Get("Type").Text() != "AWS::CodePipeline::Pipeline" || tried == maxPipelines {
				continue
			}
			tried++
			if p := t.pipeline(e); p != nil {
				out = append(out, p)
			}
		}
	}
	return out
}

// maxResources is more than a template may have, maxPipelines more pipelines than anybody
// defines in one.
const (
	maxResources = 1000
	maxPipelines = 20
)

// templateDocuments are the documents of a template in YAML or JSON.
func templateDocuments(tree *source.Tree, file string) []yamldoc.Value {
	switch ext := path.Ext(file); {
	case yamldoc.IsYAML(file):
		return tree.Documents(file)
	case (ext == ".json" || ext == ".template") && len(tree.Text[file]) <= maxProgram:
		docs, _ := yamldoc.Read(tree.Text[file]) // JSON is YAML; what is broken defines nothing
		return docs
	}
	return nil
}

// pipeline reads one pipeline; it is nil where it does nothing with the repository.
func (t *template) pipeline(e yamldoc.Entry) *ci.Pipeline {
	p := &ci.Pipeline{Path: t.file, Host: "codebuild", Name: e.Key}
	var own []ci.Trigger
	packed, built := map[string]string{}, map[string]bool{}
	for _, a := range stageActions(e.Value.Get("Properties", "Stages").Items()) {
		if len(p.Jobs) > ci.MaxJobs {
			break
		}
		switch kind := a.Get("ActionTypeId"); kind.Get("Category").Text() {
		case "Source":
			own = withTrigger(own, ownTrigger(kind.Get("Provider").Text(), a.Get("Configuration")))
		case "Approval":
			p.Jobs = append(p.Jobs, approvalJob(t.file, a.Line()))
		case "Build", "Test":
			p.Jobs = append(p.Jobs, t.builds(a.Value, built, packed)...)
		case "Deploy":
			p.Jobs = append(p.Jobs, t.deploys(a.stage, a.Value, packed)...)
		}
	}
	if len(p.Jobs) == 0 {
		return nil
	}
	p.Triggers = slices.Clone(t.starters()[e.Key])
	for _, trigger := range own {
		p.Triggers = withTrigger(p.Triggers, trigger)
	}
	return inOrder(p)
}

// stageAction is an action of the stage of that name.
type stageAction struct {
	yamldoc.Value
	stage string
}

// stageActions are the actions of a pipeline in the order in which they run.
func stageActions(stages []yamldoc.Value) []stageAction {
	var out []stageAction
	for _, stage := range stages {
		name := stage.Get("Name").Text()
		for _, a := range inRunOrder(stage.Get("Actions").Items()) {
			if len(out) == maxActions {
				return out
			}
			out = append(out, stageAction{a, name})
		}
	}
	return out
}

// inRunOrder sorts the actions of a stage by when they run.
func inRunOrder(actions []yamldoc.Value) []yamldoc.Value {
	order := func(a yamldoc.Value) string {
		n := a.Get("RunOrder").Text()
		return strings.Repeat("0", max(0, 4-len(n))) + n
	}
	slices.SortStableFunc(actions, func(a, b yamldoc.Value) int { return strings.Compare(order(a), order(b)) })
	return actions
}

func withTrigger(have []ci.Trigger, t ci.Trigger) []ci.Trigger {
	if t == "" || slices.Contains(have, t) {
		return have
	}
	return append(have, t)
}

// ownTrigger is what a source starts its pipeline by, unless it leaves that to a rule.
func ownTrigger(provider string, config yamldoc.Value) ci.Trigger {
	for _, key := range []string{"PollForSourceChanges", "DetectChanges"} {
		if strings.EqualFold(config.Get(key).Text(), "false") {
			return ""
		}
	}
	switch provider {
	case "CodeCommit", "GitHub", "CodeStarSourceConnection":
		return ci.Push
	case "S3", "ECR":
		return ci.Event
	}
	return ""
}

// starters are the triggers of the rules and webhooks of the template, by the keys of
// what they start.
func (t *template) starters() map[string][]ci.Trigger {
	if t.started != nil {
		return t.started
	}
	t.started = map[string][]ci.Trigger{}
	start := func(targets yamldoc.Value, by ci.Trigger) {
		for key := range t.names(targets) {
			t.started[key] = withTrigger(t.started[key], by)
		}
	}
	for _, e := range t.resources {
		p := e.Value.Get("Properties")
		switch e.Value.Get("Type").Text() {
		case "AWS::CodePipeline::Webhook":
			start(p.Get("TargetPipeline"), ci.Push)
		case "AWS::Events::Rule":
			if p.Get("State").Text() != "DISABLED" {
				start(p.Get("Targets"), ruleTrigger(p))
			}
		}
	}
	return t.started
}

// ruleTrigger is what a rule of EventBridge listens to.
func ruleTrigger(rule yamldoc.Value) ci.Trigger {
	from := rule.Get("EventPattern", "source").Texts()
	switch {
	case rule.Get("ScheduleExpression").Exists():
		return ci.Schedule
	case slices.Contains(from, "aws.codecommit"), slices.Contains(from, "aws.codestar-connections"):
		return ci.Push
	}
	return ci.Event
}

var logicalName = regexp.MustCompile(`[A-Za-z][A-Za-z0-9]*`)

// names are the keys of the template's resources that a value refers to: by them, or by
// the name that a resource is given.
func (t *template) names(v yamldoc.Value) map[string]bool {
	const deep = 8
	out, texts := map[string]bool{}, map[string]bool{}
	v.Scalars(deep, func(_ string, s yamldoc.Value) {
		texts[s.Text()] = true
		for _, word := range logicalName.FindAllString(s.Text(), -1) {
			if t.keys[word] {
				out[word] = true
			}
		}
	})
	for text := range texts {
		for _, key := range t.named[text] {
			out[key] = true
		}
	}
	return out
}

// builds are the jobs of an action that runs a project of CodeBuild, but for those that
// were built before. What they pack into templates is noted, by the name that it gets.
func (t *template) builds(action yamldoc.Value, built map[string]bool, packed map[string]string) []ci.Job {
	named := t.names(action.Get("Configuration", "ProjectName"))
	var out []ci.Job
	for _, e := range t.projects {
		if !named[e.Key] {
			continue
		}
		for _, j := range t.projectJobs(e) {
			if built[j.ID] {
				continue
			}
			built[j.ID] = true
			for _, s := range j.Steps {
				notePacked(s.Run, packed)
			}
			out = append(out, j)
		}
	}
	return out
}

// projectJobs are the jobs of a project's build: of a file, or written into the template.
func (t *template) projectJobs(e yamldoc.Entry) []ci.Job {
	spec := e.Value.Get("Properties", "Source", "BuildSpec")
	switch text := spec.Text(); {
	case text == "":
		return t.specs.jobs("buildspec.yml")
	case !strings.Contains(text, "\n"):
		return t.specs.jobs(path.Clean(text))
	}
	if _, read := t.built[e.Key]; !read {
		t.built[e.Key] = t.writtenJobs(e.Key, spec)
	}
	return t.built[e.Key]
}

// writtenJobs are those of a build that is written into the template.
func (t *template) writtenJobs(project string, spec yamldoc.Value) []ci.Job {
	read, err := ci.CodeBuild(t.file, []byte(spec.Text()), t.opts)
	if err != nil {
		return nil // CodeBuild could not read it either
	}
	var out []ci.Job
	for _, p := range read {
		for _, j := range p.Jobs {
			out = append(out, moved(j, project, spec.TextLine()-1))
		}
	}
	return out
}

// moved is a job of a text that stands further down in a file.
func moved(j ci.Job, id string, lines int) ci.Job {
	j.ID, j.Line = id, j.Line+lines
	for i := range j.Steps {
		j.Steps[i].Line += lines
		j.Steps[i].RunLine += lines
	}
	return j
}

// packing is how a template is packed with its code under another name.
var packing = regexp.MustCompile(`aws\s+cloudformation\s+package\b[^\n;&|]*|sam\s+package\b[^\n;&|]*`)

var (
	packedFrom = regexp.MustCompile(`--template(?:-file)?[ =]+(\S+)`)
	packedTo   = regexp.MustCompile(`--output-template(?:-file)?[ =]+(\S+)`)
)

// notePacked notes what a script packs: the name of the result, and what it is made of.
func notePacked(script string, packed map[string]string) {
	for _, command := range packing.FindAllString(script, -1) {
		from, to := packedFrom.FindStringSubmatch(command), packedTo.FindStringSubmatch(command)
		if from != nil && to != nil {
			packed[path.Base(to[1])] = path.Clean(from[1])
		}
	}
}

// otherDeploys are the commands that do what providers of deployments do.
var otherDeploys = map[string][]string{
	"ECS":              {"aws", "ecs", "update-service"},
	"CodeDeployToECS":  {"aws", "deploy", "create-deployment"},
	"CodeDeploy":       {"aws", "deploy", "create-deployment"},
	"ElasticBeanstalk": {"aws", "elasticbeanstalk", "update-environment"},
}

// deploys is the job of an action that deploys, named after its stage.
func (t *template) deploys(stage string, action yamldoc.Value, packed map[string]string) []ci.Job {
	config := action.Get("Configuration")
	args := otherDeploys[action.Get("ActionTypeId", "Provider").Text()]
	if action.Get("ActionTypeId", "Provider").Text() == "CloudFormation" {
		_, file, _ := strings.Cut(config.Get("TemplatePath").Text(), "::")
		mode := config.Get("ActionMode").Text()
		if mode == "DELETE_ONLY" || file == "" || isEmpty(config.Get("StackName")) {
			return nil
		}
		if file = t.unpacked(file, packed); file == t.file && t.onlyDelivers() {
			return nil
		}
		args = []string{"aws", "cloudformation", "deploy", "--template-file", file, "--stack-name", config.Get("StackName").Text()}
	}
	if args == nil {
		return nil
	}
	name := stage + "/" + action.Get("Name").Text()
	return []ci.Job{{
		ID: name, Line: action.Line(), Environment: stage,
		Steps: []ci.Step{{Path: t.file, Line: action.Line(), RunLine: action.Line(), Args: args}},
	}}
}

// isEmpty reports whether nothing stands for a value: no text, and no function that makes one.
func isEmpty(v yamldoc.Value) bool { return v.Text() == "" && v.Len() == 0 && len(v.Items()) == 0 }

// onlyDelivers reports whether the template holds nothing but pipelines with the roles
// and buckets that they need: with itself, it deploys nothing.
func (t *template) onlyDelivers() bool {
	return !slices.ContainsFunc(t.resources, func(e yamldoc.Entry) bool {
		kind := e.Value.Get("Type").Text()
		return !strings.HasPrefix(kind, "AWS::CodePipeline::") && !strings.HasPrefix(kind, "AWS::IAM::") && !strings.HasPrefix(kind, "AWS::S3::")
	})
}

// unpacked is the file of the repository that an artefact was made of: one that a build
// packed, or the only one of that name.
func (t *template) unpacked(file string, packed map[string]string) string {
	if from, ok := packed[path.Base(file)]; ok {
		return from
	}
	if _, ok := t.specs.tree.Text[file]; ok {
		return file
	}
	if found := t.specs.onlyBelow(path.Base(file)); found != "" {
		return found
	}
	return file
}
