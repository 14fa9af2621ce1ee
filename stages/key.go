package stages

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// keyFormat changes when a key comes to mean something else, so that no entry
// of an older muster is taken for one of this.
const keyFormat = 4

// keyDocument is everything that a stage's outputs depend on. Its canonical
// JSON (encoding/json sorts the keys of maps), with the digest of the inputs'
// list in place of the list, is what the key is the SHA-256 of. What only limits
// a stage (timeout, retries, cpus, memory) is not in it.
type keyDocument struct {
	Format     int               `json:"format"`
	Platform   string            `json:"platform"`
	Image      string            `json:"image,omitempty"`
	Dockerfile string            `json:"dockerfile,omitempty"`
	Bases      []string          `json:"bases,omitempty"` // of a build: what the images are that it stands on
	Command    []string          `json:"command,omitempty"`
	Env        map[string]string `json:"env,omitempty"`
	Secrets    []string          `json:"secrets,omitempty"` // their names
	Network    bool              `json:"network,omitempty"`
	User       string            `json:"user,omitempty"`
	GPUs       int               `json:"gpus,omitempty"` // with one, a program computes something else
	Workdir    string            `json:"workdir,omitempty"`
	Services   []keyService      `json:"services,omitempty"`
	Params     string            `json:"params,omitempty"`
	Inputs     []result.File     `json:"inputs,omitempty"`
	InputList  objects.Digest    `json:"inputList,omitempty"` // only while the key is computed
	Refs       []keyRef          `json:"refs,omitempty"`
	Fetched    string            `json:"fetched,omitempty"` // the content's digest
	Outputs    []string          `json:"outputs,omitempty"`
}

type keyRef struct {
	Ref     string `json:"ref"`
	Version string `json:"version"`
}

type keyService struct {
	Name    string            `json:"name"`
	Image   string            `json:"image"`
	Command []string          `json:"command,omitempty"`
	Env     map[string]string `json:"env,omitempty"`
}

// document gathers what a stage's key is made of.
func document(stage config.Stage, image string, services []Service, params []byte, inputs []result.File) keyDocument {
	doc := keyDocument{
		Format: keyFormat, Platform: "linux/" + runtime.GOARCH, Image: image,
		Command: argv(stage), Env: stage.Env, Secrets: slices.Sorted(slices.Values(stage.Secrets)),
		Network: stage.Network, User: stage.User, GPUs: stage.Resources.GPUs, Workdir: stage.Workdir, Params: string(params),
		Outputs: slices.Sorted(slices.Values(stage.AllOutputs())), Inputs: inputs,
	}
	if stage.Build != nil {
		doc.Dockerfile = stage.Build.Dockerfile
	}
	for _, service := range services {
		doc.Services = append(doc.Services, keyService{service.Name, service.Image.Identity, service.Command.Argv(), service.Env})
	}
	for _, ref := range stage.Refs {
		doc.Refs = append(doc.Refs, keyRef(ref))
	}
	return doc
}

// key is the name of the document's content. Of an input its path, its content
// and its executable bit count.
func (d keyDocument) key() (string, error) {
	d.Inputs, d.InputList = nil, objects.TreeDigest(d.Inputs)
	data, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("compute key: %w", err)
	}
	return sha256Hex(data), nil
}

func sha256Hex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// definition is the key without what the stage was given: how it is defined. What
// muster's version and the machine make of that is not in it, either.
func (d keyDocument) definition() (string, error) {
	d.Format, d.Platform, d.Image, d.Bases = 0, "", "", nil
	d.Inputs, d.Refs, d.Fetched = nil, nil, ""
	return d.key()
}

// without leaves the inputs at or below a path out of the document.
func (d keyDocument) without(p string) keyDocument {
	var rest []result.File
	for _, file := range d.Inputs {
		if !config.Within(file.Path, p) {
			rest = append(rest, file)
		}
	}
	d.Inputs = rest
	return d
}
