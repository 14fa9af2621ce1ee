package reach

import (
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// functions makes an entry of each function of AWS Lambda whose code lies here: of a
// program of the CDK in Python
// (https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_lambda/Function.html), of
// a template of SAM
// (https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html)
// and of the Serverless Framework (https://www.serverless.com/framework/docs/providers/aws/guide/functions).
func (g *graph) functions() {
	for _, f := range g.tree.Files {
		if code := g.tree.Python[f]; code != nil && g.tree.Class(f) == source.Source && importsFrom(code.Outline(), "aws_cdk") {
			g.functionsOfCDK(f, code.Module())
		}
	}
	for _, f := range sortedKeys(g.yaml) {
		if g.tree.Class(f) != source.Source {
			continue
		}
		for _, doc := range g.yaml[f] {
			g.functionsOfSAM(f, doc)
			if base := path.Base(f); base == "serverless.yml" || base == "serverless.yaml" {
				g.serverless(f, doc)
			}
		}
	}
}

// importsFrom reports whether a module imports a package, or something of it.
func importsFrom(outline *python.Module, name string) bool {
	return slices.ContainsFunc(outline.Imports, func(imp python.Import) bool {
		return imp.Module == name || strings.HasPrefix(imp.Module, name+".")
	})
}

// function makes an entry of a handler, "module.name" below a folder.
func (g *graph) function(e Entry, dir, handler string) {
	module, _, found := cutLast(handler, ".")
	file := path.Join(dir, strings.ReplaceAll(module, ".", "/")+".py")
	if !found || g.tree.Python[file] == nil {
		return
	}
	e.Kind, e.Name = KindService, "Lambda function "+e.Name
	if startsItself(e.Triggers) {
		e.Kind = KindTimer
	}
	g.python(g.entry(e, path.Dir(file), "."), file)
}

// functionsOfCDK reads the functions that a module of Python describes: the code of
// each is that of the call inside, its trigger what is told its name.
func (g *graph) functionsOfCDK(file string, mod *python.Module) {
	for i, c := range mod.Calls {
		if !strings.HasPrefix(c.Name, "aws_cdk.") || c.Method() != "Function" && c.Method() != "PythonFunction" {
			continue
		}
		name, handler := assigned(mod, c.Line), textArg(c, "handler")
		dir := textArg(c, "entry")
		if c.Method() == "PythonFunction" {
			handler = strings.TrimSuffix(orElse(textArg(c, "index"), "index.py"), ".py") + "." + orElse(handler, "handler")
		} else {
			dir = codeOf(mod, i)
		}
		e := Entry{ID: file + "#" + orElse(name, handler), Path: file, Line: c.Line, Name: orElse(name, handler), Triggers: startsOf(mod, name)}
		if dir == "" {
			dir = g.zipped(mod, i, handler)
		}
		for _, base := range []string{".", path.Dir(file)} {
			if dir != "" && g.holdsHandler(path.Join(base, dir), handler) {
				g.function(e, path.Join(base, dir), handler)
				break
			}
		}
	}
}

func orElse(text, other string) string {
	if text != "" {
		return text
	}
	return other
}

func textArg(c python.Call, name string) string {
	a, ok := c.Arg(name)
	if !ok {
		return ""
	}
	if a.Literal {
		return a.Value
	}
	_, rest, found := cutLast(a.Text, python.Hole)
	if !found {
		return a.Text
	}
	return strings.TrimPrefix(rest, "/")
}

// holdsHandler reports whether a folder has the module of a handler.
func (g *graph) holdsHandler(dir, handler string) bool {
	module, _, found := cutLast(handler, ".")
	return found && g.tree.Python[path.Join(dir, strings.ReplaceAll(module, ".", "/")+".py")] != nil
}

// assigned is the name that a line binds.
func assigned(mod *python.Module, line int) string {
	for _, w := range mod.Names {
		if w.Line == line {
			return strings.TrimPrefix(w.Text, "self.")
		}
	}
	return ""
}

// codeOf is the folder of the code in the arguments of a call: that of the nearest
// call for it on the lines below, before the next function.
func codeOf(mod *python.Module, at int) string {
	from, to := mod.Calls[at].Line, nextFunction(mod, at)
	for _, c := range mod.Calls {
		if m := c.Method(); (m == "from_asset" || m == "asset") && c.Line >= from && c.Line < to && strings.HasPrefix(c.Name, "aws_cdk.aws_lambda") {
			if a, ok := c.Positional(0); ok && a.Literal {
				return a.Value
			}
		}
	}
	return ""
}

// zipped is the one folder that holds the handler of a function whose code is an archive
// in a bucket, named as the folder: "lambdas/train.zip".
func (g *graph) zipped(mod *python.Module, at int, handler string) string {
	from, to := mod.Calls[at].Line, nextFunction(mod, at)
	for _, c := range mod.Calls {
		key, ok := c.Positional(1)
		if c.Method() != "from_bucket" || !ok || !strings.HasSuffix(key.Value, ".zip") || c.Line < from || c.Line >= to || !strings.HasPrefix(c.Name, "aws_cdk.aws_lambda") {
			continue
		}
		name, found := strings.TrimSuffix(path.Base(key.Value), ".zip"), ""
		for file := range g.tree.Python {
			dir := path.Dir(file)
			if path.Base(dir) != name || !g.holdsHandler(dir, handler) || dir == found {
				continue
			}
			if found != "" {
				return ""
			}
			found = dir
		}
		return found
	}
	return ""
}

// nextFunction is the line of the function after one, or one that no file has.
func nextFunction(mod *python.Module, at int) int {
	to := 1 << 30
	for _, c := range mod.Calls {
		if c.Method() == "Function" && c.Line > mod.Calls[at].Line && c.Line < to {
			to = c.Line
		}
	}
	return to
}

// startsOf is what starts a function: an event that is sent to it, a source that it
// listens to, or a rule with a time.
func startsOf(mod *python.Module, name string) []ci.Trigger {
	timed := slices.ContainsFunc(mod.Calls, func(c python.Call) bool {
		return strings.HasPrefix(c.Name, "aws_cdk.") && strings.Contains(c.Name, "Schedule.")
	})
	var out []ci.Trigger
	for _, c := range mod.Calls {
		of := ""
		if a, ok := c.Positional(0); ok {
			of = strings.TrimPrefix(a.Written, "self.")
		}
		switch m := c.Method(); {
		case name == "":
		case m == "LambdaFunction" && of == name && timed:
			out = append(out, ci.Schedule)
		case (m == "LambdaFunction" || m == "LambdaDestination" || m == "LambdaSubscription") && of == name,
			m == "add_event_source" && strings.TrimPrefix(c.Receiver, "self.") == name:
			out = append(out, ci.Event)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// functionsOfSAM reads the functions of a template.
func (g *graph) functionsOfSAM(file string, doc yamldoc.Value) {
	for _, e := range doc.Get("Resources").Entries() {
		if e.Value.Get("Type").Text() != "AWS::Serverless::Function" {
			continue
		}
		p := e.Value.Get("Properties")
		var triggers []ci.Trigger
		for _, event := range p.Get("Events").Entries() {
			triggers = append(triggers, samTrigger(event.Value)...)
		}
		dir := path.Join(path.Dir(file), p.Get("CodeUri").Text())
		g.function(Entry{ID: file + "#" + e.Key, Path: file, Line: e.Line, Name: e.Key, Triggers: triggers}, dir, p.Get("Handler").Text())
	}
}

// samTrigger is what an event of a template starts its function by; requests are
// people's.
func samTrigger(event yamldoc.Value) []ci.Trigger {
	if event.Get("Properties", "Enabled").Text() == "false" || event.Get("Properties", "State").Text() == "DISABLED" {
		return nil
	}
	switch event.Get("Type").Text() {
	case "Schedule", "ScheduleV2":
		return []ci.Trigger{ci.Schedule}
	case "S3", "SQS", "SNS", "EventBridgeRule", "CloudWatchEvent", "DynamoDB", "Kinesis", "MSK":
		return []ci.Trigger{ci.Event}
	}
	return nil
}

// serverless reads the functions of a serverless.yml.
func (g *graph) serverless(file string, doc yamldoc.Value) {
	for _, e := range doc.Get("functions").Entries() {
		var triggers []ci.Trigger
		for _, event := range e.Value.Get("events").Items() {
			for _, kind := range event.Entries() {
				switch {
				case kind.Value.Get("enabled").Text() == "false":
				case kind.Key == "schedule":
					triggers = append(triggers, ci.Schedule)
				case kind.Key == "s3" || kind.Key == "sqs" || kind.Key == "sns" || kind.Key == "eventBridge" || kind.Key == "stream":
					triggers = append(triggers, ci.Event)
				}
			}
		}
		handler := e.Value.Get("handler").Text()
		dir, base := path.Split(handler)
		g.function(Entry{ID: file + "#" + e.Key, Path: file, Line: e.Line, Name: e.Key, Triggers: triggers}, path.Join(path.Dir(file), dir), base)
	}
}

// lambdaSteps has the functions that nothing else starts follow the pipelines of
// SageMaker that have a step for one
// (https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-lambda).
func (g *graph) lambdaSteps() {
	var from []string
	for _, f := range g.tree.Files {
		if code := g.tree.Python[f]; code == nil || g.tree.Class(f) != source.Source {
			continue
		}
		for _, c := range g.tree.Python[f].Outline().Calls {
			if isLambdaStep(c) {
				from = append(from, g.result.running(Site{f, c.Func})...)
			}
		}
	}
	for _, id := range from {
		for i := range g.result.Entries {
			e := &g.result.Entries[i]
			if strings.HasPrefix(e.Name, "Lambda function ") && !startsItself(e.Triggers) {
				g.follow(&g.result.Entries[g.result.byID[id]], e)
			}
		}
	}
}

func isLambdaStep(c python.Call) bool {
	return strings.HasPrefix(c.Name, "sagemaker.workflow.") && c.Method() == "LambdaStep"
}
