package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/internal/web"
)

var _ actions.Witness = (*Host)(nil)

// facts gathers what the forge tells. The types of its answers are small ones of
// our own: go-github's bring thousands of methods into the binary.
type facts struct {
	*Host
	out result.ForgeFacts
	// over is true if asking further is of no use: the token is wrong, too much was
	// asked, or nobody answers.
	over bool
}

// Facts reads runs, releases, deployments and rules by the REST API, and how changes
// were approved by GraphQL. Sources are named at each part.
func (h *Host) Facts(ctx context.Context) result.ForgeFacts {
	f := &facts{Host: h, out: result.ForgeFacts{Host: "github"}}
	if h.o.Gitea {
		f.out.Missing = []string{"Gitea is not asked what ran, was released or deployed there: nothing is proven by it"}
		return f.out
	}
	if f.repository(ctx) {
		f.releases(ctx)
		f.runs(ctx)
		f.protection(ctx)
		f.review(ctx)
		f.deployments(ctx)
		f.issues(ctx)
	}
	reads, writes := h.Count()
	f.out.Requests = reads + writes
	return f.out
}

// account is who did something.
type account struct {
	Login string `json:"login"`
	Type  string `json:"type"`
}

func (a *account) bot() bool {
	return a != nil && (a.Type == "Bot" || strings.HasSuffix(a.Login, "[bot]"))
}

// get reads one answer. What cannot be read is missing, and hides something.
func (f *facts) get(ctx context.Context, what, need, hides string, into any, path string, args ...any) bool {
	if f.over {
		return false
	}
	_, err := f.call(ctx, http.MethodGet, nil, into, path, args...)
	return f.had(what, need, hides, err)
}

// whole reports whether an answer has what it cannot be without; one that has not is missing.
func (f *facts) whole(is bool, what, hides string) bool {
	if !is {
		f.missing("%s: the forge's answer is none; it may hide %s", what, hides)
	}
	return is
}

// had reports whether an answer came, and notes why it did not.
func (f *facts) had(what, need, hides string, err error) bool {
	if err == nil {
		return true
	}
	switch code := status(err); {
	case errors.Is(err, web.ErrMost):
		f.over = true
		f.missing("%s, and what would be asked after that: %v; it may hide %s", what, web.ErrMost, hides)
	case code == 0, code == http.StatusUnauthorized, limited(err):
		f.over = true
		f.missing("%v; all that is asked after that is missing too, and may hide anything that happened there", f.failed("read "+what, need, err))
	default:
		f.missing("%v; it may hide %s", f.failed("read "+what, need, err), hides)
	}
	return false
}

// repository reads what all else rests on ("Get a repository").
func (f *facts) repository(ctx context.Context) bool {
	var repo struct {
		HTMLURL       string `json:"html_url"`
		DefaultBranch string `json:"default_branch"`
		Security      *struct {
			SecretScanning *struct{ Status string } `json:"secret_scanning"`
		} `json:"security_and_analysis"`
	}
	request, err := f.request(http.MethodGet, "repos/"+f.owner+"/"+f.repo, nil)
	if err == nil {
		_, err = f.do(ctx, request, &repo)
	}
	f.out.Repository = repo.HTMLURL
	const what, hides = "the repository", "all that happened there"
	if !f.had(what, "metadata: read", hides, err) || !f.whole(repo.HTMLURL != "" && repo.DefaultBranch != "", what, hides) {
		return false
	}
	f.out.Branch = repo.DefaultBranch
	if repo.Security != nil && repo.Security.SecretScanning != nil {
		on := repo.Security.SecretScanning.Status == "enabled"
		f.out.SecretScanning = &on
	}
	return true
}

const perList = 100

// releases reads releases and tags ("List releases", "List repository tags").
func (f *facts) releases(ctx context.Context) {
	var releases web.List[struct {
		TagName     string    `json:"tag_name"`
		Draft       bool      `json:"draft"`
		PublishedAt timestamp `json:"published_at"`
		HTMLURL     string    `json:"html_url"`
		Author      *account  `json:"author"`
		Assets      web.List[struct {
			Name string `json:"name"`
		}] `json:"assets"`
	}]
	const released = "that software or models are released"
	if f.get(ctx, "the releases", "contents: read", released, &releases, "releases?per_page=30") && f.whole(releases != nil, "the releases", released) {
		for _, r := range releases {
			if r.Draft || r.PublishedAt.IsZero() {
				continue
			}
			release := result.ForgeRelease{Tag: r.TagName, At: r.PublishedAt.Time, Bot: r.Author.bot(), URL: r.HTMLURL}
			for _, asset := range r.Assets {
				release.Assets = append(release.Assets, asset.Name)
			}
			f.out.Releases = append(f.out.Releases, release)
		}
	}
	var tags web.List[struct{ Name string }]
	const tagged = "that models are registered by tags"
	if f.get(ctx, "the tags", "contents: read", tagged, &tags, "tags?per_page=%d", perList) && f.whole(tags != nil, "the tags", tagged) {
		for _, tag := range tags {
			f.out.Tags = append(f.out.Tags, tag.Name)
		}
	}
}

// protection reads what the default branch refuses, by rules and by the older branch
// protection ("Get rules for a branch", "Get a branch"). Servers from before the rules
// know the older one only: what that shows holds, what it does not show may be a rule.
func (f *facts) protection(ctx context.Context) {
	const what, hides = "the rules of the default branch", "that it refuses changes whose checks did not pass"
	var rules web.List[struct {
		Type       string `json:"type"`
		Parameters struct {
			Checks web.List[struct {
				Context string `json:"context"`
			}] `json:"required_status_checks"`
			Approvals int `json:"required_approving_review_count"`
		} `json:"parameters"`
	}]
	var branch struct {
		Name       string `json:"name"`
		Protected  bool   `json:"protected"`
		Protection struct {
			Checks struct {
				Contexts    web.List[string] `json:"contexts"`
				Enforcement string           `json:"enforcement_level"`
			} `json:"required_status_checks"`
		} `json:"protection"`
	}
	name := url.PathEscape(f.out.Branch)
	ruled := f.get(ctx, what, "metadata: read", hides, &rules, "rules/branches/%s?per_page=%d", name, perList) && f.whole(rules != nil, what, hides)
	if !f.get(ctx, "the default branch", "contents: read", hides, &branch, "branches/%s", name) || !f.whole(branch.Name != "", "the default branch", hides) {
		return
	}
	p := &result.ForgeProtection{ForcePush: true, URL: f.out.Repository + "/rules?ref=refs/heads/" + name}
	for _, rule := range rules {
		switch rule.Type {
		case "required_status_checks":
			for _, check := range rule.Parameters.Checks {
				p.Checks = append(p.Checks, check.Context)
			}
		case "pull_request":
			p.Approvals = max(p.Approvals, rule.Parameters.Approvals)
		case "non_fast_forward":
			p.ForcePush = false
		}
	}
	if classic := branch.Protection.Checks; classic.Enforcement != "off" && len(classic.Contexts) > 0 {
		p.Checks = append(p.Checks, classic.Contexts...)
		p.ForcePush = false // what the older protection forbids unless somebody allows it
	}
	if ruled || len(p.Checks) > 0 {
		f.out.Protection = p
	}
}

func (f *facts) missing(format string, args ...any) {
	f.out.Missing = append(f.out.Missing, fmt.Sprintf(format, args...))
}
