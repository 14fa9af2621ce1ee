package facts

import (
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
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
	for _, file := range b.ownYAML() {
		if !holdsOne(b.in.Tree.Text[file], alertWords) {
			continue
		}
		src := string(b.in.Tree.Text[file])
		for _, doc := range b.in.Tree.Documents(file) {
			b.alertValue(file, doc, 0, maxAlertDepth)
		}
		for i, line := range strings.Split(src, "\n") {
			if manager.MatchString(line) {
				b.fact("alert.manager", strings.TrimSpace(line), file, i+1, nil)
			}
		}
	}
}

const maxAlertDepth = 10

var (
	alertWords = []string{"alert", "receivers:", "contactPoints:"}
	manager    = regexp.MustCompile(`(?i)^\s*-?\s*(image:.*(alertmanager|grafana/grafana)|kind:\s*"?Alertmanager(Config)?"?\s*$|.*kube-prometheus-stack)`)
)

// fact adds a fact of a configuration file.
func (b *builder) fact(category, subject, file string, line int, detail map[string]any) {
	b.add(Fact{Category: category, Subject: shorten(subject), Path: file, Line: max(line, 1), Context: string(source.Source), Detail: detail})
}

// alertValue looks for rules and receivers in a value. Offset is added to lines
// where the value stands inside a text of the file.
func (b *builder) alertValue(file string, v yamldoc.Value, offset, depth int) {
	if depth == 0 {
		return
	}
	if name := v.Get("alert").Text(); name != "" && v.Get("expr").Exists() {
		b.fact("alert.rule", name, file, v.Get("alert").Line()+offset, map[string]any{"about": name + " " + v.Get("expr").Text()})
		return
	}
	if v.Get("title").Text() != "" && v.Get("condition").Exists() && v.Get("data").Exists() {
		b.fact("alert.rule", v.Get("title").Text(), file, v.Get("title").Line()+offset, map[string]any{"about": v.Get("title").Text()})
		return
	}
	for _, e := range v.Entries() {
		switch {
		case e.Key == "receivers" && e.Value.IsList():
			b.receivers(file, e.Value, offset)
		case yamldoc.IsYAML(e.Key): // a file inside a ConfigMap
			if docs, _ := yamldoc.Read([]byte(e.Value.Text())); len(docs) > 0 {
				b.alertValue(file, docs[0], offset+e.Value.TextLine()-1, depth-1)
			}
		default:
			b.alertValue(file, e.Value, offset, depth-1)
		}
	}
	for _, item := range v.Items() {
		b.alertValue(file, item, offset, depth-1)
	}
}

// receivers makes facts of the receivers of Alertmanager and the contact points
// of Grafana that lead somewhere.
func (b *builder) receivers(file string, list yamldoc.Value, offset int) {
	for _, r := range list.Items() {
		name := r.Get("name").Text()
		if kind := r.Get("type").Text(); kind != "" { // Grafana
			b.receiver(file, kind, r.Get("settings"), r.Line()+offset)
		}
		for _, e := range r.Entries() {
			if strings.HasSuffix(strings.ToLower(e.Key), "configs") && len(e.Value.Items()) > 0 {
				b.receiver(file, name+" "+e.Key, e.Value, e.Line+offset)
			}
		}
	}
}

var sample = regexp.MustCompile(`(?i)your[-_ /]|/your|xxx|@example\.|//example\.|placeholder|change[-_]?me|<[a-z_ -]+>|T00000000|\bdummy\b|\btodo\b`)

// receiver makes the fact of one receiver: whether it lies outside the stack,
// and whether it is only a sample.
func (b *builder) receiver(file, name string, settings yamldoc.Value, line int) {
	outside, only := false, false
	settings.Scalars(maxAlertDepth, func(_ string, v yamldoc.Value) {
		only = only || sample.MatchString(v.Text())
	})
	if strings.Contains(strings.ToLower(name), "webhook") {
		settings.Scalars(maxAlertDepth, func(key string, v yamldoc.Value) {
			outside = outside || strings.HasSuffix(key, "url") && isOutside(v.Text()) || strings.HasSuffix(key, "url_file") || strings.HasSuffix(key, "urlSecret.name")
		})
	} else {
		outside = true
	}
	b.fact("alert.receiver", name, file, line, map[string]any{"outside": outside, "sample": only})
}

// isOutside reports whether an address leaves the stack: a host with a dot that
// is no name of the cluster, or one that the environment gives.
func isOutside(address string) bool {
	if strings.Contains(address, "${") || strings.HasPrefix(address, "$") || strings.Contains(address, "{{") {
		return true
	}
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := u.Hostname()
	switch {
	case !strings.Contains(host, "."), host == "127.0.0.1", host == "0.0.0.0", host == "host.docker.internal":
		return false
	}
	return !strings.HasSuffix(host, ".svc") && !strings.Contains(host, ".svc.") && !strings.HasSuffix(host, ".local") && !strings.HasSuffix(host, ".internal")
}
