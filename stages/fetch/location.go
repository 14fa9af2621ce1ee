package fetch

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// location is a URL that has been read.
type location struct {
	scheme string
	url    *url.URL // nil for files
	file   string   // of files
	bucket string   // of s3, gs and azblob
	key    string
}

// maxURL is longer than any URL that a server takes.
const maxURL = 16 << 10

// parameters are what a bucket's URL may say, by scheme. Where else the caller's
// credentials may go is not for a file in a repository to say, so azblob has no
// domain, and gs no endpoint.
func parameters(scheme string) []string {
	switch scheme {
	case "s3":
		return []string{
			"region", "endpoint", "profile", "anonymous", "use_path_style", "s3ForcePathStyle",
			"disable_https", "accelerate", "dualstack", "fips", "hostname_immutable",
		}
	case "gs":
		return []string{"anonymous"}
	default:
		return []string{"storage_account"}
	}
}

// parse reads a URL. Its errors name no part of it that may be secret.
func parse(text string) (location, error) {
	if len(text) > maxURL || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return location{}, invalid("the URL is too long, or has characters that no URL has", "")
	}
	scheme, rest, found := strings.Cut(text, ":")
	if scheme = strings.ToLower(scheme); !found {
		return location{}, invalid("the URL has no scheme", schemesHint)
	}
	switch scheme {
	case "file":
		return parseFile(rest)
	case "http", "https", "s3", "gs", "azblob":
	default:
		return location{}, invalid("the URL's scheme is none that muster can fetch from", schemesHint)
	}
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.Host == "" || strings.ContainsAny(u.Host, " \\") {
		return location{}, invalid(fmt.Sprintf("this is no %s URL", scheme), "write it as "+example(scheme)+", with other characters percent-encoded")
	}
	u.Scheme = scheme
	if scheme == "http" || scheme == "https" {
		u.Fragment, u.RawFragment = "", ""
		return location{scheme: scheme, url: u}, nil
	}
	return parseBucket(u)
}

const schemesHint = "it can be https://…, http://…, file:…, s3://BUCKET/KEY, gs://BUCKET/KEY or azblob://CONTAINER/KEY"

func example(scheme string) string {
	if scheme == "http" || scheme == "https" {
		return scheme + "://example.org/data.csv"
	}
	return scheme + "://BUCKET/KEY"
}

// parseFile reads what stands after file:, a path with percent-encoding.
func parseFile(rest string) (location, error) {
	rest, authority := strings.CutPrefix(rest, "//")
	if authority && !strings.HasPrefix(rest, "/") {
		return location{}, invalid("a file: URL names no host", "write file:data/x.csv for a file of the project, file:///data/x.csv for one elsewhere")
	}
	name, err := url.PathUnescape(rest)
	if err != nil {
		return location{}, invalid("the file: URL has a % that begins no escape", "write %25 for a % in a name")
	}
	if name == "" || strings.HasSuffix(name, "/") || strings.ContainsRune(name, 0) || !utf8.ValidString(name) {
		return location{}, invalid("the file: URL names no file", "write file:data/x.csv")
	}
	name = filepath.FromSlash(name)
	if !filepath.IsAbs(name) && !filepath.IsLocal(name) {
		return location{}, invalid("the file: URL leads out of the project's folder", "name the file by its absolute path, or put it into the project")
	}
	return location{scheme: "file", file: filepath.Clean(name)}, nil
}

func parseBucket(u *url.URL) (location, error) {
	loc := location{scheme: u.Scheme, url: u, bucket: u.Host, key: strings.TrimPrefix(u.Path, "/")}
	query, err := url.ParseQuery(u.RawQuery)
	switch {
	case u.User != nil:
		return location{}, invalid("a bucket's URL holds no credentials", "muster takes them from the environment, see docs/fetch.md")
	case u.Fragment != "" || err != nil:
		return location{}, invalid("the bucket's URL has a # or ? that is not its own", "write %23 for a # in a key, %3F for a ?")
	case loc.key == "" || u.Port() != "":
		return location{}, invalid("the bucket's URL names no object", "write it as "+example(u.Scheme))
	}
	if bad := strayParameter(u.Scheme, query); bad != "" {
		return location{}, invalid(fmt.Sprintf("a %s URL has no parameter %q", u.Scheme, bad), "it may have: "+strings.Join(parameters(u.Scheme), ", "))
	}
	if err := checkKey(u.Scheme, loc.key); err != nil {
		return location{}, err
	}
	return loc, errors.Join(checkFlags(query), checkEndpoint(query.Get("endpoint")))
}

// strayParameter returns the first parameter that a scheme does not have.
func strayParameter(scheme string, query url.Values) string {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(parameters(scheme), name) || len(query[name]) != 1 {
			return name
		}
	}
	return ""
}

// checkFlags checks what is not text.
func checkFlags(query url.Values) error {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if slices.Contains([]string{"region", "endpoint", "profile", "storage_account"}, name) {
			continue
		}
		if _, err := strconv.ParseBool(query.Get(name)); err != nil {
			return invalid(name+" is neither true nor false", "write "+name+"=true")
		}
	}
	return nil
}

// checkKey refuses the keys that gocloud.dev would write otherwise than they are.
func checkKey(scheme, key string) error {
	odd := strings.Contains(key, "../") || !utf8.ValidString(key) || strings.ContainsFunc(key, unicode.IsControl)
	if scheme == "azblob" {
		odd = odd || strings.ContainsAny(key, `"#%?\`) || strings.HasSuffix(key, "/")
	}
	if odd {
		return invalid("the object's key has characters that cannot be fetched", "copy the object to a plain name")
	}
	return nil
}

// checkEndpoint refuses an endpoint that is no server's address.
func checkEndpoint(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil || u.RawQuery != "" {
		return invalid("the endpoint is no server's URL", "write endpoint=https://HOST[:PORT], and no credentials in it")
	}
	return nil
}

// id names the source in file names. A signature that is made anew for each
// download is not part of what it is.
func (l location) id() string {
	text := l.scheme + ":" + l.file
	if l.url != nil {
		u := *l.url
		u.User, u.RawQuery = nil, unsigned(l.url.Query()).Encode()
		text = u.String()
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
