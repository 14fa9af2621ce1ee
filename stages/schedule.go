package stages

import (
	"context"
	"sync"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// scheduler decides when each stage of a plan has its turn. It runs in one
// goroutine; only the stages run in others.
type scheduler struct {
	*session
	plan      *Plan
	machine   claim
	free      claim
	outcomes  map[string]result.Stage
	pending   []config.Stage // in the order of the plan
	running   int
	ended     chan ending
	began     chan string     // a stage that was not restored, and is executed now
	executing map[string]bool // those
	making    sync.WaitGroup  // what is made ready for stages whose turn comes
	broken    string          // the first stage that failed
	failure   error           // the first one of muster or its surroundings
}

// ending is what comes back from a stage.
type ending struct {
	outcome result.Stage
	claim   claim
	err     error
}

// schedule executes each stage once all that it needs has succeeded, as many at
// a time as jobs and resources allow; of those that could start, the first in
// the plan does. After a failure nothing new starts unless the run is to keep
// going; what runs is let finish: its outputs are worth keeping.
func (s *session) schedule(ctx context.Context, plan *Plan) (map[string]result.Stage, error) {
	machine, err := s.wholeMachine(ctx, plan)
	if err != nil {
		return nil, err
	}
	d := &scheduler{
		session: s, plan: plan, machine: machine, free: machine, outcomes: map[string]result.Stage{},
		pending: plan.Stages, ended: make(chan ending),
		began: make(chan string, len(plan.Stages)), executing: map[string]bool{},
	}
	s.onExecute = func(stage string) { d.began <- stage }
	defer d.making.Wait()
	for len(d.pending) > 0 || d.running > 0 {
		d.pending = d.startReady(ctx)
		if d.running == 0 {
			continue // what was pending has been skipped
		}
		select {
		case stage := <-d.began:
			d.ahead(ctx, stage)
		case end := <-d.ended:
			d.running--
			d.free = d.free.plus(end.claim)
			delete(d.executing, end.outcome.Name)
			d.finish(end.outcome, end.err)
		}
	}
	return d.outcomes, d.failure
}

// startReady starts what can start, skips what cannot any more, and returns the rest.
func (d *scheduler) startReady(ctx context.Context) []config.Stage {
	var rest []config.Stage
	for _, stage := range d.pending {
		waits, obstacle := d.look(ctx, stage)
		claim := d.machine.of(stage.Resources)
		switch {
		case obstacle != "":
			d.finish(skipped(stage, obstacle, d.plan.Needs[stage.Name], d.outcomes), nil)
		case waits || !claim.within(d.free):
			rest = append(rest, stage)
		default:
			d.start(ctx, stage, claim)
		}
	}
	return rest
}

func (d *scheduler) start(ctx context.Context, stage config.Stage, claim claim) {
	d.free = d.free.minus(claim)
	d.running++
	go func() {
		outcome, err := d.stage(ctx, stage, options{install: true})
		d.ended <- ending{outcome, claim, err}
	}()
}

// look reports whether a stage waits for another, or why it cannot run at all.
func (d *scheduler) look(ctx context.Context, stage config.Stage) (waits bool, obstacle string) {
	if ctx.Err() != nil {
		return false, "the run was interrupted"
	}
	for _, need := range d.plan.Needs[stage.Name] {
		switch d.outcomes[need].Status {
		case "":
			waits = true
		case result.StageRan, result.StageCached:
		case result.StageFailed:
			return false, need + " failed"
		default:
			return false, need + " was skipped"
		}
	}
	if d.broken != "" && !d.KeepGoing {
		return false, d.broken + " failed"
	}
	return waits, ""
}

func (d *scheduler) finish(outcome result.Stage, err error) {
	outcome.Needs = d.plan.Needs[outcome.Name]
	d.send(result.Event{Kind: result.EventEnd, Stage: outcome.Name, Result: &outcome})
	d.outcomes[outcome.Name] = outcome
	if outcome.Status == result.StageFailed && d.broken == "" {
		d.broken = outcome.Name
	}
	if d.failure == nil {
		d.failure = err
	}
}
