package gitlab

import (
	"maps"
	"net/http"
	"net/url"

	api "github.com/xanzy/go-gitlab"
)

// calls are the requests that muster sends, without the type of the client that sends
// them: whatever reflection might find of that, a client for all of GitLab's API, would
// be in the binary (2 MB).
type calls struct {
	// get reads an answer into a type of the caller's own.
	get func(path string, query url.Values, into any, options ...api.RequestOptionFunc) (*api.Response, error)

	currentUser func(...api.RequestOptionFunc) (*api.User, *api.Response, error)

	mergeRequest    func(project any, number int, o *api.GetMergeRequestsOptions, options ...api.RequestOptionFunc) (*api.MergeRequest, *api.Response, error)
	mergeRequestsOf func(project any, commit string, options ...api.RequestOptionFunc) ([]*api.MergeRequest, *api.Response, error)
	versions        func(project any, number int, o *api.GetMergeRequestDiffVersionsOptions, options ...api.RequestOptionFunc) ([]*api.MergeRequestDiffVersion, *api.Response, error)
	approvals       func(project any, number int, options ...api.RequestOptionFunc) (*api.MergeRequestApprovals, *api.Response, error)
	approvalState   func(project any, number int, options ...api.RequestOptionFunc) (*api.MergeRequestApprovalState, *api.Response, error)

	listNotes  func(project any, number int, o *api.ListMergeRequestNotesOptions, options ...api.RequestOptionFunc) ([]*api.Note, *api.Response, error)
	createNote func(project any, number int, o *api.CreateMergeRequestNoteOptions, options ...api.RequestOptionFunc) (*api.Note, *api.Response, error)
	updateNote func(project any, number, note int, o *api.UpdateMergeRequestNoteOptions, options ...api.RequestOptionFunc) (*api.Note, *api.Response, error)
	deleteNote func(project any, number, note int, options ...api.RequestOptionFunc) (*api.Response, error)

	statuses    func(project any, commit string, o *api.GetCommitStatusesOptions, options ...api.RequestOptionFunc) ([]*api.CommitStatus, *api.Response, error)
	setStatus   func(project any, commit string, o *api.SetCommitStatusOptions, options ...api.RequestOptionFunc) (*api.CommitStatus, *api.Response, error)
	answerCheck func(project any, number int, o *api.SetExternalStatusCheckStatusOptions, options ...api.RequestOptionFunc) (*api.Response, error)

	listIssues  func(project any, o *api.ListProjectIssuesOptions, options ...api.RequestOptionFunc) ([]*api.Issue, *api.Response, error)
	createIssue func(project any, o *api.CreateIssueOptions, options ...api.RequestOptionFunc) (*api.Issue, *api.Response, error)
	updateIssue func(project any, issue int, o *api.UpdateIssueOptions, options ...api.RequestOptionFunc) (*api.Issue, *api.Response, error)
}

func callsOf(c *api.Client) calls { //nolint:staticcheck // it is the library that muster was asked to use, and stays in this folder
	return calls{
		get: func(path string, query url.Values, into any, options ...api.RequestOptionFunc) (*api.Response, error) {
			request, err := c.NewRequest(http.MethodGet, path, struct{ Values values }{values(query)}, options)
			if err != nil {
				return nil, err
			}
			return c.Do(request, into)
		},
		currentUser:     c.Users.CurrentUser,
		mergeRequest:    c.MergeRequests.GetMergeRequest,
		mergeRequestsOf: c.Commits.ListMergeRequestsByCommit,
		versions:        c.MergeRequests.GetMergeRequestDiffVersions,
		approvals:       c.MergeRequestApprovals.GetConfiguration,
		approvalState:   c.MergeRequestApprovals.GetApprovalState,
		listNotes:       c.Notes.ListMergeRequestNotes,
		createNote:      c.Notes.CreateMergeRequestNote,
		updateNote:      c.Notes.UpdateMergeRequestNote,
		deleteNote:      c.Notes.DeleteMergeRequestNote,
		statuses:        c.Commits.GetCommitStatuses,
		setStatus:       c.Commits.SetCommitStatus,
		answerCheck:     c.ExternalStatusChecks.SetExternalStatusCheckStatus,
		listIssues:      c.Issues.ListProjectIssues,
		createIssue:     c.Issues.CreateIssue,
		updateIssue:     c.Issues.UpdateIssue,
	}
}

// values are parameters of a request, in the form that go-gitlab takes them: go-querystring
// asks a type how it is encoded.
type values url.Values

// EncodeValues adds them to those of the request.
func (v values) EncodeValues(_ string, to *url.Values) error {
	maps.Copy(*to, v)
	return nil
}
