package facts

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/terraform"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// monitoring makes the facts of what keeps predictions or watches them: settings
// of platforms, and records of predictions that the project's own code keeps.
func (b *builder) monitoring(g *callGraph) {
	synced := b.synced()
	for _, file := range b.in.Tree.Files {
		if ext := path.Ext(file); ext != ".tf" && ext != ".yaml" && ext != ".yml" || !b.mine(file) || !b.isOwn(file) || !holdsOne(b.in.Tree.Text[file], watchWords) {
			continue
		}
		for _, w := range b.watches(file) {
			b.add(Fact{
				Category: w.category, Tool: w.tool, Subject: w.what, Path: file, Line: max(w.line, 1), Context: string(source.Source),
				Entries: b.delivers(file), Detail: map[string]any{"synced": covers(synced, file)},
			})
			if measuresDrift.MatchString(w.what) || w.category == "monitor.schedule" {
				b.add(Fact{
					Category: "drift.infra", Tool: w.tool, Subject: w.what, Path: file, Line: max(w.line, 1), Context: string(source.Source),
					Entries: b.delivers(file), Detail: map[string]any{"synced": covers(synced, file)},
				})
			}
		}
	}
	b.storedPredictions(g)
}

// watchWords are what stands in a file that has one of the settings below.
var watchWords = []string{
	"logger", "DataCapture", "dataCapture", "Datacapture", "datacapture", "Data_Capture", "data_Capture", "Data_capture", "data_capture",
	"data_collector", "create_monitor", "MonitoringSchedule", "monitoring_schedule", "auto_capture_config", "inference_table", "quality_monitor",
	"lakehouse_monitor", "predict_request_response_logging",
}

// holdsOne reports whether one of the words stands in a text.
func holdsOne(text []byte, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return bytes.Contains(text, []byte(word)) })
}

// measuresDrift are settings of monitors that compare with a baseline.
var measuresDrift = regexp.MustCompile(`^create_monitor|quality monitor|quality_monitor|lakehouse_monitor|monitoring_job|monitor_schedule`)

// watch is a setting by which a platform keeps predictions or watches them.
type watch struct {
	category, tool, what string
	line                 int
}

func setting(category, tool, what string, line int) watch {
	return watch{category: category, tool: tool, what: what, line: line}
}

// watches reads the settings of one file.
func (b *builder) watches(file string) []watch {
	switch ext := path.Ext(file); {
	case ext == ".tf":
		return terraformWatches(b.terraform(file))
	case ext != ".yaml" && ext != ".yml":
		return nil
	}
	var out []watch
	for _, doc := range b.documents(file) {
		out = append(out, documentWatches(doc)...)
	}
	return out
}

// resourceWatches are the types of Terraform and CloudFormation that watch a model.
var resourceWatches = map[string]watch{
	"aws_sagemaker_monitoring_schedule":                setting("monitor.schedule", "SageMaker Model Monitor", "", 0),
	"AWS::SageMaker::MonitoringSchedule":               setting("monitor.schedule", "SageMaker Model Monitor", "", 0),
	"databricks_quality_monitor":                       setting("monitor.setting", "Databricks", "", 0),
	"databricks_lakehouse_monitor":                     setting("monitor.setting", "Databricks", "", 0),
	"google_vertex_ai_model_deployment_monitoring_job": setting("monitor.setting", "Vertex AI", "", 0),
	"azurerm_machine_learning_model_monitor_schedule":  setting("monitor.setting", "Azure ML", "", 0),
}

// partWatches are blocks of Terraform that make an endpoint keep what it is
// asked and answers; what is the attribute that says that they do.
var partWatches = map[string]watch{
	"data_capture_config":                     setting("monitor.capture", "SageMaker", "enable_capture", 0),
	"auto_capture_config":                     setting("monitor.setting", "Databricks", "enabled", 0),
	"inference_table_config":                  setting("monitor.setting", "Databricks", "enabled", 0),
	"predict_request_response_logging_config": setting("monitor.setting", "Vertex AI", "enabled", 0),
}

func terraformWatches(blocks []terraform.Block) []watch {
	var out []watch
	for _, block := range blocks {
		if block.Type != "resource" {
			continue
		}
		if w, ok := resourceWatches[block.Labels[0]]; ok {
			w.what, w.line = block.Name(), block.Line
			out = append(out, w)
		}
		block.All(func(part terraform.Block) {
			part = part.Made()
			if p, ok := partWatches[part.Type]; ok && part.Attrs[p.what].Text != "false" {
				out = append(out, setting(p.category, p.tool, part.Type+" of "+block.Name(), part.Line))
			}
		})
	}
	return out
}

// documentWatches reads objects of Kubernetes, CloudFormation, Azure ML and
// Databricks. Sources: kserve.github.io (inference logger), docs.seldon.ai
// (request logging), docs.aws.amazon.com (model monitor), learn.microsoft.com
// (data collection, monitor schedules), docs.databricks.com (inference tables).
func documentWatches(doc yamldoc.Value) []watch {
	const deep = 14
	var out []watch
	add := func(category, tool, what string, v yamldoc.Value) {
		out = append(out, setting(category, tool, what, v.Line()))
	}
	kind := doc.Get("kind").Text()
	for _, e := range doc.Get("Resources").Entries() {
		if w, ok := resourceWatches[e.Value.Get("Type").Text()]; ok {
			add(w.category, w.tool, e.Key, e.Value.Get("Type"))
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

var (
	namesPrediction = regexp.MustCompile(`(?i)^(y_?)?pred(s|icted|iction|ictions)?$|^predict(ed|ion)_\w+|\w+_predict(ed|ion)s?$|^(fraud|churn|risk|default|anomaly|model|confidence)_(score|prob\w*)$|^(probability|probabilities|proba|score|confidence|recommendations|forecast)$`)
	namesSource     = regexp.MustCompile(`(?i)^(model|registered)_?(version|name|uri|id|hash|alias|run_id)$|^model$|^features?$|^inputs?(_\w+)?$|\w+_features$|^(payload|request)(_data)?$|^prediction_id$`)
	storing         = regexp.MustCompile(`^(insert_one|insert_many|insert_rows_json|put_record|put_records|put_item|put_object|produce|send_and_wait|xadd|writerow|writerows|executemany|saveAsTable|to_sql|write_points|send_message|send_event|create_table_and_insert)$`)
	storingIf       = map[string]*regexp.Regexp{
		"send":    regexp.MustCompile(`(?i)producer|kafka|queue|stream`),
		"publish": regexp.MustCompile(`(?i)publish|pubsub|producer|channel|topic|client`),
		"add":     regexp.MustCompile(`(?i)session|(^|[._])db$`),
		"write":   regexp.MustCompile(`(?i)write_api|influx|^f$|^fh?$|file|handle|log`),
		"index":   regexp.MustCompile(`(?i)^es$|elastic|opensearch`),
		"insert":  regexp.MustCompile(`(?i)table|client|collection|supabase`),
		"put":     regexp.MustCompile(`(?i)queue|table|s3`),
	}
	inserts = regexp.MustCompile(`(?i)insert\s+(into|or)\b`)
)

// stores reports whether a call keeps a record outside of the process.
func stores(c python.Call) bool {
	method := c.Method()
	if storing.MatchString(method) {
		return true
	}
	if re := storingIf[method]; re != nil && re.MatchString(c.Receiver+" "+c.Name) {
		return method != "write" || slices.ContainsFunc(c.Args, func(a python.Arg) bool { return strings.Contains(a.Written+a.Value, "json.dumps") }) || strings.Contains(strings.ToLower(c.Receiver), "write_api")
	}
	if method == "execute" || method == "executemany" || method == "fetchrow" {
		return slices.ContainsFunc(c.Args, func(a python.Arg) bool { return inserts.MatchString(a.Text + a.Value) })
	}
	return false
}

// storedPredictions makes a fact of each function that puts a prediction, beside the model or
// the input that it came from, into a record and stores it.
func (b *builder) storedPredictions(g *callGraph) {
	for _, m := range b.ownModules() {
		file, mod := m.file, m.mod
		named := map[int][2]bool{}
		note := func(fn int, name string) {
			if fn < 0 {
				return
			}
			n := named[fn]
			n[0] = n[0] || b.fits(namesPrediction, name)
			n[1] = n[1] || b.fits(namesSource, name)
			named[fn] = n
		}
		for _, p := range mod.Pairs {
			note(p.Func, p.Name)
		}
		for _, c := range mod.Calls {
			if len(c.Args) == 0 || !b.fits(recordCall, c.Name) && !b.fits(recordCall, c.Receiver) {
				continue
			}
			for _, a := range c.Args {
				note(c.Func, a.Name)
			}
		}
		for i, f := range mod.Funcs {
			if n := named[i]; !n[0] || !n[1] || makesUp.MatchString(f.Name) {
				continue
			}
			if at, ok := b.storedBy(g, site{file, i}); ok {
				b.add(Fact{
					Category: "prediction.record", Subject: "def " + f.Name, Path: file, Line: at, Context: string(source.Source), Function: f.Name,
					Note: "a record of a prediction is stored", Entries: b.links(file),
				})
			}
		}
	}
}

var (
	recordCall = regexp.MustCompile(`(?i)log|record|prediction|event|row|entry|message|point`)
	makesUp    = regexp.MustCompile(`(?i)seed|simulat|fake|mock|synthetic|demo|train|eval|valid|backtest|calibrat|benchmark`)
)

// storedBy returns the line at which a function, or one of its own that it
// calls, stores something.
func (b *builder) storedBy(g *callGraph, s site) (int, bool) {
	calls := g.calls(s)
	for _, c := range calls {
		if stores(c) {
			return c.Line, true
		}
	}
	for _, c := range calls {
		for _, to := range g.resolve(s, c.Name) {
			if to == s || !keeps.MatchString(c.Method()) {
				continue
			}
			if slices.ContainsFunc(g.calls(to), stores) {
				return c.Line, true
			}
		}
	}
	return 0, false
}

// keeps is how a function that stores what it is given is called.
var keeps = regexp.MustCompile(`(?i)log|save|store|write|persist|record|insert|append|publish|send|emit|produce|push|add|track`)
