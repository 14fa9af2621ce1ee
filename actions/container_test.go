package actions_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/muster-ci/muster/internal/jobtest"
)

// actCache is the volume that act gives to every job.
const actCache = "act-toolcache"

// inContainer lets act run the jobs in containers. Into them come muster, the registry for
// reading, as no job of a change writes to it, and the folder of the stand-ins; the engine's
// socket does not.
func (j *actJob) inContainer() {
	j.Helper()
	j.platform = jobtest.Image
	j.flags = append(j.flags, "--rm", "--container-daemon-socket=-", "--container-options",
		fmt.Sprintf("--volume %s/muster:/usr/local/bin/muster:ro --volume %s:%[2]s:ro --volume %s:%[3]s", program.Folder(j.T), j.registry, j.standIns))
	jobtest.Clean(j.T, j.standIns)
	if jobtest.Docker("volume", "inspect", actCache) == nil {
		return // it is somebody's, and stays
	}
	j.Cleanup(func() { _ = jobtest.Docker("volume", "rm", actCache) }) // another act may have it by now, and keeps it
}

func TestActionInAContainer(t *testing.T) {
	jobtest.NeedImage(t)
	j := newActJob(t)
	j.inContainer()
	mustContain(t, publishes(j), "docker create image="+jobtest.Image)
	mustContain(t, read(t, filepath.Join(j.standIns, "artifacts/muster-report/decision.json")), `"verdict": "pass"`)
}
