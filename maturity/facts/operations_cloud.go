package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/settings"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/terraform"
)

// cloud makes the facts of what Terraform and CloudFormation keep:
// alarms with their actions, timers, endpoints that roll back, services.
func (b *builder) cloud() {
	var all []placed
	for _, file := range b.in.Tree.Files {
		src := b.in.Tree.Text[file]
		if !b.mine(file) || b.in.Tree.Class(file) != source.Source {
			continue
		}
		switch path.Ext(file) {
		case ".tf":
			for _, block := range b.terraform(file) {
				if block.Name() != "" {
					all = append(all, placed{block, file})
				}
			}
		case ".json":
			b.writtenPipeline(file)
		case ".yaml", ".yml":
			if strings.Contains(string(src), "AWS::") {
				b.cloudFormation(file)
			}
		}
	}
	for _, r := range all {
		b.alarm(r, all)
		b.timer(r, all)
		b.swaps(r)
		b.definedPipelines(r)
	}
}

// placed is a resource with its file.
type placed struct {
	terraform.Block
	file string
}

// attrs gathers an attribute from the block and its parts.
func (p placed) attrs(name string) []terraform.Attr {
	var out []terraform.Attr
	p.All(func(b terraform.Block) {
		if a, ok := b.Attrs[name]; ok {
			out = append(out, a)
		}
	})
	return out
}

// text is the first literal value of an attribute, in the block or its parts.
func (p placed) text(name string) string {
	for _, a := range p.attrs(name) {
		if a.Text != "" {
			return a.Text
		}
	}
	return ""
}

// alarmTypes are the resources that are alarms, with the attribute that names
// who is told.
var alarmTypes = map[string]string{
	"aws_cloudwatch_metric_alarm":                 "alarm_actions",
	"aws_cloudwatch_composite_alarm":              "alarm_actions",
	"google_monitoring_alert_policy":              "notification_channels",
	"azurerm_monitor_metric_alert":                "action_group_id",
	"azurerm_monitor_scheduled_query_rules_alert": "action_group",
	"grafana_rule_group":                          "contact_point",
	"datadog_monitor":                             "message",
}

// topics are the resources that only hand on what they are told, with those that
// say to whom.
var topics = map[string]string{"aws_sns_topic": "aws_sns_topic_subscription"}

// heard reports whether what an alarm tells reaches somebody: a topic that is defined
// here must have a subscriber here, or be known to another stack as an output.
func heard(a terraform.Attr, all []placed) bool {
	if len(a.Refs) == 0 {
		return true
	}
	return slices.ContainsFunc(a.Refs, func(ref string) bool {
		kind, rest, _ := strings.Cut(ref, ".")
		listener, isTopic := topics[kind]
		name, _, _ := strings.Cut(rest, ".")
		return !isTopic || slices.ContainsFunc(all, func(o placed) bool { return o.Is(listener) && refers(o, kind+"."+name) })
	})
}

func (b *builder) alarm(r placed, all []placed) {
	attribute, ok := alarmTypes[r.Labels[0]]
	if !ok {
		return
	}
	told := false
	for _, a := range r.attrs(attribute) {
		told = told || !a.Empty && heard(a, all) && (attribute != "message" || strings.Contains(strings.Join(a.Texts, " "), "@"))
	}
	about := []string{r.Labels[1]}
	for _, name := range []string{"metric_name", "alarm_name", "filter", "display_name", "query", "alarm_description"} {
		for _, a := range r.attrs(name) {
			about = append(about, a.Texts...)
		}
	}
	text := strings.Join(about, " ")
	b.fact("alert.alarm", r.Name(), r.file, r.Line, map[string]any{"told": told, "about": shorten(text), "drift": driftName.MatchString(text)})
}

var trainingName = regexp.MustCompile(`(?i)train|(^|[_.-])ml[_.-]?pipeline|model[_.-]?(build|pipeline)`)

// timerTypes are the resources that start something at a time or on an event.
var timerTypes = []string{"aws_cloudwatch_event_rule", "aws_scheduler_schedule", "google_cloud_scheduler_job", "azurerm_logic_app_trigger_recurrence", "azurerm_data_factory_trigger_schedule"}

// timer makes a fact of a timer whose target is named for training.
func (b *builder) timer(r placed, all []placed) {
	if !r.Is(timerTypes...) {
		return
	}
	off := r.text("state") == "DISABLED" || r.text("is_enabled") == "false" || r.text("paused") == "true" || r.text("activated") == "false"
	var patterns []string
	for _, a := range r.attrs("event_pattern") {
		patterns = append(patterns, a.Texts...)
	}
	targets := []string{r.Labels[1]}
	for _, other := range append([]placed{r}, all...) {
		if other.file != r.file && !refers(other, r.Name()) && !other.Is("aws_cloudwatch_event_target") {
			continue
		}
		if other.Name() != r.Name() && !refers(other, r.Name()) {
			continue
		}
		for _, name := range []string{"arn", "uri", "target", "role_arn", "topic_name", "input", "pipeline_name"} {
			for _, a := range other.attrs(name) {
				targets = append(append(targets, a.Refs...), a.Texts...)
			}
		}
	}
	if off || !trainingName.MatchString(strings.Join(targets, " ")) {
		return
	}
	b.timerFact(r.Name(), r.file, r.Line, strings.Join(patterns, " "))
}

// timerFact adds what starts training at a time or on an event, with the entries
// that put it in place.
func (b *builder) timerFact(name, file string, line int, pattern string) {
	b.add(Fact{
		Category: "timer.training", Subject: name, Path: file, Line: max(line, 1), Context: string(source.Source), Entries: b.delivers(file),
		Detail: map[string]any{"event": pattern != "", "signal": signalPattern.MatchString(pattern)},
	})
}

// signalPattern tells events that are signals of a monitor or new data.
var signalPattern = regexp.MustCompile(`(?i)alarm|drift|Object ?Created|Monitoring`)

// refers reports whether a resource refers to another one by name.
func refers(r placed, name string) bool {
	found := false
	r.All(func(block terraform.Block) {
		for _, a := range block.Attrs {
			found = found || slices.ContainsFunc(a.Refs, func(ref string) bool { return strings.HasPrefix(ref, name) })
		}
	})
	return found
}

// swaps makes facts of endpoints and services that swap without a gap, and
// of those that withdraw a release on alarms.
func (b *builder) swaps(r placed) {
	part := func(name string) (found terraform.Block, ok bool) {
		parts := r.Parts(name)
		if len(parts) == 0 {
			return found, false
		}
		return parts[len(parts)-1], true
	}
	if roll, ok := part("auto_rollback_configuration"); ok && roll.Attrs["enabled"].Text != "false" {
		b.fact("rollback.analysis", r.Name()+" rolls back on alarms", r.file, roll.Line, nil)
	}
	if breaker, ok := part("deployment_circuit_breaker"); ok && breaker.Attrs["rollback"].Text == "true" {
		b.fact("rollback.health", r.Name()+" rolls back what does not start", r.file, breaker.Line, nil)
	}
	_, probe := part("readiness_probe")
	_, live := part("liveness_probe")
	_, startup := part("startup_probe")
	switch {
	case r.Is("aws_sagemaker_endpoint", "google_cloud_run_service", "google_cloud_run_v2_service", "google_vertex_ai_endpoint", "azurerm_container_app", "azurerm_machine_learning_online_endpoint"):
		b.fact("uptime.managed", r.Name(), r.file, r.Line, map[string]any{"probe": probe || live || startup})
	case r.Is("kubernetes_deployment", "kubernetes_deployment_v1"):
		n := settings.Number(r.text("replicas"))
		b.fact("uptime", r.Name(), r.file, r.Line, map[string]any{"ready": probe, "live": live, "replicas": n, "rolling": false})
	case r.Is("aws_ecs_service"):
		_, balanced := part("load_balancer")
		b.fact("uptime", r.Name(), r.file, r.Line, map[string]any{"ready": balanced, "live": false, "replicas": settings.Number(r.text("desired_count")), "rolling": false})
	}
}
