package cli

import (
	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/gitlab"
	"github.com/muster-ci/muster/internal/web"
)

// hostOf speaks to the host that the event names, with the job's token. What keeps it
// from doing so is no reason not to decide: it is said when there is something to tell.
func (a *app) hostOf(event actions.Event) (actions.Host, error) {
	manners := web.Options{Agent: "muster/" + ownVersion(), Log: a.log}
	switch event.Host {
	case actions.GitLab:
		host, err := gitlab.FromEnv(a.env, gitlab.Options{Web: manners})
		if err != nil {
			return nil, err
		}
		return host, nil
	default:
		return nil, actions.ErrNoToken
	}
}
