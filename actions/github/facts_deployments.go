package github

import (
	"context"
	"fmt"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/internal/web"
)

// maxStatuses is how many environments are asked for how their newest deployment ended.
const maxStatuses = 5

// deployments reads where the repository deploys to, and how that ended ("List
// environments", "List deployments", "List deployment statuses").
func (f *facts) deployments(ctx context.Context) {
	const hides = "that releases are deployed"
	var places struct {
		Environments web.List[struct {
			Name    string `json:"name"`
			HTMLURL string `json:"html_url"`
			Rules   web.List[struct {
				Type string `json:"type"`
			}] `json:"protection_rules"`
		}] `json:"environments"`
	}
	const guarded = "that production is protected"
	if f.get(ctx, "the environments", "actions: read", guarded, &places, "environments?per_page=%d", perList) && f.whole(places.Environments != nil, "the environments", guarded) {
		for _, e := range places.Environments {
			place := result.ForgeEnvironment{Name: e.Name, Protected: len(e.Rules) > 0, URL: e.HTMLURL}
			for _, rule := range e.Rules {
				place.Reviewed = place.Reviewed || rule.Type == "required_reviewers"
			}
			f.out.Environments = append(f.out.Environments, place)
		}
	}
	var list web.List[struct {
		ID          int64     `json:"id"`
		Environment string    `json:"environment"`
		CreatedAt   timestamp `json:"created_at"`
		Creator     *account  `json:"creator"`
	}]
	if !f.get(ctx, "the deployments", "deployments: read", hides, &list, "deployments?per_page=%d", perList) || !f.whole(list != nil, "the deployments", hides) {
		return
	}
	asked := map[string]bool{}
	for _, d := range list {
		if asked[d.Environment] || len(asked) == maxStatuses {
			continue
		}
		asked[d.Environment] = true
		var statuses web.List[struct {
			State string `json:"state"`
		}]
		what := "how the deployment to " + d.Environment + " ended"
		if !f.get(ctx, what, "deployments: read", hides, &statuses, "deployments/%d/statuses?per_page=10", d.ID) || !f.whole(statuses != nil, what, hides) {
			continue
		}
		passed := false
		for _, s := range statuses { // it is "inactive" once another came after it
			passed = passed || s.State == "success"
		}
		f.out.Deployments = append(f.out.Deployments, result.ForgeDeployment{
			Environment: d.Environment, Passed: passed, At: d.CreatedAt.Time, Bot: d.Creator.bot(),
			URL: fmt.Sprintf("%s/deployments/%s", f.out.Repository, d.Environment),
		})
	}
}

// issues reads what programs opened, and closed ones about incidents ("List repository issues").
func (f *facts) issues(ctx context.Context) {
	const need, hides = "issues: read", "that alerts and incidents were dealt with"
	for _, query := range []string{"creator=github-actions%5Bbot%5D", "labels=incident"} {
		var list web.List[struct {
			Title     string    `json:"title"`
			State     string    `json:"state"`
			HTMLURL   string    `json:"html_url"`
			CreatedAt timestamp `json:"created_at"`
			User      *account  `json:"user"`
			Labels    web.List[struct {
				Name string `json:"name"`
			}] `json:"labels"`
			Pull *struct{} `json:"pull_request"`
		}]
		if !f.get(ctx, "the issues", need, hides, &list, "issues?state=all&per_page=20&%s", query) || !f.whole(list != nil, "the issues", hides) {
			continue
		}
		for _, i := range list {
			if i.Pull != nil {
				continue
			}
			issue := result.ForgeIssue{Title: i.Title, Bot: i.User.bot(), Closed: i.State == "closed", At: i.CreatedAt.Time, URL: i.HTMLURL}
			for _, label := range i.Labels {
				issue.Labels = append(issue.Labels, label.Name)
			}
			f.out.Issues = append(f.out.Issues, issue)
		}
	}
}
