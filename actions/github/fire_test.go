package github_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/github"
	"github.com/muster-ci/muster/actions/github/githubtest"
	"github.com/muster-ci/muster/internal/web"
)

// failing answers the requests that it is asked for with a status.
func failing(which func(request string) bool, status int) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !which(r.Method + " " + r.URL.Path) {
			return false
		}
		w.WriteHeader(status)
		return true
	}
}

// everything is each request that an adapter makes.
func everything(t *testing.T, host *github.Host) map[string]error {
	t.Helper()
	ctx, errs := t.Context(), map[string]error{}
	_, errs["change"] = host.Change(ctx, 41)
	_, errs["brought"] = host.Brought(ctx, head)
	_, errs["approvals"] = host.Approvals(ctx, 41)
	_, errs["comments"] = comments(t, host)
	_, errs["comment"] = host.PutComment(ctx, 41, actions.Comment{Body: marker})
	_, errs["update"] = host.PutComment(ctx, 41, actions.Comment{ID: 7, Body: marker})
	errs["delete"] = host.DeleteComment(ctx, 41, 7)
	_, errs["mark"] = host.Mark(ctx, mark(actions.Success))
	_, errs["alert"] = host.Alert(ctx, actions.Alert{Marker: marker, Open: true})
	return errs
}

// Whatever a host answers, it is an error that a caller can tell, that says what to do
// next, and that has no token in it, as has nothing else.
func TestUnderFire(t *testing.T) {
	is := func(target error) func(error) bool { return func(err error) bool { return errors.Is(err, target) } }
	no := func(err error) bool {
		for _, target := range []error{actions.ErrForbidden, actions.ErrNotFound, actions.ErrLocked} {
			if errors.Is(err, target) {
				return false
			}
		}
		return true
	}
	tests := map[string]struct {
		status int
		body   string
		header []string
		is     func(error) bool
		hint   string
		gone   bool // deleting is done then
	}{
		"401":                {401, `{"message": "Bad credentials"}`, nil, is(actions.ErrForbidden), "expired", false},
		"403":                {403, `{"message": "Resource not accessible by integration"}`, nil, is(actions.ErrForbidden), "permissions:", false},
		"403, primary limit": {403, `{"message": "API rate limit exceeded"}`, []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "4102444800"}, no, "after 00:00:00 UTC", false},
		"403, secondary limit": {
			403, `{"message": "You have exceeded a secondary rate limit.", "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`,
			[]string{"Retry-After", "3600"},
			no, "run the job again", false,
		},
		"404":      {404, `{"message": "Not Found"}`, nil, is(actions.ErrNotFound), "acme/tumours", true},
		"409":      {409, `{"message": "Conflict"}`, nil, no, "again", false},
		"410":      {410, `{"message": "Issues are disabled"}`, nil, is(actions.ErrNotFound), "settings", false},
		"422":      {422, `{"message": "Validation Failed", "errors": [{"resource": "X", "field": "body", "code": "invalid", "message": "is bad"}]}`, nil, no, "again", false},
		"429":      {429, `{"message": "slow down"}`, []string{"Retry-After", "3600"}, no, "run the job again after", false},
		"500":      {500, "oops", nil, no, "status page", false},
		"502":      {502, "<html>bad gateway</html>", nil, no, "status page", false},
		"503":      {503, "", nil, no, "status page", false},
		"no JSON":  {200, "<html>log in to the proxy</html>", nil, no, "", true},
		"an echo":  {403, `{"message": "no: Bearer ` + githubtest.Token + `"}`, nil, is(actions.ErrForbidden), "permissions:", false},
		"moved":    {301, `{"message": "Moved Permanently"}`, nil, no, "", false},
		"blocked":  {403, `{"message": "You have been blocked"}`, nil, is(actions.ErrForbidden), "permissions:", false},
		"no words": {403, "", nil, is(actions.ErrForbidden), "permissions:", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for i := 0; i < len(test.header); i += 2 {
					w.Header().Set(test.header[i], test.header[i+1])
				}
				w.WriteHeader(test.status)
				fmt.Fprint(w, test.body)
			}))
			defer server.Close()
			var log bytes.Buffer
			o := github.Options{API: server.URL, Repository: githubtest.Repository, Token: githubtest.Token, Web: web.Options{
				Pause: time.Microsecond, Tries: 2, Log: slog.New(slog.NewTextHandler(&log, nil)),
			}}
			for what, err := range everything(t, open(t, o)) {
				if what == "delete" && test.gone {
					continue
				}
				if err == nil || !test.is(err) || !strings.Contains(hint(err), test.hint) {
					t.Errorf("%s: %v (%s)", what, err, hint(err))
					continue
				}
				if strings.Contains(err.Error()+hint(err)+fmt.Sprintf("%+v", err), githubtest.Token) {
					t.Errorf("%s: the token is in %v", what, err)
				}
				if strings.ContainsAny(err.Error(), "\n\r") {
					t.Errorf("%s: the error has several lines: %q", what, err)
				}
			}
			if strings.Contains(log.String(), githubtest.Token) {
				t.Errorf("the token is in the log: %s", &log)
			}
		})
	}
}

// A write whose answer was lost is not done twice; one that sets a value is done again.
func TestLostAnswers(t *testing.T) {
	s := server(t)
	id := s.AddComment(41, s.Login, marker)
	var lost sync.Map
	host := open(t, options(s))
	if _, err := host.Mark(t.Context(), mark(actions.Pending)); err != nil {
		t.Fatal(err)
	}
	s.Intercept = func(w http.ResponseWriter, r *http.Request) bool {
		request := r.Method + " " + r.URL.Path
		if !strings.HasPrefix(request, "P") || strings.HasSuffix(request, "graphql") {
			return false
		}
		if _, known := lost.LoadOrStore(request, true); known {
			return false
		}
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `{"id": 1`)
		panic(http.ErrAbortHandler)
	}
	if _, err := host.PutComment(t.Context(), 41, actions.Comment{Body: marker}); err == nil {
		t.Error("a comment whose answer was lost was written, it is said")
	}
	if _, err := host.PutComment(t.Context(), 41, actions.Comment{ID: id, Body: marker + "\nnew"}); err != nil {
		t.Errorf("update: %v", err)
	}
	if _, err := host.Mark(t.Context(), mark(actions.Success)); err != nil {
		t.Errorf("mark: %v", err)
	}
	all := s.Comments(41)
	if len(all) != 1 || all[0].Body != marker+"\nnew" {
		t.Errorf("the comments are %+v", all)
	}
	count := 0
	for _, request := range s.Requests() {
		if strings.HasPrefix(request, "POST") && strings.HasSuffix(request, "/comments") {
			count++
		}
	}
	if count != 1 {
		t.Errorf("the comment was sent %d times", count)
	}
}

// A whole publication, as a job makes it, takes few requests.
func TestRequestsOfOnePublication(t *testing.T) {
	s := server(t)
	for range 40 {
		s.AddComment(41, "eve", "what about the other slices?")
	}
	alert := actions.Alert{Marker: marker, Open: true, Title: "worse", Body: marker + "\nworse"}
	publish := func(text string) actions.Told {
		t.Helper()
		m := mark(actions.Failure)
		m.Annotations = remarks(100)
		m.Summary = text
		told := actions.Publisher{Host: open(t, options(s))}.Publish(t.Context(), actions.Publication{
			Event:  actions.Event{Host: actions.GitHub, Number: 41, Head: head, Repository: githubtest.Repository},
			Marker: marker, Comment: func(string) string { return marker + "\n" + text }, Mark: &m, Alert: &alert,
		})
		t.Logf("%s: %s: %d reads, %d writes", text, strings.Join(told.Did, ", "), told.Reads, told.Writes)
		if len(told.Missing) > 0 {
			t.Errorf("missing: %q", told.Missing)
		}
		if told.Reads > 12 || told.Writes > 8 {
			t.Errorf("%d reads and %d writes", told.Reads, told.Writes)
		}
		return told
	}
	publish("denied")
	if told := publish("denied"); told.Writes != 0 {
		t.Errorf("the same job again wrote %d times", told.Writes)
	}
	publish("still denied")
}
