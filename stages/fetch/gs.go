package fetch

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
)

const readOnly = "https://www.googleapis.com/auth/devstorage.read_only"

// openGS reads an object through the XML API of Google Cloud Storage, which is
// plain HTTP with a bearer token. The driver of gocloud.dev does the same, and
// brings gRPC with it, which would be a third of muster.
func (f *Fetcher) openGS(ctx context.Context, loc location) (source, error) {
	base := url.URL{Scheme: "https", Host: "storage.googleapis.com"}
	emulator := os.Getenv("STORAGE_EMULATOR_HOST") // as Google's own libraries have it
	if emulator != "" {
		base.Scheme, base.Host = "http", emulator
		if u, err := url.Parse(emulator); err == nil && u.Host != "" {
			base.Scheme, base.Host = u.Scheme, u.Host
		}
	}
	base.Path = "/" + loc.bucket + "/" + loc.key
	base.RawPath = "/" + url.PathEscape(loc.bucket) + "/" + escapeSegments(loc.key)
	gs := &web{client: f.client, agent: f.agent, url: &base}
	if emulator != "" || take(loc.url.Query(), "anonymous") {
		return gs, nil
	}
	// Without credentials there is still what everybody may read.
	credentials, err := google.FindDefaultCredentials(ctx, readOnly)
	if err == nil {
		gs.authorise = func(r *http.Request) error { return bearer(r, credentials.TokenSource) }
	}
	return gs, nil
}

// credentialsError says that there are credentials, which do not work.
type credentialsError struct{ err error }

func (e *credentialsError) Error() string { return e.err.Error() }
func (e *credentialsError) Unwrap() error { return e.err }

func bearer(request *http.Request, tokens oauth2.TokenSource) error {
	token, err := tokens.Token()
	if err != nil {
		return &credentialsError{fmt.Errorf("get token: %w", err)}
	}
	token.SetAuthHeader(request)
	return nil
}

func escapeSegments(key string) string {
	segments := strings.Split(key, "/")
	for i, segment := range segments {
		segments[i] = url.PathEscape(segment)
	}
	return strings.Join(segments, "/")
}
