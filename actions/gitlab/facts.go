package gitlab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	api "github.com/xanzy/go-gitlab"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/internal/web"
)

var _ actions.Witness = (*Host)(nil)

// facts gathers what GitLab tells. The types of its answers are small ones of our
// own: go-gitlab's bring their methods into the binary.
type facts struct {
	*Host
	out result.ForgeFacts
	// file is the pipeline's; project has the settings that parts ask for.
	file    string
	project project
	// over is true if asking further is of no use.
	over bool
	// absent is true if the last answer was that it is not there.
	absent bool
}

// project is as in "Retrieve a project".
type project struct {
	WebURL        string `json:"web_url"`
	DefaultBranch string `json:"default_branch"`
	ConfigPath    string `json:"ci_config_path"`
	MergeMethod   string `json:"merge_method"`
	OnlyIfPassed  bool   `json:"only_allow_merge_if_pipeline_succeeds"`
	IfSkipped     bool   `json:"allow_merge_on_skipped_pipeline"`
	Approvals     int    `json:"approvals_before_merge"`
}

// person is somebody, or a program: the bots of projects and groups are called so
// ("Project access tokens", "Bot users for projects").
type person struct {
	Username string `json:"username"`
	Bot      bool   `json:"bot"`
}

func (p *person) bot() bool {
	return p != nil && (p.Bot || strings.HasPrefix(p.Username, "project_") && strings.Contains(p.Username, "_bot") ||
		strings.HasPrefix(p.Username, "group_") && strings.Contains(p.Username, "_bot") || strings.HasSuffix(p.Username, "-bot") || strings.HasSuffix(p.Username, "[bot]"))
}

// Facts reads pipelines, releases, deployments, rules and approvals by the REST API.
// Sources are named at each part.
func (h *Host) Facts(ctx context.Context) result.ForgeFacts {
	f := &facts{Host: h, out: result.ForgeFacts{Host: "gitlab"}}
	const what, hides = "the project", "all that happened there"
	if f.get(ctx, what, roleReporter, hides, &f.project, "") && f.whole(f.project.WebURL != "" && f.project.DefaultBranch != "", what, hides) {
		f.out.Repository, f.out.Branch = f.project.WebURL, f.project.DefaultBranch
		f.file = cmp.Or(f.project.ConfigPath, ".gitlab-ci.yml")
		f.releases(ctx)
		f.pipelines(ctx)
		f.protection(ctx)
		f.deployments(ctx)
		f.issues(ctx)
		f.review(ctx)
	}
	reads, writes := h.Count()
	f.out.Requests = reads + writes
	return f.out
}

// get reads one answer below the project. What cannot be read is missing, and hides something.
func (f *facts) get(ctx context.Context, what string, least role, hides string, into any, path string, args ...any) bool {
	if f.over {
		return false
	}
	path, query, _ := strings.Cut(fmt.Sprintf(path, args...), "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		f.missing("%s: %v; it may hide %s", what, err, hides)
		return false
	}
	resp, err := f.client.get("projects/"+api.PathEscape(f.o.Project)+path, values, into, api.WithContext(ctx))
	f.absent = errors.Is(err, api.ErrNotFound)
	if list, ok := into.(interface{ None() bool }); err == nil && ok {
		return f.whole(!list.None(), what, hides)
	}
	if err == nil {
		return true
	}
	status := 0
	if resp != nil && resp.Response != nil {
		status = resp.StatusCode
	}
	switch {
	case errors.Is(err, web.ErrMost):
		f.over = true
		f.missing("%s, and what would be asked after that: %v; it may hide %s", what, web.ErrMost, hides)
	case status == 0, status == http.StatusUnauthorized, status == http.StatusTooManyRequests:
		f.over = true
		f.missing("%v; all that is asked after that is missing too, and may hide anything that happened there", f.failed("read "+what, least, resp, err))
	default:
		f.missing("%v; it may hide %s", f.failed("read "+what, least, resp, err), hides)
	}
	return false
}

// whole reports whether an answer has what it cannot be without; one that has not is missing.
func (f *facts) whole(is bool, what, hides string) bool {
	if !is {
		f.missing("%s: GitLab's answer is none; it may hide %s", what, hides)
	}
	return is
}

func (f *facts) missing(format string, args ...any) {
	f.out.Missing = append(f.out.Missing, fmt.Sprintf(format, args...))
}

// forget takes back that the last answer is missing: that it is not there is an answer.
func (f *facts) forget() {
	f.out.Missing = f.out.Missing[:len(f.out.Missing)-1]
}

// releases reads releases and tags ("List all releases", "List all project repository tags").
func (f *facts) releases(ctx context.Context) {
	var releases web.List[struct {
		TagName    string    `json:"tag_name"`
		ReleasedAt time.Time `json:"released_at"`
		Author     *person   `json:"author"`
		Assets     struct {
			Links web.List[struct {
				Name string `json:"name"`
			}] `json:"links"`
		} `json:"assets"`
		Links struct {
			Self string `json:"self"`
		} `json:"_links"`
	}]
	if f.get(ctx, "the releases", roleReporter, "that software or models are released", &releases, "/releases?per_page=30") {
		for _, r := range releases {
			release := result.ForgeRelease{Tag: r.TagName, At: r.ReleasedAt, Bot: r.Author.bot(), URL: r.Links.Self}
			for _, link := range r.Assets.Links {
				release.Assets = append(release.Assets, link.Name)
			}
			f.out.Releases = append(f.out.Releases, release)
		}
	}
	var tags web.List[struct{ Name string }]
	if f.get(ctx, "the tags", roleReporter, "that models are registered by tags", &tags, "/repository/tags?per_page=100") {
		for _, tag := range tags {
			f.out.Tags = append(f.out.Tags, tag.Name)
		}
	}
}

// protection reads what the default branch refuses ("Protected branches"), with the
// settings for merges, which the project has.
func (f *facts) protection(ctx context.Context) {
	var branch struct {
		Name           string `json:"name"`
		AllowForcePush bool   `json:"allow_force_push"`
	}
	const what, hides = "the protection of the default branch", "that it refuses changes whose pipeline did not pass"
	switch {
	case f.get(ctx, what, roleDeveloper, hides, &branch, "/protected_branches/%s", url.PathEscape(f.out.Branch)):
		if !f.whole(branch.Name != "", what, hides) {
			return
		}
	case !f.absent:
		return
	default:
		f.forget()
		branch.AllowForcePush = true // it is not protected
	}
	f.out.Protection = &result.ForgeProtection{
		AnyPipeline: f.project.OnlyIfPassed && !f.project.IfSkipped, Approvals: f.project.Approvals, ForcePush: branch.AllowForcePush,
		URL: f.out.Repository + "/-/settings/merge_requests",
	}
}

// deployments reads where the project deploys to, and how that ended ("List all
// environments", "List all project deployments", "Protected environments").
func (f *facts) deployments(ctx context.Context) {
	var protected web.List[struct {
		Name      string `json:"name"`
		Approvals int    `json:"required_approval_count"`
		Rules     web.List[struct {
			Approvals int `json:"required_approvals"`
		}] `json:"approval_rules"`
	}]
	reviewed, guarded := map[string]bool{}, map[string]bool{}
	if f.get(ctx, "the protected environments", roleDeveloper, "that production is protected", &protected, "/protected_environments?per_page=100") {
		for _, p := range protected {
			guarded[p.Name], reviewed[p.Name] = true, p.Approvals > 0 || len(p.Rules) > 0
		}
	} else if f.absent {
		f.forget() // GitLab Premium has them
	}
	var places web.List[struct{ Name string }]
	if f.get(ctx, "the environments", roleReporter, "that releases move through environments", &places, "/environments?per_page=100") {
		for _, p := range places {
			f.out.Environments = append(f.out.Environments, result.ForgeEnvironment{Name: p.Name, Protected: guarded[p.Name], Reviewed: reviewed[p.Name], URL: f.out.Repository + "/-/environments"})
		}
	}
	var list web.List[struct {
		IID         int                   `json:"iid"`
		Status      string                `json:"status"`
		CreatedAt   time.Time             `json:"created_at"`
		User        *person               `json:"user"`
		Environment struct{ Name string } `json:"environment"`
		Job         *struct {
			Pipeline struct{ Source string } `json:"pipeline"`
		} `json:"deployable"`
	}]
	if !f.get(ctx, "the deployments", roleReporter, "that releases are deployed", &list, "/deployments?order_by=id&sort=desc&per_page=50") {
		return
	}
	for _, d := range list {
		if d.Status != "success" && d.Status != "failed" {
			continue
		}
		f.out.Deployments = append(f.out.Deployments, result.ForgeDeployment{
			Environment: d.Environment.Name, Passed: d.Status == "success", At: d.CreatedAt, URL: f.out.Repository + "/-/environments",
			Bot: d.User.bot() || d.Job != nil && unattended(d.Job.Pipeline.Source),
		})
	}
}

// issues reads closed ones about incidents ("List project issues").
func (f *facts) issues(ctx context.Context) {
	for _, query := range []string{"issue_type=incident", "labels=incident"} {
		var list web.List[struct {
			Title     string           `json:"title"`
			State     string           `json:"state"`
			Labels    web.List[string] `json:"labels"`
			Type      string           `json:"issue_type"`
			CreatedAt time.Time        `json:"created_at"`
			Author    *person          `json:"author"`
			WebURL    string           `json:"web_url"`
		}]
		if !f.get(ctx, "the issues", roleReporter, "that alerts and incidents were dealt with", &list, "/issues?per_page=20&%s", query) {
			continue
		}
		for _, i := range list {
			labels := i.Labels
			if i.Type == "incident" {
				labels = append(labels, "incident")
			}
			f.out.Issues = append(f.out.Issues, result.ForgeIssue{Title: i.Title, Labels: labels, Bot: i.Author.bot(), Closed: i.State == "closed", At: i.CreatedAt, URL: i.WebURL})
		}
	}
}
