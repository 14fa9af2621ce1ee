package facts

import (
	"regexp"
	"slices"
	"strings"

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
		for _, e := range resources {
			p := e.Value.Get("Properties")
			switch e.Value.Get("Type").Text() {
			case "AWS::CloudWatch::Alarm":
				about := e.Key + " " + p.Get("MetricName").Text() + " " + p.Get("AlarmName").Text()
				b.fact("alert.alarm", e.Key, file, e.Line, map[string]any{
					"told": len(p.Get("AlarmActions").Items()) > 0, "about": about, "drift": driftName.MatchString(about),
				})
			case "AWS::Events::Rule", "AWS::Scheduler::Schedule":
				b.templateTimer(e, file, resources)
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
		return p.Get("DeploymentConfig", "AutoRollbackConfiguration")
	}
	return yamldoc.Value{}
}

// templateTimer makes a fact of a rule of CloudFormation whose target is named
// for training, or is a pipeline of the same template.
func (b *builder) templateTimer(e yamldoc.Entry, file string, resources []yamldoc.Entry) {
	const deep = 8
	p := e.Value.Get("Properties")
	pattern, targets := "", e.Key
	p.Get("EventPattern").Scalars(deep, func(_ string, v yamldoc.Value) { pattern += " " + v.Text() })
	for _, key := range []string{"Targets", "Target"} {
		p.Get(key).Scalars(deep, func(name string, v yamldoc.Value) {
			if strings.HasSuffix(name, "Arn") || strings.Contains(name, "Arn.") {
				targets += " " + v.Text()
			}
		})
	}
	switch timed := p.Get("ScheduleExpression").Exists() || pattern != ""; {
	case p.Get("State").Text() == "DISABLED" || !timed:
	case startsPipeline(targets, resources):
		b.add(Fact{
			Category: "timer.training", Subject: e.Key, Path: file, Line: max(e.Line, 1), Context: string(source.Source), Entries: b.stagesOf(file),
			Detail: map[string]any{"event": pattern != "", "signal": signalPattern.MatchString(pattern), "pipeline": true},
		})
	case trainingName.MatchString(targets):
		b.timerFact(e.Key, file, e.Line, pattern)
	}
}

var logicalID = regexp.MustCompile(`[A-Za-z][A-Za-z0-9]*`)

// startsPipeline reports whether targets name a pipeline of CodePipeline that the same
// template defines.
func startsPipeline(targets string, resources []yamldoc.Entry) bool {
	words := logicalID.FindAllString(targets, -1)
	return slices.ContainsFunc(resources, func(e yamldoc.Entry) bool {
		return e.Value.Get("Type").Text() == "AWS::CodePipeline::Pipeline" && slices.Contains(words, e.Key)
	})
}

// stagesOf are the jobs of the pipelines that a file defines.
func (b *builder) stagesOf(file string) []Link {
	var out []Link
	for _, e := range b.reach.Entries {
		if e.Kind == reach.KindJob && e.Chain == file && len(out) < maxLinks {
			out = append(out, Link{ID: e.ID})
		}
	}
	return out
}
