package gitlab

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	api "github.com/xanzy/go-gitlab"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/web"
)

// maxDescription is how long a status's description may be ("Set the pipeline status of a
// commit", https://docs.gitlab.com/api/commits/).
const maxDescription = 255

// Mark gives a commit a status. In the job's own pipeline it counts for "Pipelines must
// succeed" like a job: failed blocks, and so does pending. The commit's status is answered
// in the external status check too, if one is named. Running it twice changes nothing.
func (h *Host) Mark(ctx context.Context, mark actions.Mark) (actions.Marked, error) {
	doing := "set the commit's status"
	if !isCommit(mark.Commit) {
		return actions.Marked{}, fmt.Errorf("%s: %q is no commit", doing, mark.Commit)
	}
	if err := h.needsUser(doing, roleDeveloper); err != nil {
		return actions.Marked{}, err
	}
	err := h.status(ctx, doing, mark)
	if h.o.StatusCheck != 0 && h.o.Number != 0 {
		err = errors.Join(err, h.check(ctx, mark))
	}
	return actions.Marked{By: "status", URL: mark.URL}, err
}

// words are GitLab's for a state, in a status and in a check. It has none that says
// nothing, and neutral is not to block; what it does not know is a failure.
func words(state actions.State) (status api.BuildStateValue, check string) {
	switch state {
	case actions.Success, actions.Neutral:
		return api.Success, "passed"
	case actions.Pending:
		return api.Pending, "pending"
	default:
		return api.Failed, "failed"
	}
}

// status sets it unless it stands: GitLab refuses to make pending what is pending, and else adds another.
func (h *Host) status(ctx context.Context, doing string, mark actions.Mark) error {
	state, _ := words(mark.State)
	description, commit := actions.Shorten(mark.Title, maxDescription), mark.Commit
	o := &api.SetCommitStatusOptions{State: state, Name: &mark.Name, Description: &description}
	if mark.URL != "" {
		o.TargetURL = &mark.URL
	}
	if p := h.o.Pipeline; p.ID != 0 && (p.Head == mark.Commit || p.Commit == mark.Commit) {
		commit, o.PipelineID = p.Commit, &p.ID
	}
	stands, err := h.stands(ctx, doing, commit, o)
	if err != nil || stands {
		return err
	}
	_, resp, err := h.client.setStatus(h.o.Pipeline.Project, commit, o, api.WithContext(web.Repeatable(ctx)))
	if err == nil {
		return nil
	}
	// Of a request that was sent again, the first may have come through.
	refused := resp != nil && (resp.StatusCode == http.StatusBadRequest || resp.StatusCode == http.StatusConflict)
	if !refused {
		return h.failed(doing, roleDeveloper, resp, err)
	}
	if stands, again := h.stands(ctx, doing, commit, o); again == nil && stands {
		return nil
	}
	return h.failed(doing, roleDeveloper, resp, err)
}

// stands reports whether the newest status of that name is this one already.
func (h *Host) stands(ctx context.Context, doing, commit string, want *api.SetCommitStatusOptions) (bool, error) {
	o := &api.GetCommitStatusesOptions{ListOptions: api.ListOptions{PerPage: pageSize}, Name: want.Name}
	list, resp, err := h.client.statuses(h.o.Pipeline.Project, commit, o, api.WithContext(ctx))
	if err != nil {
		return false, h.failed(doing, roleDeveloper, resp, err)
	}
	var newest *api.CommitStatus
	for _, status := range list {
		if status.Name != *want.Name || want.PipelineID != nil && status.PipelineId != *want.PipelineID {
			continue
		}
		if newest == nil || status.ID > newest.ID {
			newest = status
		}
	}
	if newest == nil || newest.Status != string(want.State) {
		return false, nil
	}
	url := ""
	if want.TargetURL != nil {
		url = *want.TargetURL
	}
	// A pending one cannot be made pending anew, whatever it says.
	return want.State == api.Pending || newest.Description == *want.Description && newest.TargetURL == url, nil
}

// check answers an external status check ("Set status of an external status check",
// https://docs.gitlab.com/api/status_checks/).
func (h *Host) check(ctx context.Context, mark actions.Mark) error {
	_, status := words(mark.State)
	o := &api.SetExternalStatusCheckStatusOptions{SHA: &mark.Commit, ExternalStatusCheckID: &h.o.StatusCheck, Status: &status}
	resp, err := h.client.answerCheck(h.o.Project, h.o.Number, o, api.WithContext(web.Repeatable(ctx)))
	if err != nil {
		return h.failed(fmt.Sprintf("answer the external status check %d", h.o.StatusCheck), roleDeveloper, resp, err)
	}
	return nil
}
