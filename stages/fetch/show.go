package fetch

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// hidden stands for what is not shown.
const hidden = "…"

// show returns the source as errors and records may name it.
func (l location) show() string {
	if l.url == nil {
		return "file:" + l.file
	}
	return showURL(l.url)
}

// record returns the source as records may name it. Where show hides a part that
// tells one file from another, a fingerprint stands for it.
func (l location) record() string {
	if l.scheme == "http" || l.scheme == "https" {
		for name, values := range unsigned(l.url.Query()) {
			if !harmless(l.scheme, name, values[0]) {
				return l.show() + "#" + l.id()[:8]
			}
		}
	}
	return l.show()
}

// showURL leaves out who asks, and all values of the query but those that are
// known to hold no secret: of the others, one cannot tell.
func showURL(u *url.URL) string {
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	text := shown.String()
	if u.RawQuery == "" {
		return text
	}
	var parts []string
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, value, given := strings.Cut(pair, "=")
		switch {
		case !given: // a token may stand without a name
			parts = append(parts, hidden)
		case harmless(u.Scheme, name, value):
			parts = append(parts, pair)
		default:
			parts = append(parts, name+"="+hidden)
		}
	}
	return text + "?" + strings.Join(parts, "&")
}

var plainValue = regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}$`)

func harmless(scheme, name, value string) bool {
	if scheme != "http" && scheme != "https" { // these were checked when the URL was read
		return slices.Contains(parameters(scheme), name)
	}
	return plainValue.MatchString(value) &&
		slices.Contains([]string{"download", "dl", "raw", "format", "version", "revision", "rev", "ref", "file", "filename", "alt"}, name)
}

// unsigned leaves out the parameters of a signed URL.
func unsigned(query url.Values) url.Values {
	azure := query.Has("sig")
	for name := range query {
		lower := strings.ToLower(name)
		signed := strings.HasPrefix(lower, "x-amz-") || strings.HasPrefix(lower, "x-goog-")
		if azure { // the parts of a shared access signature
			signed = signed || slices.Contains([]string{"sig", "se", "st", "sp", "sv", "sr", "spr", "sip", "skoid", "sktid", "skt", "ske", "sks", "skv"}, lower)
		}
		if signed || slices.Contains([]string{"signature", "expires", "awsaccesskeyid", "googleaccessid", "key-pair-id", "policy", "token", "access_token"}, lower) {
			query.Del(name)
		}
	}
	return query
}

// anyURL finds URLs within the messages of libraries, which repeat what they were given.
var anyURL = regexp.MustCompile(`[a-zA-Z][a-zA-Z0-9+.-]*://[^\s"'<>]+`)

// clean returns a library's message with every URL in it shown as showURL does.
func clean(message string) string {
	return anyURL.ReplaceAllStringFunc(message, func(text string) string {
		u, err := url.Parse(text)
		if err != nil {
			return hidden
		}
		return showURL(u)
	})
}
