package stages

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// keyFormat changes when a key comes to mean something else, so that no entry
// of an older muster is taken for one of this.
const keyFormat = 2

// keyDocument is everything that a stage's outputs depend on. Its canonical
// JSON (encoding/json sorts the keys of maps) is what the key is the SHA-256 of.
type keyDocument struct {
	Format     int               `json:"format"`
	Platform   string            `json:"platform"`
	Image      string            `json:"image,omitempty"`
	Dockerfile string            `json:"dockerfile,omitempty"`
	Command    []string          `json:"command,omitempty"`
	Env        map[string]string `json:"env,omitempty"`
	Network    bool              `json:"network,omitempty"`
	Params     string            `json:"params,omitempty"`
	Inputs     []keyFile         `json:"inputs"`
	Outputs    []string          `json:"outputs,omitempty"`
}

type keyFile struct {
	Path       string `json:"path"`
	Executable bool   `json:"executable,omitempty"`
	SHA256     string `json:"sha256"`
}

func newKey(stage config.Stage, image string, params []byte, inputs []result.File) (string, error) {
	doc := keyDocument{
		Format: keyFormat, Platform: "linux/" + runtime.GOARCH, Image: image,
		Command: stage.Run.Argv(), Env: stage.Env, Network: stage.Network, Params: string(params),
		Outputs: slices.Sorted(slices.Values(stage.AllOutputs())),
	}
	if stage.Build != nil {
		doc.Dockerfile = stage.Build.Dockerfile
	}
	for _, file := range inputs {
		doc.Inputs = append(doc.Inputs, keyFile{file.Path, file.Executable, file.SHA256})
	}
	data, err := json.Marshal(doc)
	if err != nil {
		return "", fmt.Errorf("compute key of stage %s: %w", stage.Name, err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}
