package docker

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"github.com/docker/docker/api/types/container"
)

const (
	// firstLook spares a short command what it costs to be looked at.
	firstLook = 250 * time.Millisecond
	lastLook  = 2 * time.Second
)

// watchMemory looks at how much memory the container takes, at first often and
// then less so. The function that it returns ends that and gives the most that
// was seen: 0 if the container ended before it was looked at.
func (d *Docker) watchMemory(ctx context.Context, id string) func() int64 {
	ctx, cancel := context.WithCancel(ctx)
	var peak atomic.Int64
	var watching sync.WaitGroup
	watching.Go(func() {
		for pause := firstLook; ; pause = min(2*pause, lastLook) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
			peak.Store(max(peak.Load(), d.memory(ctx, id)))
		}
	})
	return func() int64 {
		cancel()
		watching.Wait()
		return peak.Load()
	}
}

// memory is what the container takes now, without what the kernel only keeps for
// it in case it reads a file again; 0 if that cannot be had.
func (d *Docker) memory(ctx context.Context, id string) int64 {
	response, err := d.api.ContainerStatsOneShot(ctx, id)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	var stats container.StatsResponse
	if err := json.NewDecoder(response.Body).Decode(&stats); err != nil {
		return 0
	}
	used := stats.MemoryStats.Usage
	for _, name := range []string{"total_inactive_file", "inactive_file"} { // cgroup v1, v2
		if cached, ok := stats.MemoryStats.Stats[name]; ok && cached < used {
			return int64(used - cached)
		}
	}
	return int64(used)
}
