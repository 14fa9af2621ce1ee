package fetch_test

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/muster-ci/muster/stages"
	"github.com/muster-ci/muster/stages/fetch"
)

func TestRetryAfterIsMinded(t *testing.T) {
	t.Run("a while", func(t *testing.T) {
		var first, second time.Time
		server := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 0 {
				first = time.Now()
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			second = time.Now()
			whole(w, r, []byte("x"))
		})
		get(t, newTask(t, server.URL))
		if waited := second.Sub(first); waited < time.Second { // less is impossible if it is minded
			t.Errorf("asked again after %s", waited)
		}
	})
	t.Run("too long", func(t *testing.T) {
		server := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Retry-After", "86400")
			w.WriteHeader(http.StatusTooManyRequests)
		})
		err := wrong(t, newTask(t, server.URL))
		if n := len(server.asked("Range")); n != 1 || !strings.Contains(err.Error(), "429") {
			t.Errorf("%d requests, %v", n, err)
		}
	})
}

func TestFailures(t *testing.T) {
	content := data(1000)
	status := func(code int) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(code) }
	}
	tests := map[string]struct {
		answer    func(http.ResponseWriter, *http.Request, int)
		want      string
		requests  int
		temporary bool
	}{
		"not found": {status(404), "not found", 1, false},
		"denied":    {status(403), "access denied (403)", 1, false},
		"no login":  {status(401), "access denied (401)", 1, false},
		"teapot":    {status(418), "418", 1, false},
		"no part":   {status(206), "206", 1, false},
		"down":      {status(502), "502 Bad Gateway", 4, true},
		"always cut": {
			func(w http.ResponseWriter, r *http.Request, _ int) { cut(w, r, content, 1) }, "the connection broke", 4, true,
		},
		"wrong length": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Length", "2000")
			_, _ = w.Write(content)
		}, "the connection broke", 4, true},
		"circle": {func(w http.ResponseWriter, r *http.Request, _ int) {
			http.Redirect(w, r, "/again", http.StatusFound)
		}, "redirects in a circle", 10, false},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request, _ int) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}, "redirects from https to something else", 1, false},
		"metadata": {func(w http.ResponseWriter, r *http.Request, _ int) {
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
		}, "cloud metadata", 1, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := serve(t, test.answer)
			task := newTask(t, server.URL)
			err := wrong(t, task)
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %q, want it to have %q", err, test.want)
			}
			if n := len(server.asked("Range")); n != test.requests {
				t.Errorf("%d requests, want %d", n, test.requests)
			}
			if errors.Is(err, stages.ErrSurroundings) != test.temporary {
				t.Errorf("another try may succeed: %v, want %v", !test.temporary, test.temporary)
			}
		})
	}
}

func TestFailuresBeforeAnyAnswer(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	secure := httptest.NewUnstartedServer(nil)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	plain := serve(t, func(http.ResponseWriter, *http.Request, int) {})
	for url, want := range map[string]string{
		closed.URL:                                       "connection refused",
		secure.URL:                                       "certificate is not to be trusted",
		"http://no-such-host.invalid/x":                  "host no-such-host.invalid",
		"http://169.254.169.254/x":                       "cloud metadata",
		"http://[fe80::1]/x":                             "cloud metadata",
		"http://168.63.129.16/x":                         "cloud metadata",
		"http://[::ffff:169.254.169.254]":                "cloud metadata",
		strings.Replace(plain.URL, "http:", "https:", 1): "server gave HTTP response",
	} {
		if err := wrong(t, newTask(t, url)); !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %q, want it to have %q", url, err, want)
		}
	}
}

func TestNoWayFromEncryptedToPlain(t *testing.T) {
	plain := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { whole(w, r, []byte("x")) })
	secure := httptest.NewTLSServer(http.RedirectHandler(plain.URL, http.StatusFound))
	t.Cleanup(secure.Close)
	err := wrong(t, newTask(t, secure.URL), fetch.WithTransport(secure.Client().Transport))
	if !strings.Contains(err.Error(), "redirects from https to something else") {
		t.Error(err)
	}
	if n := len(plain.asked("Range")); n != 0 {
		t.Errorf("the plain server was asked %d times", n)
	}
}

func TestWrongChecksumKeepsNothing(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		whole(w, r, []byte("<html>please log in"))
	})
	task := newTask(t, server.URL)
	task.SHA256 = digest([]byte("the data"))
	err := wrong(t, task)
	if !errors.Is(err, stages.ErrChecksum) || errors.Is(err, stages.ErrSurroundings) {
		t.Errorf("%v is not the error of a checksum", err)
	}
	for _, sum := range []string{task.SHA256, digest([]byte("<html>please log in"))} {
		if !strings.Contains(err.Error(), sum) {
			t.Errorf("%q does not name %s", err, sum)
		}
	}
	if left := contents(t, task.Partials); len(left) > 0 {
		t.Errorf("%v was kept", left)
	}
}
