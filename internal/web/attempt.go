package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// maxBody bounds an answer: a page of a hundred comments, each as long as can be, has 7 MB.
const maxBody = 32 << 20

var errTooLong = errors.New("the answer is too long")

// ErrMost says that as many requests were sent as may be.
var ErrMost = errors.New("no more requests may be sent")

// attempt sends a request once and reads the answer to its end, so that a connection
// that breaks in the middle of it is an error like any other.
type attempt struct {
	next    http.RoundTripper
	base    *url.URL
	auth    http.Header
	agent   string
	timeout time.Duration
	most    int64
	body    int64
	client  *Client
}

func (a *attempt) RoundTrip(request *http.Request) (*http.Response, error) {
	if !a.count(request) {
		return nil, ErrMost
	}
	ctx, cancel := context.WithTimeout(request.Context(), a.timeout)
	defer cancel()
	sent := request.Clone(ctx)
	sent.Header.Set("User-Agent", a.agent)
	if sameHost(sent.URL, a.base) {
		setAll(sent.Header, a.auth)
	}
	response, err := a.read(sent)
	if err != nil && ctx.Err() != nil && request.Context().Err() == nil {
		return nil, &slow{host: request.URL.Host, after: a.timeout}
	}
	return response, err
}

func (a *attempt) read(request *http.Request) (*http.Response, error) {
	response, err := a.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, a.body+1))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if int64(len(body)) > a.body {
		return nil, fmt.Errorf("%w: over %d MiB", errTooLong, a.body>>20)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

// count reports whether one more may be sent, and counts it.
func (a *attempt) count(request *http.Request) bool {
	if sent := a.client.sent.Add(1); a.most > 0 && sent > a.most {
		return false
	}
	if kindOf(request.Context()) == kindRead {
		a.client.reads.Add(1)
	} else {
		a.client.writes.Add(1)
	}
	return true
}

// slow is an attempt that took too long; not the caller's own deadline.
type slow struct {
	host  string
	after time.Duration
}

func (s *slow) Error() string { return fmt.Sprintf("%s did not answer within %s", s.host, s.after) }
func (*slow) Timeout() bool   { return true }
