package docker_test

import (
	"testing"

	"github.com/muster-ci/muster/stages/executortest"
)

func TestConformanceOfAnEngineWithOtherFiles(t *testing.T) {
	engine := startEngine(t, true).connect(t)
	executortest.Run(t, executortest.Target{Executor: engine, Image: tinyImage, Tiny: "/tiny", Isolated: true})
}
