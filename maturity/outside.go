package maturity

import (
	"slices"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/facts"
	"github.com/muster-ci/muster/maturity/forge"
)

// outside is what is known of a repository beside its files: what the forge and
// records tell.
type outside struct {
	opts      Options
	checkout  checkout
	pipelines []*ci.Pipeline
	runs      []facts.Fact
	beside    []companion
}

// add puts it into the facts of a project, before the rules run.
func (o outside) add(set *facts.Set) {
	for _, c := range o.beside {
		c.add(set)
	}
	forge.Add(set, o.opts.Forge, o.pipelines, o.opts.now())
	o.checkout.past.add(set)
	o.checkout.models.add(set)
	if len(o.runs) > 0 {
		set.Facts["record.run"] = o.runs
	}
}

func (o Options) now() time.Time {
	if o.Now.IsZero() {
		return time.Now()
	}
	return o.Now
}

// linked gives every piece of evidence that is a place in a file its address on the web.
func linked(a *result.Assessment, web, prefix string) {
	if web == "" || a.Commit == "" {
		return
	}
	for i := range a.Roots {
		for j := range a.Roots[i].Criteria {
			link(a.Roots[i].Criteria[j].Evidence, web, a.Commit, prefix)
		}
		link(a.Roots[i].Claims, web, a.Commit, prefix)
	}
	link(a.Unread, web, a.Commit, prefix)
}

func link(evidence []result.Evidence, web, commit, prefix string) {
	for i, e := range evidence {
		if e.URL == "" && isFile(e.Path) && !elsewhere(e) {
			evidence[i].URL = forge.Link(web, commit, prefix+e.Path, e.Line)
		}
	}
}

// reportOf is what the assessment says of the forge.
func reportOf(told *result.ForgeFacts) *result.ForgeReport {
	if told == nil {
		return nil
	}
	return &result.ForgeReport{Repository: told.Repository, Requests: told.Requests, Missing: slices.Clone(told.Missing)}
}

// isFile leaves out what is not in the tree: git's own files and muster's.
func isFile(name string) bool {
	return name != "" && !strings.HasPrefix(name, "refs/") && !strings.HasPrefix(name, ".git/") && !strings.HasPrefix(name, ".muster/")
}
