package web

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/objects"
)

// The bounds of what is kept.
const (
	maxEntries = 64
	maxEntry   = 1 << 20
)

// cache asks again for what it has by its ETag, which GitHub does not count against the
// limit ("Best practices for using the REST API"). Nothing is taken unasked: a second look
// must see what changed. Each entry is sealed with a key made of the token, because a
// stage of a change may be able to write into the folder: one that was forged, or that
// another token saw, is not there. That is also why no library of the kind serves.
type cache struct {
	next http.RoundTripper
	dir  string
	key  []byte
}

// entry is an answer in a file.
type entry struct {
	URL    string      `json:"url"`
	Accept string      `json:"accept"`
	ETag   string      `json:"etag"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

func (c *cache) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method != http.MethodGet || request.Header.Get("Range") != "" {
		return c.next.RoundTrip(request)
	}
	kept, known := c.read(request)
	if known {
		request = request.Clone(request.Context())
		request.Header.Set("If-None-Match", kept.ETag)
	}
	response, err := c.next.RoundTrip(request)
	switch {
	case err != nil:
		return nil, err
	case known && response.StatusCode == http.StatusNotModified:
		return kept.answer(response), nil
	case response.StatusCode == http.StatusOK && response.Header.Get("Etag") != "":
		return c.keep(request, response)
	}
	return response, nil
}

// answer is what was kept, with the new answer's headers over the old, such as limits.
func (e entry) answer(fresh *http.Response) *http.Response {
	header := e.Header.Clone()
	maps.Copy(header, fresh.Header)
	header.Del("Content-Encoding")
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: fresh.Proto, ProtoMajor: fresh.ProtoMajor, ProtoMinor: fresh.ProtoMinor,
		Header: header, Body: io.NopCloser(bytes.NewReader(e.Body)), ContentLength: int64(len(e.Body)), Request: fresh.Request,
	}
}

// keep writes the answer down, if it is short. What cannot be written is not kept.
func (c *cache) keep(request *http.Request, response *http.Response) (*http.Response, error) {
	body, err := io.ReadAll(response.Body) // in memory already
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) > maxEntry {
		return response, nil
	}
	data, err := json.Marshal(entry{
		URL: request.URL.String(), Accept: request.Header.Get("Accept"), ETag: response.Header.Get("Etag"), Header: response.Header, Body: body,
	})
	if err == nil && os.MkdirAll(c.dir, 0o700) == nil {
		_ = objects.WriteFile(c.path(request), append(c.seal(data), data...), 0o600)
		c.prune()
	}
	return response, nil
}

// read finds the answer to the same request, if it is sealed.
func (c *cache) read(request *http.Request) (entry, bool) {
	var kept entry
	file, err := os.Open(c.path(request))
	if err != nil {
		return kept, false
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, 4*maxEntry))
	if err != nil || len(data) < sha256.Size || !hmac.Equal(data[:sha256.Size], c.seal(data[sha256.Size:])) {
		return kept, false
	}
	err = json.Unmarshal(data[sha256.Size:], &kept)
	same := kept.URL == request.URL.String() && kept.Accept == request.Header.Get("Accept")
	return kept, err == nil && same
}

func (c *cache) seal(data []byte) []byte {
	seal := hmac.New(sha256.New, c.key)
	seal.Write(data)
	return seal.Sum(nil)
}

func (c *cache) path(request *http.Request) string {
	name := c.seal([]byte(request.URL.String() + "\n" + request.Header.Get("Accept")))
	return filepath.Join(c.dir, hex.EncodeToString(name[:16])+".answer")
}

// prune leaves the newest entries.
func (c *cache) prune() {
	paths, err := filepath.Glob(filepath.Join(c.dir, "*.answer"))
	if err != nil || len(paths) <= maxEntries {
		return
	}
	written := map[string]time.Time{}
	for _, path := range paths {
		if info, err := os.Lstat(path); err == nil {
			written[path] = info.ModTime()
		}
	}
	slices.SortFunc(paths, func(a, b string) int { return written[b].Compare(written[a]) })
	for _, path := range paths[maxEntries:] {
		_ = os.Remove(path)
	}
}

// key is made of the credentials, so that nobody without them can seal an entry.
func key(base *url.URL, auth http.Header) []byte {
	lines := []string{"muster answers", base.String()}
	for _, name := range slices.Sorted(maps.Keys(auth)) {
		lines = append(lines, name, strings.Join(auth[name], "\n"))
	}
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return sum[:]
}
