package gitlab

import (
	"context"
	"fmt"

	api "github.com/xanzy/go-gitlab"

	"github.com/muster-ci/muster/actions"
)

// Alert keeps one issue (https://docs.gitlab.com/api/issues/) of the token's own user: its
// description begins with the marker. There is at most one open.
func (h *Host) Alert(ctx context.Context, alert actions.Alert) (string, error) {
	const doing = "tell of the default branch in an issue"
	if alert.Marker == "" {
		return "", fmt.Errorf("%s: it has no marker", doing)
	}
	issue, err := h.alert(ctx, doing, alert.Marker)
	if err != nil {
		return "", err
	}
	body := harmless(alert.Body)
	if !actions.IsMarked(body, alert.Marker) {
		body = alert.Marker + "\n" + body
	}
	alert.Body = body
	switch {
	case issue == nil && !alert.Open:
		return "", nil
	case issue == nil:
		o := &api.CreateIssueOptions{Title: &alert.Title, Description: &body}
		created, resp, err := h.client.createIssue(h.o.Project, o, api.WithContext(ctx))
		if err != nil {
			return "", h.failed(doing, roleReporter, resp, err)
		}
		return created.WebURL, nil
	case alert.Open && alert.Stands(issue.Title, issue.Description):
		return issue.WebURL, nil
	}
	o := &api.UpdateIssueOptions{Title: &alert.Title, Description: &body}
	if !alert.Open {
		o = &api.UpdateIssueOptions{StateEvent: new("close")}
	}
	if _, resp, err := h.client.updateIssue(h.o.Project, issue.IID, o, api.WithContext(ctx)); err != nil {
		return "", h.failed(doing, roleReporter, resp, err)
	}
	return issue.WebURL, nil
}

// alert finds the open issue with the marker; nil if there is none.
func (h *Host) alert(ctx context.Context, doing, marker string) (*api.Issue, error) {
	self, err := h.user(ctx)
	if err != nil {
		return nil, err
	}
	o := &api.ListProjectIssuesOptions{
		ListOptions: api.ListOptions{PerPage: pageSize, Page: 1},
		State:       new("opened"), AuthorID: &self, OrderBy: new("created_at"), Sort: new("asc"),
	}
	for {
		list, resp, err := h.client.listIssues(h.o.Project, o, api.WithContext(ctx))
		if err != nil {
			return nil, h.failed(doing, roleReporter, resp, err)
		}
		for _, issue := range list {
			if issue.Author != nil && issue.Author.ID == self && actions.IsMarked(issue.Description, marker) {
				return issue, nil
			}
		}
		if resp.NextPage <= o.Page {
			return nil, nil
		}
		o.Page = resp.NextPage
	}
}
