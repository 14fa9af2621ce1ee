// Package gitlabtest is a GitLab for tests: one project, its merge requests, notes,
// approvals, statuses and issues, in memory, behind the documented REST API
// (https://docs.gitlab.com/api/rest/). It asks for tokens as GitLab does, and a request
// that GitLab does not know fails the test.
package gitlabtest

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// ProjectID and ProjectPath name the project; ForkID is a fork of it, which has pipelines only.
const (
	ProjectID   = 7
	ProjectPath = "acme/tumours"
	ForkID      = 8
)

// Role is what a user is in the project.
type Role int

// The roles, by the numbers of GitLab's API.
const (
	Nobody     Role = 0
	Reporter   Role = 20
	Developer  Role = 30
	Maintainer Role = 40
)

// Grant is what a token stands for.
type Grant struct {
	User string
	Role Role
	// Job makes it a CI_JOB_TOKEN, which is sent in a header of its own and may little.
	Job bool
}

// Server is the instance. Its methods may be called while it serves.
type Server struct {
	// URL is the API's: what CI_API_V4_URL is in a job.
	URL string
	// Certificate is what it is known by, if it has TLS.
	Certificate *x509.Certificate
	// Premium has approval rules, Ultimate external status checks too.
	Premium, Ultimate bool
	// Past is what happened in the project.
	Past Past
	// Hidden says that the code owners' rule names a group too that no token sees.
	Hidden bool
	// Fault answers in place of GitLab, if it returns true.
	Fault func(http.ResponseWriter, *http.Request) bool

	tb testing.TB
	mu sync.Mutex

	now       time.Time
	ids       int
	users     map[string]int // by name
	grants    map[string]Grant
	requests  map[int]*MergeRequest
	pipelines map[int]*Pipeline
	issues    []*Issue
	log       []string
}

// New starts a server without TLS; it ends with the test.
func New(tb testing.TB) *Server {
	tb.Helper()
	return start(tb, (*httptest.Server).Start)
}

// NewTLS starts a server with a certificate of a private CA.
func NewTLS(tb testing.TB) *Server {
	tb.Helper()
	return start(tb, (*httptest.Server).StartTLS)
}

func start(tb testing.TB, begin func(*httptest.Server)) *Server {
	tb.Helper()
	s := &Server{
		tb: tb, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), ids: 100,
		users: map[string]int{}, grants: map[string]Grant{}, requests: map[int]*MergeRequest{}, pipelines: map[int]*Pipeline{},
	}
	server := httptest.NewUnstartedServer(s)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that hang up are what is tried
	begin(server)
	tb.Cleanup(server.Close)
	s.URL, s.Certificate = server.URL+"/api/v4", server.Certificate()
	return s
}

// Grant makes a token known.
func (s *Server) Grant(token string, g Grant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grants[token] = g
	s.user(g.User)
}

// Log lists the requests that came, as "GET /projects/7/merge_requests/3".
func (s *Server) Log() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// Writes counts the requests that change something.
func (s *Server) Writes() int {
	n := 0
	for _, line := range s.Log() {
		if !strings.HasPrefix(line, "GET ") {
			n++
		}
	}
	return n
}

// The callers of what follows hold the lock.

func (s *Server) id() int { s.ids++; return s.ids }

// tick is the time of what happens next: no two things happen at once.
func (s *Server) tick() time.Time { s.now = s.now.Add(time.Minute); return s.now }

func (s *Server) user(name string) map[string]any {
	if s.users[name] == 0 {
		s.users[name] = s.id()
	}
	return map[string]any{"id": s.users[name], "username": name, "name": name, "state": "active"}
}

// call is one request, with who sent it.
type call struct {
	http.ResponseWriter
	r    *http.Request
	by   Grant
	body map[string]any
}

// route is a request that the API has, and the least role that may send it. Job says that
// a job's own token may, by "Job token access" (https://docs.gitlab.com/ci/jobs/ci_job_token/).
type route struct {
	least  Role
	job    bool
	handle func(*Server, *call)
}

var routes = map[string]route{
	"GET /user": {Nobody, false, (*Server).currentUser},
	"GET /projects/{project}/merge_requests/{iid}":                         {Reporter, true, (*Server).getRequest},
	"GET /projects/{project}/merge_requests/{iid}/versions":                {Reporter, false, (*Server).getVersions},
	"PUT /projects/{project}/merge_requests/{iid}/merge":                   {Developer, false, (*Server).merge},
	"GET /projects/{project}/merge_requests/{iid}/notes":                   {Reporter, true, (*Server).getNotes},
	"POST /projects/{project}/merge_requests/{iid}/notes":                  {Nobody, false, (*Server).postNote},
	"PUT /projects/{project}/merge_requests/{iid}/notes/{note}":            {Nobody, false, (*Server).putNote},
	"DELETE /projects/{project}/merge_requests/{iid}/notes/{note}":         {Nobody, false, (*Server).deleteNote},
	"GET /projects/{project}/merge_requests/{iid}/approvals":               {Reporter, false, (*Server).getApprovals},
	"GET /projects/{project}/merge_requests/{iid}/approval_state":          {Reporter, false, (*Server).getApprovalState},
	"POST /projects/{project}/merge_requests/{iid}/status_check_responses": {Developer, false, (*Server).answerCheck},
	"GET /projects/{project}/repository/commits/{sha}/merge_requests":      {Reporter, true, (*Server).requestsOf},
	"GET /projects/{project}/repository/commits/{sha}/statuses":            {Reporter, false, (*Server).getStatuses},
	"POST /projects/{project}/statuses/{sha}":                              {Developer, false, (*Server).postStatus},
	"GET /projects/{project}/issues":                                       {Reporter, false, (*Server).getIssues},
	"POST /projects/{project}/issues":                                      {Reporter, false, (*Server).postIssue},
	"PUT /projects/{project}/issues/{iid}":                                 {Reporter, false, (*Server).putIssue},
}

// ServeHTTP answers one request; they wait for one another.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	fault := s.Fault
	s.log = append(s.log, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/api/v4"))
	s.mu.Unlock()
	if fault != nil && fault(w, r) {
		return
	}
	mux := http.NewServeMux()
	for _, some := range []map[string]route{routes, pastRoutes()} {
		for pattern, route := range some {
			method, path, _ := strings.Cut(pattern, " ")
			mux.HandleFunc(method+" /api/v4"+path, func(w http.ResponseWriter, r *http.Request) { s.serve(route, w, r) })
		}
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.tb.Errorf("GitLab has no %s %s", r.Method, r.URL.Path)
		fail(w, http.StatusNotFound, "404 Not Found")
	})
	mux.ServeHTTP(w, r)
}

func (s *Server) serve(route route, w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	by, known := s.grants[r.Header.Get("PRIVATE-TOKEN")]
	if token := r.Header.Get("JOB-TOKEN"); token != "" {
		by, known = s.grants[token]
		known = known && by.Job && route.job
	} else {
		known = known && !by.Job
	}
	project := r.PathValue("project")
	switch {
	case !known:
		fail(w, http.StatusUnauthorized, "401 Unauthorized")
	case project != "" && !slices.Contains([]string{strconv.Itoa(ProjectID), ProjectPath, strconv.Itoa(ForkID)}, project),
		by.Role == Nobody && route.least > Nobody:
		fail(w, http.StatusNotFound, "404 Project Not Found") // what one may not see is not there
	case by.Role < route.least:
		fail(w, http.StatusForbidden, "403 Forbidden")
	default:
		c := &call{w, r, by, map[string]any{}}
		if r.Method == http.MethodPost || r.Method == http.MethodPut {
			if err := json.NewDecoder(r.Body).Decode(&c.body); err != nil {
				fail(w, http.StatusBadRequest, "400 Bad Request")
				return
			}
		}
		route.handle(s, c)
	}
}

func (s *Server) currentUser(c *call) { c.answer(http.StatusOK, s.user(c.by.User)) }

func (c *call) answer(status int, value any) {
	c.Header().Set("Content-Type", "application/json")
	c.WriteHeader(status)
	_ = json.NewEncoder(c.ResponseWriter).Encode(value)
}

// text is a parameter of the body; anything but a string is none.
func (c *call) text(name string) string { value, _ := c.body[name].(string); return value }

func fail(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"message": message})
}

// page answers one page of a list, by "Offset-based pagination".
func page[T any](c *call, list []T, show func(T) map[string]any) {
	query := c.r.URL.Query()
	size, at := 20, 1
	if n, err := strconv.Atoi(query.Get("per_page")); err == nil {
		size = max(1, min(n, 100))
	}
	if n, err := strconv.Atoi(query.Get("page")); err == nil {
		at = max(1, n)
	}
	from, to := min((at-1)*size, len(list)), min(at*size, len(list))
	if to < len(list) {
		c.Header().Set("X-Next-Page", strconv.Itoa(at+1))
	}
	c.Header().Set("X-Page", strconv.Itoa(at))
	c.Header().Set("X-Total", strconv.Itoa(len(list)))
	c.Header().Set("X-Total-Pages", strconv.Itoa(max(1, (len(list)+size-1)/size)))
	out := []map[string]any{}
	for _, one := range list[from:to] {
		out = append(out, show(one))
	}
	c.answer(http.StatusOK, out)
}

// known refuses parameters that the documentation does not have.
func (s *Server) known(c *call, names ...string) bool {
	for name := range maps.Keys(c.body) {
		if !slices.Contains(names, name) {
			s.tb.Errorf("%s %s has no parameter %s", c.r.Method, c.r.URL.Path, name)
			fail(c, http.StatusBadRequest, fmt.Sprintf("%s is unknown", name))
			return false
		}
	}
	return true
}
