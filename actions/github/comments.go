package github

import (
	"context"
	"iter"
	"net/http"
	"time"

	api "github.com/google/go-github/v60/github"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/web"
)

// perPage is the most that GitHub gives at once; Gitea gives as many as it likes.
const perPage = 100

// pages yields what a list has, and reads no further than its caller does.
func pages[T any](list func(api.ListOptions) ([]T, *api.Response, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for page := 1; page != 0; {
			items, response, err := list(api.ListOptions{Page: page, PerPage: perPage})
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if response.NextPage <= page {
				return // the last, or a circle
			}
			page = response.NextPage
		}
	}
}

// Comments yields what the token's own user wrote in the pull request.
func (h *Host) Comments(ctx context.Context, number int) iter.Seq2[actions.Comment, error] {
	return func(yield func(actions.Comment, error) bool) {
		login, err := h.self(ctx)
		if err != nil {
			yield(actions.Comment{}, err)
			return
		}
		all := actions.FromBothEnds(func(page int) (actions.Page[*api.IssueComment], error) {
			some, response, err := h.listComments(ctx, number, api.ListOptions{Page: page, PerPage: perPage}, "")
			if err != nil {
				return actions.Page[*api.IssueComment]{}, err
			}
			return actions.Page[*api.IssueComment]{Items: some, Next: response.NextPage, Last: response.LastPage}, nil
		})
		h.ownOf(all, login, yield)
	}
}

// Newer yields what the token's own user wrote, or edited, since then.
func (h *Host) Newer(ctx context.Context, number int, since time.Time) iter.Seq2[actions.Comment, error] {
	return func(yield func(actions.Comment, error) bool) {
		login, err := h.self(ctx)
		if err != nil {
			yield(actions.Comment{}, err)
			return
		}
		all := pages(func(page api.ListOptions) ([]*api.IssueComment, *api.Response, error) {
			return h.listComments(ctx, number, page, "&since="+since.UTC().Format(time.RFC3339))
		})
		h.ownOf(all, login, yield)
	}
}

func (h *Host) listComments(ctx context.Context, number int, page api.ListOptions, more string) ([]*api.IssueComment, *api.Response, error) {
	var some []*api.IssueComment
	response, err := h.call(ctx, http.MethodGet, nil, &some, "issues/%d/comments?page=%d&per_page=%d%s", number, page.Page, page.PerPage, more)
	return some, response, err
}

// ownOf yields those of the token's own user.
func (h *Host) ownOf(all iter.Seq2[*api.IssueComment, error], login string, yield func(actions.Comment, error) bool) {
	for comment, err := range all {
		if err != nil {
			yield(actions.Comment{}, h.failed("list the comments", "pull-requests: read", err))
			return
		}
		if own(comment.User, login) && !yield(commentFrom(comment), nil) {
			return
		}
	}
}

// PutComment writes a comment. One whose answer was lost is not sent again: there might be two.
func (h *Host) PutComment(ctx context.Context, number int, comment actions.Comment) (actions.Comment, error) {
	body, made := &api.IssueComment{Body: &comment.Body}, &api.IssueComment{}
	if comment.ID == 0 {
		_, err := h.call(ctx, http.MethodPost, body, made, "issues/%d/comments", number)
		return commentFrom(made), h.failed("write the comment", "pull-requests: write", err)
	}
	_, err := h.call(web.Repeatable(ctx), http.MethodPatch, body, made, "issues/comments/%d", comment.ID)
	return commentFrom(made), h.failed("update the comment", "pull-requests: write", err)
}

// DeleteComment deletes a comment; one that is gone already is deleted.
func (h *Host) DeleteComment(ctx context.Context, _ int, id int64) error {
	_, err := h.call(ctx, http.MethodDelete, nil, nil, "issues/comments/%d", id)
	if status(err) == http.StatusNotFound {
		return nil
	}
	return h.failed("delete the comment", "pull-requests: write", err)
}

func commentFrom(c *api.IssueComment) actions.Comment {
	return actions.Comment{ID: c.GetID(), Body: c.GetBody(), URL: c.GetHTMLURL(), At: c.GetCreatedAt().Time}
}
