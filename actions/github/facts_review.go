package github

import (
	"context"
	"strings"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/internal/web"
)

// reviewQuery asks for the newest commits of the default branch, and by which change
// request each came.
const reviewQuery = `query($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
    defaultBranchRef {
      target {
        ... on Commit {
          history(first: 100) {
            nodes {
              author { name user { login } }
              associatedPullRequests(first: 1) {
                nodes {
                  number
                  merged
                  author { __typename login }
                  reviews(first: 20, states: APPROVED) { nodes { author { __typename login } } }
                }
              }
            }
          }
        }
      }
    }
  }
}`

// actor is who wrote something, in GraphQL's words; nil is somebody who is gone.
type actor struct {
	Typename string `json:"__typename"`
	Login    string
}

func (a *actor) bot() bool {
	return a != nil && (a.Typename == "Bot" || strings.HasSuffix(a.Login, "[bot]"))
}

type reviewedPull struct {
	Number  int
	Merged  bool
	Author  *actor
	Reviews struct {
		Nodes web.List[struct{ Author *actor }]
	}
}

// approved reports whether a person who is not the author approved.
func (p reviewedPull) approved() bool {
	for _, review := range p.Reviews.Nodes {
		if review.Author != nil && !review.Author.bot() && (p.Author == nil || !strings.EqualFold(review.Author.Login, p.Author.Login)) {
			return true
		}
	}
	return false
}

type reviewAnswer struct {
	Repository *struct {
		DefaultBranchRef *struct {
			Target struct {
				History struct {
					Nodes web.List[struct {
						Author struct {
							Name string
							User *actor
						}
						AssociatedPullRequests struct{ Nodes web.List[reviewedPull] }
					}]
				}
			}
		}
	}
}

// maxChanges is how many changes are looked at, as OpenSSF's Scorecard does for Code-Review.
const maxChanges = 30

// review counts how the newest changes came to the default branch. The commits of one
// change request are one change, and what programs wrote is none of people's.
func (f *facts) review(ctx context.Context) {
	if f.over {
		return
	}
	var answer reviewAnswer
	err := f.query(ctx, reviewQuery, map[string]any{"owner": f.owner, "name": f.repo}, &answer)
	const what, hides = "how changes were reviewed", "that changes are reviewed"
	if !f.had(what, "pull-requests: read", hides, err) || !f.whole(answer.Repository != nil, what, hides) {
		return
	}
	r := &result.ForgeReview{URL: f.out.Repository + "/pulls?q=is%3Apr+is%3Amerged"}
	f.out.Review = r
	if answer.Repository.DefaultBranchRef == nil {
		return // nothing was committed yet
	}
	seen := map[int]bool{}
	for _, commit := range answer.Repository.DefaultBranchRef.Target.History.Nodes {
		if r.Changes == maxChanges {
			break
		}
		var pull reviewedPull
		if pulls := commit.AssociatedPullRequests.Nodes; len(pulls) > 0 && pulls[0].Merged {
			pull = pulls[0]
		}
		switch {
		case seen[pull.Number], pull.Author.bot():
			continue
		case pull.Number == 0 && (commit.Author.User.bot() || strings.HasSuffix(commit.Author.Name, "[bot]")):
			continue
		case pull.Number == 0:
			r.Direct++
		default:
			seen[pull.Number] = true
			if pull.approved() {
				r.Approved++
			}
		}
		r.Changes++
	}
}
