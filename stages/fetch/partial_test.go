package fetch_test

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/muster-ci/muster/stages"
	"github.com/muster-ci/muster/stages/fetch"
)

func TestStateOnDiskIsNotTrustedBlindly(t *testing.T) {
	content := data(1 << 16)
	cutOnce := func(t *testing.T) (*origin, stages.FetchTask, string) {
		t.Helper()
		server := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
			if n < 4 {
				cut(w, r, content, 10_000)
				return
			}
			whole(w, r, content)
		})
		task := newTask(t, server.URL)
		_ = wrong(t, task, fetch.WithPatience(fetch.Patience{Tries: 4, Stall: time.Minute, Delay: time.Millisecond}))
		parts := contents(t, task.Partials)
		if len(parts) != 1 {
			t.Fatalf("the partial files are %v", parts)
		}
		return server, task, parts[0]
	}
	state := func(part string) string { return strings.TrimSuffix(part, ".part") + ".json" }
	write := func(t *testing.T, path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]struct {
		damage func(t *testing.T, part string)
		resume string
	}{
		"untouched":  {func(*testing.T, string) {}, "bytes=40000-"},
		"no state":   {func(t *testing.T, part string) { t.Helper(); os.Remove(state(part)) }, ""},
		"bad state":  {func(t *testing.T, part string) { t.Helper(); write(t, state(part), "{") }, ""},
		"truncated":  {func(t *testing.T, part string) { t.Helper(); write(t, part, "x") }, ""},
		"gone":       {func(t *testing.T, part string) { t.Helper(); os.Remove(part) }, ""},
		"not synced": {func(t *testing.T, part string) { t.Helper(); appendTo(t, part, "lost power") }, "bytes=40000-"},
		"negative": {func(t *testing.T, part string) {
			t.Helper()
			write(t, state(part), `{"synced": -5, "stamp": {"size": -7, "etag": "x"}}`)
		}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server, task, part := cutOnce(t)
			test.damage(t, part)
			if _, got := get(t, task); !bytes.Equal(got, content) {
				t.Error("other content came")
			}
			if asked := server.asked("Range"); asked[4] != test.resume {
				t.Errorf("asked for %q, want %q", asked[4], test.resume)
			}
		})
	}
	t.Run("link", func(t *testing.T) {
		_, task, part := cutOnce(t)
		victim := filepath.Join(t.TempDir(), "victim")
		write(t, victim, "precious")
		if err := errors.Join(os.Remove(part), os.Symlink(victim, part)); err != nil {
			t.Fatal(err)
		}
		_ = wrong(t, task)
		if got, _ := os.ReadFile(victim); string(got) != "precious" {
			t.Errorf("what the link leads to has %d bytes", len(got))
		}
	})
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestWholePartialIsAskedForItsLastByte(t *testing.T) {
	content := data(5000)
	server := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { whole(w, r, content) })
	task := newTask(t, server.URL)
	fetched, err := fetch.New("1.0", quick).Fetch(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	// A process that is killed before it keeps the content leaves these files.
	left := t.TempDir()
	if err := os.CopyFS(left, os.DirFS(task.Partials)); err != nil {
		t.Fatal(err)
	}
	if err := fetched.Release(); err != nil {
		t.Fatal(err)
	}
	task.Partials = left
	if _, got := get(t, task); !bytes.Equal(got, content) {
		t.Error("other content came")
	}
	if asked := server.asked("Range"); !slices.Equal(asked, []string{"", "bytes=4999-"}) {
		t.Errorf("asked for %q", asked)
	}
}
