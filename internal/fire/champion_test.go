package fire_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

const ownStages = `
version: 1
name: own
image: IMAGE
stages:
  prepare: {run: [PROGRAM, prepare, -in, raw.csv, -train, train.csv, -test, test.csv], inputs: [raw.csv], outputs: [train.csv, test.csv]}
  train: {run: [PROGRAM, train, -in, train.csv, -params, params.yaml, -out, model.json], inputs: [train.csv, params.yaml], outputs: [model.json]}
  evaluate: {run: [PROGRAM, evaluate, -in, test.csv, -model, model.json, -predictions, predictions.csv, -metrics, metrics.json], inputs: [test.csv, model.json], metrics: [metrics.json], predictions: predictions.csv}
model: {path: model.json}
gate: {metrics: {roc_auc: {margin: 0.05}}}
`

// Where preparation and image have changed, the champion runs in the image that it
// was measured in, although its name stands for another one by now: in that one its
// program is not there any more.
func TestChampionRunsInItsOwnImage(t *testing.T) {
	needImages(t, tiny)
	image := fmt.Sprintf("muster-fire/champion:%d", os.Getpid())
	pipeline := strings.ReplaceAll(ownStages, "IMAGE", image)
	p := newProject(t, strings.ReplaceAll(pipeline, "PROGRAM", "/tiny"))
	for _, name := range []string{"data/raw.csv", "params.yaml"} {
		data, err := os.ReadFile("../../examples/tiny/" + name)
		if err != nil {
			t.Fatal(err)
		}
		p.write(strings.TrimPrefix(name, "data/"), string(data))
	}
	p.write(".gitignore", "*\n!muster.yaml\n!raw.csv\n!params.yaml\n!.gitignore\n")
	p.command("docker", "tag", tiny, image)
	t.Cleanup(func() {
		if err := exec.CommandContext(context.WithoutCancel(t.Context()), "docker", "rmi", image).Run(); err != nil {
			t.Errorf("remove %s: %v", image, err)
		}
	})
	p.commit()
	p.call(0, "models", "init")
	p.call(0, "run", "--quiet")
	p.call(0, "gate")
	p.call(0, "promote")

	p.rebuild(image, "FROM "+tiny+" AS old\nFROM scratch\nCOPY --from=old /tiny /other\n")
	p.write("muster.yaml", strings.ReplaceAll(pipeline, "PROGRAM", "/other"))
	p.write("params.yaml", strings.Replace(p.mustRead("params.yaml"), "rounds: 100", "rounds: 101", 1))
	p.write("raw.csv", strings.Replace(p.mustRead("raw.csv"), "1", "2", 1)) // else the cache knows the answer
	p.commit()
	p.call(0, "run", "--quiet")
	p.says(4, []string{"gate", "--format", "json", "--progress", "plain"},
		`"championRun": "v1 `, "through its own stages at that commit", "the image of prepare, the image of evaluate changed",
		"prepare  • started", "evaluate • started", `"code": "ruler-changed"`)
}

func (p *project) commit() {
	p.Helper()
	p.command("git", "add", ".")
	p.command("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "--message", "change")
}

// rebuild has an image's name stand for what the Dockerfile makes.
func (p *project) rebuild(image, dockerfile string) {
	p.Helper()
	cmd := exec.CommandContext(p.Context(), "docker", "build", "--quiet", "--tag", image, "-")
	cmd.Stdin = strings.NewReader(dockerfile)
	if out, err := cmd.CombinedOutput(); err != nil {
		p.Fatalf("docker build: %v\n%s", err, out)
	}
}
