package github

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	api "github.com/google/go-github/v60/github"

	"github.com/muster-ci/muster/actions"
)

// Approvals are the last opinions of those who may write to the repository, where it is an
// approval that was not dismissed. The author's own is none.
//
// GraphQL tells all in one request, REST asks for each reviewer's permission. Whether a
// reviewer is a code owner, neither tells.
func (h *Host) Approvals(ctx context.Context, number int) ([]actions.Approval, error) {
	var found []actions.Approval
	err := error(&queryError{messages: []string{"there is no GraphQL"}})
	if !h.o.Gitea {
		// In whose name a review is, only a token that may see teams is told.
		if found, err = h.opinions(ctx, number, teamsField); err != nil && unsupported(err) {
			found, err = h.opinions(ctx, number, "")
		}
	}
	if err != nil && unsupported(err) {
		found, err = h.reviews(ctx, number)
	}
	if err != nil {
		return nil, h.failed("read the approvals", "pull-requests: read", err)
	}
	slices.SortStableFunc(found, func(a, b actions.Approval) int { return a.At.Compare(b.At) })
	return found, nil
}

// The query of opinions, and the field that not every token may read.
const (
	opinionsQuery = `query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      author { login }
      latestOpinionatedReviews(first: 50, after: $after, writersOnly: true) {
        pageInfo { hasNextPage endCursor }
        nodes { author { login } editor { login } lastEditedAt state submittedAt body url commit { oid } %s }
      }
    }
  }
}`
	teamsField = `onBehalfOf(first: 10) { nodes { combinedSlug } }`
)

type opinion struct {
	Author      struct{ Login string }
	Editor      *struct{ Login string } // of the body; nil also for one who is gone
	LastEdited  *time.Time              `json:"lastEditedAt"`
	State       string
	SubmittedAt time.Time
	Body, URL   string
	Commit      struct{ OID string }
	OnBehalfOf  struct {
		Nodes []struct{ CombinedSlug string }
	}
}

type opinionsAnswer struct {
	Repository *struct {
		PullRequest *struct {
			Author                   struct{ Login string }
			LatestOpinionatedReviews struct {
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
				Nodes []*opinion
			}
		}
	}
}

// maxOpinionPages bounds a list that says it never ends.
const maxOpinionPages = 20

func (h *Host) opinions(ctx context.Context, number int, more string) ([]actions.Approval, error) {
	var found []actions.Approval
	variables := map[string]any{"owner": h.owner, "name": h.repo, "number": number}
	for range maxOpinionPages {
		var data opinionsAnswer
		if err := h.query(ctx, fmt.Sprintf(opinionsQuery, more), variables, &data); err != nil {
			return nil, err
		}
		if data.Repository == nil || data.Repository.PullRequest == nil {
			return nil, &queryError{messages: []string{"there is no such pull request"}}
		}
		pull := data.Repository.PullRequest
		for _, o := range pull.LatestOpinionatedReviews.Nodes {
			if o != nil && o.State == "APPROVED" && counts(o.Author.Login, pull.Author.Login) {
				found = append(found, o.approval())
			}
		}
		if !pull.LatestOpinionatedReviews.PageInfo.HasNextPage {
			return found, nil
		}
		variables["after"] = pull.LatestOpinionatedReviews.PageInfo.EndCursor
	}
	return nil, fmt.Errorf("there are more than %d pages of reviews", maxOpinionPages)
}

// counts reports whether somebody is there, and not the author.
func counts(by, author string) bool { return by != "" && !strings.EqualFold(by, author) }

func (o *opinion) approval() actions.Approval {
	approval := actions.Approval{By: o.Author.Login, Commit: o.Commit.OID, At: o.SubmittedAt, Body: o.Body, URL: o.URL}
	switch {
	case o.LastEdited == nil && o.Editor == nil:
	case o.Editor == nil:
		approval.EditedBy = "ghost" // as GitHub calls who is gone
	case !strings.EqualFold(o.Editor.Login, o.Author.Login):
		approval.EditedBy = o.Editor.Login
	}
	for _, team := range o.OnBehalfOf.Nodes {
		if team.CombinedSlug != "" {
			approval.Teams = append(approval.Teams, "@"+team.CombinedSlug)
		}
	}
	return approval
}

// review is one as REST tells it ("List reviews for a pull request"), with Gitea's own fields.
type review struct {
	User        *api.User `json:"user"`
	State       string    `json:"state"`
	Body        string    `json:"body"`
	CommitID    string    `json:"commit_id"`
	SubmittedAt time.Time `json:"submitted_at"`
	HTMLURL     string    `json:"html_url"`
	Official    bool      `json:"official"`  // Gitea: it counts for the branch's protection
	Dismissed   bool      `json:"dismissed"` // Gitea; GitHub's state is DISMISSED then
}

// opinionated reports whether a review replaces what its author said before: a comment does not.
func (r review) opinionated() bool {
	switch r.State {
	case "APPROVED", "CHANGES_REQUESTED", "REQUEST_CHANGES", "DISMISSED":
		return true
	}
	return r.Dismissed
}

func (h *Host) reviews(ctx context.Context, number int) ([]actions.Approval, error) {
	change, err := h.Change(ctx, number)
	if err != nil {
		return nil, err
	}
	last, err := h.lastOpinions(ctx, number)
	if err != nil {
		return nil, err
	}
	var found []actions.Approval
	for by, r := range last {
		if r.State != "APPROVED" || r.Dismissed || !counts(by, change.Author) {
			continue
		}
		may, err := h.mayWrite(ctx, r)
		if err != nil {
			return nil, err
		}
		if may {
			found = append(found, actions.Approval{By: r.User.GetLogin(), Commit: r.CommitID, At: r.SubmittedAt, Body: r.Body, URL: r.HTMLURL})
		}
	}
	slices.SortFunc(found, func(a, b actions.Approval) int { return cmp.Compare(a.By, b.By) })
	return found, nil
}

func (h *Host) lastOpinions(ctx context.Context, number int) (map[string]review, error) {
	all := pages(func(page api.ListOptions) ([]review, *api.Response, error) {
		var some []review
		response, err := h.call(ctx, http.MethodGet, nil, &some, "pulls/%d/reviews?page=%d&per_page=%d", number, page.Page, page.PerPage)
		return some, response, err
	})
	last := map[string]review{}
	for r, err := range all {
		if err != nil {
			return nil, err
		}
		if by := strings.ToLower(r.User.GetLogin()); r.opinionated() && !r.SubmittedAt.Before(last[by].SubmittedAt) {
			last[by] = r
		}
	}
	return last, nil
}

// mayWrite reports whether the review counts: whoever can read may write a review.
func (h *Host) mayWrite(ctx context.Context, r review) (bool, error) {
	if h.o.Gitea {
		return r.Official, nil
	}
	var level struct{ Permission string }
	_, err := h.call(ctx, http.MethodGet, nil, &level, "collaborators/%s/permission", url.PathEscape(r.User.GetLogin()))
	if status(err) == http.StatusNotFound {
		return false, nil
	}
	return err == nil && (level.Permission == "admin" || level.Permission == "write"), err
}
