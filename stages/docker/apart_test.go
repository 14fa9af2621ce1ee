package docker_test

import (
	"testing"

	"github.com/muster-ci/muster/stages/docker/dockertest"
	"github.com/muster-ci/muster/stages/executortest"
)

// ownEngine starts an engine that a test may stop.
func ownEngine(t *testing.T, apart bool) *dockertest.Engine {
	t.Helper()
	connect(t) // the images come from there
	return dockertest.New(t, apart, tinyImage)
}

func TestConformanceOfAnEngineWithOtherFiles(t *testing.T) {
	ownEngine(t, true)
	engine := connect(t)
	executortest.Run(t, executortest.Target{Executor: engine, Image: tinyImage, Tiny: "/tiny", Isolated: true})
}
