package fetch

import (
	"context"
	"errors"
	"time"
)

// errStalled says that a source went silent.
var errStalled = errors.New("the source sends nothing any more")

// guard ends a context when nothing comes for too long.
type guard struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	stall  time.Duration
}

func watch(ctx context.Context, stall time.Duration) (context.Context, *guard) {
	ctx, cancel := context.WithCancelCause(ctx)
	g := &guard{ctx: ctx, cancel: cancel, stall: stall}
	g.timer = time.AfterFunc(stall, func() { cancel(errStalled) })
	return ctx, g
}

// feed says that something came.
func (g *guard) feed() { g.timer.Reset(g.stall) }

func (g *guard) stop() {
	g.timer.Stop()
	g.cancel(nil)
}

// reason replaces the error of a context that the guard has ended.
func (g *guard) reason(err error) error {
	if err != nil && errors.Is(context.Cause(g.ctx), errStalled) {
		return errStalled
	}
	return err
}

// showEvery is how often progress is told, at most.
const showEvery = 250 * time.Millisecond

// throttle tells progress now and then, and at once if now is set.
func throttle(tell func(done, total int64)) func(done, total int64, now bool) {
	var last time.Time
	return func(done, total int64, now bool) {
		if tell == nil || (!now && time.Since(last) < showEvery) {
			return
		}
		last = time.Now()
		tell(done, total)
	}
}
