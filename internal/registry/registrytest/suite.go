// Package registrytest is the conformance suite of model registries: whatever
// keeps versions and aliases for muster passes it, wherever it keeps them.
package registrytest

import (
	"errors"
	"fmt"
	"io"
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

// Pipeline is the pipeline that the registries under test are made for.
const Pipeline = "tumour"

// Place is one place for a registry, as a kind of backend has them.
type Place struct {
	// Open opens the place. What two opened values show must be the same registry,
	// as two processes see it.
	Open func(t *testing.T) registry.Backend
	// Damage changes a document behind the registry's back, or, if its name is
	// "objects/DIGEST", an object; a nil change removes it. What it returns undoes it.
	// It is nil where that cannot be done, and then nothing is tested about it.
	Damage func(t *testing.T, name string, change func([]byte) []byte) (undo func())
}

// Run checks one kind of backend. Create makes a fresh place, in which there is no registry yet.
func Run(t *testing.T, create func(t *testing.T) Place) {
	t.Helper()
	tests := []struct {
		name string
		run  func(suite)
	}{
		{"an empty registry", suite.empty},
		{"a version comes back as it went in", suite.roundTrip},
		{"what a version answered is kept", suite.predictions},
		{"what a version is taken in with is kept", suite.attached},
		{"what an alias names is signed once more", suite.renewed},
		{"one model is one version", suite.sameModel},
		{"models that cannot be kept", suite.refused},
		{"what waits for its change", suite.staged},
		{"what is never staged", suite.stagedRefused},
		{"an alias moves and moves back", suite.moves},
		{"moves that are refused", suite.movesRefused},
		{"two promotions at once", suite.twoPromotions},
		{"many add at once", suite.manyAdd},
		{"moves are one chain", suite.chained},
		{"a gap in the history", suite.gapped},
		{"a move without its link", suite.unlinked},
		{"moves are signed", suite.signed},
		{"50 promotions over one champion", suite.manyPromote},
		{"the ledger", suite.ledger},
		{"many record at once", suite.manyRecord},
		{"everything at once", suite.manyAtOnce},
		{"a whole registry is verified", suite.verified},
		{"a damaged model is mended", suite.mended},
		{"stopped at every step", suite.stopped},
		{"without an index", suite.old},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(newSuite(t, create)) })
	}
	t.Run("damages", func(t *testing.T) { runDamages(t, create) })
}

func newSuite(t *testing.T, create func(t *testing.T) Place) suite {
	t.Helper()
	place := create(t)
	if err := registry.Init(t.Context(), place.Open(t), Pipeline); err != nil {
		t.Fatal(err)
	}
	return suite{t, place}
}

// suite is one test with a registry of its own.
type suite struct {
	*testing.T
	place Place
}

// open opens the registry as another process would.
func (s suite) open() *registry.Registry {
	s.Helper()
	reg, err := registry.Open(s.Context(), s.place.Open(s.T))
	if err != nil {
		s.Fatal(err)
	}
	return reg
}

// move asks for a move of the alias production.
func move(from, to string) registry.Promotion {
	return registry.Promotion{Alias: "production", From: from, To: to}
}

// NewVersion stores a model of two files that differs with its content, and
// returns a version of it that can be added.
func NewVersion(tb testing.TB, store *objects.Store, content string) result.Version {
	tb.Helper()
	var files []result.File
	for _, file := range []result.File{{Path: "model/weights.bin"}, {Path: "model/run.sh", Executable: true}} {
		digest, size, err := store.AddReader(tb.Context(), strings.NewReader(file.Path+content))
		if err != nil {
			tb.Fatal(err)
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
func NewStore(tb testing.TB) *objects.Store {
	tb.Helper()
	store, err := objects.Open(filepath.Join(tb.TempDir(), "objects"))
	if err != nil {
		tb.Fatal(err)
	}
	return store
}

func (s suite) predictions() {
	store := NewStore(s.T)
	const text = "id,label,score\n1,1,0.9\n"
	digest, size, err := store.AddReader(s.Context(), strings.NewReader(text))
	if err != nil {
		s.Fatal(err)
	}
	v := NewVersion(s.T, store, "a")
	v.Run.Evaluation = &result.Evaluation{Stage: "evaluate", Predictions: &result.File{Path: "predictions.csv", SHA256: digest, Size: size}}
	if v, err = s.open().Add(s.Context(), store, v); err != nil {
		s.Fatal(err)
	}
	in, err := s.open().OpenPredictions(s.Context(), v)
	if err != nil {
		s.Fatal(err)
	}
	defer in.Close()
	if got, err := io.ReadAll(in); err != nil || string(got) != text {
		s.Errorf("the predictions come back as %q, %v", got, err)
	}

	// Neither a version without predictions nor one whose predictions are gone is refused.
	without := NewVersion(s.T, store, "b")
	lost := NewVersion(s.T, store, "c")
	lost.Run.Evaluation = &result.Evaluation{Stage: "evaluate", Predictions: &result.File{Path: "predictions.csv", SHA256: strings.Repeat("0", 64)}}
	for _, v := range []result.Version{without, lost} {
		if v, err = s.open().Add(s.Context(), store, v); err != nil {
			s.Fatal(err)
		}
		if _, err := s.open().OpenPredictions(s.Context(), v); !errors.Is(err, registry.ErrNoPredictions) {
			s.Errorf("error %v, want %v", err, registry.ErrNoPredictions)
		}
	}
}

func add(t *testing.T, reg *registry.Registry, content string) result.Version {
	t.Helper()
	store := NewStore(t)
	v, err := reg.Add(t.Context(), store, NewVersion(t, store, content))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (s suite) empty() {
	reg := s.open()
	if _, _, err := reg.Current(s.Context(), "production"); !errors.Is(err, registry.ErrNoAlias) {
		s.Errorf("Current: error is %v, want ErrNoAlias", err)
	}
	if history, err := reg.History(s.Context(), "production"); err != nil || len(history) != 0 {
		s.Errorf("History gave %v, %v", history, err)
	}
	if versions, err := reg.Versions(s.Context()); err != nil || len(versions) != 0 {
		s.Errorf("Versions gave %v, %v", versions, err)
	}
	for _, name := range []string{"v1", "", "v0", "v01", "1", "../registry", "v1.json"} {
		if _, err := reg.Version(s.Context(), name); !errors.Is(err, registry.ErrNoVersion) {
			s.Errorf("Version(%q): error is %v, want ErrNoVersion", name, err)
		}
	}
	if err := reg.Restore(s.Context(), "v1", NewStore(s.T)); !errors.Is(err, registry.ErrNoVersion) {
		s.Errorf("Restore: error is %v, want ErrNoVersion", err)
	}
}

func (s suite) roundTrip() {
	added := add(s.T, s.open(), "a")
	if added.Version != "v1" || added.Model.Version != "v1" || added.Schema == "" || added.Created.IsZero() {
		s.Errorf("Add gave %+v", added)
	}
	if second := add(s.T, s.open(), "b"); second.Version != "v2" {
		s.Errorf("the second version is %s", second.Version)
	}
	reg := s.open()
	got, err := reg.Version(s.Context(), "v1")
	if err != nil {
		s.Fatal(err)
	}
	if diff := cmp.Diff(added, got); diff != "" {
		s.Error(diff)
	}
	versions, err := reg.Versions(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	if len(versions) != 2 || versions[0].Version != "v1" || versions[1].Version != "v2" {
		s.Errorf("Versions gave %v", versions)
	}

	store := NewStore(s.T) // another machine's: it has nothing yet
	for range 2 {
		if err := reg.Restore(s.Context(), "v1", store); err != nil {
			s.Fatal(err)
		}
	}
	out := filepath.Join(s.TempDir(), "out")
	if err := store.CopyTo(s.Context(), got.Model.Files[0].SHA256, out, 0o644); err != nil {
		s.Fatal(err)
	}
	if content, _ := os.ReadFile(out); string(content) != "model/weights.bina" {
		s.Errorf("the model came back as %q", content)
	}
}

func (s suite) sameModel() {
	first := add(s.T, s.open(), "a")
	again := add(s.T, s.open(), "a")
	if diff := cmp.Diff(first, again); diff != "" {
		s.Errorf("the same model became another version:\n%s", diff)
	}
	store := NewStore(s.T)
	otherwise := NewVersion(s.T, store, "a")
	otherwise.Model.TrainingKey = strings.Repeat("3", 64)
	made, err := s.open().Add(s.Context(), store, otherwise)
	if err != nil {
		s.Fatal(err)
	}
	if made.Version != "v2" {
		s.Errorf("the same bytes made in another way are %s, want v2", made.Version)
	}
}

func (s suite) refused() {
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
		store := NewStore(s.T)
		v := NewVersion(s.T, store, "a")
		test.change(&v)
		if _, err := s.open().Add(s.Context(), store, v); err == nil || !strings.Contains(err.Error(), test.want) {
			s.Errorf("%s: error is %v, want one with %q", name, err, test.want)
		}
	}
	if versions, err := s.open().Versions(s.Context()); err != nil || len(versions) != 0 {
		s.Errorf("Versions gave %v, %v", versions, err)
	}
}

func (s suite) moves() {
	add(s.T, s.open(), "a")
	add(s.T, s.open(), "b")
	steps := []struct{ from, to string }{{"", "v1"}, {"v1", "v2"}, {"v2", "v1"}, {"v1", "v1"}}
	for _, step := range steps {
		if _, err := s.open().Move(s.Context(), registry.Promotion{Alias: "production", From: step.from, To: step.to, By: "ann", Reason: "because"}); err != nil {
			s.Fatal(err)
		}
		version, last, err := s.open().Current(s.Context(), "production")
		if err != nil {
			s.Fatal(err)
		}
		if version.Version != step.to || last.To != step.to || last.By != "ann" || last.Reason != "because" || last.At.IsZero() {
			s.Errorf("after %v: %s, %+v", step, version.Version, last)
		}
	}
	history, err := s.open().History(s.Context(), "production")
	if err != nil {
		s.Fatal(err)
	}
	var got []string
	for _, m := range history {
		got = append(got, fmt.Sprintf("%d: %s→%s", m.Serial, m.From, m.To))
	}
	if diff := cmp.Diff([]string{"1: →v1", "2: v1→v2", "3: v2→v1"}, got); diff != "" {
		s.Error(diff)
	}
	if _, _, err := s.open().Current(s.Context(), "staging"); !errors.Is(err, registry.ErrNoAlias) {
		s.Errorf("another alias: error is %v, want ErrNoAlias", err)
	}
}

func (s suite) movesRefused() {
	add(s.T, s.open(), "a")
	add(s.T, s.open(), "b")
	var moved *registry.MovedError
	if _, err := s.open().Move(s.Context(), move("v2", "v1")); !errors.As(err, &moved) || moved.Expected != "v2" || moved.Current != "" {
		s.Errorf("an alias that named nothing: error is %v", err)
	}
	if _, err := s.open().Move(s.Context(), move("", "v1")); err != nil {
		s.Fatal(err)
	}
	_, err := s.open().Move(s.Context(), move("", "v2"))
	if want := (&registry.MovedError{Alias: "production", Expected: "", Current: "v1"}); !errors.As(err, &moved) || *moved != *want {
		s.Errorf("error is %v, want %v", err, want)
	}
	if _, err := s.open().Move(s.Context(), move("v1", "v9")); !errors.Is(err, registry.ErrNoVersion) {
		s.Errorf("error is %v, want ErrNoVersion", err)
	}
	for _, alias := range []string{"", "..", "a/b", "../versions", "Production", "-x", ".hidden", strings.Repeat("a", 64)} {
		if _, err := s.open().Move(s.Context(), registry.Promotion{Alias: alias, To: "v1"}); err == nil {
			s.Errorf("alias %q was accepted", alias)
		}
		if _, _, err := s.open().Current(s.Context(), alias); err == nil || errors.Is(err, registry.ErrNoAlias) {
			s.Errorf("alias %q: error is %v, want that it is no alias", alias, err)
		}
	}
	if history, err := s.open().History(s.Context(), "production"); err != nil || len(history) != 1 {
		s.Errorf("History gave %v, %v", history, err)
	}
}

func (s suite) twoPromotions() {
	const rivals = 4
	current := ""
	for i := range rivals {
		add(s.T, s.open(), fmt.Sprint(i))
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
				_, err := s.open().Move(s.Context(), move(current, to))
				var moved *registry.MovedError
				switch {
				case err == nil:
					won[i] = to
				case !errors.As(err, &moved):
					s.Errorf("error is %v, want a MovedError", err)
				case moved.Current == current || moved.Current == "":
					s.Errorf("the loser is told that %s won", moved.Current)
				}
			})
		}
		group.Wait()
		winners := strings.Fields(strings.Join(won, " "))
		version, last, err := s.open().Current(s.Context(), "production")
		if err != nil {
			s.Fatal(err)
		}
		if len(winners) != 1 || winners[0] != version.Version || last.Serial != round+1 {
			s.Fatalf("round %d: %v won, the alias names %s, serial %d", round, winners, version.Version, last.Serial)
		}
		current = version.Version
	}
}

func (s suite) manyAdd() {
	const models = 4
	var group sync.WaitGroup
	for i := range 3 * models {
		group.Go(func() { add(s.T, s.open(), fmt.Sprint(i%models)) })
	}
	group.Wait()
	versions, err := s.open().Versions(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	digests := map[string]bool{}
	for _, v := range versions {
		digests[v.Model.Digest] = true
	}
	if len(versions) != models || len(digests) != models {
		s.Errorf("%d models became %d versions with %d digests", models, len(versions), len(digests))
	}
}
