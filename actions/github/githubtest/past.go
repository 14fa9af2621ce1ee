package githubtest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Past is what happened in the repository, and what its rules are. Lists have the
// newest first.
type Past struct {
	Workflows    []Workflow
	Runs         []Run
	Releases     []Release
	Tags         []string
	Environments []Environment
	Deployments  []Deployment
	// Rules are those of the default branch, as GitHub tells them; Checks are what the
	// older protection requires.
	Rules  []map[string]any
	Checks []string
	// Changes are the commits of the default branch.
	Changes []Change
	// Issues are those of programs and about incidents.
	Issues []PastIssue
	// Scanning is "enabled" or "disabled"; empty where the token may not see it.
	Scanning string
}

// Workflow is a file of the repository as GitHub knows it.
type Workflow struct {
	ID          int64
	Path, State string
}

// Run is a run of a workflow that ended, with its jobs and how they did.
type Run struct {
	ID                              int64
	Path, Event, Conclusion, Branch string
	By                              string
	At                              time.Time
	Jobs                            map[string]string
}

// Release is one that was published.
type Release struct {
	Tag, By string
	At      time.Time
	Assets  []string
}

// Environment is one, with the kinds of its rules.
type Environment struct {
	Name  string
	Rules []string
}

// Deployment is one, with its states, the newest first.
type Deployment struct {
	ID          int64
	Environment string
	By          string
	At          time.Time
	States      []string
}

// Change is a commit: of a pull request, if it has a number, with who approved that.
type Change struct {
	By       string
	Number   int
	Approved []string
}

// PastIssue is an issue that is not one of muster's.
type PastIssue struct {
	Title, By, State string
	Labels           []string
	At               time.Time
}

// pastRoutes are what the fake has of the API about the past.
func pastRoutes() []apiRoute {
	return []apiRoute{
		{"GET /repos/{owner}/{repo}", "", (*Server).getRepository},
		{"GET /repos/{owner}/{repo}/releases", "contents", (*Server).listReleases},
		{"GET /repos/{owner}/{repo}/tags", "contents", (*Server).listTags},
		{"GET /repos/{owner}/{repo}/actions/workflows", "actions", (*Server).listWorkflows},
		{"GET /repos/{owner}/{repo}/actions/runs", "actions", (*Server).listRuns},
		{"GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs", "actions", (*Server).listRuns},
		{"GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs", "actions", (*Server).listJobs},
		{"GET /repos/{owner}/{repo}/rules/branches/{branch}", "", (*Server).listRules},
		{"GET /repos/{owner}/{repo}/branches/{branch}", "contents", (*Server).getBranch},
		{"GET /repos/{owner}/{repo}/environments", "actions", (*Server).listEnvironments},
		{"GET /repos/{owner}/{repo}/deployments", "deployments", (*Server).listDeployments},
		{"GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses", "deployments", (*Server).listDeploymentStatuses},
	}
}

func (s *Server) getRepository(*http.Request, map[string]any) answer {
	// The official example lacks a field that the description asks for.
	repo := s.spec.example("full-repository-default-response", map[string]any{"default_branch": "main", "html_url": "https://github.com/" + Repository, "language": nil})
	delete(repo, "security_and_analysis")
	delete(repo, "source") // it is no fork
	delete(repo, "parent")
	if s.Past.Scanning != "" {
		repo["security_and_analysis"] = map[string]any{"secret_scanning": map[string]any{"status": s.Past.Scanning}}
	}
	return answer{status: http.StatusOK, body: repo}
}

func (s *Server) listReleases(r *http.Request, _ map[string]any) answer {
	return page(s, r, s.Past.Releases, func(one Release) map[string]any {
		release := s.spec.example("release-items", map[string]any{
			"tag_name": one.Tag, "published_at": stamp(one.At), "author": s.user(one.By), "html_url": "https://github.com/" + Repository + "/releases/tag/" + url.PathEscape(one.Tag),
		})
		assets := []any{}
		for _, name := range one.Assets {
			asset := maps.Clone(s.spec.example("release-items", nil)["assets"].([]any)[0].(map[string]any))
			asset["name"] = name
			assets = append(assets, asset)
		}
		release["assets"] = assets
		return release
	})
}

func (s *Server) listTags(r *http.Request, _ map[string]any) answer {
	return page(s, r, s.Past.Tags, func(name string) map[string]any {
		return s.spec.example("tag-items", map[string]any{"name": name})
	})
}

func (s *Server) listWorkflows(*http.Request, map[string]any) answer {
	list := []any{}
	for _, w := range s.Past.Workflows {
		one := maps.Clone(s.spec.example("workflow-paginated", nil)["workflows"].([]any)[0].(map[string]any))
		maps.Copy(one, map[string]any{"id": w.ID, "path": w.Path, "state": w.State, "html_url": "https://github.com/" + Repository + "/blob/main/" + w.Path})
		list = append(list, one)
	}
	return answer{status: http.StatusOK, body: map[string]any{"total_count": len(list), "workflows": list}}
}

func (s *Server) listRuns(r *http.Request, _ map[string]any) answer {
	list := []any{}
	for _, run := range s.Past.Runs {
		id := s.workflow(run.Path)
		branch, workflow := r.URL.Query().Get("branch"), r.PathValue("workflow_id")
		if branch != "" && branch != run.Branch || workflow != "" && workflow != strconv.FormatInt(id, 10) {
			continue
		}
		one := maps.Clone(s.spec.example("workflow-run-paginated", nil)["workflow_runs"].([]any)[0].(map[string]any))
		maps.Copy(one, map[string]any{
			"id": run.ID, "workflow_id": id, "path": run.Path, "event": run.Event, "status": "completed", "conclusion": run.Conclusion,
			"head_branch": run.Branch, "updated_at": stamp(run.At), "triggering_actor": s.user(run.By),
			"html_url": "https://github.com/" + Repository + "/actions/runs/" + strconv.FormatInt(run.ID, 10),
		})
		list = append(list, one)
	}
	return answer{status: http.StatusOK, body: map[string]any{"total_count": len(list), "workflow_runs": list[:min(len(list), 100)]}}
}

func (s *Server) workflow(path string) int64 {
	for _, w := range s.Past.Workflows {
		if w.Path == path {
			return w.ID
		}
	}
	return 0
}

func (s *Server) listJobs(r *http.Request, _ map[string]any) answer {
	list := []any{}
	for _, run := range s.Past.Runs {
		if strconv.FormatInt(run.ID, 10) != r.PathValue("run_id") {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(run.Jobs)) {
			one := maps.Clone(s.spec.example("job-paginated", nil)["jobs"].([]any)[0].(map[string]any))
			maps.Copy(one, map[string]any{"name": name, "status": "completed", "conclusion": run.Jobs[name], "created_at": stamp(run.At)})
			list = append(list, one)
		}
	}
	return answer{status: http.StatusOK, body: map[string]any{"total_count": len(list), "jobs": list}}
}

func (s *Server) listRules(r *http.Request, _ map[string]any) answer {
	return page(s, r, s.Past.Rules, func(rule map[string]any) map[string]any { return rule })
}

func (s *Server) getBranch(r *http.Request, _ map[string]any) answer {
	branch := s.spec.example("branch-get", map[string]any{"name": r.PathValue("branch"), "protected": len(s.Past.Checks) > 0})
	protection := map[string]any{"enabled": len(s.Past.Checks) > 0}
	if len(s.Past.Checks) > 0 {
		protection["required_status_checks"] = map[string]any{"enforcement_level": "non_admins", "contexts": s.Past.Checks, "checks": []any{}}
	}
	branch["protection"] = protection
	return answer{status: http.StatusOK, body: branch}
}

func (s *Server) listEnvironments(*http.Request, map[string]any) answer {
	list := []any{}
	for _, e := range s.Past.Environments {
		rules := []any{}
		for i, kind := range e.Rules {
			rules = append(rules, map[string]any{"id": i + 1, "node_id": "x", "type": kind})
		}
		one := maps.Clone(s.spec.example("environments", nil)["environments"].([]any)[0].(map[string]any))
		maps.Copy(one, map[string]any{"name": e.Name, "protection_rules": rules})
		list = append(list, one)
	}
	return answer{status: http.StatusOK, body: map[string]any{"total_count": len(list), "environments": list}}
}

func (s *Server) listDeployments(r *http.Request, _ map[string]any) answer {
	return page(s, r, s.Past.Deployments, func(d Deployment) map[string]any {
		return s.spec.example("deployment-items", map[string]any{"id": d.ID, "environment": d.Environment, "created_at": stamp(d.At), "creator": s.user(d.By)})
	})
}

func (s *Server) listDeploymentStatuses(r *http.Request, _ map[string]any) answer {
	for _, d := range s.Past.Deployments {
		if strconv.FormatInt(d.ID, 10) == r.PathValue("deployment_id") {
			return page(s, r, d.States, func(state string) map[string]any {
				return s.spec.example("deployment-status-items", map[string]any{"state": state})
			})
		}
	}
	return notFound()
}

// pastIssues are those of programs, by label or creator, whatever their state.
func (s *Server) pastIssues(r *http.Request) answer {
	query := r.URL.Query()
	var list []PastIssue
	for _, issue := range s.Past.Issues {
		by, label := query.Get("creator"), query.Get("labels")
		if (by == "" || by == issue.By) && (label == "" || slices.Contains(issue.Labels, label)) {
			list = append(list, issue)
		}
	}
	return page(s, r, list, func(one PastIssue) map[string]any {
		labels := []any{}
		for i, name := range one.Labels {
			labels = append(labels, map[string]any{"id": i + 1, "node_id": "x", "url": "https://api.github.com", "name": name, "description": "", "color": "f29513", "default": false})
		}
		issue := s.issueJSON(&Issue{Number: int(s.id()), By: one.By, Title: one.Title, State: one.State})
		maps.Copy(issue, map[string]any{"labels": labels, "created_at": stamp(one.At)})
		return issue
	})
}

// history answers the query of how changes came to the default branch.
func (s *Server) history() map[string]any {
	nodes := []any{}
	who := func(login string) map[string]any {
		user := s.user(login)
		return map[string]any{"__typename": user["type"], "login": login}
	}
	for _, c := range s.Past.Changes {
		pulls := []any{}
		if c.Number > 0 {
			reviews := []any{}
			for _, by := range c.Approved {
				reviews = append(reviews, map[string]any{"author": who(by)})
			}
			pulls = append(pulls, map[string]any{"number": c.Number, "merged": true, "author": who(c.By), "reviews": map[string]any{"nodes": reviews}})
		}
		nodes = append(nodes, map[string]any{
			"author":                 map[string]any{"name": c.By, "user": map[string]any{"login": c.By}},
			"associatedPullRequests": map[string]any{"nodes": pulls},
		})
	}
	return map[string]any{"repository": map[string]any{"defaultBranchRef": map[string]any{"target": map[string]any{"history": map[string]any{"nodes": nodes}}}}}
}
