package github

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	api "github.com/google/go-github/v60/github"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/web"
)

// failure is a request that came to nothing.
type failure struct {
	doing string
	err   error
	hint  string
}

func (f *failure) Error() string { return f.doing + ": " + f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// Hint says what to do about it.
func (f *failure) Hint() string { return f.hint }

// answer is what the forge said, with an error to compare with, if there is one.
type answer struct {
	is   error
	text string
}

func (a *answer) Error() string { return a.text }
func (a *answer) Unwrap() error { return a.is }

// failed says what went wrong: what was tried, what the forge says, and what to do. Need is
// the permission of a workflow's job that the request takes.
func (h *Host) failed(doing, need string, err error) error {
	if err == nil {
		return nil
	}
	if told, ok := errors.AsType[*failure](err); ok {
		return told
	}
	code := status(err)
	hint, is := h.meaning(code, need, err)
	text := h.o.Web.Mask(said(err))
	switch {
	case code == 0:
		return &failure{doing: doing, err: fmt.Errorf("%w", err), hint: hint}
	case is != nil:
		text = fmt.Sprintf("%v (%d: %s)", is, code, text)
	default:
		text = fmt.Sprintf("the forge answers %d: %s", code, text)
	}
	return &failure{doing: doing, err: &answer{is: is, text: text}, hint: hint}
}

// locked is how forges word that a conversation takes no comment; "blocked" is another matter.
var locked = regexp.MustCompile(`(?i)\blocked\b`)

// meaning maps an answer to a hint, and to the contract's errors.
func (h *Host) meaning(code int, need string, err error) (hint string, is error) {
	switch {
	case limited(err):
		return "the forge limits how often it is asked: " + again(err), nil
	case code == http.StatusUnauthorized:
		return "the token is wrong, or has expired: a job's own token ends with the job", actions.ErrForbidden
	case code == http.StatusForbidden && locked.MatchString(said(err)):
		return "unlock the conversation, or let the check say it", actions.ErrLocked
	case code == http.StatusForbidden:
		return fmt.Sprintf("give the job \"permissions: {%s}\", or set MUSTER_TOKEN to a token that may; the job of a fork's change only reads", need), actions.ErrForbidden
	case code == http.StatusNotFound:
		return "a forge also says so to a token that may not look at " + h.o.Repository + " (" + need + ")", actions.ErrNotFound
	case code == http.StatusGone:
		return "the repository has turned that off, in its settings", actions.ErrNotFound
	case code == http.StatusConflict, code == http.StatusUnprocessableEntity:
		return "something changed meanwhile, or the forge does not take what was sent: run the job again", nil
	case code >= http.StatusInternalServerError:
		return "the forge is in trouble: see its status page, and run the job again", nil
	}
	return "see that " + h.o.API + " can be reached from the job (HTTPS_PROXY, MUSTER_CA_FILE)", nil
}

// again says when a limit ends.
func again(err error) string {
	if limit, ok := errors.AsType[*api.RateLimitError](err); ok && !limit.Rate.Reset.IsZero() {
		return "run the job again after " + limit.Rate.Reset.UTC().Format(time.TimeOnly) + " UTC"
	}
	if until := web.Until(response(err)); !until.IsZero() {
		return "run the job again after " + until.UTC().Format(time.TimeOnly) + " UTC"
	}
	return "run the job again later"
}

// limited reports whether too much was asked. go-github also says so without asking.
func limited(err error) bool {
	if _, ok := errors.AsType[*api.RateLimitError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*api.AbuseRateLimitError](err); ok {
		return true
	}
	return web.Limited(response(err))
}

// forbidden reports whether the token may not do it.
func forbidden(err error) bool { return status(err) == http.StatusForbidden && !limited(err) }

// response is what the forge answered; nil if it did not.
func response(err error) *http.Response {
	if e, ok := errors.AsType[*api.ErrorResponse](err); ok {
		return e.Response
	}
	if e, ok := errors.AsType[*api.RateLimitError](err); ok {
		return e.Response
	}
	if e, ok := errors.AsType[*api.AbuseRateLimitError](err); ok {
		return e.Response
	}
	return nil
}

// status is the answer's; 0 if there was none.
func status(err error) int {
	if r := response(err); r != nil {
		return r.StatusCode
	}
	return 0
}

// maxSaid is how much of the forge's own words is repeated.
const maxSaid = 300

// said is what the forge said, in one line.
func said(err error) string {
	text := err.Error()
	if e, ok := errors.AsType[*api.ErrorResponse](err); ok {
		text = e.Message
		for _, detail := range e.Errors {
			text += "; " + strings.TrimSpace(detail.Field+" "+detail.Message)
		}
	}
	if e, ok := errors.AsType[*api.RateLimitError](err); ok {
		text = e.Message
	}
	if e, ok := errors.AsType[*api.AbuseRateLimitError](err); ok {
		text = e.Message
	}
	return actions.Shorten(strings.Join(strings.Fields(text), " "), maxSaid)
}
