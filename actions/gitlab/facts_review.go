package gitlab

import (
	"context"
	"fmt"
	"net/url"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/internal/web"
)

// maxReviews is how many merge requests are asked who approved them: one request each.
const maxReviews = 12

// review counts how the newest changes came to the default branch ("List project merge
// requests", "Merge request approvals"). Where merges leave a commit of their own, those
// that are none of a merge request came without one ("List repository commits").
func (f *facts) review(ctx context.Context) {
	const hides = "that changes are reviewed"
	var list web.List[struct {
		IID    int     `json:"iid"`
		Author *person `json:"author"`
		Merge  string  `json:"merge_commit_sha"`
		Squash string  `json:"squash_commit_sha"`
	}]
	if !f.get(ctx, "the merge requests", roleReporter, hides, &list, "/merge_requests?state=merged&order_by=updated_at&per_page=50&target_branch=%s", url.QueryEscape(f.out.Branch)) {
		return
	}
	r := &result.ForgeReview{URL: f.out.Repository + "/-/merge_requests?state=merged"}
	merged := map[string]bool{}
	for _, request := range list {
		merged[request.Merge], merged[request.Squash] = true, true
		if request.Author.bot() || r.Changes == maxReviews {
			continue
		}
		var state struct {
			ApprovedBy web.List[struct {
				User *person `json:"user"`
			}] `json:"approved_by"`
		}
		what := fmt.Sprintf("who approved !%d", request.IID)
		if !f.get(ctx, what, roleReporter, hides, &state, "/merge_requests/%d/approvals", request.IID) || !f.whole(state.ApprovedBy != nil, what, hides) {
			return
		}
		r.Changes++
		for _, by := range state.ApprovedBy {
			if by.User != nil && !by.User.bot() && (request.Author == nil || by.User.Username != request.Author.Username) {
				r.Approved++
				break
			}
		}
	}
	f.direct(ctx, r, merged)
	f.out.Review = r
}

// direct counts the commits that came without a merge request, of as many as there
// were changes: with fast-forward merges nobody can tell.
func (f *facts) direct(ctx context.Context, r *result.ForgeReview, merged map[string]bool) {
	if f.project.MergeMethod != "merge" {
		return
	}
	var commits web.List[struct {
		ID     string `json:"id"`
		Author string `json:"author_name"`
	}]
	if !f.get(ctx, "the commits of the default branch", roleReporter, "that changes came without a merge request", &commits, "/repository/commits?first_parent=true&per_page=%d&ref_name=%s", maxReviews, url.QueryEscape(f.out.Branch)) {
		return
	}
	for _, c := range commits {
		if author := (&person{Username: c.Author}); !merged[c.ID] && !author.bot() {
			r.Direct++
			r.Changes++
		}
	}
}
