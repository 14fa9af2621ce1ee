package registrytest

import (
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/result"
)

// newStaged is a version that waits for its change.
func (s suite) newStaged(store *objects.Store, content string) result.Version {
	s.Helper()
	v := NewVersion(s.T, store, content)
	v.Model.EvaluationKey, v.Model.RulerKey = strings.Repeat("e", 64), strings.Repeat("f", 64)
	model := v.Model
	v.Staged = &result.Staging{Change: "#41", Commit: "c0ffee", At: time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC), By: "muster"}
	v.Decision = &result.Decision{
		Schema: result.SchemaOf[result.Decision](), Pipeline: Pipeline, Created: v.Staged.At, Verdict: result.Pass, Reason: "better",
		Candidate: &model, Findings: []result.Finding{}, Comparison: []result.Compared{},
	}
	return v
}

// staged holds that what waits for its change is a version like any other, that no alias
// names until somebody moves one to it.
func (s suite) staged() {
	champion := add(s.T, s.open(), "a")
	if _, err := s.open().Move(s.Context(), registry.Promotion{Alias: "production", To: champion.Version}); err != nil {
		s.Fatal(err)
	}
	var names [4]string
	var all sync.WaitGroup
	for i := range names { // several jobs of one change
		store := NewStore(s.T)
		version := s.newStaged(store, "b")
		opened := s.open()
		all.Go(func() {
			staged, err := opened.Stage(s.Context(), store, version)
			if err != nil {
				s.Error(err)
			}
			names[i] = staged.Version
		})
	}
	all.Wait()
	if names != [4]string{"v2", "v2", "v2", "v2"} {
		s.Fatalf("one model was staged as %v", names)
	}
	if current, _, err := s.open().Current(s.Context(), "production"); err != nil || current.Version != champion.Version {
		s.Errorf("production is %s, %v", current.Version, err)
	}
	store := NewStore(s.T)
	same := s.newStaged(store, "b")
	found, err := s.open().Staged(s.Context(), same.Model.TrainingKey)
	if err != nil || len(found) != 1 || found[0].Version != "v2" || found[0].Staged == nil || found[0].Staged.Change != "#41" {
		s.Errorf("staged are %v, %v", found, err)
	}
	if none, err := s.open().Staged(s.Context(), strings.Repeat("9", 64)); err != nil || len(none) > 0 {
		s.Errorf("another training's are %v, %v", none, err)
	}
	if none, err := s.open().Staged(s.Context(), ""); err != nil || len(none) > 0 {
		s.Errorf("those of no training are %v, %v", none, err)
	}
	// After the merge the same model is taken in again, and is that version.
	same.Staged = nil
	added, err := s.open().Add(s.Context(), store, same)
	if err != nil || added.Version != "v2" {
		s.Errorf("after the merge it is %s, %v", added.Version, err)
	}
	if _, err := s.open().Move(s.Context(), registry.Promotion{Alias: "production", From: champion.Version, To: "v2"}); err != nil {
		s.Error(err)
	}
	verification, err := s.open().Verify(s.Context(), nil)
	if err != nil || len(verification.Damages) > 0 {
		s.Errorf("the registry is not whole: %v, %v", verification.Damages, err)
	}
}

// stagedRefused holds what is never staged.
func (s suite) stagedRefused() {
	tests := map[string]struct {
		change func(*result.Version)
		want   string
	}{
		"for no change":         {func(v *result.Version) { v.Staged = nil }, "for which change"},
		"for a nameless one":    {func(v *result.Version) { v.Staged.Change = "" }, "for which change"},
		"without a decision":    {func(v *result.Version) { v.Decision = nil }, "no gate"},
		"what was denied":       {func(v *result.Version) { v.Decision.Verdict = result.Deny }, "no gate"},
		"another candidate":     {func(v *result.Version) { v.Decision.Candidate.Digest = strings.Repeat("0", 64) }, "another model"},
		"another pipeline's":    {func(v *result.Version) { v.Decision.Pipeline = "churn" }, "another model"},
		"what nobody evaluated": {func(v *result.Version) { v.Model.EvaluationKey = "" }, "evaluated by"},
	}
	for name, test := range tests {
		store := NewStore(s.T)
		version := s.newStaged(store, "a")
		test.change(&version)
		if _, err := s.open().Stage(s.Context(), store, version); err == nil || !strings.Contains(err.Error(), test.want) {
			s.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.open().Version(s.Context(), "v1"); !errors.Is(err, registry.ErrNoVersion) {
		s.Errorf("something was staged: %v", err)
	}
}
