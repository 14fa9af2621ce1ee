package gitlabtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Pipeline is one of the project, or of the fork.
type Pipeline struct {
	ID  int
	SHA string
	// Jobs is how its jobs ended: success, failed, or running while they have not.
	Jobs     string
	Project  int
	statuses []*Status
}

// Status is one that was set from outside.
type Status struct {
	ID                                int
	Name, State, Description, URL, By string
}

// Run makes a pipeline for a commit.
func (s *Server) Run(p Pipeline) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.Project == 0 {
		p.Project = ProjectID
	}
	s.pipelines[p.ID] = &p
}

// End says how the jobs of a pipeline ended.
func (s *Server) End(id int, passed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pipelines[id].Jobs = "failed"
	if passed {
		s.pipelines[id].Jobs = "success"
	}
}

// Statuses are those of a pipeline, the oldest first.
func (s *Server) Statuses(pipeline int) []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Status
	for _, status := range s.pipelines[pipeline].statuses {
		list = append(list, *status)
	}
	return list
}

// matching are the pipelines of a commit, the newest first.
func (s *Server) matching(c *call) []*Pipeline {
	var list []*Pipeline
	for _, p := range s.pipelines {
		inFork := c.r.PathValue("project") == strconv.Itoa(ForkID)
		if p.SHA == c.r.PathValue("sha") && inFork == (p.Project == ForkID) {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b *Pipeline) int { return b.ID - a.ID })
	return list
}

func (s *Server) getStatuses(c *call) {
	type one struct {
		pipeline int
		*Status
	}
	var list []one
	name := c.r.URL.Query().Get("name")
	for _, p := range s.matching(c) {
		for _, status := range p.statuses {
			if name == "" || status.Name == name {
				list = append(list, one{p.ID, status})
			}
		}
	}
	page(c, list, func(o one) map[string]any {
		return map[string]any{
			"id": o.ID, "sha": c.r.PathValue("sha"), "status": o.State, "name": o.Name, "description": o.Description,
			"target_url": o.URL, "pipeline_id": o.pipeline, "allow_failure": false,
		}
	})
}

// postStatus follows "Set commit pipeline status", and the service behind it: what is
// pending cannot be made pending, and what has ended is not changed but followed by another.
func (s *Server) postStatus(c *call) {
	if !s.known(c, "state", "ref", "name", "context", "target_url", "description", "coverage", "pipeline_id") {
		return
	}
	want := Status{Name: c.text("name"), State: c.text("state"), Description: c.text("description"), URL: c.text("target_url"), By: c.by.User}
	if utf8.RuneCountInString(want.Description) > 255 || utf8.RuneCountInString(want.Name) > 255 {
		fail(c, http.StatusBadRequest, "description is too long (maximum is 255 characters)")
		return
	}
	list := s.matching(c)
	if id, given := c.body["pipeline_id"].(float64); given {
		list = slices.DeleteFunc(list, func(p *Pipeline) bool { return p.ID != int(id) })
		if len(list) == 0 {
			fail(c, http.StatusNotFound, "404 Pipeline for pipeline_id, sha and ref Not Found")
			return
		}
	} else if len(list) == 0 {
		external := &Pipeline{ID: s.id(), SHA: c.r.PathValue("sha"), Jobs: "success", Project: ProjectID}
		s.pipelines[external.ID] = external
		list = append(list, external)
	}
	s.set(c, list[0], want)
}

func (s *Server) set(c *call, p *Pipeline, want Status) {
	if !slices.Contains([]string{"pending", "running", "success", "failed", "canceled", "skipped"}, want.State) {
		fail(c, http.StatusBadRequest, "state does not have a valid value")
		return
	}
	at := slices.IndexFunc(p.statuses, func(o *Status) bool {
		return o.Name == want.Name && o.By == want.By && (o.State == "pending" || o.State == "running")
	})
	switch {
	case at < 0:
		want.ID = s.id()
		p.statuses = append(p.statuses, &want)
	case want.State == "pending":
		fail(c, http.StatusBadRequest, fmt.Sprintf("Cannot transition status via :enqueue from :%s (Reason(s): Status cannot transition via \"enqueue\")", p.statuses[at].State))
		return
	default:
		want.ID = p.statuses[at].ID
		p.statuses[at] = &want
	}
	c.answer(http.StatusCreated, map[string]any{"id": want.ID, "sha": p.SHA, "status": want.State, "name": want.Name, "pipeline_id": p.ID})
}

// state is the pipeline's: that of its jobs and the newest status of each name.
func (p *Pipeline) state() string {
	newest := map[string]string{"": p.Jobs}
	for _, status := range p.statuses {
		newest[status.Name] = status.State
	}
	out := "success"
	for _, state := range newest {
		switch {
		case state == "failed" || state == "canceled":
			return "failed"
		case state != "success" && state != "skipped":
			out = "running"
		}
	}
	return out
}

// merge merges, if the newest pipeline of the request has succeeded: the project has
// "Pipelines must succeed" ("Merge a merge request", 405).
func (s *Server) merge(c *call) {
	r := s.request(c)
	if r == nil {
		return
	}
	var newest *Pipeline
	for _, p := range s.pipelines {
		if p.SHA == r.SHA && (newest == nil || p.ID > newest.ID) {
			newest = p
		}
	}
	if r.State != "opened" || newest == nil || newest.state() != "success" {
		fail(c, http.StatusMethodNotAllowed, "405 Method Not Allowed")
		return
	}
	r.State, r.MergeCommit = "merged", r.SHA
	c.answer(http.StatusOK, s.show(r))
}

// answerCheck follows "Set status of an external status check".
func (s *Server) answerCheck(c *call) {
	r := s.request(c)
	if r == nil || !s.known(c, "sha", "external_status_check_id", "status") {
		return
	}
	id, _ := c.body["external_status_check_id"].(float64)
	switch {
	case !s.Ultimate:
		fail(c, http.StatusNotFound, "404 Not Found")
	case c.text("sha") != r.SHA:
		fail(c, http.StatusConflict, "409 sha does not match")
	case !slices.Contains([]string{"pending", "passed", "failed"}, c.text("status")):
		fail(c, http.StatusBadRequest, "status does not have a valid value")
	default:
		r.checks[int(id)] = c.text("status")
		c.answer(http.StatusCreated, map[string]any{"id": int(id), "status": c.text("status")})
	}
}
