package gitlabtest

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// MergeRequest is one of the project. Set it up with [Server.Open].
type MergeRequest struct {
	IID                 int
	Author              string
	Source, Target, SHA string
	State               string // opened, closed, merged
	Locked              bool   // its discussion
	Fork                bool
	MergeCommit, Squash string
	Commits             []string // further ones

	notes     []*Note
	versions  []version
	approvers []approver
	checks    map[int]string // the answers of external status checks
}

// Note is a comment, or what GitLab says itself.
type Note struct {
	ID               int
	Author, Body     string
	System           bool
	Created, Updated time.Time
}

type version struct {
	sha string
	at  time.Time
}

type approver struct {
	user  string
	owner bool
}

// Open makes a merge request, with what it has left out: opened, by ada, into main.
func (s *Server) Open(r MergeRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for field, value := range map[*string]string{&r.State: "opened", &r.Author: "ada", &r.Target: "main", &r.Source: "change"} {
		if *field == "" {
			*field = value
		}
	}
	r.versions, r.checks = []version{{r.SHA, s.tick()}}, map[int]string{}
	s.requests[r.IID] = &r
}

// Push adds a version to a merge request.
func (s *Server) Push(iid int, sha string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.requests[iid]
	r.SHA = sha
	r.versions = append(r.versions, version{sha, s.tick()})
}

// Say adds a note of a person.
func (s *Server) Say(iid int, user, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(s.requests[iid], user, body, false)
}

// Approve has a user approve, as a code owner or not.
func (s *Server) Approve(iid int, user string, owner bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.requests[iid]
	r.approvers = append(r.approvers, approver{user, owner})
	s.note(r, user, "approved this merge request", true)
}

// Lock locks the discussion.
func (s *Server) Lock(iid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[iid].Locked = true
}

// Notes are those of people and programs, without GitLab's own, the oldest first.
func (s *Server) Notes(iid int) []Note {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Note
	for _, note := range s.requests[iid].notes {
		if !note.System {
			list = append(list, *note)
		}
	}
	return list
}

// Check is what an external status check of the merge request was answered.
func (s *Server) Check(iid, id int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[iid].checks[id]
}

func (s *Server) note(r *MergeRequest, user, body string, system bool) *Note {
	at := s.tick()
	note := &Note{ID: s.id(), Author: user, Body: body, System: system, Created: at, Updated: at}
	r.notes = append(r.notes, note)
	return note
}

// request finds the one that an address names; nil is answered.
func (s *Server) request(c *call) *MergeRequest {
	iid, _ := strconv.Atoi(c.r.PathValue("iid"))
	r := s.requests[iid]
	if r == nil || c.r.PathValue("project") == strconv.Itoa(ForkID) {
		fail(c, http.StatusNotFound, "404 Not found")
		return nil
	}
	return r
}

func (s *Server) getRequest(c *call) {
	if r := s.request(c); r != nil {
		c.answer(http.StatusOK, s.show(r))
	}
}

func (s *Server) show(r *MergeRequest) map[string]any {
	source := ProjectID
	if r.Fork {
		source = ForkID
	}
	return map[string]any{
		"id": 1000 + r.IID, "iid": r.IID, "project_id": ProjectID, "state": r.State, "author": s.user(r.Author), "sha": r.SHA,
		"source_branch": r.Source, "target_branch": r.Target, "source_project_id": source, "target_project_id": ProjectID,
		"merge_commit_sha": r.MergeCommit, "squash_commit_sha": r.Squash, "discussion_locked": r.Locked,
		"web_url": "https://gitlab.example.com/" + ProjectPath + "/-/merge_requests/" + strconv.Itoa(r.IID),
	}
}

func (s *Server) getVersions(c *call) {
	if r := s.request(c); r != nil {
		page(c, reversed(r.versions), func(v version) map[string]any {
			return map[string]any{"id": 1, "head_commit_sha": v.sha, "created_at": v.at, "state": "collected"}
		})
	}
}

func (s *Server) requestsOf(c *call) {
	sha := c.r.PathValue("sha")
	var list []*MergeRequest
	for _, r := range s.requests {
		if slices.Contains(append([]string{r.SHA, r.MergeCommit, r.Squash}, r.Commits...), sha) {
			list = append(list, r)
		}
	}
	page(c, list, s.show)
}

func (s *Server) getNotes(c *call) {
	r := s.request(c)
	if r == nil {
		return
	}
	list := slices.Clone(r.notes)
	if c.r.URL.Query().Get("sort") != "asc" { // what comes without it
		slices.Reverse(list)
	}
	page(c, list, s.showNote)
}

func (s *Server) showNote(n *Note) map[string]any {
	return map[string]any{
		"id": n.ID, "body": n.Body, "author": s.user(n.Author), "system": n.System, "created_at": n.Created, "updated_at": n.Updated,
		"confidential": false, "internal": false, "resolvable": false,
	}
}

// maxNote is how long a note may be ("Create new merge request note").
const maxNote = 1_000_000

// writable answers, if a note may not be written.
func (s *Server) writable(c *call, r *MergeRequest) bool {
	body := c.text("body")
	switch {
	case !s.known(c, "body"):
	case r.Locked && c.by.Role == Nobody:
		fail(c, http.StatusForbidden, "403 Forbidden")
	case body == "":
		fail(c, http.StatusBadRequest, "400 Bad request - Note {:note=>[\"can't be blank\"]}")
	case len([]rune(body)) > maxNote:
		fail(c, http.StatusBadRequest, "400 Bad request - Note is too long")
	default:
		return true
	}
	return false
}

func (s *Server) postNote(c *call) {
	if r := s.request(c); r != nil && s.writable(c, r) {
		c.answer(http.StatusCreated, s.showNote(s.note(r, c.by.User, c.text("body"), false)))
	}
}

// own finds the note that an address names, if the caller may change it.
func (s *Server) own(c *call, r *MergeRequest) *Note {
	id, _ := strconv.Atoi(c.r.PathValue("note"))
	at := slices.IndexFunc(r.notes, func(n *Note) bool { return n.ID == id })
	if at < 0 {
		fail(c, http.StatusNotFound, "404 Note Not Found")
		return nil
	}
	if note := r.notes[at]; !note.System && (note.Author == c.by.User || c.by.Role >= Maintainer) {
		return note
	}
	fail(c, http.StatusForbidden, "403 Forbidden")
	return nil
}

func (s *Server) putNote(c *call) {
	r := s.request(c)
	if r == nil || !s.writable(c, r) {
		return
	}
	if note := s.own(c, r); note != nil {
		note.Body, note.Updated = c.text("body"), s.tick()
		c.answer(http.StatusOK, s.showNote(note))
	}
}

func (s *Server) deleteNote(c *call) {
	r := s.request(c)
	if r == nil {
		return
	}
	if note := s.own(c, r); note != nil {
		r.notes = slices.DeleteFunc(r.notes, func(n *Note) bool { return n == note })
		c.WriteHeader(http.StatusNoContent)
	}
}

func (s *Server) getApprovals(c *call) {
	r := s.request(c)
	if r == nil {
		return
	}
	by := []map[string]any{}
	for _, a := range r.approvers {
		by = append(by, map[string]any{"user": s.user(a.user)})
	}
	c.answer(http.StatusOK, map[string]any{"iid": r.IID, "approved": len(by) > 0, "approved_by": by})
}

func (s *Server) getApprovalState(c *call) {
	r := s.request(c)
	if r == nil {
		return
	}
	if !s.Premium {
		fail(c, http.StatusNotFound, "404 Not Found")
		return
	}
	users := func(owner bool) []map[string]any {
		list := []map[string]any{}
		for _, a := range r.approvers {
			if a.owner == owner {
				list = append(list, s.user(a.user))
			}
		}
		return list
	}
	c.answer(http.StatusOK, map[string]any{"rules": []map[string]any{
		{"id": 1, "name": "All Members", "rule_type": "any_approver", "approved_by": users(false)},
		{
			"id": 2, "name": "*.yaml", "rule_type": "code_owner", "section": "codeowners", "approved_by": users(true), "contains_hidden_groups": s.Hidden,
			"users": []map[string]any{s.user("bo")}, "groups": []map[string]any{{"id": 7, "full_path": "acme/ml-leads"}},
		},
	}})
}

func reversed[T any](list []T) []T {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}
