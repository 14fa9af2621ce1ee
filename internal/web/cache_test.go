package web_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/web"
)

// library answers with the version of a page, and says when it is still the same.
func library(version *string, full *int) transport {
	return func(r *http.Request) (*http.Response, error) {
		tag := `"` + *version + `"`
		if r.Header.Get("If-None-Match") == tag {
			return answer(r, http.StatusNotModified, "", "ETag", tag, "X-Ratelimit-Remaining", "7"), nil
		}
		*full++
		return answer(r, http.StatusOK, *version+" of "+r.URL.Path, "ETag", tag), nil
	}
}

func TestAnswersAreAskedForAgain(t *testing.T) {
	version, full := "one", 0
	o := authorised("https://forge.example")
	o.Cache, o.Transport = filepath.Join(t.TempDir(), "answers"), library(&version, &full)
	see := func(o web.Options, want string, requests int) {
		t.Helper()
		before := full
		status, body, err := send(t.Context(), t, newClient(t, o), http.MethodGet, "https://forge.example/page")
		if err != nil || status != http.StatusOK || body != want || full-before != requests {
			t.Errorf("%d %q with %d whole answers (%v), want %q with %d", status, body, full-before, err, want, requests)
		}
	}
	see(o, "one of /page", 1)
	see(o, "one of /page", 0)
	version = "two"
	see(o, "two of /page", 1)
	see(o, "two of /page", 0)

	other := o
	other.Auth = http.Header{"Authorization": {"Bearer another"}}
	see(other, "two of /page", 1)

	// A change's stage may write here: what is not sealed with the token is not there.
	forge(t, o.Cache)
	see(o, "two of /page", 1)

	none := o
	none.Auth, none.Cache = nil, filepath.Join(t.TempDir(), "none")
	see(none, "two of /page", 1)
	see(none, "two of /page", 1)
}

// forge edits the answers in a folder, as whoever knows the format would.
func forge(t *testing.T, dir string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("nothing was kept (%v)", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), token) {
			t.Error("the token is in a file")
		}
		edited := strings.Replace(string(data), `"body":"`, `"body":"QUFB`, 1)
		if err := os.WriteFile(path, []byte(edited), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFewAnswersAreKept(t *testing.T) {
	version, full := "one", 0
	o := authorised("https://forge.example")
	o.Cache, o.Transport = t.TempDir(), library(&version, &full)
	client := newClient(t, o)
	for i := range 70 {
		if _, _, err := send(t.Context(), t, client, http.MethodGet, "https://forge.example/"+strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	version = strings.Repeat("long", 1<<19)
	if _, _, err := send(t.Context(), t, client, http.MethodGet, "https://forge.example/long"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := send(t.Context(), t, client, http.MethodPost, "https://forge.example/0"); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(o.Cache)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err != nil || info.Size() > 2<<20 {
			t.Errorf("%s is kept, with %d bytes (%v)", entry.Name(), info.Size(), err)
		}
	}
	if len(entries) != 64 {
		t.Errorf("%d answers are kept, want 64", len(entries))
	}
}
