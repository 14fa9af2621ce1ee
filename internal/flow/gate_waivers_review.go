package flow

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/result"
)

// Reviews are the approvals of a change, which may hold waivers.
type Reviews struct {
	// Host is nil where nobody can be asked; Unavailable says why.
	Host        approvals
	Unavailable error
	Event       actions.Event
}

// approvals is what is asked of a host.
type approvals interface {
	Change(ctx context.Context, number int) (actions.Change, error)
	Brought(ctx context.Context, commit string) (int, error)
	Approvals(ctx context.Context, number int) ([]actions.Approval, error)
}

// uncounted says why no approval counts.
type uncounted struct{ why string }

func (e *uncounted) Error() string { return e.why }

// judgeReviewed looks whether the code's owners let pass what the gate denies, and
// judges again if so. The host is asked only then, and what it does not say waives
// nothing. Nobody can vouch for what nobody knows: an undecided gate stays so.
func (g Gate) judgeReviewed(ctx context.Context, t *trial, decision result.Decision) (result.Decision, error) {
	if g.Reviews == nil || decision.Verdict != result.Deny || t.closed || t.bootstrap || t.reviewed {
		return decision, nil
	}
	t.reviewed = true
	asked, err := g.reviewed(ctx, t)
	if ctx.Err() != nil {
		return decision, ctx.Err()
	}
	if reason, ok := errors.AsType[*uncounted](err); ok {
		t.note("waiver-uncounted", "no approving review was counted as a waiver: %s", reason.why)
	} else if err != nil {
		t.note("waiver-uncounted", "whether an approving review waives this is not known, so none does: %v", err)
	}
	if len(asked) == 0 && err == nil && !t.remarked("waiver-uncounted") {
		return decision, nil
	}
	t.waivers = append(t.waivers, asked...)
	if err := g.tellTime(ctx, t); err != nil {
		return decision, err
	}
	return g.judge(ctx, t)
}

// remarked reports whether there is a problem of the code.
func (t *trial) remarked(code string) bool {
	for _, problem := range t.problems {
		if problem.Code == code {
			return true
		}
	}
	return false
}

// reviewed finds the waivers of the approvals that count. It is empty without an error
// where no code owner can have waived anything: the base has not switched it on, or
// there is no change request.
func (g Gate) reviewed(ctx context.Context, t *trial) ([]result.Waiver, error) {
	base, err := g.reviewBase(ctx)
	if base == nil || err != nil || !base.Config.CI.Waivers { // the base says whether it may be, and nobody else
		return nil, err
	}
	if g.Reviews.Host == nil {
		return nil, fmt.Errorf("the host was not asked: %w", g.Reviews.Unavailable)
	}
	change, err := g.reviewedChange(ctx, base)
	if err != nil || change.Number == 0 {
		return nil, err
	}
	given, err := g.Reviews.Host.Approvals(ctx, change.Number)
	if err != nil {
		return nil, fmt.Errorf("read the approvals of change %d: %w", change.Number, err)
	}
	var out []result.Waiver
	authors := sync.OnceValues(func() ([]string, error) { return g.authors(ctx, change.Head) })
	for _, approval := range given {
		waivers, wrong := config.WaiversInReview(approval.Body, approval.At)
		if len(waivers)+len(wrong) == 0 {
			continue // somebody who has no wish
		}
		why, err := g.doesNotCount(ctx, base, change, approval, authors)
		switch {
		case err != nil:
			return nil, err
		case why != "":
			t.note("waiver-uncounted", "the waiver of @%s in review does not count: %s (%s)", approval.By, why, approval.URL)
			continue
		}
		for _, mistake := range wrong {
			t.note("waiver-uncounted", "a waiver of @%s in review is not understood: %s (%s)", approval.By, mistake, approval.URL)
		}
		for _, w := range waivers {
			out = append(out, result.Waiver{
				Finding: w.Finding, Metric: w.Metric, Slice: w.Slice, Reason: w.Reason, Owner: "@" + approval.By, Expires: w.Expires, Review: approval.URL,
			})
		}
	}
	return out, nil
}

// reviewBase is what the change went into: the base of a change request, or what the
// default branch was before the push. It is nil if there is neither.
func (g Gate) reviewBase(ctx context.Context) (*Base, error) {
	event := g.Reviews.Event
	if g.Base != nil {
		if event.Number == 0 || !g.Base.gated() {
			return nil, nil
		}
		return g.Base, nil
	}
	if !event.DefaultBranch || event.Trigger != result.TriggerDefaultBranch || event.Before == "" {
		return nil, nil
	}
	p := g.Project
	before := loadBase(ctx, p.Dir, p.File, p.called, actions.Base{Commit: event.Before, Branch: event.Branch})
	switch {
	case before.Commit != event.Before:
		return nil, &uncounted{fmt.Sprintf("the clone does not have %.7s, which the branch named before: fetch it (actions/checkout with fetch-depth: 0)", event.Before)}
	case !before.gated():
		return nil, nil
	}
	return before, nil
}

// reviewedChange asks the host for the change request, and makes sure that what it has
// is what is judged here.
func (g Gate) reviewedChange(ctx context.Context, base *Base) (actions.Change, error) {
	event := g.Reviews.Event
	number := event.Number
	if g.Base == nil {
		var err error
		if number, err = g.Reviews.Host.Brought(ctx, event.Commit); err != nil {
			return actions.Change{}, fmt.Errorf("find what brought %.7s: %w", event.Commit, err)
		}
	}
	if number == 0 {
		return actions.Change{}, nil // somebody pushed it: nobody was asked
	}
	change, err := g.Reviews.Host.Change(ctx, number)
	if err != nil {
		return actions.Change{}, fmt.Errorf("read change %d: %w", number, err)
	}
	change.Number = number
	switch {
	case change.Head == "" || change.Author == "":
		return change, &uncounted{"the host does not say what its last commit is, and who opened it"}
	case base.Name != "" && change.Base != base.Name:
		return change, &uncounted{fmt.Sprintf("the change goes into %s now, and was judged by %s", change.Base, base.Name)}
	case g.Base == nil || event.Queue: // merged, or about to be: what was approved last is in it
		return change, nil
	case event.Head != change.Head:
		return change, &uncounted{fmt.Sprintf("the change has a newer commit, %.7s, than %.7s, which is judged here", change.Head, event.Head)}
	}
	return change, g.checkedOut(ctx, event)
}

// checkedOut makes sure that the commit that was approved is the one that lies here,
// alone or merged with the base.
func (g Gate) checkedOut(ctx context.Context, event actions.Event) error {
	repo, err := git.Open(ctx, g.Project.Dir)
	if err != nil {
		return err
	}
	head := repo.Head(ctx)
	if head == event.Head {
		return nil
	}
	parents, err := repo.Parents(ctx, head)
	if err != nil {
		return err
	}
	if head == event.Commit && len(parents) == 2 && slices.Contains(parents, event.Head) {
		return nil
	}
	return &uncounted{fmt.Sprintf("%.7s is checked out, which is neither the change's last commit %.7s nor its merge", head, event.Head)}
}

// doesNotCount says why an approval waives nothing; it is empty if it may. What was
// approved must be the very commit, by an owner of what the gate is made of, who did
// not write the change.
func (g Gate) doesNotCount(ctx context.Context, base *Base, change actions.Change, approval actions.Approval, authors func() ([]string, error)) (string, error) {
	wrote, err := authors()
	if err != nil {
		return "", err
	}
	switch {
	case approval.By == "" || approval.At.IsZero():
		return "the host does not say by whom it is, or of when", nil
	case strings.EqualFold(approval.By, change.Author):
		return "nobody waives anything of a change that they opened", nil
	case slices.ContainsFunc(wrote, func(name string) bool { return strings.EqualFold(name, approval.By) }):
		return "nobody waives anything of a change whose last commit is theirs", nil
	case approval.EditedBy != "":
		return fmt.Sprintf("its text was changed by @%s: approve again", approval.EditedBy), nil
	case approval.Commit != change.Head:
		return fmt.Sprintf("it is of commit %.7s, and the change is at %.7s: approve it again", approval.Commit, change.Head), nil
	case approval.At.After(time.Now().Add(time.Hour)):
		return "it is of a time to come", nil
	}
	owners, err := readCodeOwners(ctx, base.repo, base.Commit, g.Reviews.Event.Host)
	if err != nil {
		return "", fmt.Errorf("find the code owners: %w", err)
	}
	for _, file := range base.judging() {
		names, err := owners.of(file)
		switch {
		case err != nil:
			return "", err
		case len(names) == 0:
			return fmt.Sprintf("%s names no owner of %s", owners.place, file), nil
		case !vouches(approval, names):
			return fmt.Sprintf("%s is owned by %s, says %s", file, strings.Join(names, ", "), owners.place), nil
		}
	}
	return "", nil
}

// authors are who wrote the change's last commit, if the host tells.
func (g Gate) authors(ctx context.Context, commit string) ([]string, error) {
	host, ok := g.Reviews.Host.(actions.Authors)
	if !ok {
		return nil, nil
	}
	return host.Authors(ctx, commit)
}

// judging are the files whose owners may say what passes: the configuration, and the
// waivers. They are named from the top of the repository.
func (b *Base) judging() []string {
	files := []string{b.own}
	if waivers := b.Config.Gate.Waivers; waivers != "" {
		files = append(files, path.Join(b.dir(), waivers))
	}
	return files
}

// reviews are the approvals that may waive something of what the job decides; nil if
// that is off.
func (c CI) reviews() *Reviews {
	if !c.Settings.Waivers {
		return nil
	}
	reviews := &Reviews{Unavailable: c.NoHost, Event: c.Event}
	if c.Host != nil {
		reviews.Host = c.Host
	}
	return reviews
}
