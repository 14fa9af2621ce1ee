package rego

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/open-policy-agent/opa/v1/topdown"
)

// Limits are the most that one step (reading and compiling all modules, or
// evaluating one rule) may take. OPA in a process has neither.
type Limits struct {
	Time time.Duration
	// Memory is in bytes, beyond what the process has when the work begins.
	Memory uint64
}

// DefaultLimits are those of policies that decide: what takes longer or more
// is no policy but an accident, or an attack.
func DefaultLimits() Limits { return Limits{Time: 10 * time.Second, Memory: 512 << 20} }

const (
	// watchInterval is how often the memory is looked at. In that time a process
	// takes some tens of megabytes.
	watchInterval = 2 * time.Millisecond
	// maxStack is the growth of stacks, in bytes, that no rule needs: unification recurses by
	// the number of a value's parts, and at a gigabyte the process would end.
	maxStack = 128 << 20
	// lastStack is the stack that a stuck evaluation may fill until the process has
	// said what happened, and ends.
	lastStack = 16 << 30
)

// grace is how long a cancelled evaluation may take to end: on a busy machine it needs
// longer to hear of it, and whoever waits long for an answer can wait for that too.
func (l Limits) grace() time.Duration { return max(50*time.Millisecond, l.Time/20) }

// LimitError says that policies took too long, or too much.
type LimitError struct {
	Limits Limits
	// Memory tells which of the two it was.
	Memory bool
	// Stuck is true if the work does not end although it was told to. It goes on
	// until the process ends.
	Stuck bool
}

func (e *LimitError) Error() string {
	if e.Memory {
		return fmt.Sprintf("it takes more than %d MiB of memory", e.Limits.Memory>>20)
	}
	return fmt.Sprintf("it takes longer than %s", e.Limits.Time)
}

// IsStuck reports whether an evaluation is still going on in the background.
func IsStuck(err error) bool {
	limit, ok := errors.AsType[*LimitError](err)
	return ok && limit.Stuck
}

// errStop ends an iteration early.
var errStop = errors.New("stop")

// watch runs work that policies control, and returns when it is done or takes
// too much, also if it does not stop then.
type watch struct {
	limits Limits
	// heap and stacks are what the process had at the beginning: stacks of work that
	// has ended count until they are collected.
	heap, stacks uint64
}

func newWatch(limits Limits) watch {
	heap, stacks := inUse()
	return watch{limits, heap, stacks}
}

// run does the work. An error is a [LimitError], the context's, or the work's
// own; a panic in a library is an error too.
func (w watch) run(ctx context.Context, work func(topdown.Cancel) error) error {
	cancel := topdown.NewCancel()
	done := make(chan error, 1)
	go func() { done <- protected(cancel, work) }()
	tick, end := time.NewTicker(watchInterval), time.NewTimer(w.limits.Time)
	defer tick.Stop()
	defer end.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
			return w.ended(cancel, done, &LimitError{}, ctx.Err())
		case <-end.C:
			limit := &LimitError{Limits: w.limits}
			return w.ended(cancel, done, limit, limit)
		case <-tick.C:
			if w.tooMuch() {
				limit := &LimitError{Limits: w.limits, Memory: true}
				return w.ended(cancel, done, limit, limit)
			}
		}
	}
}

// protected turns a panic of OPA, or of what it uses, into an error.
func protected(cancel topdown.Cancel, work func(topdown.Cancel) error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("evaluation panics: %.200v", cause)
		}
	}()
	return work(cancel)
}

// ended cancels the work, waits a moment for it, and returns the cause.
func (w watch) ended(cancel topdown.Cancel, done <-chan error, limit *LimitError, cause error) error {
	cancel.Cancel()
	select {
	case <-done: //nolint:errcheck // what it says no longer matters
	case <-time.After(w.limits.grace()):
		limit.Stuck = true
		debug.SetMaxStack(lastStack)
	}
	return cause
}

// tooMuch reports whether memory is beyond the limit. What only waits to be
// collected does not count, but there is no time to find out beyond twice the limit.
func (w watch) tooMuch() bool {
	heap, stacks := inUse()
	switch grown := beyond(heap, w.heap); {
	case beyond(stacks, w.stacks) > maxStack, grown > 2*w.limits.Memory:
		return true
	case grown <= w.limits.Memory:
		return false
	}
	runtime.GC()
	heap, _ = inUse()
	return beyond(heap, w.heap) > w.limits.Memory
}

// beyond is by how much a size has grown.
func beyond(size, base uint64) uint64 { return size - min(base, size) }

// inUse is the memory that values and stacks take, in bytes.
func inUse() (heap, stacks uint64) {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/stacks:bytes"},
	}
	metrics.Read(samples)
	return samples[0].Value.Uint64(), samples[1].Value.Uint64()
}
