package cli

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/muster-ci/muster/maturity"
)

// A forge that never answers is given up after a while, and the score is told what is missing.
func TestForgeThatNeverAnswers(t *testing.T) {
	var given atomic.Int64
	forge := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
			given.Add(1)
		case <-time.After(20 * time.Second):
		}
	}))
	defer forge.Close()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir := t.TempDir()
	for _, args := range [][]string{{"init", "-q"}, {"remote", "add", "origin", forge.URL + "/acme/churn"}} {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	environment := map[string]string{"GITHUB_SERVER_URL": forge.URL, "GITHUB_API_URL": forge.URL, "MUSTER_TOKEN": "x"}
	a := &app{log: slog.New(slog.DiscardHandler), env: func(name string) (string, bool) {
		value, ok := environment[name]
		return value, ok
	}}
	f, opts := scoreForge{ask: true, patience: 200 * time.Millisecond}, maturity.Options{}
	f.add(t.Context(), a, dir, &opts)
	if opts.Forge == nil || len(opts.Forge.Missing) == 0 || opts.Forge.Runs != nil {
		t.Fatalf("the forge told %+v", opts.Forge)
	}
	if missing := strings.Join(opts.Forge.Missing, "\n"); !strings.Contains(missing, "deadline") && !strings.Contains(missing, "time") {
		t.Errorf("why nothing is known is not said: %s", missing)
	}
	for range 100 { // the server hears of it a moment later
		if given.Load() > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the request was not given up")
}
