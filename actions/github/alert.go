package github

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	api "github.com/google/go-github/v60/github"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/web"
)

// Alert keeps one open issue for the marker, among those that the token's own user wrote. Of
// two that were opened at once, the older stays.
func (h *Host) Alert(ctx context.Context, alert actions.Alert) (string, error) {
	if alert.Marker == "" {
		return "", errors.New("open the issue: it has no marker")
	}
	open, err := h.alerts(ctx, alert.Marker)
	if err != nil {
		return "", h.failed("look for the issue", "issues: write", err)
	}
	if len(open) == 0 {
		if !alert.Open {
			return "", nil
		}
		issue := &api.Issue{}
		_, err := h.call(ctx, http.MethodPost, &api.IssueRequest{Title: &alert.Title, Body: &alert.Body}, issue, "issues")
		return issue.GetHTMLURL(), h.failed("open the issue", "issues: write", err)
	}
	for i, issue := range open {
		if err := h.setAlert(ctx, issue, alert, alert.Open && i == 0); err != nil {
			return "", h.failed("update the issue", "issues: write", err)
		}
	}
	return open[0].GetHTMLURL(), nil
}

// setAlert writes only what is not so already.
func (h *Host) setAlert(ctx context.Context, issue *api.Issue, alert actions.Alert, open bool) error {
	change := &api.IssueRequest{}
	if open {
		if alert.Stands(issue.GetTitle(), issue.GetBody()) {
			return nil
		}
		change.Title, change.Body = &alert.Title, &alert.Body
	} else {
		change.State = new("closed")
		if alert.Body != "" && !alert.Open {
			change.Body = &alert.Body
		}
	}
	_, err := h.call(web.Repeatable(ctx), http.MethodPatch, change, nil, "issues/%d", issue.GetNumber())
	return err
}

// alerts are the open issues with the marker, the oldest first.
func (h *Host) alerts(ctx context.Context, marker string) ([]*api.Issue, error) {
	login, err := h.self(ctx)
	if err != nil {
		return nil, err
	}
	all := pages(func(page api.ListOptions) ([]*api.Issue, *api.Response, error) {
		var some []*api.Issue
		response, err := h.call(ctx, http.MethodGet, nil, &some, "issues?state=open&creator=%s&sort=created&direction=asc&page=%d&per_page=%d", url.QueryEscape(login), page.Page, page.PerPage)
		return some, response, err
	})
	var found []*api.Issue
	for issue, err := range all {
		if err != nil {
			return nil, err
		}
		if own(issue.User, login) && !issue.IsPullRequest() && actions.IsMarked(issue.GetBody(), marker) {
			found = append(found, issue)
		}
	}
	return found, nil
}
