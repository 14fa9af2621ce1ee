package githubtest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Branch is the one that all pull requests come from, of their author's repository.
const Branch = "topic"

// Pull is a pull request.
type Pull struct {
	Number             int
	Head, Base, Author string
	Closed, Fork       bool
	Merge              string // the commit that it was merged by; empty while it was not
	Commits            []string
	MergedAt           time.Time
}

// Review is one of a pull request. Writer says that its author may write to the repository.
type Review struct {
	By, State, Commit, Body string
	At                      time.Time
	Writer                  bool
	Teams                   []string
	// EditedBy is who changed the body last; empty if nobody did.
	EditedBy string
}

// Issue is an issue.
type Issue struct {
	Number                 int
	By, Title, Body, State string
}

// Comment is a comment of the pull request.
type Comment struct {
	ID       int64
	By, Body string
}

type comment struct {
	number       int
	made, edited time.Time
	Comment
}

type check struct {
	id          int64
	app         string
	fields      map[string]any
	annotations []any
}

type status struct {
	id                                       int64
	sha, context, state, description, target string
}

// AddPull adds a pull request.
func (s *Server) AddPull(p Pull) { s.locked(func() { s.pulls = append(s.pulls, p) }) }

// SetHead is a push to a pull request.
func (s *Server) SetHead(number int, head string) { s.locked(func() { s.pull(number).Head = head }) }

// AddReview adds a review to the pull requests.
func (s *Server) AddReview(r Review) { s.locked(func() { s.reviews = append(s.reviews, r) }) }

// AddIssue adds an open issue.
func (s *Server) AddIssue(by, title, body string) {
	s.locked(func() {
		s.issues = append(s.issues, &Issue{Number: int(s.id()), By: by, Title: title, Body: body, State: "open"})
	})
}

// AddComment is somebody's, of an hour ago.
func (s *Server) AddComment(number int, by, body string) (id int64) {
	s.locked(func() {
		id = s.id()
		at := time.Now().Add(-time.Hour)
		s.comments = append(s.comments, &comment{number: number, made: at, edited: at, Comment: Comment{ID: id, By: by, Body: body}})
	})
	return id
}

// AddCheck is a check run of some App.
func (s *Server) AddCheck(app, name, commit, conclusion string) {
	s.locked(func() {
		s.checks = append(s.checks, &check{id: s.id(), app: app, fields: map[string]any{"name": name, "head_sha": commit, "status": "completed", "conclusion": conclusion}})
	})
}

// Comments are those of a pull request, the oldest first.
func (s *Server) Comments(number int) (all []Comment) {
	s.locked(func() {
		for _, c := range s.comments {
			if c.number == number {
				all = append(all, c.Comment)
			}
		}
	})
	return all
}

// Issues are all.
func (s *Server) Issues() (all []Issue) {
	s.locked(func() {
		for _, i := range s.issues {
			all = append(all, *i)
		}
	})
	return all
}

// Check is a check run as it stands.
type Check struct {
	Name, Commit, Status, Conclusion, Title, Summary, URL, ExternalID string
	Annotations                                                       int
}

// Checks are all, the oldest first.
func (s *Server) Checks() (all []Check) {
	s.locked(func() {
		for _, c := range s.checks {
			output, _ := c.fields["output"].(map[string]any)
			text := func(from map[string]any, name string) string { value, _ := from[name].(string); return value }
			all = append(all, Check{
				text(c.fields, "name"), text(c.fields, "head_sha"), text(c.fields, "status"), text(c.fields, "conclusion"),
				text(output, "title"), text(output, "summary"), text(c.fields, "details_url"), text(c.fields, "external_id"), len(c.annotations),
			})
		}
	})
	return all
}

// Statuses are all of a commit, "CONTEXT STATE DESCRIPTION", the oldest first.
func (s *Server) Statuses(commit string) (all []string) {
	s.locked(func() {
		for _, st := range s.statuses {
			if st.sha == commit {
				all = append(all, st.context+" "+st.state+" "+st.description)
			}
		}
	})
	return all
}

func (s *Server) locked(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

func (s *Server) pull(number int) *Pull {
	for i := range s.pulls {
		if s.pulls[i].Number == number {
			return &s.pulls[i]
		}
	}
	return nil
}

// pullJSON is a pull request in the form of an official example.
func (s *Server) pullJSON(example string, p Pull) map[string]any {
	pull := s.spec.example(example, nil)
	base, head := maps.Clone(pull["base"].(map[string]any)), maps.Clone(pull["head"].(map[string]any))
	repo := maps.Clone(base["repo"].(map[string]any))
	repo["full_name"], repo["default_branch"], repo["id"] = Repository, "main", 7
	base["repo"], base["ref"] = repo, p.Base
	from := maps.Clone(repo)
	if p.Fork {
		from["id"], from["fork"], from["full_name"] = 8, true, p.Author+"/tumours"
	}
	head["repo"], head["sha"], head["ref"], head["user"] = from, p.Head, Branch, s.user(p.Author)
	state := "open"
	if p.Closed || p.Merge != "" {
		state = "closed"
	}
	maps.Copy(pull, map[string]any{
		"number": p.Number, "state": state, "user": s.user(p.Author), "base": base, "head": head,
		"merged_at": nil, "merge_commit_sha": nil, "requested_teams": []any{}, "html_url": fmt.Sprintf("https://github.com/%s/pull/%d", Repository, p.Number),
	})
	if p.Merge != "" {
		pull["merged_at"], pull["merge_commit_sha"] = stamp(p.MergedAt), p.Merge
	}
	return pull
}

func (s *Server) commentJSON(c *comment) map[string]any {
	return s.spec.example("issue-comment", map[string]any{
		"created_at": stamp(c.made), "updated_at": stamp(c.edited),
		"id": c.ID, "body": c.Body, "user": s.user(c.By), "html_url": fmt.Sprintf("https://github.com/%s/pull/%d#issuecomment-%d", Repository, c.number, c.ID),
	})
}

func (s *Server) checkJSON(c *check) map[string]any {
	run := s.spec.example("check-run", map[string]any{
		"id": c.id, "external_id": "", "conclusion": nil, "completed_at": nil, "details_url": "https://github.com", "html_url": fmt.Sprintf("https://github.com/%s/runs/%d", Repository, c.id),
	})
	app := maps.Clone(run["app"].(map[string]any))
	app["slug"] = c.app
	given := maps.Clone(c.fields)
	output, _ := given["output"].(map[string]any)
	given["output"] = map[string]any{
		"title": output["title"], "summary": output["summary"], "text": output["text"], "annotations_count": len(c.annotations),
		"annotations_url": fmt.Sprintf("https://api.github.com/repos/%s/check-runs/%d/annotations", Repository, c.id),
	}
	maps.Copy(run, given)
	run["app"], run["pull_requests"] = app, []any{}
	return run
}

// latest are the check runs of a name on a commit, the newest of each App.
func (s *Server) latest(commit, name string) []any {
	newest := map[string]*check{}
	for _, c := range s.checks {
		if c.fields["head_sha"] == commit && (name == "" || c.fields["name"] == name) {
			newest[fmt.Sprint(c.app, c.fields["name"])] = c
		}
	}
	list := []any{}
	for _, key := range slices.Sorted(maps.Keys(newest)) {
		list = append(list, s.checkJSON(newest[key]))
	}
	return list
}

func (s *Server) reviewJSON(number int, r Review) map[string]any {
	return s.spec.example("pull-request-review-items", map[string]any{
		"user": s.user(r.By), "state": r.State, "commit_id": r.Commit, "body": r.Body, "submitted_at": stamp(r.At),
		"html_url": fmt.Sprintf("https://github.com/%s/pull/%d#pullrequestreview-1", Repository, number),
	})
}

func (s *Server) issueJSON(i *Issue) map[string]any {
	issue := s.spec.example("issue", map[string]any{
		"number": i.Number, "state": i.State, "title": i.Title, "body": i.Body, "user": s.user(i.By), "labels": []any{},
		"html_url": fmt.Sprintf("https://github.com/%s/issues/%d", Repository, i.Number),
	})
	delete(issue, "pull_request")
	return issue
}

// gone is the answer of what is turned off.
func gone() answer {
	return answer{status: http.StatusGone, body: refusal("Issues has been disabled in this repository.")}
}

func equal(a, b string) bool { return strings.EqualFold(a, b) }
