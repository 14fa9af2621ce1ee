package web

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// A request's kind says what a repeat may do.
type requestKind int

const (
	kindOnce       requestKind = iota + 1 // done twice it might be there twice: POST, PATCH
	kindRepeatable                        // done twice it is as done once
	kindRead                              // it does nothing
)

type kindKey struct{}

// Repeatable marks requests, POST or PATCH, that may be sent again when it is not known
// what became of the first: that set a value to what it is to be.
func Repeatable(ctx context.Context) context.Context {
	return context.WithValue(ctx, kindKey{}, kindRepeatable)
}

// Query marks requests by POST that only read, as GraphQL's do.
func Query(ctx context.Context) context.Context { return context.WithValue(ctx, kindKey{}, kindRead) }

func kindOf(ctx context.Context) requestKind {
	known, _ := ctx.Value(kindKey{}).(requestKind)
	return known
}

// kind gives requests theirs, by the method, where the caller did not.
type kind struct{ next http.RoundTripper }

func (k *kind) RoundTrip(request *http.Request) (*http.Response, error) {
	is := kindOf(request.Context())
	switch request.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, "":
		is = kindRead
	case http.MethodPut, http.MethodDelete:
		is = kindRepeatable
	default:
		is = max(is, kindOnce)
	}
	return k.next.RoundTrip(request.WithContext(context.WithValue(request.Context(), kindKey{}, is)))
}

// patience says whether a request is repeated, and when. The time that is lost counts
// for all requests together, so that a host that is down holds no job for an hour.
type patience struct {
	mu   sync.Mutex
	left time.Duration
	log  *slog.Logger
}

// retrying repeats with go-retryablehttp. It rewinds bodies and counts; what may be
// repeated, and how long to wait, is decided here: its own policies know neither what a
// method does, nor GitHub's limits, nor any bound.
func retrying(one http.RoundTripper, o Options) *retryablehttp.Client {
	p := &patience{left: cmp.Or(o.Patience, 2*time.Minute), log: o.Log}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	return &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport:     &timed{next: one, spend: p.spend},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		RetryWaitMin: cmp.Or(o.Pause, 500*time.Millisecond), RetryWaitMax: maxPause, RetryMax: cmp.Or(o.Tries, 5) - 1,
		CheckRetry: p.again, Backoff: p.wait, ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
}

// timed takes the time of attempts that failed from the patience.
type timed struct {
	next  http.RoundTripper
	spend func(time.Duration)
}

func (t *timed) RoundTrip(request *http.Request) (*http.Response, error) {
	begun := time.Now()
	response, err := t.next.RoundTrip(request)
	if err != nil || response.StatusCode >= http.StatusInternalServerError {
		t.spend(time.Since(begun))
	}
	return response, err
}

func (p *patience) spend(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left -= d
}

func (p *patience) remaining() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.left
}

// again is retryablehttp's CheckRetry.
func (p *patience) again(ctx context.Context, response *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	var may bool
	if err != nil {
		may = repeatError(kindOf(ctx), err)
	} else {
		may = repeatAnswer(kindOf(ctx), response)
	}
	if !may {
		return false, nil
	}
	needed := asked(response, time.Now())
	if needed > 0 { // wait sees the answer without its body
		response.Header.Set("Retry-After", strconv.FormatInt(int64((needed+time.Second-1)/time.Second), 10))
	}
	if deadline, ok := ctx.Deadline(); ok && time.Now().Add(needed).After(deadline) {
		return false, nil // the answer as it is says more than the end of the time
	}
	return p.remaining() > needed, nil
}

// repeatError judges an attempt that got no whole answer. One that was not sent may
// always be sent again; any other only if it does no harm twice.
func repeatError(is requestKind, err error) bool {
	if errors.Is(err, errTooLong) || errors.Is(err, ErrMost) {
		return false
	}
	again, _ := retryablehttp.DefaultRetryPolicy(context.Background(), nil, err) // not for a certificate
	if is != kindOnce {
		return again
	}
	opening, found := errors.AsType[*net.OpError](err)
	return again && found && opening.Op == "dial"
}

// repeatAnswer judges an answer. By 429, and 403 with a limit, GitHub and GitLab say that
// they did nothing ("Rate limits for the REST API"), and so does who names a time with 503.
// What a gateway says of a lost answer (502, 504) does not tell what became of the request.
func repeatAnswer(is requestKind, response *http.Response) bool {
	switch code := response.StatusCode; code {
	case http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
		return limited(response)
	case http.StatusServiceUnavailable:
		return is != kindOnce || response.Header.Get("Retry-After") != ""
	case http.StatusNotImplemented:
		return false
	default:
		return is != kindOnce && (code >= 500 || code == http.StatusRequestTimeout)
	}
}

// limited reports whether 403 stands for a limit, GitHub's primary or a secondary one.
func limited(response *http.Response) bool {
	if response.Header.Get("Retry-After") != "" || response.Header.Get("X-Ratelimit-Remaining") == "0" {
		return true
	}
	return secondary(response)
}

// secondary looks for the message of GitHub's secondary limits, and puts the body back.
func secondary(response *http.Response) bool {
	body, err := io.ReadAll(response.Body) // in memory already
	if err != nil {
		return false
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	text := strings.ToLower(string(body))
	return strings.Contains(text, "secondary rate limit") || strings.Contains(text, "secondary-rate-limits") || strings.Contains(text, "abuse detection mechanism")
}

// wait is retryablehttp's Backoff: as long as the host asks, else twice as long each
// time, of which half is chance, so that jobs that failed at once do not come back at once.
func (p *patience) wait(first, most time.Duration, try int, response *http.Response) time.Duration {
	pause := min(first<<min(try, 20), most)
	pause = pause/2 + rand.N(pause/2+1)
	if named := asked(response, time.Now()); named > 0 {
		pause = named + rand.N(first)
	}
	p.spend(pause)
	p.log.Info("waiting before a request is sent again", "for", pause.Round(time.Millisecond))
	return pause
}

// Limited reports whether an answer says that there were too many requests.
func Limited(response *http.Response) bool {
	return response != nil && (response.StatusCode == http.StatusTooManyRequests || response.StatusCode == http.StatusForbidden && limited(response))
}

// Until is when a host that limits requests can be asked again; zero if it does not say.
func Until(response *http.Response) time.Time {
	now := time.Now()
	if wait := asked(response, now); wait > 0 {
		return now.Add(wait)
	}
	return time.Time{}
}
