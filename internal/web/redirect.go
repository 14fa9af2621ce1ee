package web

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const maxRedirects = 5

var (
	errDowngrade = errors.New("the server redirects from https to something else")
	errRedirects = errors.New("the server redirects too often")
)

// redirect follows a moved repository. Credentials stay with the host that they were
// for, also those that net/http does not know; a write is not turned into a read.
func redirect(next *http.Request, via []*http.Request) error {
	next.Header.Del("Referer")
	first := via[0]
	switch {
	case next.Method != first.Method:
		return http.ErrUseLastResponse
	case next.URL.Scheme != "https" && next.URL.Scheme != first.URL.Scheme:
		return errDowngrade
	case len(via) >= maxRedirects:
		return errRedirects
	case !sameHost(next.URL, first.URL):
		for _, name := range []string{"Authorization", "Private-Token", "Job-Token", "Cookie"} {
			next.Header.Del(name)
		}
	}
	return nil
}

func sameHost(a, b *url.URL) bool { return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host) }

// discreet keeps secrets out of errors: whatever lies below, a proxy's answer for
// instance, no text of an error has them.
type discreet struct {
	next    http.RoundTripper
	secrets []string
}

func (d *discreet) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := d.next.RoundTrip(request)
	if err != nil {
		err = &masked{err: err, text: mask(err.Error(), d.secrets)}
	}
	return response, err
}

type masked struct {
	err  error
	text string
}

func (m *masked) Error() string { return m.text }
func (m *masked) Unwrap() error { return m.err }

// secrets are the words of credentials that are no name of a scheme.
func secrets(auth http.Header) []string {
	var words []string
	for _, values := range auth {
		for _, value := range values {
			if fields := strings.Fields(value); len(fields) > 0 {
				words = append(words, fields[len(fields)-1])
			}
		}
	}
	return words
}

func mask(text string, secrets []string) string {
	for _, secret := range secrets {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return text
}

// Mask hides the credentials in a text that came from elsewhere, such as a host's message.
func (o Options) Mask(text string) string { return mask(text, secrets(o.Auth)) }

func setAll(header, more http.Header) {
	for _, name := range slices.Sorted(maps.Keys(more)) {
		header[http.CanonicalHeaderKey(name)] = more[name]
	}
}
