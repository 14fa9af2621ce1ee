// Package gitlab is GitLab as muster speaks to it: the merge request, muster's own
// note in it, a commit's status, approvals and issues, by the REST API, version 4
// (https://docs.gitlab.com/api/rest/). It is the one place that knows go-gitlab.
package gitlab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	api "github.com/xanzy/go-gitlab"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/web"
)

// Options say which GitLab, which project and as whom.
type Options struct {
	// API is the address of the API: "https://gitlab.example.com/api/v4".
	API string
	// Project is the one that changes go into, as an ID or a path.
	Project string
	Token   Token
	// Web are the manners of the network. Base and Auth are set from the above.
	Web web.Options
	// Pipeline is the one that the job belongs to; without it a status makes one of its own.
	Pipeline Pipeline
	// Pages is the address of the project on the web, and Main its default branch.
	Pages, Main string
	// Number is the merge request that the job runs for, and StatusCheck the ID of an
	// external status check of the project (Ultimate) that is answered with each mark; 0 is none.
	Number, StatusCheck int
}

// Token is what a request is made with.
type Token struct {
	Value string
	// From is the variable that it came from.
	From string
	// Job says that it is a job's own, CI_JOB_TOKEN: that one can read the merge request and
	// its notes and nothing more, see "Job token access" in GitLab's documentation
	// (https://docs.gitlab.com/ci/jobs/ci_job_token/).
	Job bool
}

// Pipeline is what a job belongs to.
type Pipeline struct {
	ID      int
	Project string
	// Commit is what it runs for: where GitLab merges a change with its target before the
	// pipeline runs, that merge, and Head is the change's own last commit.
	Commit, Head string
}

// Host is a project on a GitLab instance.
type Host struct {
	client calls
	web    *web.Client
	o      Options

	asked sync.Mutex
	self  int // the ID of the token's own user; 0 if it was not asked for yet
}

var (
	_ actions.Host    = (*Host)(nil)
	_ actions.Counter = (*Host)(nil)
)

// New makes a host. It sends nothing.
func New(o Options) (*Host, error) {
	if o.Token.Value == "" {
		return nil, fmt.Errorf("open GitLab: %w", actions.ErrNoToken)
	}
	if strings.Contains(o.API, "@") { // it is named in errors
		return nil, errors.New("open GitLab: the API's address has credentials in it: leave them out")
	}
	base, err := url.Parse(o.API)
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, fmt.Errorf("open GitLab: %q is no address of an API", o.API)
	}
	if o.Pipeline.Project == "" {
		o.Pipeline.Project = o.Project
	}
	connect, header := api.NewClient, "Private-Token" //nolint:staticcheck // it is the library that muster was asked to use, and stays in this folder
	if o.Token.Job {
		connect, header = api.NewJobClient, "Job-Token" //nolint:staticcheck // it is the library that muster was asked to use, and stays in this folder
	}
	o.Web.Base, o.Web.Auth = base.String(), http.Header{header: {o.Token.Value}}
	network, err := web.New(o.Web)
	if err != nil {
		return nil, fmt.Errorf("open GitLab: %w", err)
	}
	// Requests are repeated, held back and given the token by the client of all hosts.
	client, err := connect("", api.WithBaseURL(o.API), api.WithHTTPClient(network.HTTP()), api.WithoutRetries(), api.WithCustomLimiter(unlimited{}))
	if err != nil {
		return nil, fmt.Errorf("open GitLab: %w", err)
	}
	return &Host{client: callsOf(client), web: network, o: o}, nil
}

// Count is how many requests were sent, repeated ones too.
func (h *Host) Count() (reads, writes int) { return h.web.Count() }

// unlimited lets requests go at once: go-gitlab would hold back the first dozen for a second.
type unlimited struct{}

func (unlimited) Wait(ctx context.Context) error { return ctx.Err() }

// user is the ID of the token's own user. A project's token belongs to a bot of its own.
func (h *Host) user(ctx context.Context) (int, error) {
	h.asked.Lock()
	defer h.asked.Unlock()
	if h.self != 0 {
		return h.self, nil
	}
	if err := h.needsUser("read who muster writes as", roleReporter); err != nil {
		return 0, err
	}
	user, resp, err := h.client.currentUser(api.WithContext(ctx))
	if err != nil {
		return 0, h.failed("read who muster writes as", roleReporter, resp, err)
	}
	if user.ID == 0 {
		return 0, errors.New("read who muster writes as: the answer names no user")
	}
	h.self = user.ID
	return h.self, nil
}

// isCommit reports whether text is a full commit hash: nothing else goes into an address.
func isCommit(text string) bool {
	for _, r := range text {
		if (r < '0' || r > '9') && (r < 'a' || r > 'f') {
			return false
		}
	}
	return len(text) == 40 || len(text) == 64
}

// number reads a whole number above 0; anything else is 0, which is none.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
