package facts

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/settings"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// cloudFormation makes facts of what a template of CloudFormation or SAM keeps: alarms,
// timers, endpoints, and what takes a release back
// (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference).
func (b *builder) cloudFormation(file string) {
	for _, doc := range b.in.Tree.Documents(file) {
		resources := doc.Get("Resources").Entries()
		pipelines := ownPipelines(resources)
		stages := sync.OnceValue(func() []Link { return b.stagesOf(file) })
		for _, e := range resources {
			p := e.Value.Get("Properties")
			switch e.Value.Get("Type").Text() {
			case "AWS::CloudWatch::Alarm":
				about := e.Key + " " + p.Get("MetricName").Text() + " " + p.Get("AlarmName").Text()
				b.fact("alert.alarm", e.Key, file, e.Line, map[string]any{
					"told": len(p.Get("AlarmActions").Items()) > 0, "about": about, "drift": driftName.MatchString(about),
				})
			case "AWS::Events::Rule", "AWS::Scheduler::Schedule":
				b.templateTimer(e, file, pipelines, stages)
			case "AWS::SageMaker::Endpoint":
				b.fact("uptime.managed", e.Key, file, e.Line, map[string]any{"probe": false})
				b.templateEndpoint(e, file)
			case "AWS::SageMaker::EndpointConfig":
				b.templateInstances(e, file)
			}
			if v := takesBack(e.Value); v.Exists() {
				b.fact("rollback.analysis", e.Key+" is taken back on alarms", file, max(v.Line(), e.Line), nil)
			}
		}
	}
}

// templateEndpoint makes a fact of an endpoint that a template puts in place, with the
// commands that apply this template.
func (b *builder) templateEndpoint(e yamldoc.Entry, file string) {
	var links []Link
	for _, h := range b.applying("apply CloudFormation", func(h reach.Hit) bool { return b.applies("CloudFormation", h) }) {
		if given(h, file) && len(links) < maxLinks {
			links = append(links, linkOf(h))
		}
	}
	made := Fact{Category: "deploy.model", Tool: "CloudFormation", Subject: "endpoint " + e.Key, Path: file, Line: e.Line, Context: string(source.Source), Entries: links}
	b.add(made)
	if name := e.Value.Get("Properties", "EndpointName").Text(); namedByRun.MatchString(name) {
		made.Category, made.Subject = "deploy.named", name
		b.add(made)
	}
}

// namedByRun is a name that holds which run or version the model comes from.
var namedByRun = regexp.MustCompile(`(?i)\$\{[\w.]*(version|run_?id|job_?id|train\w*id|execution_?id|commit)\w*\}`)

// templateInstances makes a fact of an endpoint of several instances: the platform asks
// each whether it is healthy, and replaces them one after the other
// (https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html).
func (b *builder) templateInstances(e yamldoc.Entry, file string) {
	for _, v := range e.Value.Get("Properties", "ProductionVariants").Items() {
		if n := settings.Number(v.Get("InitialInstanceCount").Text()); n > 1 {
			b.add(Fact{
				Category: "uptime", Subject: e.Key, Path: file, Line: e.Line, Context: string(source.Source), Entries: b.delivers(file),
				Detail: map[string]any{"ready": true, "live": true, "replicas": n, "rolling": true},
			})
			return
		}
	}
}

// takesBack is the part of a resource that takes a release back when an alarm is raised.
func takesBack(resource yamldoc.Value) yamldoc.Value {
	p := resource.Get("Properties")
	switch resource.Get("Type").Text() {
	case "AWS::Serverless::Function":
		if v := p.Get("DeploymentPreference"); len(v.Get("Alarms").Items()) > 0 && v.Get("Enabled").Text() != "false" {
			return v
		}
	case "AWS::CodeDeploy::DeploymentGroup":
		if v := p.Get("AutoRollbackConfiguration"); v.Get("Enabled").Text() == "true" && len(p.Get("AlarmConfiguration", "Alarms").Items()) > 0 {
			return v
		}
	case "AWS::SageMaker::Endpoint":
		if v := p.Get("DeploymentConfig", "AutoRollbackConfiguration"); len(v.Get("Alarms").Items()) > 0 {
			return v
		}
	}
	return yamldoc.Value{}
}

// templateTimer makes a fact of a rule of CloudFormation whose target is named
// for training, or is one of the pipelines of the same template, with their stages.
func (b *builder) templateTimer(e yamldoc.Entry, file string, pipelines map[string]bool, stages func() []Link) {
	const deep = 8
	p := e.Value.Get("Properties")
	var events, aims strings.Builder
	aims.WriteString(e.Key)
	p.Get("EventPattern").Scalars(deep, func(_ string, v yamldoc.Value) { events.WriteString(" " + v.Text()) })
	for _, key := range []string{"Targets", "Target"} {
		p.Get(key).Scalars(deep, func(name string, v yamldoc.Value) {
			if strings.HasSuffix(name, "Arn") || strings.Contains(name, "Arn.") {
				aims.WriteString(" " + v.Text())
			}
		})
	}
	pattern, targets := events.String(), aims.String()
	switch timed := p.Get("ScheduleExpression").Exists() || pattern != ""; {
	case p.Get("State").Text() == "DISABLED" || !timed:
	case startsPipeline(targets, pipelines):
		b.add(Fact{
			Category: "timer.training", Subject: e.Key, Path: file, Line: max(e.Line, 1), Context: string(source.Source), Entries: slices.Clone(stages()),
			Detail: map[string]any{"event": pattern != "", "signal": signalPattern.MatchString(pattern), "pipeline": true},
		})
	case trainingName.MatchString(targets):
		b.timerFact(e.Key, file, e.Line, pattern)
	}
}

var logicalID = regexp.MustCompile(`[A-Za-z][A-Za-z0-9]*`)

// ownPipelines are the pipelines of CodePipeline among the resources of a template.
func ownPipelines(resources []yamldoc.Entry) map[string]bool {
	out := map[string]bool{}
	for _, e := range resources {
		if e.Value.Get("Type").Text() == "AWS::CodePipeline::Pipeline" {
			out[e.Key] = true
		}
	}
	return out
}

// startsPipeline reports whether targets name one of the pipelines.
func startsPipeline(targets string, pipelines map[string]bool) bool {
	return len(pipelines) > 0 && slices.ContainsFunc(logicalID.FindAllString(targets, -1), func(word string) bool { return pipelines[word] })
}

// stagesOf are the jobs of the pipelines that a file defines.
func (b *builder) stagesOf(file string) []Link {
	return b.entriesThat(func(e reach.Entry) bool { return e.Kind == reach.KindJob && e.Chain == file })
}
