package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/reach"
)

// platformRemote is a remote of git whose push is a deployment: a Space of Hugging
// Face (https://huggingface.co/docs/hub/spaces-github-actions), Heroku
// (https://devcenter.heroku.com/articles/git), Dokku
// (https://dokku.com/docs/deployment/application-deployment), Azure's App Service.
var platformRemote = regexp.MustCompile(`huggingface\.co/spaces/|hf\.co/spaces/|git\.heroku\.com|heroku\.com:|(^|//)dokku@|scm\.azurewebsites\.net|push-\S*\.clever-cloud\.com`)

// started is what a command on another machine does to run what was brought there.
var started = regexp.MustCompile(`\b(docker|podman)(-| )compose\b.*\bup\b|\b(docker|podman) (run|restart|pull|stack deploy|service update)\b|\bsystemctl (--user )?(re)?start\b|\bsupervisorctl (re)?start\b|\bservice \S+ (re)?start\b|\bpm2 (re)?(start|load)\b|\bnohup\b|\bkubectl (apply|set|rollout)\b|\bhelm (upgrade|install)\b|(^|[\s/;&])(deploy|start|restart|run|update)\w*\.sh\b`)

// remoteReleases makes facts of releases without a command of a platform: a push to
// a remote that deploys, and what is started on a machine through ssh.
func (b *builder) remoteReleases() {
	for i, h := range b.reach.Hits {
		if len(h.Args) < 2 {
			continue
		}
		tool, words := "", h.Args
		switch {
		case h.Args[0] == "git" && slices.Contains(h.Args, "push") && pushesToPlatform(b.reach.Hits[:i], h):
			tool = "git"
		case len(h.Full) > 0 && path.Base(h.Full[0]) == "ssh" && started.MatchString(h.Args[len(h.Args)-1]):
			tool, words = "ssh", h.Full
		default:
			continue
		}
		b.add(Fact{
			Category: "deploy.app", Tool: tool, Subject: shorten(strings.Join(words, " ")), Path: h.Path, Line: h.Line, Context: "command",
			Conditional: h.Conditional, Entries: []Link{linkOf(h)},
		})
	}
}

// pushesToPlatform reports whether one of the words of a push is the name of a
// remote that the same entry has given the address of a platform.
func pushesToPlatform(before []reach.Hit, h reach.Hit) bool {
	return slices.ContainsFunc(before, func(o reach.Hit) bool {
		if o.Entry != h.Entry || o.Path != h.Path || len(o.Args) < 5 || o.Args[0] != "git" || o.Args[1] != "remote" || o.Args[2] != "add" && o.Args[2] != "set-url" {
			return false
		}
		name, address := o.Args[len(o.Args)-2], o.Args[len(o.Args)-1]
		return platformRemote.MatchString(address) && slices.Contains(h.Args, name)
	})
}
