package attest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/result"
)

// The types of what [Provenance] states.
const (
	// StatementURI is the _type of in-toto Statement v1 (Attestation Framework, spec/v1/statement.md).
	StatementURI = "https://in-toto.io/Statement/v1"
	// PredicateURI is the predicateType of SLSA Build Provenance v1 (slsa.dev/spec/v1.1/provenance).
	PredicateURI = "https://slsa.dev/provenance/v1"
	// buildType says how the fields that SLSA leaves open are meant.
	buildType = "https://github.com/muster-ci/muster/blob/main/docs/provenance.md#pipeline-v1"
	// builderPrefix is followed by the executor: what walls a stage off differs with it.
	builderPrefix = "https://github.com/muster-ci/muster/blob/main/docs/provenance.md#builder-"
)

// Statement is in-toto Statement v1 with a SLSA predicate.
type Statement struct {
	Type          string      `json:"_type"`
	Subject       []Resource  `json:"subject"`
	PredicateType string      `json:"predicateType"`
	Predicate     Predication `json:"predicate"`
}

// Resource is an in-toto ResourceDescriptor v1 (spec/v1/resource_descriptor.md):
// one of URI and Digest is there.
type Resource struct {
	Name        string            `json:"name,omitempty"`
	URI         string            `json:"uri,omitempty"`
	Digest      map[string]string `json:"digest,omitempty"`
	Annotations map[string]any    `json:"annotations,omitempty"`
}

// Predication is the predicate of SLSA Build Provenance v1 (section "Schema").
type Predication struct {
	BuildDefinition BuildDefinition `json:"buildDefinition"`
	RunDetails      RunDetails      `json:"runDetails"`
}

// BuildDefinition is SLSA's (section "BuildDefinition"): the inputs of the build.
type BuildDefinition struct {
	BuildType            string             `json:"buildType"`
	ExternalParameters   ExternalParameters `json:"externalParameters"`
	InternalParameters   InternalParameters `json:"internalParameters"`
	ResolvedDependencies []Resource         `json:"resolvedDependencies,omitempty"`
}

// ExternalParameters are what a person chose.
type ExternalParameters struct {
	Pipeline string `json:"pipeline"`
	// Stages are those that led to the model, in the order in which they ran.
	Stages []BuildStage `json:"stages"`
}

// BuildStage is one step on the way to the model.
type BuildStage struct {
	Name    string            `json:"name"`
	Command string            `json:"command,omitempty"`
	Image   string            `json:"image,omitempty"`
	Params  map[string]string `json:"params,omitempty"`
	Env     map[string]string `json:"env,omitempty"`
	Cell    map[string]string `json:"cell,omitempty"`
	// Key is the SHA-256 over all that the stage's outputs depend on.
	Key string `json:"key"`
}

// InternalParameters are what muster set by itself.
type InternalParameters struct {
	ModelDigest   string `json:"modelDigest"`
	TrainingKey   string `json:"trainingKey"`
	EvaluationKey string `json:"evaluationKey,omitempty"`
	RulerKey      string `json:"rulerKey,omitempty"`
	Scope         string `json:"scope,omitempty"`
	// Bundle is the run of another machine that the model came from: what is said of its making is that machine's word.
	Bundle string `json:"bundle,omitempty"`
}

// RunDetails is SLSA's (section "RunDetails"): this execution of the build.
type RunDetails struct {
	Builder    Builder    `json:"builder"`
	Metadata   Metadata   `json:"metadata"`
	Byproducts []Resource `json:"byproducts,omitempty"`
}

// Builder is who built (section "Builder").
type Builder struct {
	ID      string            `json:"id"`
	Version map[string]string `json:"version,omitempty"`
}

// Metadata is SLSA's BuildMetadata (section "BuildMetadata").
type Metadata struct {
	InvocationID string     `json:"invocationId,omitempty"`
	StartedOn    *time.Time `json:"startedOn,omitempty"`
	FinishedOn   *time.Time `json:"finishedOn,omitempty"`
}

// Provenance states how the run made the model: which data, code, image and
// parameters led to these files. It says what the record of the run says, and
// nothing that was not recorded.
func Provenance(model result.Model, run result.Run) Statement {
	stages := lineage(model, run)
	statement := Statement{Type: StatementURI, PredicateType: PredicateURI, Subject: []Resource{}}
	for _, file := range model.Files {
		statement.Subject = append(statement.Subject, ofFile(file))
	}
	statement.Predicate.BuildDefinition = BuildDefinition{
		BuildType:          buildType,
		ExternalParameters: ExternalParameters{Pipeline: run.Pipeline, Stages: steps(stages)},
		InternalParameters: InternalParameters{
			ModelDigest: model.Digest, TrainingKey: model.TrainingKey, EvaluationKey: model.EvaluationKey,
			RulerKey: model.RulerKey, Scope: string(run.Scope), Bundle: run.Bundle,
		},
		ResolvedDependencies: slices.Concat(source(model, run), data(stages), images(stages)),
	}
	statement.Predicate.RunDetails = RunDetails{Builder: builder(run), Metadata: metadata(run), Byproducts: byproducts(run)}
	return statement
}

// Encode returns the statement as indented JSON: the same statement gives the same bytes.
func (s Statement) Encode() ([]byte, error) {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode provenance: %w", err)
	}
	return append(data, '\n'), nil
}

// Covers reports whether the statement is about exactly these files.
func (s Statement) Covers(files []result.File) bool {
	said := map[string]string{}
	for _, subject := range s.Subject {
		said[subject.Name] = subject.Digest["sha256"]
	}
	for _, file := range files {
		if said[file.Path] != file.SHA256 {
			return false
		}
	}
	return len(said) == len(files) && len(s.Subject) == len(files)
}

// ReadStatement reads a statement of provenance, signed or not, whoever signed it.
func ReadStatement(data []byte) (Statement, error) {
	if payload, err := Payload(StatementType, data); err == nil {
		data = payload
	}
	var s Statement
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fmt.Errorf("read provenance: %w", err)
	}
	if s.Type != StatementURI || s.PredicateType != PredicateURI {
		return s, fmt.Errorf("read provenance: it is %q about %q, not %s about %s", printable(s.Type), printable(s.PredicateType), StatementURI, PredicateURI)
	}
	return s, nil
}

// lineage are the stages that led to the model, in the order of the run.
func lineage(model result.Model, run result.Run) []result.Stage {
	byName, wanted := map[string]result.Stage{}, map[string]bool{}
	for _, stage := range run.Stages {
		byName[stage.Name] = stage
	}
	var want func(name string)
	want = func(name string) {
		stage, known := byName[name]
		if !known || wanted[name] {
			return
		}
		wanted[name] = true
		for _, need := range stage.Needs {
			want(need)
		}
	}
	for _, stage := range run.Stages {
		if stage.Key != "" && stage.Key == model.TrainingKey {
			want(stage.Name)
		}
	}
	return slices.DeleteFunc(slices.Clone(run.Stages), func(stage result.Stage) bool { return !wanted[stage.Name] })
}

func steps(stages []result.Stage) []BuildStage {
	out := []BuildStage{}
	for _, stage := range stages {
		out = append(out, BuildStage{
			Name: stage.Name, Command: stage.Command, Image: stage.Image, Params: stage.Params, Env: stage.Env, Cell: stage.Cell, Key: stage.Key,
		})
	}
	return out
}

// source is the commit of the code. A working copy that differs from it says so.
func source(model result.Model, run result.Run) []Resource {
	commit := model.Commit
	if run.Git != nil {
		commit = cmp.Or(run.Git.Commit, commit)
	}
	if commit == "" {
		return nil
	}
	source := Resource{Name: "source", Digest: map[string]string{"gitCommit": commit}}
	if run.Git != nil && run.Git.Dirty {
		source.Annotations = map[string]any{"dirty": true}
	}
	return []Resource{source}
}

// data are the files that the stages read and none of them made, and what lies elsewhere.
func data(stages []result.Stage) []Resource {
	made, seen := map[string]bool{}, map[string]Resource{}
	for _, stage := range stages {
		for _, file := range stage.Outputs {
			made[file.Path] = true
		}
	}
	for _, stage := range stages {
		for _, file := range stage.Inputs {
			if !made[file.Path] {
				seen[file.Path] = ofFile(file)
			}
		}
		for uri, version := range stage.Refs {
			seen[uri] = Resource{URI: uri, Annotations: map[string]any{"version": version}}
		}
	}
	return sorted(seen)
}

// images are what the stages ran in, as far as their digest is known.
func images(stages []result.Stage) []Resource {
	seen := map[string]Resource{}
	for _, stage := range stages {
		if digest, ok := strings.CutPrefix(stage.ImageID, "sha256:"); ok {
			seen[stage.Image+"@"+digest] = Resource{Name: stage.Image, Digest: map[string]string{"sha256": digest}, Annotations: map[string]any{"kind": "image"}}
		}
	}
	return sorted(seen)
}

func sorted(resources map[string]Resource) []Resource {
	var out []Resource
	for _, name := range slices.Sorted(maps.Keys(resources)) {
		out = append(out, resources[name])
	}
	return out
}

// ofFile describes a file. Many files that a record holds as one entry are known by
// the digest of their list, which is none of in-toto's own kinds of digest.
func ofFile(file result.File) Resource {
	if file.Files == 0 {
		return Resource{Name: file.Path, Digest: map[string]string{"sha256": file.SHA256}}
	}
	return Resource{
		Name: file.Path, Digest: map[string]string{"musterList": file.SHA256},
		Annotations: map[string]any{"files": strconv.Itoa(file.Files)},
	}
}

func builder(run result.Run) Builder {
	b := Builder{ID: builderPrefix + cmp.Or(run.Executor, "unknown")}
	if run.Muster != "" {
		b.Version = map[string]string{"muster": run.Muster}
	}
	return b
}

func metadata(run result.Run) Metadata {
	m := Metadata{InvocationID: run.ID}
	if run.Started.IsZero() {
		return m
	}
	started := run.Started.UTC()
	finished := started.Add(time.Duration(run.Seconds * float64(time.Second)))
	m.StartedOn, m.FinishedOn = &started, &finished
	return m
}

// byproducts are what measuring the model left behind.
func byproducts(run result.Run) []Resource {
	if run.Evaluation == nil {
		return nil
	}
	var out []Resource
	if p := run.Evaluation.Predictions; p != nil {
		out = append(out, ofFile(*p))
	}
	for _, file := range run.Evaluation.Metrics {
		out = append(out, ofFile(file))
	}
	return out
}
