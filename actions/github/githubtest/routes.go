package githubtest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// routes are what the fake has of the API.
func routes() []apiRoute {
	return append(pastRoutes(), []apiRoute{
		{"POST /graphql", "", nil},
		{"GET /user", "", (*Server).getUser},
		{"GET /repos/{owner}/{repo}/pulls", "pull-requests", (*Server).findPulls},
		{"GET /repos/{owner}/{repo}/commits/{ref}", "", (*Server).getCommit},
		{"GET /repos/{owner}/{repo}/pulls/{pull_number}", "pull-requests", (*Server).getPull},
		{"GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews", "pull-requests", (*Server).listReviews},
		{"GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls", "pull-requests", (*Server).listPulls},
		{"GET /repos/{owner}/{repo}/collaborators/{username}/permission", "", (*Server).getPermission},
		{"GET /repos/{owner}/{repo}/issues/{issue_number}/comments", "pull-requests", (*Server).listComments},
		{"POST /repos/{owner}/{repo}/issues/{issue_number}/comments", "pull-requests", (*Server).createComment},
		{"PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", "pull-requests", (*Server).updateComment},
		{"DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}", "pull-requests", (*Server).deleteComment},
		{"GET /repos/{owner}/{repo}/commits/{ref}/check-runs", "checks", (*Server).listChecks},
		{"POST /repos/{owner}/{repo}/check-runs", "checks", (*Server).createCheck},
		{"PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}", "checks", (*Server).updateCheck},
		{"GET /repos/{owner}/{repo}/commits/{ref}/status", "statuses", (*Server).combinedStatus},
		{"POST /repos/{owner}/{repo}/statuses/{sha}", "statuses", (*Server).createStatus},
		{"GET /repos/{owner}/{repo}/issues", "issues", (*Server).listIssues},
		{"POST /repos/{owner}/{repo}/issues", "issues", (*Server).createIssue},
		{"PATCH /repos/{owner}/{repo}/issues/{issue_number}", "issues", (*Server).updateIssue},
	}...)
}

func (s *Server) getUser(*http.Request, map[string]any) answer {
	if s.App != "" { // an App is no user
		return answer{status: http.StatusForbidden, body: refusal("Resource not accessible by integration")}
	}
	return answer{status: http.StatusOK, body: s.publicUser()}
}

func (s *Server) publicUser() map[string]any {
	user := s.spec.example("public-user-default-response", nil)
	user["login"], user["user_view_type"] = s.Login, "public"
	return user
}

func (s *Server) getPull(r *http.Request, _ map[string]any) answer {
	pull := s.pull(integer(r.PathValue("pull_number")))
	if pull == nil {
		return notFound()
	}
	return answer{status: http.StatusOK, body: s.pullJSON("pull-request", *pull)}
}

func (s *Server) listPulls(r *http.Request, _ map[string]any) answer {
	var list []Pull
	for _, pull := range s.pulls {
		if commit := r.PathValue("commit_sha"); commit == pull.Merge || commit == pull.Head || slices.Contains(pull.Commits, commit) {
			list = append(list, pull)
		}
	}
	return page(s, r, list, func(p Pull) map[string]any { return s.pullJSON("pull-request-simple-items", p) })
}

// findPulls lists those from an owner's branch.
func (s *Server) findPulls(r *http.Request, _ map[string]any) answer {
	var list []Pull
	for _, pull := range s.pulls {
		closed := pull.Closed || pull.Merge != ""
		if r.URL.Query().Get("head") == pull.Author+":"+Branch && closed == (r.URL.Query().Get("state") == "closed") {
			list = append(list, pull)
		}
	}
	return page(s, r, list, func(p Pull) map[string]any { return s.pullJSON("pull-request-simple-items", p) })
}

// getCommit says whose it is: the pull request's author's, unless a test says otherwise.
func (s *Server) getCommit(r *http.Request, _ map[string]any) answer {
	commit := s.spec.example("commit", map[string]any{"sha": r.PathValue("ref"), "files": []any{}})
	by := s.CommitBy
	for _, pull := range s.pulls {
		if pull.Head == r.PathValue("ref") && by == "" {
			by = pull.Author
		}
	}
	if by == "" {
		return notFound()
	}
	commit["author"], commit["committer"] = s.user(by), s.user("web-flow")
	return answer{status: http.StatusOK, body: commit}
}

func (s *Server) listReviews(r *http.Request, _ map[string]any) answer {
	return page(s, r, s.reviews, func(one Review) map[string]any { return s.reviewJSON(integer(r.PathValue("pull_number")), one) })
}

func (s *Server) getPermission(r *http.Request, _ map[string]any) answer {
	for _, review := range s.reviews {
		if review.By == r.PathValue("username") && review.Writer {
			return answer{status: http.StatusOK, body: map[string]any{"permission": "write", "role_name": "maintain", "user": nil}}
		}
	}
	return answer{status: http.StatusOK, body: map[string]any{"permission": "read", "role_name": "read", "user": nil}}
}

func (s *Server) listComments(r *http.Request, _ map[string]any) answer {
	if s.pull(integer(r.PathValue("issue_number"))) == nil {
		return notFound()
	}
	var list []*comment
	since, _ := time.Parse(time.RFC3339, r.URL.Query().Get("since")) // all of them without one
	for _, c := range s.comments {
		if c.number == integer(r.PathValue("issue_number")) && !c.edited.Before(since) {
			list = append(list, c)
		}
	}
	return page(s, r, list, s.commentJSON)
}

// maxBody is what GitHub takes of a comment; its description does not say.
const maxBody = 65536

func (s *Server) createComment(r *http.Request, body map[string]any) answer {
	text, _ := body["body"].(string)
	switch {
	case s.pull(integer(r.PathValue("issue_number"))) == nil:
		return notFound()
	case s.Locked:
		return answer{status: http.StatusForbidden, body: refusal("Unable to create comment because issue is locked.")}
	case utf8.RuneCountInString(text) > maxBody:
		return answer{status: http.StatusUnprocessableEntity, body: refusal("Validation Failed: body is too long (maximum is 65536 characters)")}
	}
	now := time.Now()
	made := &comment{number: integer(r.PathValue("issue_number")), made: now, edited: now, Comment: Comment{ID: s.id(), By: s.Login, Body: text}}
	s.comments = append(s.comments, made)
	return answer{status: http.StatusCreated, body: s.commentJSON(made)}
}

func (s *Server) comment(r *http.Request) int {
	return slices.IndexFunc(s.comments, func(c *comment) bool { return strconv.FormatInt(c.ID, 10) == r.PathValue("comment_id") })
}

func (s *Server) updateComment(r *http.Request, body map[string]any) answer {
	at := s.comment(r)
	if at < 0 {
		return notFound()
	}
	s.comments[at].Body, _ = body["body"].(string)
	s.comments[at].edited = time.Now()
	return answer{status: http.StatusOK, body: s.commentJSON(s.comments[at])}
}

func (s *Server) deleteComment(r *http.Request, _ map[string]any) answer {
	at := s.comment(r)
	if at < 0 {
		return notFound()
	}
	s.comments = slices.Delete(s.comments, at, at+1)
	return answer{status: http.StatusNoContent}
}

func (s *Server) listChecks(r *http.Request, _ map[string]any) answer {
	list := s.latest(r.PathValue("ref"), r.URL.Query().Get("check_name"))
	return answer{status: http.StatusOK, body: map[string]any{"total_count": len(list), "check_runs": list}}
}

// createCheck refuses whoever is no App, as GitHub does.
func (s *Server) createCheck(_ *http.Request, body map[string]any) answer {
	if s.App == "" {
		return answer{status: http.StatusForbidden, body: refusal("You must authenticate via a GitHub App.")}
	}
	made := &check{id: s.id(), app: s.App, fields: map[string]any{}}
	made.set(body)
	s.checks = append(s.checks, made)
	return answer{status: http.StatusCreated, body: s.checkJSON(made)}
}

func (c *check) set(body map[string]any) {
	maps.Copy(c.fields, body)
	if body["status"] != "completed" {
		delete(c.fields, "conclusion")
		delete(c.fields, "completed_at")
	}
	if output, ok := body["output"].(map[string]any); ok {
		more, _ := output["annotations"].([]any)
		c.annotations = append(c.annotations, more...)
	}
}

func (s *Server) updateCheck(r *http.Request, body map[string]any) answer {
	for _, c := range s.checks {
		if strconv.FormatInt(c.id, 10) != r.PathValue("check_run_id") {
			continue
		}
		if c.app != s.App {
			return answer{status: http.StatusForbidden, body: refusal("Invalid app_id - check run can only be modified by the GitHub App that created it.")}
		}
		c.set(body)
		return answer{status: http.StatusOK, body: s.checkJSON(c)}
	}
	return notFound()
}

func (s *Server) combinedStatus(r *http.Request, _ map[string]any) answer {
	newest := map[string]*status{}
	for _, st := range s.statuses {
		if st.sha == r.PathValue("ref") {
			newest[st.context] = st
		}
	}
	combined := s.spec.example("combined-commit-status", nil)
	entry := combined["statuses"].([]any)[0].(map[string]any)
	list := []any{}
	for _, context := range slices.Sorted(maps.Keys(newest)) {
		one := maps.Clone(entry)
		maps.Copy(one, newest[context].json())
		list = append(list, one)
	}
	combined["statuses"], combined["total_count"], combined["sha"] = list, len(list), r.PathValue("ref")
	return answer{status: http.StatusOK, body: combined}
}

func (st *status) json() map[string]any {
	fields := map[string]any{"id": st.id, "context": st.context, "state": st.state, "description": st.description, "target_url": nil}
	if st.target != "" {
		fields["target_url"] = st.target
	}
	return fields
}

// maxDescription is what GitHub takes of a status; its description does not say.
const maxDescription = 140

func (s *Server) createStatus(r *http.Request, body map[string]any) answer {
	text := func(name string) string { value, _ := body[name].(string); return value }
	if utf8.RuneCountInString(text("description")) > maxDescription {
		return answer{status: http.StatusUnprocessableEntity, body: refusal("Validation Failed: description is too long (maximum is 140 characters)")}
	}
	made := &status{s.id(), r.PathValue("sha"), text("context"), text("state"), text("description"), text("target_url")}
	s.statuses = append(s.statuses, made)
	fields := made.json()
	fields["creator"] = s.user(s.Login)
	return answer{status: http.StatusCreated, body: s.spec.example("status", fields)}
}

func (s *Server) listIssues(r *http.Request, _ map[string]any) answer {
	if s.NoIssues {
		return gone()
	}
	if r.URL.Query().Get("state") == "all" {
		return s.pastIssues(r)
	}
	var list []*Issue
	for _, issue := range s.issues {
		creator := r.URL.Query().Get("creator")
		if issue.State == "open" && (creator == "" || equal(creator, issue.By)) {
			list = append(list, issue)
		}
	}
	return page(s, r, list, s.issueJSON)
}

func (s *Server) createIssue(_ *http.Request, body map[string]any) answer {
	if s.NoIssues {
		return gone()
	}
	title, _ := body["title"].(string)
	text, _ := body["body"].(string)
	made := &Issue{Number: int(s.id()), By: s.Login, Title: title, Body: text, State: "open"}
	s.issues = append(s.issues, made)
	return answer{status: http.StatusCreated, body: s.issueJSON(made)}
}

func (s *Server) updateIssue(r *http.Request, body map[string]any) answer {
	for _, issue := range s.issues {
		if issue.Number != integer(r.PathValue("issue_number")) {
			continue
		}
		for name, field := range map[string]*string{"title": &issue.Title, "body": &issue.Body, "state": &issue.State} {
			if value, ok := body[name].(string); ok {
				*field = value
			}
		}
		return answer{status: http.StatusOK, body: s.issueJSON(issue)}
	}
	return notFound()
}
