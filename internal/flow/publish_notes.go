package flow

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// notes are what stands around the report on the host.
func (c CI) notes(ctx context.Context, out Outcome) report.Notes {
	return report.Notes{
		Job: c.Event.JobURL, Report: c.reportURL(ctx), Commit: c.Event.Head, Failed: c.failed(out), Owners: c.owners(ctx, out.Report),
	}
}

// failed says why the mark is a failure where the report has nothing that is one.
func (c CI) failed(out Outcome) string {
	switch r := out.Report; {
	case out.broken != "":
		return out.broken
	case len(out.Errors) > 0, r.Run != nil && r.Run.Status != result.RunPassed:
		return "" // the report says so itself
	case c.below(r):
		return fmt.Sprintf("maturity level %d is below the %d that are asked for", *r.Assessment.Level, c.MinLevel)
	case r.Decision == nil && c.state(out) == actions.Failure:
		return "nothing was decided"
	default:
		return ""
	}
}

// below reports whether the maturity level is not the one that was asked for.
func (c CI) below(r result.Report) bool {
	return r.Assessment != nil && r.Assessment.Level != nil && *r.Assessment.Level < c.MinLevel
}

// reportURL is where the host keeps the whole report: on GitHub as an artifact of the
// run, on GitLab as a file of the job's artifacts ("Access a specific artifact file" in
// its documentation). On Gitea, the run's page is all that there is to link.
func (c CI) reportURL(ctx context.Context) string {
	switch {
	case c.Event.JobURL == "":
		return ""
	case c.Event.Host == actions.GitHub:
		return c.Event.JobURL + "#artifacts"
	case c.Event.Host == actions.GitLab:
		file := path.Join(path.Dir(Gate{Project: c.Project}.pathInRepository(ctx)), ".muster/report.html")
		return c.Event.JobURL + "/artifacts/file/" + (&url.URL{Path: file}).EscapedPath()
	default:
		return ""
	}
}

// maxOwned bounds the files whose owners are looked for: those who should look are few.
const maxOwned = 30

// owners are who should look at a change that does not pass, by the base's word: those
// who own muster.yaml, and what the decision is about.
func (c CI) owners(ctx context.Context, r result.Report) []string {
	if r.Decision == nil || r.Decision.Verdict == result.Pass || c.Base == nil || c.Base.repo == nil || c.Base.Commit == "" {
		return nil
	}
	owned, err := readCodeOwners(ctx, c.Base.repo, c.Base.Commit, c.Event.Host)
	if err != nil {
		return nil // nobody is named there, or in no way that muster reads
	}
	var names []string
	for _, file := range aboutFiles(*r.Decision, c.Base.own) {
		found, err := owned.of(file)
		if err != nil {
			return nil
		}
		for _, name := range found {
			if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
				names = append(names, name)
			}
		}
	}
	return names
}

// aboutFiles are the files that a decision is about: the pipeline's own first, then
// where findings stand, then what differs from what made the champion.
func aboutFiles(d result.Decision, own string) []string {
	files := []string{own}
	add := func(file string) {
		if file != "" && len(files) < maxOwned && !slices.Contains(files, file) {
			files = append(files, file)
		}
	}
	for _, f := range d.Findings {
		if f.Location != nil && !f.Waived && f.Severity == result.SeverityDeny {
			add(f.Location.Path)
		}
	}
	for _, change := range d.Changes {
		add(change.Path)
	}
	return files
}
