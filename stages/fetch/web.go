package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// web is content behind http or https.
type web struct {
	client *http.Client
	agent  string
	url    *url.URL
	// authorise adds what lets a request pass; nil where the URL holds it.
	authorise func(*http.Request) error
}

const maxRedirects = 10

// newClient goes through the proxies that the environment names, follows
// redirects, and never takes what is not encrypted for what was.
func newClient() *http.Client {
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           newDialer().DialContext,
		ForceAttemptHTTP2:     true,
		DisableCompression:    true, // a checksum is that of the bytes that the server keeps
		MaxIdleConns:          10,
		IdleConnTimeout:       30 * time.Second,
		TLSHandshakeTimeout:   15 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
	return &http.Client{Transport: transport, CheckRedirect: redirect}
}

func newDialer() *net.Dialer {
	return &net.Dialer{Timeout: 20 * time.Second, KeepAlive: 30 * time.Second, Control: refuseMetadata}
}

var (
	errMetadata  = errors.New("the address is that of this machine's cloud metadata")
	errDowngrade = errors.New("the server redirects from https to something else")
	errRedirects = errors.New("the server redirects in a circle")
)

// refuseMetadata keeps a URL in a repository from reading the credentials that
// clouds give to their machines, at link-local addresses and a few others.
func refuseMetadata(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil // a socket that has no such address
	}
	ip := at.Addr().Unmap()
	others := []string{"fd00:ec2::254", "168.63.129.16", "100.100.100.200"} // AWS, Azure, Alibaba
	if ip.IsLinkLocalUnicast() || slices.Contains(others, ip.String()) {
		return errMetadata
	}
	return nil
}

func redirect(next *http.Request, via []*http.Request) error {
	// The client names the page that it comes from, with its query: that may be a signature.
	next.Header.Del("Referer")
	before := via[len(via)-1].URL.Scheme
	if next.URL.Scheme != "https" && (before == "https" || next.URL.Scheme != "http") {
		return errDowngrade
	}
	if len(via) >= maxRedirects {
		return errRedirects
	}
	return nil
}

func (*web) close() {}

func (w *web) open(ctx context.Context, offset int64, since stamp) (*content, error) {
	response, err := w.get(ctx, resume(offset, since))
	if err != nil {
		return nil, err
	}
	got := &content{ReadCloser: response.Body, stamp: stampFrom(response), page: strings.HasPrefix(response.Header.Get("Content-Type"), "text/html")}
	switch response.StatusCode {
	case http.StatusOK:
		return got, nil
	case http.StatusPartialContent:
		if offset > 0 && partOf(response, offset, got) && got.stamp.same(since) {
			return got, nil
		}
	case http.StatusRequestedRangeNotSatisfiable:
	default:
		response.Body.Close()
		return nil, newStatusError(response)
	}
	response.Body.Close()
	if offset == 0 {
		return nil, newStatusError(response)
	}
	return w.open(ctx, 0, stamp{}) // it cannot give the rest of what there is here
}

// unchanged asks for the content unless it is the same, and does not read it.
func (w *web) unchanged(ctx context.Context, since stamp) (bool, error) {
	if !since.tells() {
		return false, nil
	}
	header := http.Header{}
	if since.ETag != "" {
		header.Set("If-None-Match", since.ETag)
	} else {
		header.Set("If-Modified-Since", since.LastModified.UTC().Format(http.TimeFormat))
	}
	response, err := w.get(ctx, header)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusNotModified:
		return true, nil
	case http.StatusOK:
		return stampFrom(response).surely(since), nil
	default:
		return false, newStatusError(response)
	}
}

// resume asks for the rest, but only of what the beginning is from.
func resume(offset int64, since stamp) http.Header {
	header := http.Header{}
	if offset == 0 {
		return header
	}
	header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	switch {
	case since.ETag != "" && !strings.HasPrefix(since.ETag, "W/"): // a weak one may not be used here
		header.Set("If-Range", since.ETag)
	case !since.LastModified.IsZero():
		header.Set("If-Range", since.LastModified.UTC().Format(http.TimeFormat))
	}
	return header
}

func (w *web) get(ctx context.Context, header http.Header) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url.String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Header = header
	header.Set("User-Agent", w.agent)
	header.Set("Accept-Encoding", "identity")
	if w.authorise != nil {
		if err := w.authorise(request); err != nil {
			return nil, err
		}
	}
	return w.client.Do(request)
}

func stampFrom(response *http.Response) stamp {
	modified, err := http.ParseTime(response.Header.Get("Last-Modified"))
	if err != nil {
		modified = time.Time{}
	}
	return stamp{ETag: response.Header.Get("ETag"), LastModified: modified.UTC(), Size: response.ContentLength}
}

// partOf reads Content-Range into got, and reports whether the part begins where it is wanted.
func partOf(response *http.Response, offset int64, got *content) bool {
	given, found := strings.CutPrefix(response.Header.Get("Content-Range"), "bytes ")
	span, total, ok := strings.Cut(given, "/")
	first, _, dash := strings.Cut(span, "-")
	from, err := strconv.ParseInt(first, 10, 64)
	if !found || !ok || !dash || err != nil || from != offset {
		return false
	}
	got.from = from
	if got.stamp.Size, err = strconv.ParseInt(total, 10, 64); err != nil || got.stamp.Size < from {
		got.stamp.Size = -1
	}
	return true
}
