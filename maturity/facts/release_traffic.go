package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/settings"
	"github.com/muster-ci/muster/maturity/source"
)

// traffic makes facts of configuration that gives a new version a part of the
// requests first.
func (b *builder) traffic() {
	b.shifts()
	b.dice()
	synced := b.synced()
	for _, file := range b.in.Tree.Files {
		if !b.mine(file) || !b.isOwn(file) || b.in.Tree.Text[file] == nil {
			continue
		}
		for _, s := range settings.Splits(b.configuration(file)) {
			b.add(Fact{
				Category: "traffic", Tool: s.Tool, Subject: s.What, Path: file, Line: s.Line, Context: string(source.Source),
				Entries: b.delivers(file), Detail: map[string]any{"synced": covers(synced, file)},
			})
		}
	}
}

var shareOfTraffic = regexp.MustCompile(`=[1-9]\d?(,|$)`)

// shifts makes facts of commands that give a revision a part of the traffic.
func (b *builder) shifts() {
	for _, h := range b.reach.Hits {
		if len(h.Args) < 4 || h.Args[0] != "gcloud" || !slices.Contains(h.Args, "update-traffic") {
			continue
		}
		text := strings.Join(h.Args, " ")
		if slices.ContainsFunc(h.Args, func(a string) bool { return strings.HasPrefix(a, "--to-") && shareOfTraffic.MatchString(a) }) {
			b.add(Fact{
				Category: "traffic", Tool: "Cloud Run", Subject: shorten(text), Path: h.Path, Line: h.Line, Context: "command",
				Entries: []Link{linkOf(h)},
			})
		}
	}
}

// newcomer is what code calls the share of requests that a new version gets.
var newcomer = regexp.MustCompile(`(?i)canary|challenger|shadow|rollout|traffic|ab_?test|experiment_?(share|ratio|percent|pct|weight)|treatment|new_model`)

// dice makes facts of functions that hold a number against the share of a new
// version, or ask more than one model; that they throw dice, another fact tells.
func (b *builder) dice() {
	for _, m := range b.ownModules() {
		asked := askedModels(m.mod)
		for fn := range m.mod.Funcs {
			if models := asked[fn]; len(models) > 1 {
				b.note(m, "cue.split", models[0].Receiver+" and "+models[1].Receiver, models[0].Line, m.mod.FuncName(fn))
			}
		}
		for _, c := range m.mod.Compares {
			if c.Func >= 0 && (newcomer.MatchString(c.Left) || newcomer.MatchString(c.Right)) {
				b.note(m, "cue.split", c.Left+" and "+c.Right, c.Line, m.mod.FuncName(c.Func))
			}
		}
	}
}

// askedModels are the calls of each function that ask models to predict, one of each.
func askedModels(mod *python.Module) map[int][]python.Call {
	out := map[int][]python.Call{}
	for _, c := range mod.Calls {
		if c.Func < 0 || c.Receiver == "" || c.Method() != "predict" && c.Method() != "predict_proba" {
			continue
		}
		if !slices.ContainsFunc(out[c.Func], func(o python.Call) bool { return o.Receiver == c.Receiver }) {
			out[c.Func] = append(out[c.Func], c)
		}
	}
	return out
}

// delivers are the entries that apply a manifest, a chart or a template.
func (b *builder) delivers(file string) []Link {
	var out []Link
	for _, tool := range []string{"Kubernetes", "Helm", "CloudFormation", "Terraform", "Azure ML", "Databricks bundle"} {
		for _, h := range b.applying("apply "+tool, func(h reach.Hit) bool { return b.applies(tool, h) }) {
			if worksIn(h, path.Dir(file)) || worksIn(h, path.Dir(path.Dir(file))) {
				out = append(out, linkOf(h))
			}
		}
	}
	for _, h := range b.reach.Hits { // any other command that is given the file
		if given(h, file) {
			out = append(out, linkOf(h))
		}
	}
	return out[:min(len(out), maxLinks)]
}
