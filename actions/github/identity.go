package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	api "github.com/google/go-github/v60/github"

	"github.com/muster-ci/muster/internal/web"
)

// viewerQuery asks whom a token belongs to. It is the one way that works for the job's
// own token too, which GET /user refuses.
const viewerQuery = `query { viewer { login } }`

// self is the login of the token's own user: "github-actions[bot]" for the job's token. It
// is never guessed: what another account wrote is not muster's, whatever it says.
func (h *Host) self(ctx context.Context) (string, error) {
	h.asked.Lock()
	defer h.asked.Unlock()
	if h.login != "" {
		return h.login, nil
	}
	login, err := h.o.Login, error(nil)
	if login == "" {
		login, err = h.askSelf(ctx)
	}
	if err != nil {
		return "", h.failed("ask whom the token belongs to", "metadata: read", err)
	}
	h.login = login
	return login, nil
}

func (h *Host) askSelf(ctx context.Context) (string, error) {
	if !h.o.Gitea {
		var data struct {
			Viewer struct{ Login string }
		}
		err := h.query(ctx, viewerQuery, nil, &data)
		if err == nil && data.Viewer.Login != "" {
			return data.Viewer.Login, nil
		}
		if err != nil && !unsupported(err) {
			return "", err
		}
	}
	request, err := h.request(http.MethodGet, "user", nil)
	if err != nil {
		return "", err
	}
	user := &api.User{}
	if _, err = h.do(ctx, request, user); err == nil && user.GetLogin() == "" {
		err = errors.New("the answer names nobody")
	}
	return user.GetLogin(), err
}

// own reports whether the token's user wrote something.
func own(user *api.User, login string) bool {
	return login != "" && strings.EqualFold(user.GetLogin(), login)
}

// queryError is an answer of GraphQL that has no data, or not all.
type queryError struct{ messages []string }

func (e *queryError) Error() string { return strings.Join(e.messages, "; ") }

// unsupported reports whether GraphQL is not there for this token, so that REST may do.
func unsupported(err error) bool {
	if _, ok := errors.AsType[*queryError](err); ok {
		return true
	}
	switch status(err) {
	case http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusGone, http.StatusNotImplemented:
		return !limited(err)
	}
	return false
}

// query sends a GraphQL query, which reads only, and takes nothing of an answer with errors.
func (h *Host) query(ctx context.Context, query string, variables map[string]any, data any) error {
	body := map[string]any{"query": query, "variables": variables}
	request, err := h.request(http.MethodPost, h.o.GraphQL, body)
	if err != nil {
		return err
	}
	answer := struct {
		Data   any `json:"data"`
		Errors []struct {
			Message string `json:"message"`
		} `json:"errors"`
	}{Data: data}
	if _, err := h.do(web.Query(ctx), request, &answer); err != nil {
		return err
	}
	if len(answer.Errors) == 0 {
		return nil
	}
	failed := &queryError{}
	for _, e := range answer.Errors {
		failed.messages = append(failed.messages, e.Message)
	}
	return fmt.Errorf("ask GraphQL: %w", failed)
}
