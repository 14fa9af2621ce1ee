package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/web"
)

func authorised(base string) web.Options {
	return web.Options{Base: base, Auth: http.Header{"Authorization": {"Bearer " + token}, "PRIVATE-TOKEN": {token}}}
}

// A token goes to the host that it is for, wherever that one sends its callers.
func TestRedirects(t *testing.T) {
	var seen http.Header
	var method string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen, method = r.Header, r.Method }))
	defer elsewhere.Close()
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen, method = r.Header, r.Method
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/here", http.StatusTemporaryRedirect)
		case "/away":
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		case "/old":
			http.Redirect(w, r, "/here", http.StatusMovedPermanently)
		case "/circle":
			http.Redirect(w, r, "/circle", http.StatusTemporaryRedirect)
		}
	}))
	defer home.Close()
	own := func() string { return seen.Get("Authorization") + seen.Get("Private-Token") + seen.Get("Job-Token") }

	for _, o := range []web.Options{authorised(home.URL), {}} {
		client := newClient(t, o)
		get := func(method, path string) (int, error) {
			request, err := http.NewRequestWithContext(t.Context(), method, home.URL+path, strings.NewReader(""))
			if err != nil {
				t.Fatal(err)
			}
			// What a library brings itself is kept in the same place.
			for _, name := range []string{"Authorization", "Private-Token", "Job-Token"} {
				request.Header.Set(name, token)
			}
			response, err := client.HTTP().Do(request)
			if err != nil {
				return 0, err
			}
			return response.StatusCode, response.Body.Close()
		}
		if status, err := get(http.MethodPost, "/moved"); err != nil || status != 200 || method != http.MethodPost || !strings.Contains(own(), token) {
			t.Errorf("on the same host: %d, %s with %q (%v)", status, method, own(), err)
		}
		if status, err := get(http.MethodGet, "/away"); err != nil || status != 200 || own() != "" {
			t.Errorf("another host got %q (%d, %v)", own(), status, err)
		}
		if status, err := get(http.MethodPost, "/old"); err != nil || status != http.StatusMovedPermanently || method != http.MethodPost {
			t.Errorf("a POST became %s and gave %d (%v)", method, status, err)
		}
		if _, err := get(http.MethodGet, "/circle"); err == nil {
			t.Error("a circle was followed to its end")
		}
	}
}

func TestNoDowngrade(t *testing.T) {
	client := newClient(t, web.Options{Transport: transport(func(r *http.Request) (*http.Response, error) {
		if r.URL.Scheme == "http" {
			t.Error("http was asked, after https")
		}
		return answer(r, http.StatusTemporaryRedirect, "", "Location", "http://forge.example/"), nil
	})})
	if _, _, err := send(t.Context(), t, client, http.MethodGet, "https://forge.example"); err == nil {
		t.Error("there is an answer")
	}
}

func TestTokenIsInNoError(t *testing.T) {
	leak := errors.New("proxy says no to Authorization: Bearer " + token)
	o := authorised("https://forge.example")
	o.Transport = transport(func(*http.Request) (*http.Response, error) { return nil, leak })
	_, _, err := send(t.Context(), t, newClient(t, o), http.MethodPost, "https://forge.example")
	if !errors.Is(err, leak) || strings.Contains(fmt.Sprintf("%v %+v", err, err), token) {
		t.Errorf("the error is %v", err)
	}
	if text := o.Mask("your " + token + " is bad"); text != "your *** is bad" {
		t.Errorf("masked text is %q", text)
	}
}
