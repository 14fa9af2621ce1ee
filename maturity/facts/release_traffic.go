package facts

import (
	"bytes"
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
	b.splitByServer()
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
		if azureShare(h.Args) {
			b.add(Fact{
				Category: "traffic", Tool: "Azure ML", Subject: shorten(strings.Join(h.Args, " ")), Path: h.Path, Line: h.Line, Context: "command",
				Entries: []Link{linkOf(h)},
			})
		}
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

// azureShare reports whether a command gives a deployment of Azure ML a part of the traffic:
// az ml online-endpoint update --traffic "blue=90 green=10".
func azureShare(args []string) bool {
	if len(args) < 4 || args[0] != "az" || !slices.Contains(args, "online-endpoint") {
		return false
	}
	at := slices.Index(args, "--traffic")
	return at > 0 && at+1 < len(args) && slices.ContainsFunc(args[at+1:], func(a string) bool {
		return slices.ContainsFunc(strings.Fields(a), shareOfTraffic.MatchString)
	})
}

// splitByServer makes facts of configurations of NGINX that divide clients
// (https://nginx.org/en/docs/http/ngx_http_split_clients_module.html), which a service of
// a compose file is given.
func (b *builder) splitByServer() {
	for _, file := range b.in.Tree.Files {
		if !strings.HasSuffix(file, ".conf") && !strings.HasSuffix(file, ".conf.template") || !b.mine(file) || !b.isOwn(file) {
			continue
		}
		at := splitClients.FindIndex(b.in.Tree.Text[file])
		if at == nil {
			continue
		}
		line := 1 + bytes.Count(b.in.Tree.Text[file][:at[0]], []byte("\n"))
		b.add(Fact{
			Category: "traffic", Tool: "NGINX", Subject: "split_clients", Path: file, Line: line, Context: string(source.Source), Entries: b.mountedBy(file),
			Detail: map[string]any{"synced": covers(b.synced(), file)},
		})
	}
}

var splitClients = regexp.MustCompile(`(?m)^\s*split_clients\b`)

// mountedBy are the services of compose files whose text names a file.
func (b *builder) mountedBy(file string) []Link {
	return b.entriesThat(func(e reach.Entry) bool {
		return e.Kind == reach.KindService && bytes.Contains(b.in.Tree.Text[e.Path], []byte(path.Base(file)))
	})
}

// newcomer is what code calls the share of requests that a new version gets.
var newcomer = regexp.MustCompile(`(?i)canary|challenger|shadow|rollout|traffic|ab_?test|experiment_?(share|ratio|percent|pct|weight)|treatment|new_model`)

// throws is how a number by chance, or of a hash, is called; rival is what a module calls
// the other of two models.
var (
	throws = regexp.MustCompile(`(?i)(^|[ ._])(random|randint|uniform|rand|bucket|hash|crc32|md5)([ ._]|$)`)
	rival  = regexp.MustCompile(`(?i)canary|challenger|(^|_)model_?b$|(^|_)b_model$|new_model|candidate_model|model_v?2|v2_model|treatment`)
)

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
		for _, t := range m.mod.Thresholds {
			if t.Func >= 0 && len(asked[t.Func]) < 2 && throws.MatchString(t.Names) && slices.ContainsFunc(m.mod.Names, func(w python.Word) bool { return rival.MatchString(w.Text) }) {
				b.note(m, "cue.split", t.Names+" and a number", t.Line, m.mod.FuncName(t.Func))
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
