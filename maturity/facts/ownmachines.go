package facts

import (
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// ownMachines makes facts of jobs that start a container on a machine of the
// team's own, and leave it running: a deployment without a platform
// (https://docs.github.com/actions/hosting-your-own-runners).
func (b *builder) ownMachines() {
	for i, h := range b.reach.Hits {
		if !startsDetached(h) || !b.onOwnMachine(h.Entry) || stopped(b.reach.Hits[i+1:], h) {
			continue
		}
		b.add(Fact{
			Category: "deploy.app", Tool: "Docker", Subject: shorten(strings.Join(h.Args, " ")), Path: h.Path, Line: h.Line, Context: "command",
			Entries: []Link{linkOf(h)},
		})
	}
}

// startsDetached reports whether a command starts containers and does not wait for them.
func startsDetached(h reach.Hit) bool {
	if len(h.Args) < 3 || h.Args[0] != "docker" && h.Args[0] != "docker-compose" && h.Args[0] != "podman" {
		return false
	}
	return (slices.Contains(h.Args, "run") || slices.Contains(h.Args, "up")) && slices.ContainsFunc(h.Args, detaches)
}

// detached are short flags of which one is -d; they may be written together.
var detached = regexp.MustCompile(`^-[a-z]*d[a-z]*$`)

func detaches(arg string) bool { return arg == "--detach" || detached.MatchString(arg) }

// stopped reports whether the same job stops a container later on: it only tried it.
func stopped(later []reach.Hit, h reach.Hit) bool {
	return slices.ContainsFunc(later, func(o reach.Hit) bool {
		return o.Entry == h.Entry && o.Path == h.Path && o.Line > h.Line && len(o.Args) > 1 && strings.HasPrefix(o.Args[0], "docker") &&
			(slices.Contains(o.Args, "stop") || slices.Contains(o.Args, "rm") || slices.Contains(o.Args, "down") || slices.Contains(o.Args, "kill"))
	})
}

// onOwnMachine reports whether the job of a workflow of GitHub runs on a runner that
// the team hosts.
func (b *builder) onOwnMachine(id string) bool {
	e, ok := b.reach.Entry(id)
	if !ok || e.Kind != reach.KindJob || e.Host != "github" {
		return false
	}
	own := false
	for _, doc := range b.in.Tree.Documents(e.Path) {
		for _, job := range doc.Get("jobs").Entries() {
			own = own || job.Line == e.Line && slices.Contains(labels(job.Value.Get("runs-on")), "self-hosted")
		}
	}
	return own
}

func labels(v yamldoc.Value) []string { return append(v.Texts(), v.Get("labels").Texts()...) }
