package attest_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/attest"
	"github.com/muster-ci/muster/internal/result"
)

var update = flag.Bool("update", false, "write the golden files anew")

func digest(c string) string { return strings.Repeat(c, 64) }

// example is a run of four stages: lint leads to no model, and prepare makes what train reads.
func example() (result.Model, result.Run) {
	model := result.Model{
		Digest: digest("a"), Path: "model", Tree: true, Commit: strings.Repeat("c", 40),
		Files:       []result.File{{Path: "model/a.bin", SHA256: digest("1"), Size: 1}, {Path: "model/b.bin", SHA256: digest("2"), Size: 2}},
		TrainingKey: digest("b"), EvaluationKey: digest("d"), RulerKey: digest("e"),
	}
	run := result.Run{
		ID: "20260301T100000Z-0a0b0c0d", Pipeline: "tumour", Executor: "docker", Muster: "1.2.3", Scope: result.ScopeDefaultBranch,
		Started: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC), Seconds: 90.5, Git: &result.Git{Commit: strings.Repeat("c", 40), Dirty: true},
		Stages: []result.Stage{
			{Name: "lint", Key: digest("f"), Command: "ruff", Inputs: []result.File{{Path: "lint.toml", SHA256: digest("3")}}},
			{
				Name: "prepare", Key: digest("9"), Command: "python prepare.py", Image: "python:3.12-slim", ImageID: "sha256:" + digest("7"),
				Inputs:  []result.File{{Path: "prepare.py", SHA256: digest("4")}, {Path: "raw", SHA256: digest("5"), Files: 3000}},
				Outputs: []result.File{{Path: "train.csv", SHA256: digest("6")}}, Refs: map[string]string{"s3://bucket/raw": "v7"},
			},
			{
				Name: "train", Key: digest("b"), Command: "python train.py", Image: "python:3.12-slim", ImageID: "sha256:" + digest("7"), Needs: []string{"prepare"},
				Inputs: []result.File{{Path: "train.csv", SHA256: digest("6")}, {Path: "train.py", SHA256: digest("8")}},
				Params: map[string]string{"train.depth": "8"}, Env: map[string]string{"SEED": "1"},
			},
			{Name: "evaluate", Key: digest("d"), Command: "python evaluate.py", Needs: []string{"train"}},
		},
		Evaluation: &result.Evaluation{Stage: "evaluate", Predictions: &result.File{Path: "predictions.csv", SHA256: digest("0"), Size: 3}},
	}
	return model, run
}

func TestProvenance(t *testing.T) {
	statement := attest.Provenance(example())
	got, err := statement.Encode()
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "provenance.json")
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(string(got), "lint") {
		t.Error("a stage that did not lead to the model is part of its making")
	}
}

// TestProvenanceKeepsToItsSpecification checks what in-toto Statement v1 and SLSA
// Build Provenance v1 say must be there, of the JSON as another program reads it.
func TestProvenanceKeepsToItsSpecification(t *testing.T) {
	for name, run := range map[string]func(*result.Run){
		"a whole run": func(*result.Run) {},
		"little is known": func(r *result.Run) {
			r.Stages, r.Git, r.Evaluation, r.Muster, r.Executor, r.Started = nil, nil, nil, "", "", time.Time{}
		},
	} {
		model, r := example()
		run(&r)
		data, err := attest.Provenance(model, r).Encode()
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Type          string `json:"_type"`
			PredicateType string
			Subject       []attest.Resource
			Predicate     struct {
				BuildDefinition struct {
					BuildType            string
					ExternalParameters   map[string]any
					ResolvedDependencies []attest.Resource
				}
				RunDetails struct {
					Builder    struct{ ID string }
					Metadata   struct{ StartedOn, FinishedOn string }
					Byproducts []attest.Resource
				}
			}
		}
		if err := json.Unmarshal(data, &doc); err != nil {
			t.Fatal(err)
		}
		p := doc.Predicate
		if doc.Type != "https://in-toto.io/Statement/v1" || doc.PredicateType != "https://slsa.dev/provenance/v1" {
			t.Errorf("%s: types are %s, %s", name, doc.Type, doc.PredicateType)
		}
		if len(doc.Subject) != len(model.Files) || !strings.HasPrefix(p.BuildDefinition.BuildType, "https://") ||
			len(p.BuildDefinition.ExternalParameters) == 0 || !strings.HasPrefix(p.RunDetails.Builder.ID, "https://") {
			t.Errorf("%s: a required field is missing:\n%s", name, data)
		}
		for _, subject := range doc.Subject {
			if len(subject.Digest["sha256"]) != 64 {
				t.Errorf("%s: subject %s has no digest", name, subject.Name)
			}
		}
		for _, resource := range append(p.BuildDefinition.ResolvedDependencies, p.RunDetails.Byproducts...) {
			if resource.URI == "" && len(resource.Digest) == 0 {
				t.Errorf("%s: resource %s has neither uri nor digest", name, resource.Name)
			}
		}
		if on := p.RunDetails.Metadata.FinishedOn; on != "" && !strings.HasSuffix(on, "Z") {
			t.Errorf("%s: finishedOn %s is not UTC", name, on)
		}
	}
}

func TestAStatementCovers(t *testing.T) {
	model, run := example()
	statement := attest.Provenance(model, run)
	signed := func() attest.Statement {
		_, signer, _ := keyPair(t, kinds()["P-256"]...)
		payload, err := statement.Encode()
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := attest.Wrap(signer, attest.StatementType, payload)
		if err != nil {
			t.Fatal(err)
		}
		read, err := attest.ReadStatement(sealed)
		if err != nil {
			t.Fatal(err)
		}
		return read
	}()
	if !statement.Covers(model.Files) || !signed.Covers(model.Files) {
		t.Error("the statement does not cover the model that it is about")
	}
	changed := []result.File{model.Files[0], {Path: "model/b.bin", SHA256: digest("3")}}
	for name, files := range map[string][]result.File{"one less": model.Files[:1], "another": changed, "one more": append(changed, model.Files[1]), "none": nil} {
		if statement.Covers(files) {
			t.Errorf("%s: the statement covers files that it is not about", name)
		}
	}
}
