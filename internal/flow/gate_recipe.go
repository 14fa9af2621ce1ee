package flow

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// A recipe is all that trained a model, with the seeds taken out: two models of
// one recipe differ by chance alone, so the second is the first one tried again.
// What is a seed is told by its name; see docs/gate.md.

// recipe returns the digest of what made the run's model, or nothing if the run
// does not say. Dir is where its inputs lie, if they are still those of the run.
func recipe(run result.Run, cfg *config.Config, dir string) string {
	if cfg.Model == nil {
		return ""
	}
	c := cook{run: run, cfg: cfg, dir: dir, known: map[string]string{}}
	return c.recipe(cfg.Model.Stage)
}

// cook computes the recipes of stages, each once.
type cook struct {
	run   result.Run
	cfg   *config.Config
	dir   string
	known map[string]string
}

// recipeDocument is what a recipe is the digest of.
type recipeDocument struct {
	Command string            `json:"command"`
	Image   string            `json:"image"`
	Params  map[string]string `json:"params"`
	Env     map[string]string `json:"env"`
	Cell    map[string]string `json:"cell"`
	Refs    map[string]string `json:"refs"`
	Inputs  []string          `json:"inputs"`
	Needs   []string          `json:"needs"`
	// Around is what else the stage was given: network, user, services, folder.
	Around string `json:"around"`
}

func (c *cook) recipe(name string) string {
	if known, ok := c.known[name]; ok {
		return known
	}
	at := slices.IndexFunc(c.run.Stages, func(s result.Stage) bool { return s.Name == name })
	if at < 0 {
		return ""
	}
	stage := c.run.Stages[at]
	if stage.Command == "" && len(stage.Inputs) == 0 { // it fetched something: what, is in its key
		return stage.Key
	}
	c.known[name] = "" // no cycle gets here; a record that has one ends here
	doc := recipeDocument{
		Command: maskSeeds(stage.Command), Image: stage.Image + " " + stage.ImageID, Around: c.around(name),
		Params: withoutSeeds(stage.Params), Env: withoutSeeds(stage.Env), Cell: withoutSeeds(stage.Cell), Refs: stage.Refs,
	}
	if strings.HasPrefix(stage.Image, "stage:") { // two builds of one recipe have two ids
		doc.Image = stage.Image
	}
	for _, need := range stage.Needs {
		doc.Needs = append(doc.Needs, c.recipe(need))
	}
	slices.Sort(doc.Needs)
	for _, file := range stage.Inputs {
		if !c.made(file.Path) { // what a stage made is that stage's recipe
			doc.Inputs = append(doc.Inputs, fmt.Sprintf("%s %t %s", file.Path, file.Executable, c.content(file)))
		}
	}
	c.known[name] = digestOf(doc)
	return c.known[name]
}

func digestOf(doc any) string {
	data, err := json.Marshal(doc)
	if err != nil {
		panic(fmt.Sprintf("flow: a document of texts is no JSON: %v", err))
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// around is what the stage's definition says beside what the record holds.
func (c *cook) around(name string) string {
	at := slices.IndexFunc(c.cfg.Stages, func(s config.Stage) bool { return s.Name == name })
	if at < 0 {
		return ""
	}
	s := c.cfg.Stages[at]
	return digestOf([]any{s.Network, s.User, s.Workdir, s.Services, s.Resources.GPUs, s.Secrets, s.Build, s.AllOutputs()})
}

// made reports whether a stage of the run wrote the file.
func (c *cook) made(path string) bool {
	return slices.ContainsFunc(c.run.Stages, func(s result.Stage) bool {
		return slices.ContainsFunc(s.Outputs, func(f result.File) bool { return f.Path == path })
	})
}

// maxMasked is the size up to which an input is searched for seeds.
const maxMasked = 256 << 10

// content is a digest of a file without its seeds, if it is a text that is still
// what it was; else of the file as it is.
func (c *cook) content(file result.File) string {
	if file.Files > 0 || file.Size > maxMasked {
		return file.SHA256
	}
	data, err := readIn(c.dir, file.Path, maxMasked)
	if err != nil || !utf8.Valid(data) {
		return file.SHA256
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != file.SHA256 {
		return file.SHA256
	}
	return digestOf(maskSeeds(string(data)))
}

// isSeed tells a seed by the last part of its name: seed, random_state, data_seed, SEED, PYTHONHASHSEED.
func isSeed(name string) bool {
	last := strings.ToLower(name[strings.LastIndexAny(name, "./-")+1:])
	return slices.Contains([]string{"seed", "seeds", "random_state", "randomstate", "pythonhashseed"}, last) ||
		strings.HasSuffix(last, "_seed") || strings.HasSuffix(last, "_random_state")
}

func withoutSeeds(values map[string]string) map[string]string {
	out := map[string]string{}
	for name, value := range values {
		if !isSeed(name) {
			out[name] = value
		}
	}
	return out
}

// The forms in which code, parameters and command lines give a seed. What is
// masked is the number alone.
var (
	// seed = 42, random_state=42, "seed": 42, seed: int = 42, --seed=42, SEED=42 python train.py
	assignedSeed = regexp.MustCompile(`(?i)((?:\b|_)(?:pythonhash)?(?:seed|seeds|random[_-]?state)\b["']?(?:\s*:\s*[a-z]+)?\s*(?::|=|<-|:=)\s*)[-+]?\d[\d_]*`)
	// --seed 42, --random-state 42, -seed 42
	flaggedSeed = regexp.MustCompile(`(?i)(-{1,2}[a-z0-9._-]*(?:seed|random[_-]state)\s+["']?)[-+]?\d+`)
	// add_argument("--seed", type=int, default=42)
	defaultSeed = regexp.MustCompile(`(?i)((?:seed|random[_-]state)["'][^()\n]*\bdefault\s*=\s*)[-+]?\d+`)
	// seed(42), np.random.seed(42), torch.manual_seed(42), set.seed(42), seed_everything(42), default_rng(42), PRNGKey(0)
	calledSeed = regexp.MustCompile(`(?i)((?:[a-z0-9_]*seed[a-z0-9_]*!?|default_rng|RandomState|PRNGKey)\s*\(\s*)[-+]?\d[\d_]*`)
)

func maskSeeds(text string) string {
	for _, form := range []*regexp.Regexp{assignedSeed, flaggedSeed, defaultSeed, calledSeed} {
		text = form.ReplaceAllString(text, "${1}*")
	}
	return text
}
