package settings

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// Alert is a rule that raises an alert (alert.rule) or what is told of them
// (alert.receiver).
type Alert struct {
	Category string
	What     string
	Line     int
	// About is what a rule looks at.
	About string
	// Outside is true if a receiver lies outside of the stack, Sample if it is one
	// that somebody has yet to fill in.
	Outside, Sample bool
}

const maxAlertDepth = 10

// MayAlert reports whether a file has one of the words of rules and receivers.
func MayAlert(text []byte) bool { return holdsOne(text, alertWords) }

var alertWords = []string{"alert", "receivers:", "contactPoints:", "condition:"}

// Alerts are the rules and receivers of a file of Prometheus, Alertmanager, Grafana
// or Kubernetes.
func Alerts(f File) []Alert {
	var out []Alert
	for _, doc := range f.Documents {
		out = append(out, alertsIn(doc, 0, maxAlertDepth)...)
	}
	return out
}

// alertsIn looks for rules and receivers in a value. Offset is added to lines
// where the value stands inside a text of the file.
func alertsIn(v yamldoc.Value, offset, depth int) []Alert {
	if depth == 0 {
		return nil
	}
	if name := v.Get("alert").Text(); name != "" && v.Get("expr").Exists() {
		return []Alert{{Category: "alert.rule", What: name, Line: v.Get("alert").Line() + offset, About: name + " " + v.Get("expr").Text()}}
	}
	if v.Get("title").Text() != "" && v.Get("condition").Exists() && v.Get("data").Exists() {
		return []Alert{{Category: "alert.rule", What: v.Get("title").Text(), Line: v.Get("title").Line() + offset, About: v.Get("title").Text()}}
	}
	var out []Alert
	for _, e := range v.Entries() {
		switch {
		case e.Key == "receivers" && e.Value.IsList():
			out = append(out, receivers(e.Value, offset)...)
		case yamldoc.IsYAML(e.Key): // a file inside a ConfigMap
			if docs, _ := yamldoc.Read([]byte(e.Value.Text())); len(docs) > 0 {
				out = append(out, alertsIn(docs[0], offset+e.Value.TextLine()-1, depth-1)...)
			}
		default:
			out = append(out, alertsIn(e.Value, offset, depth-1)...)
		}
	}
	for _, item := range v.Items() {
		out = append(out, alertsIn(item, offset, depth-1)...)
	}
	return out
}

// receivers are those of Alertmanager and the contact points of Grafana that lead somewhere.
func receivers(list yamldoc.Value, offset int) []Alert {
	var out []Alert
	for _, r := range list.Items() {
		name := r.Get("name").Text()
		if kind := r.Get("type").Text(); kind != "" { // Grafana
			out = append(out, receiver(kind, r.Get("settings"), r.Line()+offset))
		}
		for _, e := range r.Entries() {
			if strings.HasSuffix(strings.ToLower(e.Key), "configs") && len(e.Value.Items()) > 0 {
				out = append(out, receiver(name+" "+e.Key, e.Value, e.Line+offset))
			}
		}
	}
	return out
}

var sample = regexp.MustCompile(`(?i)your[-_ /]|/your|xxx|@example\.|//example\.|placeholder|change[-_]?me|<[a-z_ -]+>|T00000000|\bdummy\b|\btodo\b`)

// receiver is one of them: whether it lies outside the stack,
// and whether it is only a sample.
func receiver(name string, settings yamldoc.Value, line int) Alert {
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
	return Alert{Category: "alert.receiver", What: name, Line: line, Outside: outside, Sample: only}
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

// HasRules reports whether a file is one of groups of rules, as Prometheus loads them.
func HasRules(f File) bool {
	for _, doc := range f.Documents {
		if doc.Get("groups").IsList() {
			return true
		}
	}
	return false
}

// LoadsRules reports whether a file is a configuration of Prometheus, and whether it
// loads rules and names who sends alerts on
// (https://prometheus.io/docs/prometheus/latest/configuration/configuration).
func LoadsRules(f File) (loads, is bool) {
	for _, doc := range f.Documents {
		is = is || doc.Get("scrape_configs").Exists()
		loads = loads || len(doc.Get("rule_files").Items()) > 0 && doc.Get("alerting").Exists()
	}
	return loads, is
}
