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
	tree      *source.Tree
	file      string
	resources []yamldoc.Entry
}

// templatePipelines reads the pipelines of AWS CodePipeline that a template defines:
// the actions of their stages are its jobs, in their order.
func templatePipelines(tree *source.Tree, file string) []*ci.Pipeline {
	if !bytes.Contains(tree.Text[file], []byte("AWS::CodePipeline::Pipeline")) {
		return nil
	}
	var out []*ci.Pipeline
	for _, doc := range templateDocuments(tree, file) {
		t := template{tree, file, doc.Get("Resources").Entries()}
		for _, e := range t.resources {
			if e.Value.Get("Type").Text() != "AWS::CodePipeline::Pipeline" || len(t.resources) > maxResources {
				continue
			}
			if p := t.pipeline(e); p != nil {
				out = append(out, p)
			}
		}
	}
	return out
}

// maxResources is more than a template may have.
const maxResources = 1000

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
func (t template) pipeline(e yamldoc.Entry) *ci.Pipeline {
	p := &ci.Pipeline{Path: t.file, Host: "codebuild", Name: e.Key, Triggers: t.starters(e.Key)}
	packed := map[string]string{}
	for _, stage := range e.Value.Get("Properties", "Stages").Items() {
		for _, a := range inRunOrder(stage.Get("Actions").Items()) {
			switch kind := a.Get("ActionTypeId"); kind.Get("Category").Text() {
			case "Source":
				p.Triggers = withTrigger(p.Triggers, ownTrigger(kind.Get("Provider").Text(), a.Get("Configuration")))
			case "Approval":
				p.Jobs = append(p.Jobs, ci.Job{ID: "approval", Line: a.Line(), Steps: []ci.Step{{Path: t.file, Line: a.Line(), Uses: "ManualApprovalAction"}}})
			case "Build", "Test":
				p.Jobs = append(p.Jobs, t.builds(a, packed)...)
			case "Deploy":
				p.Jobs = append(p.Jobs, t.deploys(stage.Get("Name").Text(), a, packed)...)
			}
		}
	}
	return inOrder(p)
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

// starters are the triggers of the rules and webhooks of the template that start a
// pipeline of it.
func (t template) starters(pipeline string) []ci.Trigger {
	var out []ci.Trigger
	for _, e := range t.resources {
		p := e.Value.Get("Properties")
		switch e.Value.Get("Type").Text() {
		case "AWS::CodePipeline::Webhook":
			if slices.Contains(t.names(p.Get("TargetPipeline")), pipeline) {
				out = withTrigger(out, ci.Push)
			}
		case "AWS::Events::Rule":
			if p.Get("State").Text() != "DISABLED" && slices.Contains(t.names(p.Get("Targets")), pipeline) {
				out = withTrigger(out, ruleTrigger(p))
			}
		}
	}
	return out
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

// names are the template's resources that a value refers to: by their logical name, or
// by the name that they are given.
func (t template) names(v yamldoc.Value) []string {
	const deep = 8
	var out []string
	words, texts := map[string]bool{}, map[string]bool{}
	v.Scalars(deep, func(_ string, s yamldoc.Value) {
		texts[s.Text()] = true
		for _, w := range logicalName.FindAllString(s.Text(), -1) {
			words[w] = true
		}
	})
	for _, e := range t.resources {
		if name := e.Value.Get("Properties", "Name").Text(); words[e.Key] || name != "" && texts[name] {
			out = append(out, e.Key)
		}
	}
	return out
}

// builds are the jobs of an action that runs a project of CodeBuild. What they pack
// into templates is noted, by the name that it gets.
func (t template) builds(action yamldoc.Value, packed map[string]string) []ci.Job {
	named := t.names(action.Get("Configuration", "ProjectName"))
	var out []ci.Job
	for _, e := range t.resources {
		if e.Value.Get("Type").Text() != "AWS::CodeBuild::Project" || !slices.Contains(named, e.Key) {
			continue
		}
		jobs := t.projectJobs(e)
		for _, j := range jobs {
			for _, s := range j.Steps {
				notePacked(s.Run, packed)
			}
		}
		out = append(out, jobs...)
	}
	return out
}

// projectJobs are the jobs of a project's build: of a file, or written into the template.
func (t template) projectJobs(e yamldoc.Entry) []ci.Job {
	spec := e.Value.Get("Properties", "Source", "BuildSpec")
	switch text := spec.Text(); {
	case text == "":
		return buildJobs(t.tree, "buildspec.yml")
	case !strings.Contains(text, "\n"):
		return buildJobs(t.tree, path.Clean(text))
	default:
		read, err := ci.CodeBuild(t.file, []byte(text), ci.Options{})
		if err != nil {
			return nil // CodeBuild could not read it either
		}
		var out []ci.Job
		for _, p := range read {
			for _, j := range p.Jobs {
				out = append(out, moved(j, e.Key, spec.TextLine()-1))
			}
		}
		return out
	}
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
func (t template) deploys(stage string, action yamldoc.Value, packed map[string]string) []ci.Job {
	config := action.Get("Configuration")
	args := otherDeploys[action.Get("ActionTypeId", "Provider").Text()]
	if action.Get("ActionTypeId", "Provider").Text() == "CloudFormation" {
		_, file, _ := strings.Cut(config.Get("TemplatePath").Text(), "::")
		mode := config.Get("ActionMode").Text()
		if mode == "DELETE_ONLY" || file == "" {
			return nil
		}
		args = []string{"aws", "cloudformation", "deploy", "--template-file", t.unpacked(file, packed), "--stack-name", config.Get("StackName").Text()}
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

// unpacked is the file of the repository that an artefact was made of: one that a build
// packed, or the only one of that name.
func (t template) unpacked(file string, packed map[string]string) string {
	if from, ok := packed[path.Base(file)]; ok {
		return from
	}
	if _, ok := t.tree.Text[file]; ok {
		return file
	}
	if found := onlyBelow(t.tree, path.Base(file)); found != "" {
		return found
	}
	return file
}
