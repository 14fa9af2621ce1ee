package maturity

import (
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/terraform"
)

// cloudTriggers gives builds whose trigger lies in a cloud what Terraform shows
// of it.
func cloudTriggers(tree *source.Tree, pipelines []*ci.Pipeline) {
	if !slices.ContainsFunc(pipelines, func(p *ci.Pipeline) bool { return p.Host == "cloudbuild" || p.Host == "codebuild" }) {
		return
	}
	var blocks []terraform.Block
	for _, file := range tree.Files {
		if src, ok := tree.Text[file]; ok && path.Ext(file) == ".tf" && tree.Class(file) == source.Source {
			found, _ := terraform.Read(file, src) // what can be read of a broken one counts
			blocks = append(blocks, found...)
		}
	}
	for _, b := range blocks {
		switch {
		case b.Is("google_cloudbuild_trigger"):
			started(pipelines, "cloudbuild", b.Attrs["filename"].Text, googleTriggers(b))
		case b.Is("aws_codebuild_project"):
			started(pipelines, "codebuild", buildspec(b), amazonTriggers(b.Name(), blocks))
		}
	}
}

// refusedTerraform lists the files of Terraform of which nothing is read.
func refusedTerraform(tree *source.Tree, note func(file string, err error)) {
	for _, file := range tree.Files {
		if path.Ext(file) == ".tf" && tree.Class(file) == source.Source {
			note(file, terraform.Refused(tree.Text[file]))
		}
	}
}

// started adds triggers to the build that a file describes.
func started(pipelines []*ci.Pipeline, host, file string, triggers []ci.Trigger) {
	for _, p := range pipelines {
		if p.Host == host && file != "" && (p.Path == file || strings.HasSuffix(p.Path, "/"+file)) {
			p.Start(triggers)
		}
	}
}

// googleTriggers reads what a trigger of Cloud Build listens to.
func googleTriggers(b terraform.Block) []ci.Trigger {
	if b.Attrs["disabled"].Text == "true" {
		return nil
	}
	var out []ci.Trigger
	b.All(func(part terraform.Block) {
		switch part.Type {
		case "push", "trigger_template":
			if part.Attrs["tag"].Text != "" || part.Attrs["tag_name"].Text != "" {
				out = append(out, ci.Tag)
			} else {
				out = append(out, ci.Push)
			}
		case "pull_request":
			out = append(out, ci.Change)
		case "pubsub_config", "webhook_config":
			out = append(out, ci.Event)
		}
	})
	return out
}

// buildspec is the file that a project of CodeBuild runs.
func buildspec(b terraform.Block) string {
	for _, part := range b.Find("source") {
		if spec := part.Attrs["buildspec"]; spec.Text != "" {
			return spec.Text
		}
	}
	return "buildspec.yml"
}

// amazonTriggers reads what starts a project of CodeBuild: a webhook, or a
// pipeline that names it.
func amazonTriggers(name string, blocks []terraform.Block) []ci.Trigger {
	var out []ci.Trigger
	for _, b := range blocks {
		if !b.Is("aws_codebuild_webhook", "aws_codepipeline") {
			continue
		}
		b.All(func(part terraform.Block) {
			for _, a := range part.Attrs {
				if slices.ContainsFunc(a.Refs, func(ref string) bool { return strings.HasPrefix(ref, name+".") || ref == name }) {
					out = append(out, ci.Push)
				}
				if slices.ContainsFunc(a.Texts, func(t string) bool { return strings.HasPrefix(t, "PULL_REQUEST") }) {
					out = append(out, ci.Change)
				}
			}
		})
	}
	slices.Sort(out)
	return slices.Compact(out)
}
