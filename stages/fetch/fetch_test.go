package fetch_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/muster-ci/muster/stages/fetch"
)

func TestContentComesAsItIs(t *testing.T) {
	for name, content := range map[string][]byte{"empty": {}, "one byte": {0}, "several buffers": data(1 << 20)} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { whole(w, r, content) })
			task := newTask(t, server.URL+"/x.csv")
			task.SHA256 = digest(content)
			var done, total int64
			task.Progress = func(d, of int64) { done, total = d, of }
			fetched, got := get(t, task)
			if !bytes.Equal(got, content) {
				t.Errorf("%d bytes came, other than the %d that were sent", len(got), len(content))
			}
			if done != int64(len(content)) || total != done {
				t.Errorf("the last progress was %d of %d", done, total)
			}
			if fetched.ETag == "" || fetched.Date.IsZero() {
				t.Errorf("the record lacks something: %+v", fetched)
			}
			if agents := server.asked("User-Agent"); !slices.Equal(agents, []string{"muster/1.0"}) {
				t.Errorf("asked as %q", agents)
			}
		})
	}
}

func TestLengthThatNobodyKnows(t *testing.T) {
	content := data(1 << 18)
	server := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		for part := range slices.Chunk(content, 1<<16) {
			_, _ = w.Write(part)
			_ = http.NewResponseController(w).Flush()
		}
	})
	task := newTask(t, server.URL)
	totals := map[int64]bool{}
	task.Progress = func(_, of int64) { totals[of] = true }
	if _, got := get(t, task); !bytes.Equal(got, content) {
		t.Error("other content came")
	}
	if len(totals) != 1 || !totals[-1] {
		t.Errorf("progress was of %v", totals)
	}
}

func TestSilentSourceIsAskedAgain(t *testing.T) {
	content := data(1 << 17)
	server := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 0 {
			w.Header().Set("Content-Length", "131072")
			_, _ = w.Write(content[:1000])
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			return
		}
		whole(w, r, content)
	})
	patience := fetch.WithPatience(fetch.Patience{Tries: 2, Delay: time.Millisecond, Stall: 200 * time.Millisecond})
	if _, got := get(t, newTask(t, server.URL), patience); !bytes.Equal(got, content) {
		t.Error("other content came")
	}
}

func TestCancelledFetchIsResumed(t *testing.T) {
	content := data(1 << 20)
	server := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 0 {
			whole(&slow{w, r.Context()}, r, content)
			return
		}
		whole(w, r, content)
	})
	task := newTask(t, server.URL)
	ctx, cancel := context.WithCancel(t.Context())
	task.Progress = func(done, _ int64) {
		if done > 0 {
			cancel()
		}
	}
	if _, err := fetch.New("1.0", quick).Fetch(ctx, task); !errors.Is(err, context.Canceled) {
		t.Fatalf("error is %v", err)
	}
	task.Progress = nil
	if _, got := get(t, task); !bytes.Equal(got, content) {
		t.Error("other content came")
	}
	if asked := server.asked("Range"); len(asked) != 2 || asked[1] == "" {
		t.Errorf("asked for %q", asked)
	}
}

// slow sends a little every 20 milliseconds.
type slow struct {
	http.ResponseWriter
	ctx context.Context
}

func (s *slow) Write(p []byte) (int, error) {
	select {
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	case <-time.After(20 * time.Millisecond):
	}
	n, err := s.ResponseWriter.Write(p[:min(len(p), 4096)])
	if err == nil {
		err = http.NewResponseController(s.ResponseWriter).Flush()
	}
	if err == nil && n < len(p) {
		more, err := s.Write(p[n:])
		return n + more, err
	}
	return n, err
}

func TestChangedSourceIsWarnedAbout(t *testing.T) {
	content := []byte("first")
	server := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { whole(w, r, content) })
	task := newTask(t, server.URL)
	first, _ := get(t, task)
	if first.Warning != "" {
		t.Errorf("a first fetch warns: %s", first.Warning)
	}
	task.Recorded = &first.Fetched
	if again, _ := get(t, task); again.Warning != "" {
		t.Errorf("an unchanged source is warned about: %s", again.Warning)
	}
	content = []byte("second")
	changed, got := get(t, task)
	if string(got) != "second" || !strings.Contains(changed.Warning, "the source has changed since "+first.Date.Format(time.DateOnly)) {
		t.Errorf("%q, warning %q", got, changed.Warning)
	}
	task.SHA256 = digest(content)
	if pinned, _ := get(t, task); pinned.Warning != "" {
		t.Errorf("what has the checksum that it is to have is warned about: %s", pinned.Warning)
	}
}

func TestWhatTheCallerHasIsNotDownloaded(t *testing.T) {
	content := []byte("first")
	server := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		whole(w, r, content)
	})
	task := newTask(t, server.URL)
	first, _ := get(t, task)
	task.Have = func(sum string) bool { return sum == first.SHA256 }
	check := func(what string, requests int, warning string) {
		t.Helper()
		fetched, err := fetch.New("1.0", quick).Fetch(t.Context(), task)
		if err != nil {
			t.Fatal(err)
		}
		if fetched.Path != "" || fetched.SHA256 != first.SHA256 || !strings.HasPrefix(fetched.Warning, warning) || (warning == "") != (fetched.Warning == "") {
			t.Errorf("%s: %+v", what, fetched)
		}
		if n := len(server.asked("Range")); n != requests {
			t.Errorf("%s: %d requests, want %d", what, n, requests)
		}
		if err := fetched.Release(); err != nil {
			t.Error(err)
		}
	}
	task.Recorded = &first.Fetched
	check("recorded", 2, "")
	task.Recorded = nil
	check("remembered beside the partial file", 3, "")
	check("source down", 4, "cannot tell whether the source has changed")
	task.SHA256 = first.SHA256
	check("checksum given", 4, "")
	task.SHA256, content = "", []byte("second")
	if _, got := get(t, task); string(got) != "second" {
		t.Errorf("%q came", got)
	}
}

func TestManyFetchTheSame(t *testing.T) {
	content := data(1 << 18)
	server := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { whole(w, r, content) })
	task := newTask(t, server.URL)
	var (
		mu    sync.Mutex
		kept  = map[string][]byte{}
		group sync.WaitGroup
	)
	task.Have = func(sum string) bool {
		mu.Lock()
		defer mu.Unlock()
		return kept[sum] != nil
	}
	for range 8 {
		group.Go(func() {
			fetched, err := fetch.New("1.0", quick).Fetch(t.Context(), task)
			if err != nil {
				t.Error(err)
				return
			}
			if fetched.Path != "" {
				got, err := os.ReadFile(fetched.Path)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				kept[fetched.SHA256] = got
				mu.Unlock()
			}
			if err := fetched.Release(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := kept[digest(content)]; len(kept) != 1 || !bytes.Equal(got, content) {
		t.Errorf("%d contents were kept", len(kept))
	}
	full := 0
	for _, condition := range server.asked("If-None-Match") {
		if condition == "" {
			full++
		}
	}
	if full != 1 {
		t.Errorf("it was downloaded %d times", full)
	}
}
