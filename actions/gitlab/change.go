package gitlab

import (
	"context"
	"fmt"

	api "github.com/xanzy/go-gitlab"

	"github.com/muster-ci/muster/actions"
)

// Change reads a merge request (https://docs.gitlab.com/api/merge_requests/, "Get single MR").
// A job's own token suffices. It does not ask for the files: they are in the clone.
func (h *Host) Change(ctx context.Context, number int) (actions.Change, error) {
	request, err := h.request(ctx, number)
	if err != nil {
		return actions.Change{}, err
	}
	change := actions.Change{
		Number: request.IID, Head: request.SHA, Base: request.TargetBranch,
		// While it is being merged it is "locked".
		Open: request.State == "opened" || request.State == "locked",
		Fork: request.SourceProjectID != request.TargetProjectID,
	}
	if request.Author != nil {
		change.Author = request.Author.Username
	}
	return change, nil
}

func (h *Host) request(ctx context.Context, number int) (*api.MergeRequest, error) {
	doing := fmt.Sprintf("read merge request !%d", number)
	request, resp, err := h.client.mergeRequest(h.o.Project, number, nil, api.WithContext(ctx))
	if err != nil {
		return nil, h.failed(doing, roleReporter, resp, err)
	}
	if request.IID != number {
		return nil, fmt.Errorf("%s: the answer is about !%d", doing, request.IID)
	}
	return request, nil
}

// Brought finds the merge request that brought a commit to the default branch
// (https://docs.gitlab.com/api/commits/, "List merge requests associated with a commit").
// A job's own token suffices.
func (h *Host) Brought(ctx context.Context, commit string) (int, error) {
	doing := "read which merge request brought the commit"
	if !isCommit(commit) {
		return 0, fmt.Errorf("%s: %q is no commit", doing, commit)
	}
	list, resp, err := h.client.mergeRequestsOf(h.o.Project, commit, api.WithContext(ctx))
	if err != nil {
		return 0, h.failed(doing, roleReporter, resp, err)
	}
	found := 0
	for _, request := range list {
		if request.State != "merged" || h.o.Main != "" && request.TargetBranch != h.o.Main {
			continue
		}
		if request.MergeCommitSHA == commit || request.SquashCommitSHA == commit || request.SHA == commit {
			return request.IID, nil
		}
		found = max(found, request.IID) // one commit of several, fast-forwarded
	}
	return found, nil
}
