package fetch_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-ci/muster/stages/fetch"
)

func TestCredentialsAreUsedAndNotShown(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if user, password, _ := r.BasicAuth(); user != "ada" || password != "s3cr3t" || r.URL.Query().Get("sig") != "t0k3n" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		whole(w, r, []byte("x"))
	})
	task := newTask(t, strings.Replace(server.URL, "http://", "http://ada:s3cr3t@", 1)+"/x?sig=t0k3n&download=1")
	fetched, _ := get(t, task)
	nothingSecret(t, fmt.Sprintf("%+v", fetched), "ada", "s3cr3t", "t0k3n")
	files, err := filepath.Glob(filepath.Join(task.Partials, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, name := range files {
		kept, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		nothingSecret(t, name+"\n"+string(kept), "ada", "s3cr3t", "t0k3n")
	}
}

func TestErrorsShowNoCredentials(t *testing.T) {
	gone := serve(t, func(http.ResponseWriter, *http.Request, int) {})
	gone.Close()
	denied := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusForbidden) })
	toBad := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Location", "http://x:%zz/?sig=t0k3n")
		w.WriteHeader(http.StatusFound)
	})
	toGone := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		http.Redirect(w, r, gone.URL+"/?X-Amz-Signature=t0k3n&X-Amz-Credential=ada", http.StatusFound)
	})
	for _, server := range []*origin{gone, denied, toBad, toGone} {
		err := wrong(t, newTask(t, strings.Replace(server.URL, "http://", "http://ada:s3cr3t@", 1)+"/x?token=t0k3n&t0k3n"))
		nothingSecret(t, err.Error(), "ada", "s3cr3t", "t0k3n")
	}
	for _, text := range []string{
		"http://ada:s3cr3t@host:port/?sig=t0k3n", "ftp://ada:s3cr3t@host", "ada:s3cr3t@host", "https://ada:s3cr3t@/%zz", "s3://ada:s3cr3t@bucket/key",
		"s3://bucket/key?token=t0k3n", "s3://bucket/key?endpoint=http://ada:s3cr3t@host", "azblob://c/k#s3cr3t",
	} {
		_, err := fetch.New("1.0").Source(text)
		if err == nil {
			t.Errorf("no error for %s", text)
			continue
		}
		nothingSecret(t, err.Error(), "ada", "s3cr3t", "t0k3n")
	}
}

func nothingSecret(t *testing.T, text string, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		if strings.Contains(text, secret) || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(secret))) {
			t.Errorf("%q is in: %s", secret, text)
		}
	}
}

func TestRedirectTakesNoSecretAlong(t *testing.T) {
	target := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { whole(w, r, []byte("x")) })
	elsewhere := strings.Replace(target.URL, "127.0.0.1", "localhost", 1)
	server := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { http.Redirect(w, r, elsewhere, http.StatusFound) })
	get(t, newTask(t, strings.Replace(server.URL, "http://", "http://ada:s3cr3t@", 1)+"/x?sig=t0k3n"))
	for _, name := range []string{"Referer", "Authorization"} {
		if got := target.asked(name); len(got) != 1 || got[0] != "" {
			t.Errorf("%s of the redirected request: %q", name, got)
		}
	}
}

// What is signed anew for each download is still the same file, to be resumed.
func TestSignatureIsNotPartOfTheName(t *testing.T) {
	content := data(1 << 16)
	server := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n < 4 {
			cut(w, r, content, 5000)
			return
		}
		whole(w, r, content)
	})
	task := newTask(t, server.URL+"/x?id=1&X-Amz-Signature=one")
	_ = wrong(t, task)
	other := newTask(t, server.URL+"/x?id=2&X-Amz-Signature=one")
	other.Partials = task.Partials
	if fetched, err := fetch.New("1.0", quick).Fetch(t.Context(), other); err != nil {
		t.Error(err)
	} else if err := fetched.Release(); err != nil {
		t.Error(err)
	}
	task.URL = server.URL + "/x?id=1&X-Amz-Signature=two"
	get(t, task)
	asked := server.asked("Range")
	if asked[4] != "" || asked[5] != "bytes=20000-" {
		t.Errorf("asked for %q", asked)
	}
}

func TestSource(t *testing.T) {
	source := func(url string) string {
		t.Helper()
		name, err := fetch.New("1.0").Source(url)
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	for url, want := range map[string]string{
		"https://example.org/x.csv":                                  "https://example.org/x.csv",
		"HTTPS://ada:s3cr3t@example.org:8443/x%20y?download=1#part":  "https://example.org:8443/x%20y?download=1",
		"https://example.org/x?sig=t0k3n&se=2026&version=3":          "https://example.org/x?sig=…&se=…&version=3",
		"https://example.org/x?X-Amz-Signature=a&X-Amz-Expires=9":    "https://example.org/x?X-Amz-Signature=…&X-Amz-Expires=…",
		"https://example.org/x?file=https://ada:s3cr3t@host&token=x": "https://example.org/x?file=…&token=…#f7f10e4a",
		"s3://bucket/a%20b?region=eu-west-1&endpoint=http://h:9":     "s3://bucket/a%20b?region=eu-west-1&endpoint=http://h:9",
		"file:./data/x%20y": "file:data/x y",
	} {
		if got := source(url); got != want {
			t.Errorf("%s is called %s, want %s", url, got, want)
		}
	}
	one, two := source("https://example.org/x?id=1&sig=a"), source("https://example.org/x?id=2&sig=a")
	if again := source("https://ada:pw@example.org/x?id=1&sig=b"); one == two || one != again {
		t.Errorf("files are told apart by %s and %s, and the first with another signature is %s", one, two, again)
	}
}

func FuzzSource(f *testing.F) {
	for _, seed := range []string{
		"https://example.org/x.csv?sig=a#b", "file:data/x.csv", "file:///data/x%20y", "file:../x", "s3://bucket/key?region=eu-central-1&endpoint=http://localhost:9000",
		"gs://bucket/a//b?anonymous=true", "azblob://container/key?storage_account=x", "s3://b/k?use_path_style=maybe", "HTTP://X", "http://[::1", "%", "", "file:", "s3://b/%2e%2e/x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		const secret = "s3cr3t-qqqqqqqqq"
		shown, err := fetch.New("1.0").Source(text)
		if (err == nil) == (shown == "") || (err != nil && err.Error() == "") {
			t.Errorf("%q, %v", shown, err)
		}
		u, parseErr := url.Parse(text)
		if err != nil || parseErr != nil || u.Scheme == "file" || strings.Contains(text, secret) {
			return
		}
		u.User = url.UserPassword("user", secret)
		query := u.Query()
		query.Set("odd", secret)
		u.RawQuery = query.Encode()
		if shown, _ := fetch.New("1.0").Source(u.String()); strings.Contains(shown, secret) {
			t.Errorf("%q shows its secret", shown)
		}
	})
}
