package web_test

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/web"
)

const token = "ghs_0123456789"

// transport plays a server in memory.
type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(request *http.Request) (*http.Response, error) { return t(request) }

func answer(request *http.Request, status int, body string, header ...string) *http.Response {
	response := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: request}
	for i := 0; i < len(header); i += 2 {
		response.Header.Set(header[i], header[i+1])
	}
	return response
}

func newClient(t *testing.T, o web.Options) *web.Client {
	t.Helper()
	if o.Pause == 0 {
		o.Pause = time.Microsecond
	}
	client, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// send makes one request and returns the answer's status and body.
func send(ctx context.Context, t *testing.T, client *web.Client, method, url string) (int, string, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.HTTP().Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

// What is lost is sent again, but nothing that could then be there twice.
func TestRepeats(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	reset := &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	limit := `{"message": "You have exceeded a secondary rate limit."}`
	plain := func(ctx context.Context) context.Context { return ctx }
	tests := map[string]struct {
		method string
		mark   func(context.Context) context.Context
		err    error
		status int
		body   string
		header []string
		want   int // requests
	}{
		"GET, reset":                      {http.MethodGet, plain, reset, 0, "", nil, 3},
		"GET, refused":                    {http.MethodGet, plain, refused, 0, "", nil, 3},
		"GET, 502":                        {http.MethodGet, plain, nil, 502, "", nil, 3},
		"GET, 501":                        {http.MethodGet, plain, nil, 501, "", nil, 1},
		"GET, 408":                        {http.MethodGet, plain, nil, 408, "", nil, 3},
		"GET, 404":                        {http.MethodGet, plain, nil, 404, "", nil, 1},
		"GET, 401":                        {http.MethodGet, plain, nil, 401, "", nil, 1},
		"GET, 403":                        {http.MethodGet, plain, nil, 403, "no", nil, 1},
		"GET, 429":                        {http.MethodGet, plain, nil, 429, "", nil, 3},
		"PUT, 500":                        {http.MethodPut, plain, nil, 500, "", nil, 3},
		"DELETE, reset":                   {http.MethodDelete, plain, reset, 0, "", nil, 3},
		"POST, refused":                   {http.MethodPost, plain, refused, 0, "", nil, 3},
		"POST, reset":                     {http.MethodPost, plain, reset, 0, "", nil, 1},
		"POST, 500":                       {http.MethodPost, plain, nil, 500, "", nil, 1},
		"POST, 502":                       {http.MethodPost, plain, nil, 502, "", nil, 1},
		"POST, 503":                       {http.MethodPost, plain, nil, 503, "", nil, 1},
		"POST, 503 that names a time":     {http.MethodPost, plain, nil, 503, "", []string{"Retry-After", "0"}, 3},
		"POST, 429":                       {http.MethodPost, plain, nil, 429, "", nil, 3},
		"POST, 403 with a limit":          {http.MethodPost, plain, nil, 403, "", []string{"X-Ratelimit-Remaining", "0"}, 3},
		"POST, 403 with a time":           {http.MethodPost, plain, nil, 403, limit, []string{"Retry-After", "0"}, 3},
		"PATCH, 502":                      {http.MethodPatch, plain, nil, 502, "", nil, 1},
		"PATCH that sets a value, 502":    {http.MethodPatch, web.Repeatable, nil, 502, "", nil, 3},
		"POST that only asks, reset":      {http.MethodPost, web.Query, reset, 0, "", nil, 3},
		"a mark takes nothing from a GET": {http.MethodGet, web.Repeatable, reset, 0, "", nil, 3},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			sent := 0
			client := newClient(t, web.Options{Tries: 3, Transport: transport(func(r *http.Request) (*http.Response, error) {
				sent++
				if body, err := io.ReadAll(r.Body); err != nil || string(body) != "body" {
					t.Errorf("request %d has the body %q (%v)", sent, body, err)
				}
				if test.err != nil {
					return nil, test.err
				}
				return answer(r, test.status, test.body, test.header...), nil
			})})
			status, body, err := send(test.mark(t.Context()), t, client, test.method, "https://forge.example/api")
			if sent != test.want {
				t.Errorf("%d requests, want %d", sent, test.want)
			}
			if !errors.Is(err, test.err) || status != test.status || body != test.body {
				t.Errorf("the caller sees %d %q (%v)", status, body, err)
			}
		})
	}
}

// A connection that breaks in the middle of an answer gives no half answer.
func TestBrokenBody(t *testing.T) {
	var broken atomic.Bool // the host may still be at a request that the client gave up
	broken.Store(true)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "12")
		fmt.Fprint(w, "half")
		if broken.CompareAndSwap(true, false) {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, "and half")
	}))
	defer server.Close()
	client := newClient(t, web.Options{})
	if _, body, err := send(t.Context(), t, client, http.MethodGet, server.URL); err != nil || body != "halfand half" {
		t.Errorf("GET gives %q (%v)", body, err)
	}
	broken.Store(true)
	if _, body, err := send(t.Context(), t, client, http.MethodPost, server.URL); err == nil {
		t.Errorf("POST gives %q, and no error", body)
	}
	if reads, writes := client.Count(); reads != 2 || writes != 1 {
		t.Errorf("%d reads and %d writes, want 2 and 1: a POST whose answer is lost may have been done", reads, writes)
	}
}

func TestSlowHost(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else the server does not see that the client left
		if r.URL.Path == "/body" {
			fmt.Fprint(w, "half")
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
	}))
	defer server.Close()
	client := newClient(t, web.Options{Timeout: 20 * time.Millisecond, Tries: 2})
	for _, path := range []string{"/headers", "/body"} {
		_, _, err := send(t.Context(), t, client, http.MethodGet, server.URL+path)
		if err == nil || !strings.Contains(err.Error(), "did not answer within 20ms") {
			t.Errorf("%s: %v", path, err)
		}
		if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: the error looks like the caller's own deadline: %v", path, err)
		}
	}
	if reads, _ := client.Count(); reads != 4 {
		t.Errorf("%d reads, want 4", reads)
	}
}

func TestAnswerWithoutEnd(t *testing.T) {
	endless := transport(func(r *http.Request) (*http.Response, error) {
		response := answer(r, 200, "")
		response.Body = io.NopCloser(zeros{})
		return response, nil
	})
	client := newClient(t, web.Options{Transport: endless})
	if _, _, err := send(t.Context(), t, client, http.MethodGet, "https://forge.example"); err == nil || !strings.Contains(err.Error(), "32 MiB") {
		t.Errorf("error %v", err)
	}
	if reads, _ := client.Count(); reads != 1 {
		t.Errorf("it was asked for %d times", reads)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestPrivateAuthority(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }))
	server.Config.ErrorLog = nil
	defer server.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	env := func(name string) (string, bool) { return file, name == "CI_SERVER_TLS_CA_FILE" }
	trusting := newClient(t, web.Options{CAFile: web.CAFile(env)})
	if _, body, err := send(t.Context(), t, trusting, http.MethodGet, server.URL); err != nil || body != "hello" {
		t.Errorf("with the authority's certificate: %q (%v)", body, err)
	}
	stranger := newClient(t, web.Options{})
	if _, _, err := send(t.Context(), t, stranger, http.MethodGet, server.URL); err == nil {
		t.Error("without the authority's certificate there is an answer")
	}
	if reads, _ := stranger.Count(); reads != 1 {
		t.Errorf("a certificate that is not trusted was looked at %d times", reads)
	}
	for _, bad := range []string{file + ".no", "web_test.go"} {
		if _, err := web.New(web.Options{CAFile: bad}); err == nil {
			t.Errorf("certificates were read from %s", bad)
		}
	}
}

func TestProxy(t *testing.T) {
	var asked string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.String()
		fmt.Fprint(w, "by the proxy")
	}))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	client := newClient(t, web.Options{})
	_, body, err := send(t.Context(), t, client, http.MethodGet, "http://forge.invalid/api")
	if err != nil || body != "by the proxy" || asked != "http://forge.invalid/api" {
		t.Errorf("the proxy was asked for %q, and answered %q (%v)", asked, body, err)
	}
}

func TestBase(t *testing.T) {
	for _, base := range []string{"forge.example/api", "://", "/api"} {
		if _, err := web.New(web.Options{Base: base}); err == nil {
			t.Errorf("%q is an address", base)
		}
	}
}

func TestAgent(t *testing.T) {
	var agent string
	client := newClient(t, web.Options{Agent: "muster/1.2", Transport: transport(func(r *http.Request) (*http.Response, error) {
		agent = r.UserAgent()
		return answer(r, 200, ""), nil
	})})
	if _, _, err := send(t.Context(), t, client, http.MethodGet, "https://forge.example"); err != nil || agent != "muster/1.2" {
		t.Errorf("agent %q (%v)", agent, err)
	}
}

func TestCount(t *testing.T) {
	client := newClient(t, web.Options{Transport: transport(func(r *http.Request) (*http.Response, error) { return answer(r, 200, ""), nil })})
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodDelete} {
		if _, _, err := send(t.Context(), t, client, method, "https://forge.example"); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := send(web.Query(t.Context()), t, client, http.MethodPost, "https://forge.example"); err != nil {
		t.Fatal(err)
	}
	if reads, writes := client.Count(); reads != 3 || writes != 3 {
		t.Errorf("%d reads and %d writes, want 3 and 3", reads, writes)
	}
}

// A bound on requests counts repeats, and what comes after it is not sent.
func TestMost(t *testing.T) {
	var came int
	client := newClient(t, web.Options{Base: "https://forge.test", Most: 4, Tries: 3, Transport: transport(func(r *http.Request) (*http.Response, error) {
		came++
		return answer(r, http.StatusServiceUnavailable, ""), nil
	})})
	for i := range 3 {
		_, _, err := send(t.Context(), t, client, http.MethodGet, "https://forge.test/x")
		if past := i > 0; past != errors.Is(err, web.ErrMost) {
			t.Errorf("request %d: %v", i+1, err)
		}
	}
	if reads, _ := client.Count(); came != 4 || reads != 4 {
		t.Errorf("%d came and %d were counted, want 4", came, reads)
	}
}
