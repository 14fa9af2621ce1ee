package stages

import (
	"context"
	"fmt"
	"slices"

	"github.com/muster-ci/muster/internal/config"
)

// claim is a part of a machine: a job for each stage, and the resources that
// stages declare. What a stage does not declare it is trusted to share.
type claim struct {
	jobs   int
	cpus   float64
	memory config.Bytes
	gpus   int
}

// wholeMachine is what there is to claim. The executor is asked for it where a
// stage wants a part. A resource that nobody knows the amount of is 0, and is
// then not counted.
func (s *session) wholeMachine(ctx context.Context, plan *Plan) (claim, error) {
	all := claim{jobs: max(s.Jobs, 1)}
	measurer, ok := s.Executor.(Measurer)
	if !ok || !slices.ContainsFunc(plan.Stages, func(stage config.Stage) bool { return takesPart(stage.Resources) }) {
		return all, nil
	}
	capacity, err := measurer.Capacity(ctx)
	if err != nil {
		return all, fmt.Errorf("ask what stages can share: %w", err)
	}
	all.cpus, all.memory, all.gpus = capacity.CPUs, capacity.Memory, capacity.GPUs
	return all, nil
}

func takesPart(want config.Resources) bool { return want.CPUs > 0 || want.Memory > 0 || want.GPUs > 0 }

// of is what a stage takes of the machine. One that wants more than there is
// gets all of it: it then runs alone, and slower.
func (c claim) of(want config.Resources) claim {
	return claim{
		jobs: 1, cpus: min(want.CPUs, c.cpus), memory: min(want.Memory, c.memory), gpus: min(want.GPUs, c.gpus),
	}
}

func (c claim) within(free claim) bool {
	const rounding = 1e-9 // of a tenth that was taken and given back ten times
	return c.jobs <= free.jobs && c.cpus <= free.cpus+rounding && c.memory <= free.memory && c.gpus <= free.gpus
}

func (c claim) plus(o claim) claim {
	return claim{c.jobs + o.jobs, c.cpus + o.cpus, c.memory + o.memory, c.gpus + o.gpus}
}

func (c claim) minus(o claim) claim {
	return claim{c.jobs - o.jobs, c.cpus - o.cpus, c.memory - o.memory, c.gpus - o.gpus}
}
