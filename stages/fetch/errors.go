package fetch

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/stages"
)

// fetchError is what a user reads of a failure: no part of it is secret.
type fetchError struct {
	source  string
	problem string
	hint    string
	err     error
}

func (e *fetchError) Error() string { return "fetch " + e.source + ": " + e.problem }

// Hint says what to do about it.
func (e *fetchError) Hint() string { return e.hint }

// Unwrap gives the causes to compare with, and [stages.ErrSurroundings] if another try may succeed.
func (e *fetchError) Unwrap() []error {
	if temporary(e.err) {
		return []error{e.err, stages.ErrSurroundings}
	}
	return []error{e.err}
}

// urlError says what is wrong with a URL, without repeating it.
type urlError struct{ problem, hint string }

func (e *urlError) Error() string { return e.problem }
func (e *urlError) Hint() string  { return e.hint }

func invalid(problem, hint string) error { return &urlError{problem, hint} }

// statusError is an answer that is no content.
type statusError struct {
	code int
	wait time.Duration // that the server asks for
}

func (e *statusError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("the server answers %d %s", e.code, http.StatusText(e.code)))
}

func newStatusError(response *http.Response) error {
	e := &statusError{code: response.StatusCode}
	after := response.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(after); err == nil && seconds > 0 {
		e.wait = time.Duration(min(seconds, 1<<20)) * time.Second
	} else if at, err := http.ParseTime(after); err == nil {
		e.wait = max(time.Until(at), 0)
	}
	return e
}

// askedToWait is how long the server wants to be left alone.
func askedToWait(err error) time.Duration {
	if status, ok := errors.AsType[*statusError](err); ok {
		return status.wait
	}
	return 0
}

// statusOf returns the HTTP status that an error is about, also one of a cloud's library; 0 if there is none.
func statusOf(err error) int {
	var aws interface{ HTTPStatusCode() int }
	if status, ok := errors.AsType[*statusError](err); ok {
		return status.code
	}
	if azure, ok := errors.AsType[*azcore.ResponseError](err); ok {
		return azure.StatusCode
	}
	if errors.As(err, &aws) {
		return aws.HTTPStatusCode()
	}
	return 0
}

// temporary reports whether another try may succeed.
func temporary(err error) bool {
	switch code := statusOf(err); {
	case final(err):
		return false
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests:
		return true
	case code == http.StatusPreconditionFailed: // the object changed between two requests
		return true
	case code == http.StatusNotImplemented, code == http.StatusHTTPVersionNotSupported:
		return false
	case code != 0:
		return code >= 500
	default: // a connection that broke, in one of its many ways
		return true
	}
}

// final reports whether an error has nothing to do with the network's moods.
func final(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return dns.IsNotFound
	}
	for _, one := range []error{
		errAnswer, errMetadata, errDowngrade, errRedirects, errElsewhere,
		stages.ErrChecksum, fs.ErrNotExist, fs.ErrPermission, syscall.EISDIR,
	} {
		if errors.Is(err, one) {
			return true
		}
	}
	return is[*diskError](err) || is[*urlError](err) || is[*fs.PathError](err) || is[*objects.IrregularError](err) ||
		certificate(err) || noCredentials(err) || noRegion(err) || badRedirect(err) || is[tls.RecordHeaderError](err)
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func certificate(err error) bool {
	return is[*tls.CertificateVerificationError](err) || is[x509.UnknownAuthorityError](err) ||
		is[x509.HostnameError](err) || is[x509.CertificateInvalidError](err)
}

// noCredentials knows the clouds' libraries by what they say: they have no types for it.
func noCredentials(err error) bool {
	text := err.Error()
	return is[*credentialsError](err) || strings.Contains(text, "get credentials") ||
		strings.Contains(text, "DefaultAzureCredential") || strings.Contains(text, "AccountName is required") || strings.Contains(text, "shared config profile")
}

func noRegion(err error) bool {
	return strings.Contains(err.Error(), "Missing Region") || strings.Contains(err.Error(), "Invalid region")
}

func badRedirect(err error) bool { return strings.Contains(err.Error(), "Location header") }
