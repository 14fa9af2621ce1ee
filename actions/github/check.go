package github

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	api "github.com/google/go-github/v60/github"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/web"
)

// GitHub's limits of a check run ("Create a check run", "Update a check run").
const (
	batch      = 50    // annotations in a request
	maxSummary = 65535 // characters
	maxTitle   = 255
	maxMessage = 16 << 10 // 64 KB, of which a character may take four
)

// check sets the check run. One that says the same already is left alone, and one that has
// annotations is replaced by another of its name, which is the one that counts, because
// annotations can only be added.
func (h *Host) check(ctx context.Context, mark actions.Mark) (actions.Marked, error) {
	login, err := h.self(ctx)
	if err != nil && !errors.Is(err, actions.ErrForbidden) {
		return actions.Marked{}, err // else no check run is known as ours, and a new one is made
	}
	now, err := h.newest(ctx, mark, login)
	if err != nil {
		return actions.Marked{}, err
	}
	digest := fingerprint(mark)
	if now.GetExternalID() == digest && stands(now, mark.State) {
		return actions.Marked{By: "check", URL: now.GetHTMLURL()}, nil
	}
	batches := slices.Collect(slices.Chunk(annotations(mark.Annotations), batch))
	if len(batches) == 0 {
		batches = [][]*api.CheckRunAnnotation{nil}
	}
	if now.GetOutput().GetAnnotationsCount() > 0 {
		if err := h.withdraw(ctx, now, mark); err != nil {
			return actions.Marked{}, err
		}
		now = nil
	}
	for i, some := range batches {
		id := unfinished // only what is complete is left alone by the next job
		if i == len(batches)-1 {
			id = digest
		}
		if now, err = h.write(ctx, now, mark, some, id); err != nil {
			return actions.Marked{}, err
		}
	}
	return actions.Marked{By: "check", URL: now.GetHTMLURL()}, nil
}

// newest is the check run of the mark's name on its commit that this token's App made; nil
// if there is none. Another App's cannot be updated, and is not ours.
func (h *Host) newest(ctx context.Context, mark actions.Mark, login string) (*api.CheckRun, error) {
	var list api.ListCheckRunsResults
	_, err := h.call(ctx, http.MethodGet, nil, &list, "commits/%s/check-runs?check_name=%s&filter=latest&per_page=%d", mark.Commit, url.QueryEscape(mark.Name), perPage)
	if err != nil {
		return nil, err
	}
	var newest *api.CheckRun
	for _, run := range list.CheckRuns {
		mine := strings.EqualFold(run.GetApp().GetSlug()+"[bot]", login)
		if mine && run.GetName() == mark.Name && run.GetHeadSHA() == mark.Commit && run.GetID() > newest.GetID() {
			newest = run
		}
	}
	return newest, nil
}

// write makes the check run, or updates the one that there is.
func (h *Host) write(ctx context.Context, now *api.CheckRun, mark actions.Mark, some []*api.CheckRunAnnotation, id string) (*api.CheckRun, error) {
	status, conclusion, completed := checkState(mark.State)
	output := &api.CheckRunOutput{Title: new(cmp.Or(actions.Shorten(mark.Title, maxTitle), mark.Name)), Summary: new(actions.Shorten(mark.Summary, maxSummary)), Annotations: some}
	var details *string
	if mark.URL != "" {
		details = &mark.URL
	}
	run := &api.CheckRun{}
	if now == nil {
		_, err := h.call(ctx, http.MethodPost, api.CreateCheckRunOptions{
			Name: mark.Name, HeadSHA: mark.Commit, Status: &status, Conclusion: conclusion, CompletedAt: completed, Output: output, DetailsURL: details, ExternalID: &id,
		}, run, "check-runs")
		return run, err
	}
	if len(some) == 0 { // annotations would be there twice
		ctx = web.Repeatable(ctx)
	}
	_, err := h.call(ctx, http.MethodPatch, api.UpdateCheckRunOptions{
		Name: mark.Name, Status: &status, Conclusion: conclusion, CompletedAt: completed, Output: output, DetailsURL: details, ExternalID: &id,
	}, run, "check-runs/%d", now.GetID())
	return run, err
}

// withdraw gives the check run that is replaced the state of the new one first: whichever of
// the two somebody looks at, none is green that should not be.
func (h *Host) withdraw(ctx context.Context, old *api.CheckRun, mark actions.Mark) error {
	if stands(old, mark.State) {
		return nil
	}
	status, conclusion, completed := checkState(mark.State)
	_, err := h.call(web.Repeatable(ctx), http.MethodPatch, api.UpdateCheckRunOptions{
		Name: mark.Name, Status: &status, Conclusion: conclusion, CompletedAt: completed, ExternalID: new(unfinished),
	}, nil, "check-runs/%d", old.GetID())
	return err
}

// stands reports whether the check run has the state. What it says is another matter:
// the job that was to write that may have died between two requests.
func stands(run *api.CheckRun, state actions.State) bool {
	status, conclusion, _ := checkState(state)
	return run.GetStatus() == status && (conclusion == nil || run.GetConclusion() == *conclusion)
}

// checkState is neither green nor red while the mark is pending: it has no conclusion.
func checkState(state actions.State) (status string, conclusion *string, completed *api.Timestamp) {
	done := "failure"
	switch state {
	case actions.Pending:
		return "in_progress", nil, nil
	case actions.Success:
		done = "success"
	case actions.Neutral:
		done = "neutral"
	case actions.Failure:
	}
	return "completed", &done, &api.Timestamp{Time: time.Now().UTC().Truncate(time.Second)}
}

func annotations(all []actions.Annotation) []*api.CheckRunAnnotation {
	var list []*api.CheckRunAnnotation
	for _, a := range all {
		if a.Path == "" {
			continue // GitHub shows none without a file
		}
		start := max(a.Line, 1)
		list = append(list, &api.CheckRunAnnotation{
			Path: &a.Path, StartLine: &start, EndLine: new(max(a.End, start)), AnnotationLevel: new(cmp.Or(string(a.Level), "notice")),
			Title: new(actions.Shorten(a.Title, maxTitle)), Message: new(cmp.Or(actions.Shorten(a.Message, maxMessage), a.Title, "…")),
		})
	}
	return list
}

// unfinished is the external ID of a check run that does not say all of its mark.
const unfinished = "muster:unfinished"

// fingerprint stands for all that a mark says. The check run keeps it as its external ID.
func fingerprint(mark actions.Mark) string {
	if mark.Key != "" {
		mark.Summary = ""
	}
	data, err := json.Marshal(mark)
	if err != nil {
		return "" // plain values always have a form
	}
	sum := sha256.Sum256(data)
	return "muster:" + hex.EncodeToString(sum[:16])
}
