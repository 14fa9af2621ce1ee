package metrics

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// each does n things on all cores. What one of them writes depends on its number
// alone, so the result is the same on any number of cores.
func each(ctx context.Context, n int, do func(i int)) error {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		group.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				do(i)
			}
		})
	}
	group.Wait()
	return ctx.Err()
}
