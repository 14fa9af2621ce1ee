package fetch_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/muster-ci/muster/stages"
	"github.com/muster-ci/muster/stages/fetch"
)

var quick = fetch.WithPatience(fetch.Patience{Tries: 4, Delay: time.Millisecond, Stall: 10 * time.Second})

// data is content that no part of can be taken for another.
func data(size int) []byte {
	content := make([]byte, size)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(content) // never fails
	return content
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// origin serves content, and remembers what it was asked for.
type origin struct {
	*httptest.Server
	mu       sync.Mutex
	requests []http.Header
}

// serve starts a server whose answer to the nth request, from 0, is that of answer.
func serve(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, n int)) *origin {
	t.Helper()
	o := &origin{}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		n := len(o.requests)
		o.requests = append(o.requests, r.Header.Clone())
		o.mu.Unlock()
		answer(w, r, n)
	}))
	t.Cleanup(o.Close)
	return o
}

// asked lists a header of all requests.
func (o *origin) asked(name string) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var values []string
	for _, header := range o.requests {
		values = append(values, header.Get(name))
	}
	return values
}

// whole serves content as a good server does, with an ETag made of it.
func whole(w http.ResponseWriter, r *http.Request, content []byte) {
	w.Header().Set("ETag", `"`+digest(content)[:8]+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// cut serves content and breaks the connection after n bytes.
func cut(w http.ResponseWriter, r *http.Request, content []byte, n int) {
	whole(&cutter{ResponseWriter: w, left: n}, r, content)
}

type cutter struct {
	http.ResponseWriter
	left int
}

func (c *cutter) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p[:min(len(p), c.left)])
	if c.left -= n; c.left == 0 {
		_ = http.NewResponseController(c.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	return n, err
}

func newTask(t *testing.T, url string) stages.FetchTask {
	t.Helper()
	dir := t.TempDir()
	return stages.FetchTask{URL: url, Project: dir, Partials: filepath.Join(dir, ".muster", "cache", "fetch")}
}

// get fetches and returns the content, and releases it.
func get(t *testing.T, task stages.FetchTask, options ...fetch.Option) (*stages.FetchResult, []byte) {
	t.Helper()
	fetched, err := fetch.New("1.0", append([]fetch.Option{quick}, options...)...).Fetch(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(fetched.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := fetched.Release(); err != nil {
		t.Fatal(err)
	}
	if fetched.SHA256 != digest(content) || fetched.Size != int64(len(content)) {
		t.Errorf("the record says %s, %d bytes, of %s, %d bytes", fetched.SHA256, fetched.Size, digest(content), len(content))
	}
	if left := contents(t, task.Partials); len(left) > 0 {
		t.Errorf("after release there is still %v", left)
	}
	return fetched, content
}

// contents lists the partial files that have something in them.
func contents(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.part"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(names, func(name string) bool {
		info, err := os.Stat(name)
		return err != nil || info.Size() == 0
	})
}

// wrong fetches what cannot be fetched.
func wrong(t *testing.T, task stages.FetchTask, options ...fetch.Option) (failure error) {
	t.Helper()
	fetched, err := fetch.New("1.0", append([]fetch.Option{quick}, options...)...).Fetch(t.Context(), task)
	if err == nil {
		t.Fatalf("there is no error, but %s", fetched.Path)
	}
	var hinted interface{ Hint() string }
	if !errors.As(err, &hinted) || hinted.Hint() == "" {
		t.Errorf("no hint for: %v", err)
	}
	return err
}
