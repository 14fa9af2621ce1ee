package reach

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/source"
)

// daemons makes entries of what the machine itself starts: crontabs, Procfiles
// and units of systemd.
func (g *graph) daemons() {
	for _, f := range g.tree.Files {
		src, ok := g.tree.Text[f]
		if !ok || g.tree.Class(f) != source.Source {
			continue
		}
		switch base := strings.ToLower(path.Base(f)); {
		case base == "procfile":
			g.procfile(f, string(src))
		case base == "fly.toml":
			g.fly(f)
		case base == "crontab" || strings.HasSuffix(base, ".cron") || strings.HasSuffix(base, ".crontab") || strings.HasSuffix(base, "-cron") || path.Base(path.Dir(f)) == "cron.d":
			g.crontab(f, string(src))
		case strings.HasSuffix(source.UnitName(base), ".service"):
			g.unit(f, string(src))
		}
	}
}

var procLine = regexp.MustCompile(`^([A-Za-z0-9_-]+):\s*(.+)$`)

// procfile makes an entry of each process.
func (g *graph) procfile(file, src string) {
	for i, line := range strings.Split(src, "\n") {
		if m := procLine.FindStringSubmatch(line); m != nil {
			p := g.entry(Entry{ID: file + "#" + m[1], Kind: KindService, Path: file, Line: i + 1, Name: "process " + m[1], Chain: file}, path.Dir(file))
			g.script(p, m[2], i+1, shell.Options{})
		}
	}
}

// cronLine takes the five fields of time, or @daily and its like, off a command.
var cronLine = regexp.MustCompile(`^\s*(@(?:yearly|annually|monthly|weekly|daily|midnight|hourly|reboot)|(?:[\d*][\d*,/-]*\s+){2}[\d*?][\d*,/-]*\s+[\w*?,/-]+\s+[\w*?,/-]+)\s+(.+)$`)

// crontab makes an entry of each line that has a time. One that nothing installs
// is only written down: people start it, if anybody.
func (g *graph) crontab(file, src string) {
	kind, triggers := KindTask, []ci.Trigger{ci.Manual}
	if g.installed(file) {
		kind, triggers = KindTimer, []ci.Trigger{ci.Schedule}
	}
	for i, line := range strings.Split(src, "\n") {
		m := cronLine.FindStringSubmatch(line)
		if m == nil || strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		command := m[2]
		if user, rest, ok := strings.Cut(command, " "); ok && (user == "root" || path.Base(path.Dir(file)) == "cron.d") {
			command = rest
		}
		p := g.entry(Entry{ID: file, Kind: kind, Path: file, Line: i + 1, Name: "crontab " + file, Triggers: triggers}, ".", path.Dir(file))
		g.script(p, command, i+1, shell.Options{})
	}
}

// installed reports whether an image takes a file in, or a command names it.
func (g *graph) installed(file string) bool {
	base := path.Base(file)
	for _, name := range sortedKeys(g.images) {
		if slices.ContainsFunc(g.images[name].copies, func(c string) bool { return path.Base(c) == base || path.Base(c) == path.Base(path.Dir(file)) }) {
			return true
		}
	}
	return slices.ContainsFunc(g.result.Hits, func(h Hit) bool {
		return slices.ContainsFunc(h.Args, func(a string) bool { return path.Base(a) == base })
	})
}

// unit makes an entry of a service of systemd; a timer beside it starts it.
func (g *graph) unit(file, src string) {
	e := Entry{ID: file, Kind: KindService, Path: file, Line: 1, Name: "unit " + path.Base(source.UnitName(file))}
	if g.timed(file) {
		e.Kind, e.Triggers = KindTimer, []ci.Trigger{ci.Schedule}
	}
	for i, line := range strings.Split(src, "\n") {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "ExecStart=")
		if !ok || command == "" {
			continue
		}
		e.Line = i + 1
		g.script(g.entry(e, ".", path.Dir(file)), strings.TrimLeft(command, "-@+!"), i+1, shell.Options{})
	}
}

// timed reports whether a unit has a timer of its name, as it stands or as a
// template.
func (g *graph) timed(file string) bool {
	name := source.UnitName(file)
	timer := string(g.tree.Text[strings.TrimSuffix(name, ".service")+".timer"+strings.TrimPrefix(file, name)])
	return strings.Contains(timer, "OnCalendar") || strings.Contains(timer, "OnUnitActiveSec")
}
