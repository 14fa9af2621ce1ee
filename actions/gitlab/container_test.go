package gitlab_test

import (
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/jobtest"
)

// inContainers lets gitlab-ci-local run jobs in containers, as GitLab's runner does with its
// executor docker. Into them come muster, the registry and this machine's loopback.
func (p *project) inContainers() {
	p.Helper()
	p.runner = []string{
		"--pull-policy", "if-not-present", "--helper-image", jobtest.Image, "--network", "host",
		"--volume", program.Folder(p.T) + "/muster:/usr/local/bin/muster:ro", "--volume", p.registry + ":" + p.registry,
	}
	jobtest.Clean(p.T, p.registry)
}

func TestComponentInContainers(t *testing.T) {
	jobtest.NeedImage(t)
	inputs := strings.Replace(component, "engine: none", "engine: none, image: "+jobtest.Image, 1)
	p := newProject(t, "model/", map[string]string{".gitlab-ci.yml": inputs})
	p.inContainers()
	mustContain(t, blocksAndPromotes(p), "starting "+jobtest.Image)
}
