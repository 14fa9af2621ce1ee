package config

import (
	"regexp"
	"slices"
	"strings"
)

// FromStage is what the stage is called that brings a model which was trained
// elsewhere: it stands in the place of the stage that trains.
const FromStage = "model"

// ModelScheme begins a reference to a model of the pipeline's own registry.
const ModelScheme = "models:/"

// reference is a model of a registry: a pipeline's name with an alias or a version.
var reference = regexp.MustCompile(`^[A-Za-z0-9._-]+(@[A-Za-z0-9._-]+|/v[1-9][0-9]*)$`)

// modelFrom adds the stage that brings the model, if it was trained elsewhere.
// All that follows (key, cache, lock file, trust) is then that of a fetch.
func (ch *checker) modelFrom() {
	m := ch.cfg.Model
	if m == nil || m.From == "" {
		if m != nil && m.SHA256 != "" {
			ch.add("/model/sha256", "name where it comes from: from: https://…, or leave it out", "a model that the pipeline trains has no checksum here")
		}
		return
	}
	scheme, rest, _ := strings.Cut(m.From, ":")
	switch {
	case slices.Contains([]string{"oci", "mlflow", "mlflow-artifacts", "runs"}, scheme):
		ch.add("/model/from", "until then export it to a place that https:, s3: or file: names", "models are not taken from %s: yet", scheme)
		return
	case scheme == "models" && !reference.MatchString(strings.TrimPrefix(m.From, ModelScheme)):
		ch.add("/model/from", "write models:/NAME@ALIAS or models:/NAME/v3", "%q names no model of a registry", m.From)
		return
	case scheme != "models" && (rest == "" || !slices.Contains([]string{"file", "http", "https", "s3", "gs", "azblob"}, scheme)):
		ch.add("/model/from", "write file:…, https://…, s3://…, gs://…, azblob://… or models:/NAME@ALIAS", "nothing can be fetched from %q", m.From)
		return
	case scheme == "models" && m.SHA256 != "":
		ch.add("/model/sha256", "leave it out: name a version, models:/NAME/v3, for what never changes", "a registry knows its models' checksums")
		return
	case scheme != "models" && strings.HasSuffix(m.Path, "/"):
		ch.add("/model/path", "pack it into one file", "a model that is fetched is one file, not a folder")
		return
	case m.Stage != "":
		ch.add("/model/stage", "leave it out, or from:", "the model comes from elsewhere, so no stage makes it")
		return
	}
	if _, taken := ch.stages[FromStage]; taken {
		ch.add("/stages/"+FromStage, "give the stage another name", "%q is what brings the model from elsewhere", FromStage)
		return
	}
	if maker := ch.maker(m.Path); maker != "" {
		ch.add("/model/from", "leave it out, or let the stage write another file", "stage %q makes %s here", maker, m.Path)
		return
	}
	stage := Stage{Name: FromStage, Fetch: &Fetch{URL: m.From, SHA256: m.SHA256}, Outputs: []string{m.Path}}
	ch.cfg.Stages = append([]Stage{stage}, ch.cfg.Stages...)
	ch.stages[FromStage] = stage
}
