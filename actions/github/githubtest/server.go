// Package githubtest is GitHub in memory, for tests: one repository with pull requests, their
// comments and reviews, check runs, statuses and issues. Every request that it gets and
// every answer that it gives is held against GitHub's official description of its API.
package githubtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
)

// Repository is the one that there is.
const Repository = "acme/tumours"

// Token is what is answered, with the rights that the server says.
const Token = "ghs_16C7e42F292c6912E7710c838347Ae178B4a"

// Server is the fake. What is exported is set before it is used.
type Server struct {
	URL string
	// Login is whom the token belongs to, App the slug of its App; empty for a person's token.
	Login, App string
	// Lacks are the permissions that the token has not: "checks", "statuses", "pull-requests", "issues".
	Lacks map[string]bool
	// NoGraphQL answers every query as a forge without it; NoTeams as to a token that may not see teams.
	NoGraphQL, NoTeams bool
	// CommitBy wrote all commits; empty is who opened the pull request.
	CommitBy string
	// Past is what [github.com/muster-ci/muster/actions.Witness] tells.
	Past Past
	// Locked conversations take no comment, and a repository without issues takes none.
	Locked, NoIssues bool
	// Private repositories are not read without the permission either.
	Private bool
	// Intercept may answer a request itself, by returning true: then nothing is validated.
	Intercept func(w http.ResponseWriter, r *http.Request) bool

	t    testing.TB
	spec *spec

	mu       sync.Mutex
	next     int64
	requests []string
	pulls    []Pull
	comments []*comment
	checks   []*check
	statuses []*status
	reviews  []Review
	issues   []*Issue
}

// New starts a server, whose token is the job's own, until the end of the test.
func New(tb testing.TB) *Server {
	tb.Helper()
	File(tb, "api.github.com.json")
	File(tb, "schema.graphql")
	known, err := description()
	if err != nil {
		tb.Fatal(err)
	}
	s := &Server{t: tb, spec: known, Login: "github-actions[bot]", App: "github-actions", Lacks: map[string]bool{}, next: 1000}
	mux := http.NewServeMux()
	for _, route := range routes() {
		mux.HandleFunc(route.pattern, func(w http.ResponseWriter, r *http.Request) { s.handle(w, r, route) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		tb.Errorf("the fake has no %s %s", r.Method, r.URL.Path)
		write(w, answer{status: http.StatusNotFound, body: refusal("Not Found")})
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.receive(mux, w, r) }))
	tb.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// receive counts a request, and lets a test answer it.
func (s *Server) receive(next http.Handler, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client left
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+r.URL.Path)
	s.mu.Unlock()
	if s.Intercept != nil && s.Intercept(w, r) {
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+Token {
		write(w, answer{status: http.StatusUnauthorized, body: refusal("Bad credentials")})
		return
	}
	next.ServeHTTP(w, r)
}

// Requests are those that came, in their order: "GET /repos/acme/tumours/pulls/41".
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests...)
}

// answer is what a route gives back.
type answer struct {
	status int
	header http.Header
	body   any
}

// route is a path of the API, called as GitHub's description calls it.
type apiRoute struct {
	pattern string
	needs   string // the permission
	do      func(s *Server, r *http.Request, body map[string]any) answer
}

func (s *Server) handle(w http.ResponseWriter, r *http.Request, to apiRoute) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(data))
	if strings.HasSuffix(to.pattern, " /graphql") {
		write(w, s.graphql(data))
		return
	}
	exchange, err := s.spec.begin(r, to.pattern)
	if err != nil {
		s.t.Errorf("a request that GitHub does not take: %s %s: %v", r.Method, r.URL, err)
	}
	var body map[string]any
	if len(data) > 0 && json.Unmarshal(data, &body) != nil {
		s.t.Errorf("%s %s: the body is no JSON object", r.Method, r.URL)
	}
	given := s.authorised(r, to, body)
	text := write(w, given)
	header := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	if err := exchange.end(r.Context(), given.status, header, text); err != nil {
		s.t.Errorf("an answer that GitHub does not give: %s %s: %d: %v", r.Method, r.URL, given.status, err)
	}
}

func (s *Server) authorised(r *http.Request, to apiRoute, body map[string]any) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if full := r.PathValue("owner") + "/" + r.PathValue("repo"); full != "/" && full != Repository {
		return answer{status: http.StatusNotFound, body: refusal("Not Found")}
	}
	if s.Lacks[to.needs] && (r.Method != http.MethodGet || s.Private) {
		return answer{status: http.StatusForbidden, body: refusal("Resource not accessible by integration")}
	}
	return to.do(s, r, body)
}

func write(w http.ResponseWriter, a answer) []byte {
	maps.Copy(w.Header(), a.header)
	if a.status == http.StatusNoContent {
		w.WriteHeader(a.status)
		return nil
	}
	text, err := json.Marshal(a.body)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(a.status)
	_, _ = w.Write(text)
	return text
}

func refusal(message string) map[string]any {
	return map[string]any{"message": message, "documentation_url": "https://docs.github.com/rest"}
}

func notFound() answer { return answer{status: http.StatusNotFound, body: refusal("Not Found")} }

// page is what a request asks for of a list, with links to the others.
func page[T any](s *Server, r *http.Request, all []T, form func(T) map[string]any) answer {
	number, size := max(integer(r.URL.Query().Get("page")), 1), integer(r.URL.Query().Get("per_page"))
	if size < 1 {
		size = 30
	}
	size = min(size, 100)
	from, to := min((number-1)*size, len(all)), min(number*size, len(all))
	list := []any{}
	for _, thing := range all[from:to] {
		list = append(list, form(thing))
	}
	given := answer{status: http.StatusOK, header: http.Header{}, body: list}
	if to < len(all) {
		query := r.URL.Query()
		query.Set("page", strconv.Itoa(number+1))
		next := query.Encode()
		query.Set("page", strconv.Itoa((len(all)+size-1)/size))
		given.header.Set("Link", fmt.Sprintf(`<%[1]s%[2]s?%[3]s>; rel="next", <%[1]s%[2]s?%[4]s>; rel="last"`, s.URL, r.URL.Path, next, query.Encode()))
	}
	return given
}

func integer(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// id is a new one. Ids grow, as GitHub's do.
func (s *Server) id() int64 { s.next++; return s.next }

// user is somebody, as GitHub shows them beside what they wrote.
func (s *Server) user(login string) map[string]any {
	kind := "User"
	if strings.HasSuffix(login, "[bot]") {
		kind = "Bot"
	}
	user := maps.Clone(s.spec.example("issue-comment", nil)["user"].(map[string]any))
	user["login"], user["type"] = login, kind
	return user
}

func route(doc *openapi3.T, path, method string, operation *openapi3.Operation) *routers.Route {
	return &routers.Route{Spec: doc, Path: path, PathItem: doc.Paths.Value(path), Method: method, Operation: operation}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
