package gitlabtest

import (
	"net/http"
	"slices"
	"strconv"
)

// Issue is one of the project.
type Issue struct {
	IID                               int
	Author, Title, Description, State string
}

// Issues are all of the project, the oldest first.
func (s *Server) Issues() []Issue {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Issue
	for _, issue := range s.issues {
		list = append(list, *issue)
	}
	return list
}

// File opens an issue of a person.
func (s *Server) File(user, title, description string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.file(user, title, description)
}

func (s *Server) file(user, title, description string) *Issue {
	issue := &Issue{IID: len(s.issues) + 1, Author: user, Title: title, Description: description, State: "opened"}
	s.issues = append(s.issues, issue)
	return issue
}

func (s *Server) showIssue(i *Issue) map[string]any {
	return map[string]any{
		"id": 5000 + i.IID, "iid": i.IID, "title": i.Title, "description": i.Description, "state": i.State, "author": s.user(i.Author),
		"web_url": "https://gitlab.example.com/" + ProjectPath + "/-/issues/" + strconv.Itoa(i.IID),
	}
}

func (s *Server) getIssues(c *call) {
	query := c.r.URL.Query()
	var list []*Issue
	for _, issue := range s.issues {
		author := query.Get("author_id")
		if (query.Get("state") == "" || issue.State == query.Get("state")) && (author == "" || author == strconv.Itoa(s.users[issue.Author])) {
			list = append(list, issue)
		}
	}
	if query.Get("sort") != "asc" {
		slices.Reverse(list)
	}
	page(c, list, s.showIssue)
}

func (s *Server) postIssue(c *call) {
	if !s.known(c, "title", "description") {
		return
	}
	if c.text("title") == "" || len(c.text("title")) > 255 {
		fail(c, http.StatusBadRequest, "title is too long (maximum is 255 characters)")
		return
	}
	c.answer(http.StatusCreated, s.showIssue(s.file(c.by.User, c.text("title"), c.text("description"))))
}

func (s *Server) putIssue(c *call) {
	iid, _ := strconv.Atoi(c.r.PathValue("iid"))
	if iid < 1 || iid > len(s.issues) {
		fail(c, http.StatusNotFound, "404 Not found")
		return
	}
	if !s.known(c, "title", "description", "state_event") {
		return
	}
	issue := s.issues[iid-1]
	if title, given := c.body["title"].(string); given {
		issue.Title = title
	}
	if description, given := c.body["description"].(string); given {
		issue.Description = description
	}
	switch c.text("state_event") {
	case "close":
		issue.State = "closed"
	case "reopen":
		issue.State = "opened"
	}
	c.answer(http.StatusOK, s.showIssue(issue))
}
