package fire_test

import (
	"strings"
	"testing"
)

// A change that edits the image in which the model is measured, along with the model: the base's
// image measures, and the change is denied. The image is one that is built here, or another name.
func TestImageOfEvaluateEdited(t *testing.T) {
	needImages(t, tiny, python)
	const pipeline = `
version: 1
name: images
image: muster-example/tiny:1
model: {path: model.txt}
stages:
  base: {build: {context: image}}
  train: {run: [/tiny, write, model.txt, "weak"], outputs: [model.txt]}
  evaluate:
    image: stage:base
    run: [/tiny, write, predictions.csv, "id,label,score\n1,1,0.9\n2,0,0.8\n3,1,0.2\n4,0,0.1\n"]
    inputs: [model.txt]
    predictions: predictions.csv
gate: {metrics: {accuracy: {min: 0.4, margin: 0.1, require: not-worse}}}
`
	kinder := strings.NewReplacer("image: stage:base", "image: muster-example/python-sklearn:1",
		`[/tiny, write, predictions.csv, "id,label,score\n1,1,0.9\n2,0,0.8\n3,1,0.2\n4,0,0.1\n"]`,
		`[python3, -c, 'print("id,label,score\n1,1,0.9\n2,0,0.1\n3,1,0.9\n4,0,0.1", file=open("predictions.csv", "w"))']`).Replace(pipeline)
	p := newProject(t, pipeline)
	p.env = []string{"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.org", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.org"}
	p.write("image/Dockerfile", "FROM muster-example/tiny:1\nLABEL ruler=1\n")
	p.command("git", "add", ".")
	p.command("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "--message", "image")
	p.call(0, "models", "init")
	p.call(0, "run", "--quiet")
	p.call(0, "gate")
	p.call(0, "promote")
	other := func(text string) string { return strings.Replace(text, `"weak"`, `"other"`, 1) }

	p.write("image/Dockerfile", "FROM muster-example/tiny:1\nLABEL ruler=2\n")
	p.write("muster.yaml", other(pipeline))
	p.call(0, "run", "--quiet")
	p.says(4, []string{"gate", "--base", "main", "--format", "json"}, `"ruler-changed"`, `"stages.base.image"`, `"stages.evaluate.image"`)

	p.command("git", "checkout", "--quiet", ".")
	p.write("muster.yaml", other(kinder))
	p.call(0, "run", "--quiet")
	p.says(4, []string{"gate", "--base", "main", "--format", "json"}, `"ruler-changed"`, `"stages.evaluate.image"`, `"candidate": 0.5`)
}
