package settings

import (
	"path"
	"regexp"
	"strings"

	"github.com/muster-ci/muster/maturity/terraform"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// watchWords are what stands in a file that has one of the settings below.
var watchWords = []string{
	"logger", "DataCapture", "dataCapture", "Datacapture", "datacapture", "Data_Capture", "data_Capture", "Data_capture", "data_capture",
	"data_collector", "create_monitor", "MonitoringSchedule", "monitoring_schedule", "auto_capture_config", "inference_table", "quality_monitor",
	"lakehouse_monitor", "predict_request_response_logging",
}

// MayWatch reports whether a file has one of the words of settings that watch.
func MayWatch(text []byte) bool { return holdsOne(text, watchWords) }

// measuresDrift are settings of monitors that compare with a baseline.
var measuresDrift = regexp.MustCompile(`^create_monitor|quality monitor|quality_monitor|lakehouse_monitor|monitoring_job|monitor_schedule`)

// MeasuresDrift reports whether a setting makes a monitor compare with a baseline.
func (s Setting) MeasuresDrift() bool {
	return measuresDrift.MatchString(s.What) || s.Category == "monitor.schedule"
}

// Watches are the settings of a file by which a platform keeps predictions or
// watches them.
func Watches(f File) []Setting {
	switch {
	case path.Ext(f.Name) == ".tf":
		return terraformWatches(f.Blocks)
	case !yamldoc.IsYAML(f.Name):
		return nil
	}
	var out []Setting
	for _, doc := range f.Documents {
		out = append(out, documentWatches(doc)...)
	}
	return out
}

// resourceWatches are the types of Terraform and CloudFormation that watch a model.
var resourceWatches = map[string]Setting{
	"aws_sagemaker_monitoring_schedule":                watch("monitor.schedule", "SageMaker Model Monitor", "", 0),
	"AWS::SageMaker::MonitoringSchedule":               watch("monitor.schedule", "SageMaker Model Monitor", "", 0),
	"databricks_quality_monitor":                       watch("monitor.setting", "Databricks", "", 0),
	"databricks_lakehouse_monitor":                     watch("monitor.setting", "Databricks", "", 0),
	"google_vertex_ai_model_deployment_monitoring_job": watch("monitor.setting", "Vertex AI", "", 0),
	"azurerm_machine_learning_model_monitor_schedule":  watch("monitor.setting", "Azure ML", "", 0),
}

// partWatches are blocks of Terraform that make an endpoint keep what it is
// asked and answers; what is the attribute that says that they do.
var partWatches = map[string]Setting{
	"data_capture_config":                     watch("monitor.capture", "SageMaker", "enable_capture", 0),
	"auto_capture_config":                     watch("monitor.setting", "Databricks", "enabled", 0),
	"inference_table_config":                  watch("monitor.setting", "Databricks", "enabled", 0),
	"predict_request_response_logging_config": watch("monitor.setting", "Vertex AI", "enabled", 0),
}

func terraformWatches(blocks []terraform.Block) []Setting {
	var out []Setting
	for _, block := range blocks {
		if block.Type != "resource" {
			continue
		}
		if w, ok := resourceWatches[block.Labels[0]]; ok {
			w.What, w.Line = block.Name(), block.Line
			out = append(out, w)
		}
		block.All(func(part terraform.Block) {
			part = part.Made()
			if p, ok := partWatches[part.Type]; ok && part.Attrs[p.What].Text != "false" {
				out = append(out, watch(p.Category, p.Tool, part.Type+" of "+block.Name(), part.Line))
			}
		})
	}
	return out
}

// documentWatches reads objects of Kubernetes, CloudFormation, Azure ML and
// Databricks. Sources: kserve.github.io (inference logger), docs.seldon.ai
// (request logging), docs.aws.amazon.com (model monitor), learn.microsoft.com
// (data collection, monitor schedules), docs.databricks.com (inference tables).
func documentWatches(doc yamldoc.Value) []Setting {
	const deep = 14
	var out []Setting
	add := func(category, tool, what string, v yamldoc.Value) {
		out = append(out, watch(category, tool, what, v.Line()))
	}
	kind := doc.Get("kind").Text()
	for _, e := range doc.Get("Resources").Entries() {
		if w, ok := resourceWatches[e.Value.Get("Type").Text()]; ok {
			add(w.Category, w.Tool, e.Key, e.Value.Get("Type"))
		}
	}
	if v := doc.Get("create_monitor"); v.IsMap() {
		add("monitor.setting", "Azure ML", "create_monitor", v)
	}
	for _, e := range doc.Get("resources", "quality_monitors").Entries() {
		add("monitor.setting", "Databricks", "quality monitor "+e.Key, e.Value)
	}
	for _, e := range doc.Get("data_collector", "collections").Entries() {
		if strings.EqualFold(e.Value.Get("enabled").Text(), "true") {
			add("monitor.setting", "Azure ML", "data_collector of "+e.Key, e.Value)
			break
		}
	}
	logged := false
	doc.Scalars(deep, func(key string, v yamldoc.Value) {
		on := strings.EqualFold(v.Text(), "true")
		switch {
		case !logged && loggerKey.MatchString(key) && (kind == "InferenceService" || kind == "SeldonDeployment"):
			logged = true
			add("monitor.setting", map[string]string{"InferenceService": "KServe", "SeldonDeployment": "Seldon"}[kind], "logger of "+kind, v)
		case strings.HasSuffix(key, "DataCaptureConfig.EnableCapture") && on:
			add("monitor.capture", "SageMaker", "DataCaptureConfig", v)
		case on && (strings.HasSuffix(key, "auto_capture_config.enabled") || strings.HasSuffix(key, "inference_table_config.enabled")):
			add("monitor.setting", "Databricks", "an inference table", v)
		}
	})
	return out
}

// loggerKey is a part of a served model that sends requests and answers away.
var loggerKey = regexp.MustCompile(`(^|\.)logger\.(mode|url)$`)
