package process

import (
	"context"
	"path/filepath"
	"runtime"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/stages"
)

var _ stages.Measurer = Process{}

// Capacity is what this machine has.
func (Process) Capacity(context.Context) (config.Resources, error) {
	// NVIDIA's driver has a folder for each; of others' nobody knows the number.
	gpus, _ := filepath.Glob("/proc/driver/nvidia/gpus/*") // no pattern of ours is malformed
	return config.Resources{CPUs: float64(runtime.NumCPU()), Memory: config.Bytes(totalMemory()), GPUs: len(gpus)}, nil
}
