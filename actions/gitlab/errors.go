package gitlab

import (
	"errors"
	"fmt"
	"net/http"

	api "github.com/xanzy/go-gitlab"

	"github.com/muster-ci/muster/actions"
)

// role is the least that a token must be for something, in words for a hint.
type role string

const (
	roleReporter  role = "scope api, role Reporter"
	roleDeveloper role = "scope api, role Developer"
)

// tokenError is a request that the token does not carry.
type tokenError struct {
	doing string
	err   error
	hint  string
}

func (e *tokenError) Error() string { return e.doing + ": " + e.err.Error() }
func (e *tokenError) Unwrap() error { return e.err }

// Hint says which token would do.
func (e *tokenError) Hint() string { return e.hint }

// needsUser refuses at once what a job's own token may not do in any case.
func (h *Host) needsUser(doing string, least role) error {
	if !h.o.Token.Job {
		return nil
	}
	return &tokenError{
		doing: doing, err: fmt.Errorf("%w: a job's own token (CI_JOB_TOKEN) only reads", actions.ErrForbidden),
		hint: "set the CI/CD variable MUSTER_TOKEN (masked) to a project access token: " + string(least),
	}
}

// failed says what an answer means: what was tried, what went wrong, which token would do.
func (h *Host) failed(doing string, least role, resp *api.Response, err error) error {
	if errors.Is(err, api.ErrNotFound) {
		return &tokenError{
			doing: doing, err: fmt.Errorf("%w (404)", actions.ErrNotFound),
			hint: "GitLab also says so where a token may not look: project " + h.o.Project + ", " + h.o.Token.From + " with " + string(least),
		}
	}
	status := 0
	if resp != nil && resp.Response != nil {
		status = resp.StatusCode
	}
	switch status {
	case http.StatusUnauthorized:
		return &tokenError{
			doing: doing, err: fmt.Errorf("%w: GitLab does not know it (401)", actions.ErrForbidden),
			hint: "the token in " + h.o.Token.From + " is wrong, has expired or was revoked: make a new project access token (" + string(least) + ")",
		}
	case http.StatusForbidden:
		return &tokenError{
			doing: doing, err: fmt.Errorf("%w (403): %s", actions.ErrForbidden, h.said(err)),
			hint: "the token in " + h.o.Token.From + " needs: " + string(least),
		}
	}
	if answer, ok := errors.AsType[*api.ErrorResponse](err); ok {
		return fmt.Errorf("%s: GitLab answers %d: %s", doing, answer.Response.StatusCode, h.said(err))
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// maxSaid is how much of an answer's own words is repeated.
const maxSaid = 300

// said is what GitLab said, without the address, and without the token that it may repeat.
func (h *Host) said(err error) string {
	text := err.Error()
	if answer, ok := errors.AsType[*api.ErrorResponse](err); ok {
		text = answer.Message
	}
	return actions.Shorten(h.o.Web.Mask(text), maxSaid)
}
