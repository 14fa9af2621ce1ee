package flow

import (
	"context"
	"errors"
	"fmt"

	"github.com/muster-ci/muster/internal/git"
)

// onlyTip takes out of the plan what only the job of the branch's last commit may say:
// an old one that runs again neither opens nor closes the issue, and leaves the badge
// alone. It returns what is to be said of that.
func (c CI) onlyTip(ctx context.Context, plan *Plan) (did, missing []string) {
	speaks := plan.Publication.Alert != nil && plan.Withheld == "" && plan.Unable == ""
	if !speaks && plan.History == nil {
		return nil, nil
	}
	now, err := c.tip(ctx)
	if err == nil && now == c.Event.Head {
		return nil, nil
	}
	if plan.History != nil {
		overtaken := *plan.History
		overtaken.Overtaken = true
		plan.History = &overtaken
	}
	switch alert := plan.Publication.Alert; {
	case !speaks:
	case err == nil:
		plan.Publication.Alert = nil
		did = []string{fmt.Sprintf("issue left alone, since %s is at %.7s by now and this job ran %.7s", c.Event.Branch, now, c.Event.Head)}
	case !alert.Open: // to close it is to say that the branch is well
		plan.Publication.Alert = nil
		missing = []string{fmt.Sprintf("issue: nobody knows whether %.7s is still the last commit of %s: %v", c.Event.Head, c.Event.Branch, firstLine(err.Error()))}
	}
	return did, missing
}

// tip is the last commit of the job's branch, where the job's clone comes from. Of a
// branch that is not there, none is newer than the job's own.
func (c CI) tip(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, remoteTime)
	defer cancel()
	repo, err := git.Open(ctx, c.Project.Dir)
	if err != nil {
		return "", err
	}
	commit, err := repo.Tip(ctx, "origin", c.Event.Branch)
	if errors.Is(err, git.ErrNoCommit) {
		return c.Event.Head, nil
	}
	return commit, err
}
