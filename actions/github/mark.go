package github

import (
	"context"
	"fmt"
	"net/http"

	api "github.com/google/go-github/v60/github"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/web"
)

// Mark sets the check run of the mark's name, or, where the token may write none, the
// commit status. Only an App's token, such as the job's own, may write check runs.
func (h *Host) Mark(ctx context.Context, mark actions.Mark) (actions.Marked, error) {
	if !commitHash.MatchString(mark.Commit) {
		return actions.Marked{}, fmt.Errorf("mark the commit: %q is none", mark.Commit)
	}
	if h.o.Gitea || h.o.Mark == "status" {
		return h.status(ctx, mark)
	}
	marked, err := h.check(ctx, mark)
	if err == nil || h.o.Mark == "check" || !forbidden(err) {
		return marked, h.failed("write the check", "checks: write", err)
	}
	marked, err = h.status(ctx, mark)
	if err != nil {
		return marked, fmt.Errorf("the token may write no check (it needs checks: write): %w", err)
	}
	return marked, nil
}

// maxDescription is how many characters a status may say ("Create a commit status").
const maxDescription = 140

// status sets the commit status, unless it is so already. A status that is set twice is as
// set once.
func (h *Host) status(ctx context.Context, mark actions.Mark) (actions.Marked, error) {
	want := &api.RepoStatus{Context: &mark.Name, State: new(statusState(mark.State)), Description: new(actions.Shorten(mark.Title, maxDescription))}
	if mark.URL != "" {
		want.TargetURL = &mark.URL
	}
	done := actions.Marked{By: "status", URL: mark.URL}
	combined, err := h.statuses(ctx, mark.Commit)
	if err != nil {
		return actions.Marked{}, h.failed("read the commit's statuses", "statuses: write", err)
	}
	for _, now := range combined {
		if now.Context == mark.Name && now.state() == want.GetState() && now.Description == want.GetDescription() && now.TargetURL == want.GetTargetURL() {
			return done, nil
		}
	}
	if _, err := h.call(web.Repeatable(ctx), http.MethodPost, want, nil, "statuses/%s", mark.Commit); err != nil {
		return actions.Marked{}, h.failed("write the status", "statuses: write", err)
	}
	return done, nil
}

// commitStatus is one of a commit. Gitea calls its state "status" where it lists them.
type commitStatus struct {
	Context     string `json:"context"`
	State       string `json:"state"`
	Status      string `json:"status"`
	Description string `json:"description"`
	TargetURL   string `json:"target_url"`
}

func (s commitStatus) state() string {
	if s.State == "" {
		return s.Status
	}
	return s.State
}

// statuses are the newest of each context ("Get the combined status for a specific
// reference"); one that is on a later page is only set once more.
func (h *Host) statuses(ctx context.Context, commit string) ([]commitStatus, error) {
	var combined struct {
		Statuses []commitStatus `json:"statuses"`
	}
	_, err := h.call(ctx, http.MethodGet, nil, &combined, "commits/%s/status?per_page=%d", commit, perPage)
	return combined.Statuses, err
}

// statusState knows no neutral: that is green, and its description says why.
func statusState(state actions.State) string {
	switch state {
	case actions.Success, actions.Neutral:
		return "success"
	case actions.Pending:
		return "pending"
	default:
		return "failure"
	}
}
