package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// explain says what went wrong so that a person can do something about it.
func explain(ctx context.Context, loc location, err error) error {
	if already, ok := errors.AsType[*fetchError](err); ok {
		return already
	}
	if ctx.Err() != nil {
		return fmt.Errorf("fetch %s: %w", loc.show(), context.Cause(ctx))
	}
	problem, hint := describe(loc, err)
	return &fetchError{source: loc.show(), problem: problem, hint: hint, err: err}
}

func describe(loc location, err error) (problem, hint string) {
	code := statusOf(err)
	if wrong, ok := errors.AsType[*urlError](err); ok {
		return wrong.problem, wrong.hint
	}
	switch {
	case is[*diskError](err):
		return describeDisk(err)
	case is[*checksumError](err):
		return describeChecksum(err)
	case code == http.StatusUnauthorized, code == http.StatusForbidden, noCredentials(err):
		return describeDenied(loc, err)
	case code == http.StatusProxyAuthRequired:
		return "the proxy denies access", "HTTPS_PROXY and HTTP_PROXY name it; they may hold user and password, http://USER:PASSWORD@HOST"
	case code == http.StatusNotFound, code == http.StatusGone, errors.Is(err, fs.ErrNotExist):
		return "not found", "check the URL" + whereFiles(loc)
	case code != 0:
		return describeStatus(code, err)
	case loc.scheme == "file":
		return describeFile(err)
	default:
		return describeNetwork(err)
	}
}

func describeDisk(err error) (problem, hint string) {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return "no space left: " + innermost(err), "make room on the disk of .muster; the download then goes on from where it is"
	}
	return clean(err.Error()), "check who owns .muster, and that its disk is well"
}

func describeChecksum(err error) (problem, hint string) {
	hint = "nothing was kept. If the source rightly has another content now, write that sha256 into muster.yaml; if not, do not use it"
	if wrong, ok := errors.AsType[*checksumError](err); ok && wrong.page {
		hint = "what came is a web page, perhaps a login or an error: open the URL in a browser. " + hint
	}
	return clean(err.Error()), hint
}

func whereFiles(loc location) string {
	if loc.scheme == "file" {
		return "; a name that does not begin with / is looked for in the project's folder"
	}
	return ""
}

func describeDenied(loc location, err error) (problem, hint string) {
	problem = "access denied"
	if code := statusOf(err); code != 0 {
		problem = fmt.Sprintf("access denied (%d)", code)
	} else if noCredentials(err) {
		problem = "no credentials that work"
	}
	switch loc.scheme {
	case "s3":
		return problem, "muster looks for AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, AWS_PROFILE and ~/.aws, AWS_ROLE_ARN with AWS_WEB_IDENTITY_TOKEN_FILE, and the machine's role; " +
			"add ?anonymous=true for a public bucket. S3 also denies what is not there to those who may not list the bucket"
	case "gs":
		return problem, "muster looks for GOOGLE_APPLICATION_CREDENTIALS, what gcloud auth application-default login left, and the machine's service account; " +
			"add ?anonymous=true for a public bucket"
	case "azblob":
		return problem, "muster looks for AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, AZURE_STORAGE_CONNECTION_STRING, " +
			"AZURE_TENANT_ID with AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, az login, and the machine's identity; use the https:// URL of a public container"
	default:
		return problem, "muster sends what the URL holds (USER:PASSWORD@, a signature) and nothing else; a signature may have expired"
	}
}

func describeStatus(code int, err error) (problem, hint string) {
	problem = strings.TrimSpace(fmt.Sprintf("the server answers %d %s", code, http.StatusText(code)))
	switch {
	case code == http.StatusMovedPermanently || code == http.StatusTemporaryRedirect:
		hint = "the bucket may be in another region: add ?region=NAME"
	case askedToWait(err) > maxWait:
		hint = fmt.Sprintf("it asks to be left alone for %s; run again then", askedToWait(err).Round(time.Second))
	case code >= 500 || code == http.StatusTooManyRequests:
		hint = "muster has tried several times; run again later, and it goes on from where it is"
	default:
		hint = "check the URL"
	}
	return problem, hint
}

func describeFile(err error) (problem, hint string) {
	switch {
	case errors.Is(err, errElsewhere):
		return clean(err.Error()), "name the file itself, by its absolute path if it is not part of the project"
	case errors.Is(err, fs.ErrPermission):
		return "access denied", "check who owns the file"
	case errors.Is(err, errChanged):
		return errChanged.Error(), "run again once nobody writes to the file"
	default:
		return clean(err.Error()), "name a regular file"
	}
}

func describeNetwork(err error) (problem, hint string) {
	later := "check the network, and HTTPS_PROXY and NO_PROXY if there is a proxy; run again, and it goes on from where it is"
	dns, noHost := errors.AsType[*net.DNSError](err)
	switch {
	case noHost && dns.IsNotFound:
		return "there is no host " + dns.Name, "check the URL, and whether this machine's network knows that name"
	case noHost:
		return "the name of host " + dns.Name + " cannot be looked up", later
	case certificate(err):
		return "the server's certificate is not to be trusted: " + innermost(err), "if a proxy or a server of your own has it, set SSL_CERT_FILE to its authority's certificate"
	case is[tls.RecordHeaderError](err):
		return "the server does not speak TLS", "the URL may have to begin with http://"
	case errors.Is(err, errDowngrade), errors.Is(err, errRedirects), errors.Is(err, errMetadata):
		return innermost(err), "name the place that has the file"
	case badRedirect(err):
		return "the server redirects to what is no URL", "name the place that has the file"
	case noRegion(err):
		return "the bucket's region is not known", "add ?region=NAME to the URL, or set AWS_REGION"
	case errors.Is(err, errStalled), errors.Is(err, errChanged), is[*shortError](err):
		return innermost(err), later
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return "the connection broke", later
	default:
		return innermost(err), later
	}
}

// innermost returns what lies in a wrapped error, where libraries repeat the request around it.
func innermost(err error) string {
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err
	}
	if outer, ok := errors.AsType[*diskError](err); ok {
		err = outer.err
	}
	return clean(err.Error())
}
