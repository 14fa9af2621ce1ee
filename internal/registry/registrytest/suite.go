// Package registrytest is the conformance suite of model registries: whatever
// keeps versions and aliases for muster passes it, wherever it keeps them.
package registrytest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/result"
)

// Registry is what the suite checks. The documentation of registry.Dir says
// what each method promises.
type Registry interface {
	Add(ctx context.Context, store *objects.Store, v result.Version) (result.Version, error)
	Restore(ctx context.Context, version string, store *objects.Store) error
	Version(ctx context.Context, name string) (result.Version, error)
	Versions(ctx context.Context) ([]result.Version, error)
	Move(ctx context.Context, alias, expectFrom, to, by, reason string) (result.Move, error)
	Current(ctx context.Context, alias string) (result.Version, result.Move, error)
	History(ctx context.Context, alias string) ([]result.Move, error)
}

// Pipeline is the pipeline that the registries under test are made for.
const Pipeline = "tumour"

// Run checks one kind of registry. New makes a fresh, empty registry for
// [Pipeline] and returns how to open it; what two opened values show must be
// the same registry, as two processes see it.
func Run(t *testing.T, create func(t *testing.T) (open func() Registry)) {
	tests := []struct {
		name string
		run  func(t *testing.T, open func() Registry)
	}{
		{"an empty registry", empty},
		{"a version comes back as it went in", roundTrip},
		{"one model is one version", sameModel},
		{"models that cannot be kept", refused},
		{"an alias moves and moves back", moves},
		{"moves that are refused", movesRefused},
		{"two promotions at once", twoPromotions},
		{"many add at once", manyAdd},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, create(t)) })
	}
}

// NewVersion stores a model of two files that differs with its content, and
// returns a version of it that can be added.
func NewVersion(t *testing.T, store *objects.Store, content string) result.Version {
	t.Helper()
	var files []result.File
	for _, file := range []result.File{{Path: "model/weights.bin"}, {Path: "model/run.sh", Executable: true}} {
		digest, size, err := store.AddReader(t.Context(), strings.NewReader(file.Path+content))
		if err != nil {
			t.Fatal(err)
		}
		file.SHA256, file.Size = digest, size
		files = append(files, file)
	}
	model := result.Model{
		Digest: objects.TreeDigest(files), Path: "model", Tree: true, Files: files,
		TrainingKey: strings.Repeat("1", 64), EvaluationKey: strings.Repeat("2", 64),
	}
	return result.Version{
		Model:   model,
		Metrics: map[string]float64{"roc_auc": 0.9},
		Run: &result.Run{
			Schema: result.SchemaOf[result.Run](), ID: "r1", Pipeline: Pipeline, Status: result.RunPassed,
			Scope: result.ScopeLocal, Executor: "process", Stages: []result.Stage{},
		},
	}
}

// NewStore opens a store for one test.
func NewStore(t *testing.T) *objects.Store {
	t.Helper()
	store, err := objects.Open(filepath.Join(t.TempDir(), "objects"))
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func add(t *testing.T, reg Registry, content string) result.Version {
	t.Helper()
	store := NewStore(t)
	v, err := reg.Add(t.Context(), store, NewVersion(t, store, content))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func empty(t *testing.T, open func() Registry) {
	reg := open()
	if _, _, err := reg.Current(t.Context(), "production"); !errors.Is(err, registry.ErrNoAlias) {
		t.Errorf("Current: error is %v, want ErrNoAlias", err)
	}
	if history, err := reg.History(t.Context(), "production"); err != nil || len(history) != 0 {
		t.Errorf("History gave %v, %v", history, err)
	}
	if versions, err := reg.Versions(t.Context()); err != nil || len(versions) != 0 {
		t.Errorf("Versions gave %v, %v", versions, err)
	}
	for _, name := range []string{"v1", "", "v0", "v01", "1", "../registry", "v1.json"} {
		if _, err := reg.Version(t.Context(), name); !errors.Is(err, registry.ErrNoVersion) {
			t.Errorf("Version(%q): error is %v, want ErrNoVersion", name, err)
		}
	}
	if err := reg.Restore(t.Context(), "v1", NewStore(t)); !errors.Is(err, registry.ErrNoVersion) {
		t.Errorf("Restore: error is %v, want ErrNoVersion", err)
	}
}

func roundTrip(t *testing.T, open func() Registry) {
	added := add(t, open(), "a")
	if added.Version != "v1" || added.Model.Version != "v1" || added.Schema == "" || added.Created.IsZero() {
		t.Errorf("Add gave %+v", added)
	}
	if second := add(t, open(), "b"); second.Version != "v2" {
		t.Errorf("the second version is %s", second.Version)
	}
	reg := open()
	got, err := reg.Version(t.Context(), "v1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(added, got); diff != "" {
		t.Error(diff)
	}
	versions, err := reg.Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(versions) != 2 || versions[0].Version != "v1" || versions[1].Version != "v2" {
		t.Errorf("Versions gave %v", versions)
	}

	store := NewStore(t) // another machine's: it has nothing yet
	for range 2 {
		if err := reg.Restore(t.Context(), "v1", store); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(t.TempDir(), "out")
	if err := store.CopyTo(t.Context(), got.Model.Files[0].SHA256, out, 0o644); err != nil {
		t.Fatal(err)
	}
	if content, _ := os.ReadFile(out); string(content) != "model/weights.bina" {
		t.Errorf("the model came back as %q", content)
	}
}

func sameModel(t *testing.T, open func() Registry) {
	first := add(t, open(), "a")
	again := add(t, open(), "a")
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the same model became another version:\n%s", diff)
	}
	store := NewStore(t)
	otherwise := NewVersion(t, store, "a")
	otherwise.Model.TrainingKey = strings.Repeat("3", 64)
	made, err := open().Add(t.Context(), store, otherwise)
	if err != nil {
		t.Fatal(err)
	}
	if made.Version != "v2" {
		t.Errorf("the same bytes made in another way are %s, want v2", made.Version)
	}
}

func refused(t *testing.T, open func() Registry) {
	tests := map[string]struct {
		change func(*result.Version)
		want   string
	}{
		"no files":         {func(v *result.Version) { v.Model.Files = nil }, "no files"},
		"no training key":  {func(v *result.Version) { v.Model.TrainingKey = "" }, "training key"},
		"no run":           {func(v *result.Version) { v.Run = nil }, "run"},
		"another pipeline": {func(v *result.Version) { v.Run.Pipeline = "churn" }, `"churn"`},
		"a wrong digest":   {func(v *result.Version) { v.Model.Digest = strings.Repeat("0", 64) }, "digest"},
		"a path that leads out": {func(v *result.Version) {
			v.Model.Files[0].Path = "../../.bashrc"
			v.Model.Digest = objects.TreeDigest(v.Model.Files)
		}, "../../.bashrc"},
		"a path twice": {func(v *result.Version) {
			v.Model.Files[0].Path = v.Model.Files[1].Path
			v.Model.Digest = objects.TreeDigest(v.Model.Files)
		}, "twice"},
		"a file that the store has not": {func(v *result.Version) {
			v.Model.Files[0].SHA256 = strings.Repeat("0", 64)
			v.Model.Digest = objects.TreeDigest(v.Model.Files)
		}, "model/weights.bin"},
	}
	for name, test := range tests {
		store := NewStore(t)
		v := NewVersion(t, store, "a")
		test.change(&v)
		if _, err := open().Add(t.Context(), store, v); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want one with %q", name, err, test.want)
		}
	}
	if versions, err := open().Versions(t.Context()); err != nil || len(versions) != 0 {
		t.Errorf("Versions gave %v, %v", versions, err)
	}
}

func moves(t *testing.T, open func() Registry) {
	add(t, open(), "a")
	add(t, open(), "b")
	steps := []struct{ from, to string }{{"", "v1"}, {"v1", "v2"}, {"v2", "v1"}, {"v1", "v1"}}
	for _, step := range steps {
		if _, err := open().Move(t.Context(), "production", step.from, step.to, "ann", "because"); err != nil {
			t.Fatal(err)
		}
		version, move, err := open().Current(t.Context(), "production")
		if err != nil {
			t.Fatal(err)
		}
		if version.Version != step.to || move.To != step.to || move.By != "ann" || move.Reason != "because" || move.At.IsZero() {
			t.Errorf("after %v: %s, %+v", step, version.Version, move)
		}
	}
	history, err := open().History(t.Context(), "production")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range history {
		got = append(got, fmt.Sprintf("%d: %s→%s", m.Serial, m.From, m.To))
	}
	if diff := cmp.Diff([]string{"1: →v1", "2: v1→v2", "3: v2→v1"}, got); diff != "" {
		t.Error(diff)
	}
	if _, _, err := open().Current(t.Context(), "staging"); !errors.Is(err, registry.ErrNoAlias) {
		t.Errorf("another alias: error is %v, want ErrNoAlias", err)
	}
}

func movesRefused(t *testing.T, open func() Registry) {
	add(t, open(), "a")
	add(t, open(), "b")
	var moved *registry.MovedError
	if _, err := open().Move(t.Context(), "production", "v2", "v1", "", ""); !errors.As(err, &moved) || moved.Expected != "v2" || moved.Current != "" {
		t.Errorf("an alias that named nothing: error is %v", err)
	}
	if _, err := open().Move(t.Context(), "production", "", "v1", "", ""); err != nil {
		t.Fatal(err)
	}
	_, err := open().Move(t.Context(), "production", "", "v2", "", "")
	if want := (&registry.MovedError{Alias: "production", Expected: "", Current: "v1"}); !errors.As(err, &moved) || *moved != *want {
		t.Errorf("error is %v, want %v", err, want)
	}
	if _, err := open().Move(t.Context(), "production", "v1", "v9", "", ""); !errors.Is(err, registry.ErrNoVersion) {
		t.Errorf("error is %v, want ErrNoVersion", err)
	}
	for _, alias := range []string{"", "..", "a/b", "../versions", "Production", "-x", ".hidden", strings.Repeat("a", 64)} {
		if _, err := open().Move(t.Context(), alias, "", "v1", "", ""); err == nil {
			t.Errorf("alias %q was accepted", alias)
		}
		if _, _, err := open().Current(t.Context(), alias); err == nil || errors.Is(err, registry.ErrNoAlias) {
			t.Errorf("alias %q: error is %v, want that it is no alias", alias, err)
		}
	}
	if history, err := open().History(t.Context(), "production"); err != nil || len(history) != 1 {
		t.Errorf("History gave %v, %v", history, err)
	}
}

func twoPromotions(t *testing.T, open func() Registry) {
	const rivals = 4
	current := ""
	for i := range rivals {
		add(t, open(), fmt.Sprint(i))
	}
	for round := range 5 {
		won := make([]string, rivals)
		var group sync.WaitGroup
		for i := range rivals {
			to := fmt.Sprintf("v%d", i+1)
			if to == current {
				continue
			}
			group.Go(func() {
				_, err := open().Move(t.Context(), "production", current, to, "", "")
				var moved *registry.MovedError
				switch {
				case err == nil:
					won[i] = to
				case !errors.As(err, &moved):
					t.Errorf("error is %v, want a MovedError", err)
				case moved.Current == current || moved.Current == "":
					t.Errorf("the loser is told that %s won", moved.Current)
				}
			})
		}
		group.Wait()
		winners := strings.Fields(strings.Join(won, " "))
		version, move, err := open().Current(t.Context(), "production")
		if err != nil {
			t.Fatal(err)
		}
		if len(winners) != 1 || winners[0] != version.Version || move.Serial != round+1 {
			t.Fatalf("round %d: %v won, the alias names %s, serial %d", round, winners, version.Version, move.Serial)
		}
		current = version.Version
	}
}

func manyAdd(t *testing.T, open func() Registry) {
	const models = 4
	var group sync.WaitGroup
	for i := range 3 * models {
		group.Go(func() { add(t, open(), fmt.Sprint(i%models)) })
	}
	group.Wait()
	versions, err := open().Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	digests := map[string]bool{}
	for _, v := range versions {
		digests[v.Model.Digest] = true
	}
	if len(versions) != models || len(digests) != models {
		t.Errorf("%d models became %d versions with %d digests", models, len(versions), len(digests))
	}
}
