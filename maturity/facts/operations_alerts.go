package facts

import (
	"bytes"
	"path"
	"regexp"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/settings"
	"github.com/muster-ci/muster/maturity/source"
)

var (
	messenger = regexp.MustCompile(`(?i)slack|pager_?duty|opsgenie|\bteams\b|teams_|_teams|discord|telegram|webhook|mattermost|twilio|alert|notif|e?mail`)
	chat      = regexp.MustCompile(`(?i)slack|pagerduty|opsgenie|teams|office\.com/webhook|discord|telegram|webhook|mattermost`)
	sender    = regexp.MustCompile(`(?i)sns|smtp|server|client|session|http|mail|slack`)
	posts     = regexp.MustCompile(`(^|\.)(post|urlopen|Request|send|sendmail|send_message|publish)$`)
)

// notifies makes facts of the project's own functions that are named for
// telling somebody and send something, and of commands that post to a chat.
func (b *builder) notifies(g *callGraph) {
	asked := b.conditionalCalls()
	for _, m := range b.ownModules() {
		file, mod := m.file, m.mod
		for i, f := range mod.Funcs {
			if f.Body < 2 || !messenger.MatchString(f.Name) {
				continue
			}
			for _, c := range g.calls(site{file, i}) {
				if sends(c) {
					b.add(Fact{
						Category: "notify", Subject: "def " + f.Name, Path: file, Line: f.Line, Context: string(source.Source),
						Function: f.Name, Note: "a function named for telling somebody, that sends", Conditional: asked[f.Name] || c.Conditional,
						Entries: b.links(file),
					})
					break
				}
			}
		}
		b.posted(m, asked)
	}
	for _, h := range b.reach.Hits {
		if len(h.Args) > 1 && (path.Base(h.Args[0]) == "curl" || path.Base(h.Args[0]) == "wget") && chat.MatchString(strings.Join(h.Args[1:], " ")) {
			b.add(Fact{
				Category: "notify", Subject: shorten(strings.Join(h.Args, " ")), Path: h.Path, Line: h.Line, Context: "command",
				Conditional: h.Conditional, Entries: []Link{{ID: h.Entry, If: h.If}},
			})
		}
	}
}

// posted makes facts of calls that send something to a chat which they name, in a function
// that is named for something else, or in none.
func (b *builder) posted(m module, asked map[string]bool) {
	for _, c := range m.mod.Calls {
		name := m.mod.FuncName(c.Func)
		if messenger.MatchString(name) || !sends(c) {
			continue
		}
		to := c.Texts()
		for _, a := range c.Args {
			to = append(to, a.Written)
		}
		for _, w := range m.mod.Keys { // os.environ["SLACK_WEBHOOK_URL"]
			if w.Line == c.Line {
				to = append(to, w.Text)
			}
		}
		if text := strings.Join(to, " "); chat.MatchString(text) && !worksOn.MatchString(text) {
			b.add(Fact{
				Category: "notify", Subject: c.Subject(), Path: m.file, Line: c.Line, Context: string(source.Source), Function: name,
				Note: "sends to a chat", Conditional: asked[name] || c.Conditional, Entries: m.links,
			})
		}
	}
}

// worksOn are words of addresses that start work, and tell nobody.
var worksOn = regexp.MustCompile(`(?i)train|deploy|build|reload|dispatch|register`)

// conditionalCalls are the names of functions that a condition decides on
// somewhere in the project's own code.
func (b *builder) conditionalCalls() map[string]bool {
	out := map[string]bool{}
	for _, m := range b.ownModules() {
		mod := m.mod
		for _, c := range mod.Calls {
			if c.Conditional && !c.Decorator {
				out[c.Method()] = true
			}
		}
	}
	return out
}

// sends reports whether a call leaves the process for somebody.
func sends(c python.Call) bool {
	if !posts.MatchString(c.Name) {
		return false
	}
	first, _, _ := strings.Cut(c.Name, ".")
	switch strings.TrimSuffix(first, "()") {
	case "requests", "httpx", "aiohttp", "urllib", "smtplib", "boto3", "urllib3", "sendgrid", "twilio":
		return true
	case "?":
		return sender.MatchString(c.Receiver)
	}
	return false
}

// alertFiles makes facts of rules, receivers and alert managers in files of
// Prometheus, Alertmanager, Grafana and Kubernetes.
func (b *builder) alertFiles() {
	plain := map[string]bool{}
	defer func() { b.unloaded(plain) }()
	for _, file := range b.ownYAML() {
		if !settings.MayAlert(b.in.Tree.Text[file]) && !bytes.Contains(b.in.Tree.Text[file], []byte("grafana/grafana")) {
			continue
		}
		src := string(b.in.Tree.Text[file])
		for _, a := range settings.Alerts(b.configuration(file)) {
			if a.Category == "alert.receiver" {
				b.fact(a.Category, a.What, file, a.Line, map[string]any{"outside": a.Outside, "sample": a.Sample})
			} else {
				b.fact(a.Category, a.What, file, a.Line, map[string]any{"about": a.About})
			}
		}
		plain[file] = settings.HasRules(b.configuration(file))
		for i, line := range strings.Split(src, "\n") {
			if manager.MatchString(line) {
				b.fact("alert.manager", strings.TrimSpace(line), file, i+1, nil)
			}
		}
	}
}

// unloaded marks the rules in plain files of Prometheus, if there is a configuration of
// it in the repository and none loads files of rules and names who sends alerts on.
func (b *builder) unloaded(plain map[string]bool) {
	there := false
	for _, file := range b.ownYAML() {
		if !bytes.Contains(b.in.Tree.Text[file], []byte("scrape_configs:")) {
			continue
		}
		loads, is := settings.LoadsRules(b.configuration(file))
		if loads {
			return
		}
		there = there || is
	}
	for i, f := range b.set.Facts["alert.rule"] {
		if there && plain[f.Path] && f.Detail["about"] != f.Subject { // Grafana loads its own
			b.set.Facts["alert.rule"][i].Detail["unloaded"] = true
		}
	}
}

var manager = regexp.MustCompile(`(?i)^\s*-?\s*(image:.*(alertmanager|grafana/grafana)|kind:\s*"?Alertmanager(Config)?"?\s*$|.*kube-prometheus-stack)`)

// fact adds a fact of a configuration file.
func (b *builder) fact(category, subject, file string, line int, detail map[string]any) {
	b.add(Fact{Category: category, Subject: shorten(subject), Path: file, Line: max(line, 1), Context: string(source.Source), Detail: detail})
}
