package reach

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// cloudBuilds follows the commands of clouds that build an image on their side from a
// folder (https://cloud.google.com/run/docs/deploying-source-code), or from what a template
// says of functions.
func (g *graph) cloudBuilds(p place, name string, args []string) []string {
	text := strings.Join(positional(args), " ")
	switch {
	case name == "gcloud" && strings.Contains(text, "run deploy") && shell.Flag(args, "--source") != "":
		return g.builtFrom(p, shell.Flag(args, "--source"), "Dockerfile")
	case name == "gcloud" && strings.Contains(text, "functions deploy"):
		g.cloudFunction(p, shell.Flag(args, "--source"), "main.py")
	case name == "func" && strings.HasPrefix(text, "azure functionapp publish"):
		g.cloudFunction(p, ".", "function_app.py")
	case name == "heroku" && strings.HasPrefix(text, "container:push"):
		return g.builtFrom(p, ".", "Dockerfile")
	case name == "az" && strings.HasPrefix(text, "containerapp up") && shell.Flag(args, "--source") != "":
		return g.builtFrom(p, shell.Flag(args, "--source"), "Dockerfile")
	case name == "sam" && (strings.HasPrefix(text, "build") || strings.HasPrefix(text, "deploy")):
		return g.functionImages(p, []string{"template.yaml", "template.yml"}, samImages)
	case (name == "sls" || name == "serverless") && strings.HasPrefix(text, "deploy"):
		return g.functionImages(p, []string{"serverless.yml", "serverless.yaml"}, serverlessImages)
	}
	return nil
}

// builtFrom follows the building of an image in a folder.
func (g *graph) builtFrom(p place, context, file string) []string {
	dirs := g.into(p.dirs, context)
	return g.build(p, g.find(dirs, file), g.contextDir(dirs, context))
}

// cloudFunction makes an entry of the file in which a cloud looks for functions that it is
// handed (https://cloud.google.com/run/docs/write-functions,
// https://learn.microsoft.com/azure/azure-functions/functions-reference-python).
func (g *graph) cloudFunction(p place, dir, name string) {
	f := g.find(g.into(p.dirs, dir), name)
	if _, made := g.result.Entry("function:" + f); f == "" || made || p.swallowed != "" {
		return
	}
	e := Entry{ID: "function:" + f, Kind: KindService, Path: f, Line: 1, Name: "the function of " + f, Chain: f}
	g.python(g.entry(e, path.Dir(f), "."), f)
}

// builtImage is an image that a template describes.
type builtImage struct{ context, file string }

// functionImages follows the images of a template that lies here.
func (g *graph) functionImages(p place, names []string, images func(yamldoc.Value) []builtImage) []string {
	f := g.find(append(slices.Clone(p.dirs), "."), names...)
	if f == "" || len(g.yaml[f]) == 0 {
		return nil
	}
	var out []string
	p.dirs = []string{path.Dir(f)}
	for _, image := range images(g.yaml[f][0]) {
		out = append(out, g.builtFrom(p, image.context, image.file)...)
	}
	return out
}

// samImages are those of a template of SAM
// (https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build.html).
func samImages(doc yamldoc.Value) []builtImage {
	var out []builtImage
	for _, e := range doc.Get("Resources").Entries() {
		if file := e.Value.Get("Metadata", "Dockerfile").Text(); file != "" {
			out = append(out, builtImage{e.Value.Get("Metadata", "DockerContext").Text(), file})
		}
	}
	return out
}

// serverlessImages are those of a serverless.yml
// (https://www.serverless.com/framework/docs/providers/aws/guide/functions#referencing-container-image-as-a-target).
func serverlessImages(doc yamldoc.Value) []builtImage {
	var out []builtImage
	for _, e := range doc.Get("provider", "ecr", "images").Entries() {
		if dir := e.Value.Get("path").Text(); dir != "" {
			out = append(out, builtImage{dir, cmp.Or(e.Value.Get("file").Text(), "Dockerfile")})
		}
	}
	return out
}
