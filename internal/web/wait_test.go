package web_test

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/muster-ci/muster/internal/web"
)

// A host is left alone for as long as it says, and a job waits no longer than it may.
func TestWaits(t *testing.T) {
	const secondary = `{"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}`
	in := func(d time.Duration) func() string {
		return func() string { return strconv.FormatInt(time.Now().Add(d).Unix(), 10) }
	}
	text := func(s string) func() string { return func() string { return s } }
	date := func() string { return time.Now().Add(30 * time.Second).UTC().Format(http.TimeFormat) }
	type header map[string]func() string
	tests := map[string]struct {
		status   int
		body     string
		header   header
		deadline time.Duration
		least    time.Duration // 0: it is not waited for
	}{
		"seconds":                            {429, "", header{"Retry-After": text("40")}, 0, 40 * time.Second},
		"seconds with 503":                   {503, "", header{"Retry-After": text("40")}, 0, 40 * time.Second},
		"a date":                             {429, "", header{"Retry-After": date}, 0, 30 * time.Second},
		"GitHub's primary limit":             {403, "", header{"X-Ratelimit-Remaining": text("0"), "X-Ratelimit-Reset": in(50 * time.Second)}, 0, 50 * time.Second},
		"GitLab's limit":                     {429, "", header{"Ratelimit-Remaining": text("0"), "Ratelimit-Reset": in(50 * time.Second)}, 0, 50 * time.Second},
		"GitHub's secondary limit":           {403, secondary, nil, 0, time.Minute},
		"longer than a job waits":            {429, "", header{"Retry-After": text("3600")}, 0, 0},
		"longer than any duration":           {429, "", header{"Retry-After": text("999999999999999")}, 0, 0},
		"a limit until after the job's end":  {403, "", header{"X-Ratelimit-Remaining": text("0"), "X-Ratelimit-Reset": in(time.Hour)}, 0, 0},
		"longer than the caller has":         {429, "", header{"Retry-After": text("40")}, 30 * time.Second, 0},
		"a limit that says nothing of times": {429, "", nil, 0, time.Millisecond},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent, begun := 0, time.Now()
				client := newClient(t, web.Options{Pause: 2 * time.Millisecond, Transport: transport(func(r *http.Request) (*http.Response, error) {
					if sent++; sent > 1 {
						return answer(r, 200, ""), nil
					}
					response := answer(r, test.status, test.body)
					for name, value := range test.header {
						response.Header.Set(name, value())
					}
					return response, nil
				})})
				ctx := t.Context()
				if test.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, test.deadline)
					defer cancel()
				}
				status, body, err := send(ctx, t, client, http.MethodPost, "https://forge.example")
				took := time.Since(begun)
				if test.least == 0 {
					if err != nil || status != test.status || body != test.body || took != 0 {
						t.Errorf("after %s the caller sees %d (%v), want %d at once", took, status, err, test.status)
					}
					return
				}
				// The time of a header has whole seconds.
				if err != nil || status != 200 || took < test.least-time.Second || took > test.least+time.Second {
					t.Errorf("after %s the caller sees %d (%v), want 200 after %s", took, status, err, test.least)
				}
			})
		})
	}
}

// However many requests there are, a host that is down costs a job no more than its patience
// and what attempts take that are under way.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := transport(func(r *http.Request) (*http.Response, error) { return answer(r, 502, ""), nil })
		client := newClient(t, web.Options{Pause: time.Second, Patience: time.Minute, Transport: down})
		begun := time.Now()
		for range 100 {
			if status, _, err := send(t.Context(), t, client, http.MethodGet, "https://forge.example"); status != 502 || err != nil {
				t.Fatalf("%d (%v)", status, err)
			}
		}
		if took := time.Since(begun); took < 30*time.Second || took > time.Minute+15*time.Second {
			t.Errorf("it took %s, want about a minute", took)
		}
	})
}

func TestWaitEndsWithTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := transport(func(r *http.Request) (*http.Response, error) { return answer(r, 429, "", "Retry-After", "60"), nil })
		client := newClient(t, web.Options{Transport: busy})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		begun := time.Now()
		_, _, err := send(ctx, t, client, http.MethodGet, "https://forge.example")
		if err == nil || time.Since(begun) != 3*time.Second {
			t.Errorf("error %v after %s", err, time.Since(begun))
		}
	})
}

func TestLimited(t *testing.T) {
	tests := map[string]struct {
		response *http.Response
		want     bool
	}{
		"429":                   {answer(nil, 429, ""), true},
		"403 with a time":       {answer(nil, 403, "", "Retry-After", "60"), true},
		"403 of a token":        {answer(nil, 403, `{"message": "Resource not accessible by integration"}`), false},
		"403 of an old message": {answer(nil, 403, `{"message": "You have triggered an abuse detection mechanism."}`), true},
		"200":                   {answer(nil, 200, "", "Retry-After", "60"), false},
		"none":                  {nil, false},
	}
	for name, test := range tests {
		if got := web.Limited(test.response); got != test.want {
			t.Errorf("%s: %t, want %t", name, got, test.want)
		}
	}
	if until := web.Until(answer(nil, 403, "", "Retry-After", "60")); time.Until(until) < 50*time.Second {
		t.Errorf("the limit ends at %s", until)
	}
	if until := web.Until(answer(nil, 403, "")); !until.IsZero() {
		t.Errorf("a limit ends at %s that says nothing", until)
	}
}
