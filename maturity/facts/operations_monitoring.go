package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/settings"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// monitoring makes the facts of what keeps predictions or watches them: settings
// of platforms, and records of predictions that the project's own code keeps.
func (b *builder) monitoring(g *callGraph) {
	synced := b.synced()
	for _, file := range b.in.Tree.Files {
		if path.Ext(file) != ".tf" && !yamldoc.IsYAML(file) || !b.mine(file) || !b.isOwn(file) || !settings.MayWatch(b.in.Tree.Text[file]) {
			continue
		}
		for _, w := range settings.Watches(b.configuration(file)) {
			b.add(Fact{
				Category: w.Category, Tool: w.Tool, Subject: w.What, Path: file, Line: max(w.Line, 1), Context: string(source.Source),
				Entries: b.delivers(file), Detail: map[string]any{"synced": covers(synced, file)},
			})
			if w.MeasuresDrift() {
				b.add(Fact{
					Category: "drift.infra", Tool: w.Tool, Subject: w.What, Path: file, Line: max(w.Line, 1), Context: string(source.Source),
					Entries: b.delivers(file), Detail: map[string]any{"synced": covers(synced, file)},
				})
			}
		}
	}
	b.storedPredictions(g)
}

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
		for _, p := range mod.Pairs {
			if p.Func >= 0 && p.Name == "Value" && b.fits(namesPrediction, p.Value) && slices.ContainsFunc(g.calls(site{file, p.Func}), putsMetric) {
				b.note(m, "prediction.record", "a metric of "+p.Value, p.Line, mod.FuncName(p.Func))
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

// putsMetric reports whether a call sends a metric to CloudWatch.
func putsMetric(c python.Call) bool { return c.Method() == "put_metric_data" }

var (
	recordCall = regexp.MustCompile(`(?i)log|record|prediction|event|row|entry|message|point`)
	makesUp    = regexp.MustCompile(`(?i)seed|simulat|fake|mock|synthetic|demo|train|eval|valid|backtest|calibrat|benchmark`)
)

// storedBy returns the line at which a function, or one of its own that it
// calls, stores something.
func (b *builder) storedBy(g *callGraph, s site) (int, bool) {
	calls := g.calls(s)
	for _, c := range calls {
		if stores(c) || writesRecord(c, calls) {
			return c.Line, true
		}
	}
	for _, c := range calls {
		for _, to := range g.resolve(s, c.Name) {
			if to == s || !keeps.MatchString(c.Method()) {
				continue
			}
			inner := g.calls(to)
			if slices.ContainsFunc(inner, func(c python.Call) bool { return stores(c) || writesRecord(c, inner) }) {
				return c.Line, true
			}
		}
	}
	return 0, false
}

// keeps is how a function that stores what it is given is called.
var keeps = regexp.MustCompile(`(?i)log|save|store|write|persist|record|insert|append|publish|send|emit|produce|push|add|track`)

var openFile = regexp.MustCompile(`(?i)^(f|fh|fp|fd|out|file|handle|log|log_?file|sink)$`)

// writesRecord reports whether a call writes a record to a file as one line of JSON:
// what makes the line stands in the same statement.
func writesRecord(c python.Call, calls []python.Call) bool {
	if c.Method() != "write" || !openFile.MatchString(c.Receiver) {
		return false
	}
	return slices.ContainsFunc(calls, func(d python.Call) bool {
		return d.Line == c.Line && (d.Name == "json.dumps" || d.Method() == "model_dump_json")
	})
}
