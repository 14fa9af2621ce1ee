package mlflow

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"
)

// The error codes of MLflow that matter here.
const (
	codeMissing = "RESOURCE_DOES_NOT_EXIST"
	codeExists  = "RESOURCE_ALREADY_EXISTS"
	codeInvalid = "INVALID_PARAMETER_VALUE"
)

// Error says what the server, or the way to it, had against a request.
type Error struct {
	Message string
	// Code is MLflow's own, such as INVALID_PARAMETER_VALUE, if it gave one.
	Code string

	hint  string
	cause error
	// unknown says that the server does not have what was asked for at all.
	unknown bool
}

func (e *Error) Error() string { return e.Message }

// Unwrap returns what lies below.
func (e *Error) Unwrap() error { return e.cause }

// Hint says what to do.
func (e *Error) Hint() string { return e.hint }

func hasCode(err error, code string) bool {
	wrong, ok := errors.AsType[*Error](err)
	return ok && wrong.Code == code
}

// unreachable says that no answer came.
func (c *Client) unreachable(err error) error {
	// What the client adds is the whole address with its query, which the message has already.
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	hint := "see that the server is up and that this machine can reach it"
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		hint = "name the authority's certificate in MLFLOW_TRACKING_SERVER_CERT_PATH"
	}
	what := err.Error()
	if errors.Is(err, context.DeadlineExceeded) {
		what = "it takes too long"
	}
	return &Error{Message: fmt.Sprintf("the MLflow server at %s does not answer: %s", c.base, what), hint: hint, cause: err}
}

// refused makes an error of an answer that is no success.
func (c *Client) refused(endpoint string, response *http.Response, body []byte) error {
	var said struct {
		Code    string `json:"error_code"`
		Message string `json:"message"`
	}
	known := json.Unmarshal(body, &said) == nil && said.Code != "" // else it is a proxy's page
	out := &Error{Code: said.Code, Message: fmt.Sprintf("the MLflow server at %s refuses %s: %s", c.base, endpoint, response.Status)}
	if known {
		out.Message += ", " + oneLine(said.Message)
	}
	out.unknown = !known && (response.StatusCode == http.StatusNotFound || response.StatusCode == http.StatusMethodNotAllowed || response.StatusCode == http.StatusNotImplemented)
	switch status := response.StatusCode; {
	case status >= 300 && status < 400:
		out.Message = fmt.Sprintf("the MLflow server at %s sends elsewhere: %s", c.base, oneLine(redacted(response.Header.Get("Location"))))
		out.hint = "write that address into muster.yaml, without /api and what follows"
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		out.hint = "set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
	case status == http.StatusNotFound && !known:
		out.hint = "does the address lead to an MLflow server?"
	case status >= http.StatusInternalServerError:
		out.hint = "look into the server's log"
	}
	return out
}

// oneLine makes text of a server harmless in a message.
func oneLine(text string) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "?"), func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	const longest = 300
	if runes := []rune(text); len(runes) > longest {
		text = string(runes[:longest]) + "…"
	}
	return text
}
