package gitlab_test

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/gitlab/gitlabtest"
)

// fail answers the first requests so, and then lets GitLab answer.
func fail(times int, answer func(http.ResponseWriter)) func(http.ResponseWriter, *http.Request) bool {
	var n atomic.Int64
	return func(w http.ResponseWriter, _ *http.Request) bool {
		if n.Add(1) > int64(times) {
			return false
		}
		answer(w)
		return true
	}
}

func status(code int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(code)
	}
}

func reset(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "1000")
	_, _ = w.Write([]byte(`{"iid": 3, "sha"`))
	panic(http.ErrAbortHandler)
}

// A fault that passes is lived through; one that stays is an error, and never an answer.
func TestFaults(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter){
		"429": status(http.StatusTooManyRequests), "500": status(http.StatusInternalServerError), "503": status(http.StatusServiceUnavailable), "reset in the body": reset,
	} {
		t.Run(name, func(t *testing.T) {
			s := server(t)
			s.Run(gitlabtest.Pipeline{ID: 41, SHA: first})
			s.Fault = fail(2, answer)
			host := job(t, s, as("developer"))
			if change, err := host.Change(t.Context(), 3); err != nil || change.Head != first {
				t.Errorf("%+v, %v", change, err)
			}
			s.Fault = fail(1000, answer)
			if change, err := job(t, s, as("developer")).Change(t.Context(), 3); err == nil {
				t.Errorf("a host that is down has answered %+v", change)
			}
		})
	}
}

// Answers that are no answers.
func TestStrangeAnswers(t *testing.T) {
	for _, text := range []string{"", "{", "[]", "null", `{"iid": 4}`, `{"iid": "3"}`, "<html>sign in</html>"} {
		s := server(t)
		s.Fault = fail(1000, func(w http.ResponseWriter) { _, _ = w.Write([]byte(text)) })
		host := job(t, s, as("developer"))
		if change, err := host.Change(t.Context(), 3); err == nil {
			t.Errorf("%q was read as %+v", text, change)
		}
		for comment, err := range host.Comments(t.Context(), 3) {
			if err == nil {
				t.Errorf("%q was read as the comment %+v", text, comment)
			}
		}
	}
}

// A status whose answer was lost is set once, although it was sent twice.
func TestLostAnswer(t *testing.T) {
	s := server(t)
	s.Run(gitlabtest.Pipeline{ID: 41, SHA: first})
	var lost atomic.Bool
	s.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || lost.Swap(true) {
			return false
		}
		s.ServeHTTP(httptest.NewRecorder(), r) // it comes through
		w.WriteHeader(http.StatusBadGateway)
		return true
	}
	if _, err := job(t, s, as("developer")).Mark(t.Context(), actions.Mark{Name: "muster / hosts", Commit: first, State: actions.Pending}); err != nil {
		t.Error(err)
	}
	if list := s.Statuses(41); len(list) != 1 || list[0].State != "pending" {
		t.Errorf("statuses: %+v", list)
	}
}

// The token goes to GitLab and to nobody else, and stands in no error.
func TestTokenStaysAtHome(t *testing.T) {
	var seen atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		for _, values := range r.Header {
			if strings.Contains(strings.Join(values, " "), secret) {
				seen.Add(1)
			}
		}
	}))
	t.Cleanup(elsewhere.Close)
	s := server(t)
	s.Grant(secret, gitlabtest.Grant{User: "muster-bot", Role: gitlabtest.Developer})
	for _, token := range []string{"MUSTER_TOKEN", "CI_JOB_TOKEN"} {
		s.Fault = fail(1000, func(w http.ResponseWriter) {
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(http.StatusTemporaryRedirect)
		})
		host := job(t, s, map[string]string{token: secret})
		_, err := host.Change(t.Context(), 3)
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("the error of a redirect: %v", err)
		}
		s.Fault = fail(1000, func(w http.ResponseWriter) { http.Error(w, `{"message": "what is `+secret+`?"}`, http.StatusForbidden) })
		if _, err := host.Change(t.Context(), 3); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("the error of an echo: %v", err)
		}
	}
	if seen.Load() != 0 {
		t.Error("another server was given the token")
	}
}

// A GitLab of one's own has a certificate of one's own, which the runner names.
func TestPrivateCA(t *testing.T) {
	s := gitlabtest.NewTLS(t)
	s.Grant("job", gitlabtest.Grant{User: "ada", Role: gitlabtest.Developer, Job: true})
	s.Open(gitlabtest.MergeRequest{IID: 3, SHA: first})
	if _, err := job(t, s, nil).Change(t.Context(), 3); err == nil {
		t.Error("a certificate that nobody knows was believed")
	}
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := job(t, s, map[string]string{"CI_SERVER_TLS_CA_FILE": path}).Change(t.Context(), 3); err != nil {
		t.Error(err)
	}
}

// Requests are counted: what a merge request's job sends stays far below what it may.
func TestCount(t *testing.T) {
	s := server(t)
	s.Run(gitlabtest.Pipeline{ID: 41, SHA: first})
	host := job(t, s, as("developer"))
	if _, err := host.Change(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	mine(t, host)
	if _, err := host.PutComment(t.Context(), 3, actions.Comment{Body: "x"}); err != nil {
		t.Fatal(err)
	}
	if _, err := host.Mark(t.Context(), actions.Mark{Name: "m", Commit: first, State: actions.Success}); err != nil {
		t.Fatal(err)
	}
	if reads, writes := host.Count(); reads != 4 || writes != 2 {
		t.Errorf("%d reads and %d writes, want 4 and 2", reads, writes)
	}
}
