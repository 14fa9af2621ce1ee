package fire_test

import (
	"fmt"
	"testing"
)

// What a stage leaves behind when it exits ends with it: children, and what has
// made itself a session of its own. The run does not wait for them.
func TestForkedDaemons(t *testing.T) {
	for _, executor := range []string{"process", "docker"} {
		for _, kind := range []string{"fork", "daemon"} {
			t.Run(executor+", "+kind, func(t *testing.T) {
				program := "TINY"
				if executor == "docker" {
					needImages(t, tiny)
					program = "/tiny"
				}
				p := newProject(t, fmt.Sprintf(`
version: 1
executor: %s
image: muster-example/tiny:1
stages:
  leave: {run: [%s, %s, "1000"]}
  fail:  {run: [%[2]s, fail, "7"], needs: [leave]}
`, executor, program, kind))
				p.says(0, []string{"run", "--progress", "plain", "leave"}, "sleeps")
				p.wantNothingRunning()
				p.says(3, []string{"run", "--quiet"}, "exit code 7")
				p.wantNothingRunning()
				p.clean()
			})
		}
	}
}
