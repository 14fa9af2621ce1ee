package gitlab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	api "github.com/xanzy/go-gitlab"

	"github.com/muster-ci/muster/actions"
)

// Approvals are those that stand on the merge request (https://docs.gitlab.com/api/merge_request_approvals/).
//
// GitLab does not say which commit was approved, nor why: the commit is the newest
// version of the merge request that was there when GitLab itself noted the approval,
// and the body is what the approver has written since that version came. Where that
// cannot be known, the commit stays empty. The author's own approval is left out,
// though a project may count it.
func (h *Host) Approvals(ctx context.Context, number int) ([]actions.Approval, error) {
	doing := fmt.Sprintf("read the approvals of !%d", number)
	if err := h.needsUser(doing, roleReporter); err != nil {
		return nil, err
	}
	state, resp, err := h.client.approvals(h.o.Project, number, api.WithContext(ctx))
	if err != nil {
		return nil, h.failed(doing, roleReporter, resp, err)
	}
	if len(state.ApprovedBy) == 0 {
		return nil, nil
	}
	request, err := h.request(ctx, number)
	if err != nil {
		return nil, err
	}
	groups, err := h.groups(ctx, number, doing)
	if err != nil {
		return nil, err
	}
	versions, resp, err := h.client.versions(h.o.Project, number, &api.GetMergeRequestDiffVersionsOptions{PerPage: pageSize}, api.WithContext(ctx))
	if err != nil {
		return nil, h.failed(doing, roleReporter, resp, err)
	}
	var list []actions.Approval
	byID := map[int]*approver{}
	for _, by := range state.ApprovedBy {
		if by.User == nil || request.Author == nil || by.User.ID == request.Author.ID {
			continue
		}
		byID[by.User.ID] = &approver{}
	}
	if err := h.read(ctx, number, byID); err != nil {
		return nil, err
	}
	for _, by := range state.ApprovedBy {
		if by.User == nil || byID[by.User.ID] == nil {
			continue
		}
		approval := byID[by.User.ID].approval(versions)
		approval.By, approval.Among, approval.URL = by.User.Username, groups[by.User.ID], request.WebURL
		list = append(list, approval)
	}
	slices.SortStableFunc(list, func(a, b actions.Approval) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.By, b.By)) })
	return list, nil
}

// groups are those of the code owners' rules that a user approved for, a list for each
// rule. GitLab has rules for what the change touches only, so that somebody who owns
// something else in it is not taken for an owner of all. A rule that names the user too,
// or a group that this token does not see, says nothing of groups. Without GitLab
// Premium there are no rules.
func (h *Host) groups(ctx context.Context, number int, doing string) (map[int][][]string, error) {
	state, resp, err := h.client.approvalState(h.o.Project, number, api.WithContext(ctx))
	if err != nil {
		if err = h.failed(doing, roleReporter, resp, err); errors.Is(err, actions.ErrNotFound) || errors.Is(err, actions.ErrForbidden) {
			return nil, nil
		}
		return nil, err
	}
	groups := map[int][][]string{}
	for _, rule := range state.Rules {
		if rule.RuleType != "code_owner" || rule.ContainsHiddenGroups || len(rule.Groups) == 0 {
			continue
		}
		var names []string
		for _, group := range rule.Groups {
			names = append(names, "@"+group.FullPath)
		}
		for _, by := range rule.ApprovedBy {
			if !slices.ContainsFunc(rule.Users, func(named *api.BasicUser) bool { return named.ID == by.ID }) {
				groups[by.ID] = append(groups[by.ID], names)
			}
		}
	}
	return groups, nil
}

// approver is what one of them wrote.
type approver struct {
	at    time.Time // when GitLab noted the approval
	notes []*api.Note
}

// maxNotes is how far back notes are read: older ones are about versions long gone.
const maxNotes = 10 * pageSize

// read finds the notes of the approvers, the newest first. What an approver wrote in a
// note can be edited by maintainers; what GitLab noted cannot.
func (h *Host) read(ctx context.Context, number int, byID map[int]*approver) error {
	seen := 0
	for note, err := range h.notes(ctx, number, "desc") {
		if err != nil {
			return err
		}
		if seen++; seen > maxNotes {
			return nil
		}
		by := byID[note.Author.ID]
		if by == nil || note.CreatedAt == nil {
			continue
		}
		if !note.System {
			by.notes = append(by.notes, note)
		} else if by.at.IsZero() && note.Body == "approved this merge request" {
			by.at = *note.CreatedAt
		}
	}
	return nil
}

// approval joins the approval with the version that it is of and the notes since then.
func (a *approver) approval(versions []*api.MergeRequestDiffVersion) actions.Approval {
	approval := actions.Approval{At: a.at}
	var since time.Time
	for _, v := range versions {
		if v.CreatedAt != nil && !v.CreatedAt.After(a.at) && v.CreatedAt.After(since) {
			since, approval.Commit = *v.CreatedAt, v.HeadCommitSHA
		}
	}
	if approval.Commit == "" {
		return approval
	}
	var said []string
	for _, note := range slices.Backward(a.notes) {
		if !note.CreatedAt.Before(since) {
			said = append(said, note.Body)
		}
	}
	approval.Body = strings.Join(said, "\n\n")
	return approval
}
