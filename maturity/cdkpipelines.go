package maturity

import (
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/ci"
)

// A pipeline of CDK Pipelines
// (https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.pipelines-readme.html) runs
// commands in its steps, and deploys the stages that are added to it.
var (
	shellStep = regexp.MustCompile(`\bnew\s+(?:\w+\.)*(?:ShellStep|CodeBuildStep|ManualApprovalStep)\s*\(`)
	addsStage = regexp.MustCompile(`\.addStage\s*\(`)
	// ownSource is where the code comes from; a source of artefacts starts it, too.
	ownSource    = regexp.MustCompile(`\bCodePipelineSource\s*\.\s*(gitHub|connection|codeCommit|s3|ecr)\s*\(`)
	commandList  = regexp.MustCompile(`(?s)\b(?:commands|installCommands)\s*:\s*\[(.*?)\]`)
	quotedText   = regexp.MustCompile("'([^'\n]*)'|\"([^\"\n]*)\"|`([^`]*)`")
	afterwards   = regexp.MustCompile(`\bpost\s*:`)
	approvalStep = regexp.MustCompile(`ManualApprovalStep\s*\($`)
)

// quoted are the strings that stand in a text.
func quoted(text string) []string {
	var out []string
	for _, m := range quotedText.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1]+m[2]+m[3])
	}
	return out
}

// placedJob is a job with where in the text it runs.
type placedJob struct {
	at  int
	job ci.Job
}

// scriptSteps are the jobs of a pipeline of CDK Pipelines in TypeScript or JavaScript, and
// what starts it.
func scriptSteps(file, text string) ([]ci.Job, []ci.Trigger) {
	if !strings.Contains(text, "CodePipeline") {
		return nil, nil
	}
	lineAt := func(at int) int { return strings.Count(text[:at], "\n") + 1 }
	var placed []placedJob
	for _, m := range shellStep.FindAllStringIndex(text, maxActions) {
		args := arguments(text, m[1])
		name := firstOf(quoted(args))
		if approvalStep.MatchString(text[m[0]:m[1]]) {
			placed = append(placed, placedJob{m[0], approvalJob(file, lineAt(m[0]))})
			continue
		}
		var commands []string
		for _, list := range commandList.FindAllStringSubmatch(args, -1) {
			commands = append(commands, quoted(list[1])...)
		}
		placed = append(placed, placedJob{m[0], commandJob(file, name, lineAt(m[0]), commands)})
	}
	if len(placed) == 0 {
		return nil, nil
	}
	for _, m := range addsStage.FindAllStringIndex(text, maxActions) {
		args := arguments(text, m[1])
		at := m[1] + len(args)
		if later := afterwards.FindStringIndex(args); later != nil {
			at = m[1] + later[0]
		}
		placed = append(placed, placedJob{at, stageJob(file, firstOf(quoted(args)), lineAt(m[0]))})
	}
	slices.SortStableFunc(placed, func(a, b placedJob) int { return a.at - b.at })
	var jobs []ci.Job
	for _, p := range placed {
		jobs = append(jobs, p.job)
	}
	var triggers []ci.Trigger
	for _, m := range ownSource.FindAllStringSubmatchIndex(text, maxActions) {
		if !notTriggered.MatchString(arguments(text, m[1])) {
			triggers = withTrigger(triggers, stepTrigger(text[m[2]:m[3]]))
		}
	}
	return jobs, triggers
}

// pythonSteps are the same of a program in Python, in the order of its lines.
func pythonSteps(file string, mod *python.Module) ([]ci.Job, []ci.Trigger) {
	var jobs []ci.Job
	var triggers []ci.Trigger
	steps := false
	for _, c := range mod.Calls[:min(len(mod.Calls), 10*maxActions)] {
		name := ""
		if a, ok := c.Positional(0); ok {
			name = a.Value
		}
		switch method := c.Method(); {
		case strings.HasPrefix(c.Name, "aws_cdk.pipelines.") && (method == "ShellStep" || method == "CodeBuildStep"):
			steps = true
			commands, _ := c.Arg("commands")
			jobs = append(jobs, commandJob(file, name, c.Line, commands.Items))
		case strings.HasPrefix(c.Name, "aws_cdk.pipelines.") && method == "ManualApprovalStep":
			jobs = append(jobs, approvalJob(file, c.Line))
		case method == "add_stage" && steps:
			jobs = append(jobs, stageJob(file, "", c.Line))
		case strings.HasPrefix(c.Name, "aws_cdk.pipelines.CodePipelineSource."):
			if !slices.ContainsFunc(c.Args, func(a python.Arg) bool { return a.Name == "trigger_on_push" && a.Value == "False" }) {
				triggers = withTrigger(triggers, stepTrigger(method))
			}
		}
	}
	if !steps {
		return nil, nil
	}
	return jobs, triggers
}

// stepTrigger is what a source of CDK Pipelines starts its pipeline by.
func stepTrigger(source string) ci.Trigger {
	switch source {
	case "s3", "ecr":
		return ci.Event
	case "gitHub", "connection", "codeCommit", "git_hub", "code_commit":
		return ci.Push
	}
	return ""
}

func firstOf(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return texts[0]
}

// commandJob runs commands one after the other, until one fails.
func commandJob(file, name string, line int, commands []string) ci.Job {
	return ci.Job{ID: name, Line: line, Steps: []ci.Step{{
		Path: file, Line: line, RunLine: line, Run: strings.Join(commands, "\n"), ErrExit: true,
	}}}
}

// stageJob deploys the stacks of a stage.
func stageJob(file, name string, line int) ci.Job {
	return ci.Job{ID: "deploy " + name, Line: line, Environment: name, Steps: []ci.Step{{
		Path: file, Line: line, RunLine: line, Args: []string{"cdk", "deploy"},
	}}}
}

func approvalJob(file string, line int) ci.Job {
	return ci.Job{ID: "approval", Line: line, Steps: []ci.Step{{Path: file, Line: line, Uses: "ManualApprovalAction"}}}
}
