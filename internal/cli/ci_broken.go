package cli

import (
	"context"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/result"
)

// ciBroken ends a job whose pipeline cannot be read. Who looks at a change request looks
// at its host: there it is said as well, by a mark that is a failure and a comment.
func (a *app) ciBroken(ctx context.Context, event actions.Event, flags ciFlags, cause error) error {
	if event.Host == "" || event.Host == actions.Plain || event.Scope != result.ScopeChange || isA[*usageError](cause) {
		return cause
	}
	registryPath, _ := a.env("MUSTER_REGISTRY")
	project, base, err := flow.OpenBroken(ctx, a.file, registryPath, event.Base)
	if err != nil || project == nil {
		return cause
	}
	settings, err := flags.settings(flow.CISettings(project, base))
	if err != nil {
		return err
	}
	host, noHost := a.hostOf(event, settings.Check, "")
	outcome := flow.CI{
		Project: project, Event: event, Base: base, Version: ownVersion(), Settings: settings, Host: host, NoHost: noHost, DryRun: flags.dryRun,
	}.Broken(ctx, cause)
	return a.ciDone(ctx, project, outcome, ciEnd{event, settings, flags})
}
