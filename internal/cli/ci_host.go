package cli

import (
	"fmt"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/github"
	"github.com/muster-ci/muster/actions/gitlab"
	"github.com/muster-ci/muster/internal/web"
)

// hostOf speaks to the host that the event names, with the job's token; mark is what
// marks a commit, answers the folder for what is only asked for again if it changed (empty
// for none). What keeps it from doing so is no reason not to decide: it is said
// when there is something to tell.
func (a *app) hostOf(event actions.Event, mark, answers string) (actions.Host, error) {
	manners := web.Options{Agent: "muster/" + ownVersion(), Log: a.log, Cache: answers}
	switch event.Host {
	case actions.GitHub, actions.Gitea:
		if mark == "off" {
			mark = "auto"
		}
		return asHost(github.FromEnv(a.env, github.Options{Mark: mark, Web: manners}))
	case actions.GitLab:
		return asHost(gitlab.FromEnv(a.env, gitlab.Options{Web: manners}))
	default:
		return nil, fmt.Errorf("muster does not speak to host %s", event.Host)
	}
}

// asHost keeps a nil of a type from being taken for a host.
func asHost[H actions.Host](host H, err error) (actions.Host, error) {
	if err != nil {
		return nil, err
	}
	return host, nil
}
