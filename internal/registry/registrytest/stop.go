package registrytest

import (
	"context"
	"errors"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/registry"
)

// errStopped is what a stopping backend says when its process "was killed".
var errStopped = errors.New("stopped")

// stopping is a backend whose process is killed before its n-th step: from then on
// nothing that it is asked for happens. Each document of a Create is a step, as
// where a backend has to make them one by one.
type stopping struct {
	registry.Backend
	left int
}

func (b *stopping) step() error {
	if b.left == 0 {
		return errStopped
	}
	b.left--
	return nil
}

func (b *stopping) Take(ctx context.Context, store *objects.Store, digest string) error {
	if err := b.step(); err != nil {
		return err
	}
	return b.Backend.Take(ctx, store, digest)
}

func (b *stopping) Keep(ctx context.Context, data []byte) (string, error) {
	if err := b.step(); err != nil {
		return "", err
	}
	return b.Backend.Keep(ctx, data)
}

func (b *stopping) Create(ctx context.Context, files ...registry.File) error {
	for _, file := range files {
		if err := b.step(); err != nil {
			return err
		}
		if err := b.Backend.Create(ctx, file); err != nil {
			return err
		}
	}
	return nil
}

// stopped stops a promotion before each of its steps in turn. The alias names the
// old version or the new one, nothing is damaged, and the next try succeeds.
func (s suite) stopped() {
	s.promoted("0")
	from := "v1"
	for steps, done := 0, false; !done; steps++ {
		if steps > 50 {
			s.Fatal("a promotion does not come to its end")
		}
		content := strings.Repeat("x", steps+1)
		backend := &stopping{s.place.Open(s.T), steps}
		err := s.promote(backend, from, content)
		if done = err == nil; !done && !errors.Is(err, errStopped) {
			s.Fatalf("after %d steps: %v", steps, err)
		}
		s.wantWhole()
		version, _, err := s.open().Current(s.Context(), "production")
		if err != nil {
			s.Fatalf("after %d steps: %v", steps, err)
		}
		if !done && version.Version != from {
			s.Errorf("after %d steps the alias names %s, and the promotion failed", steps, version.Version)
		}
		if !done {
			if err := s.promote(s.place.Open(s.T), from, content); err != nil {
				s.Fatalf("the try after %d steps: %v", steps, err)
			}
		}
		if version, _, err = s.open().Current(s.Context(), "production"); err != nil {
			s.Fatal(err)
		}
		from = version.Version
	}
	versions, err := s.open().Versions(s.Context())
	history, errHistory := s.open().History(s.Context(), "production")
	if err != nil || errHistory != nil || len(versions) != len(history) {
		s.Errorf("%d versions for %d moves: %v, %v", len(versions), len(history), err, errHistory)
	}
}

// promote is all that muster promote does in a registry, and the entry of the ledger.
func (s suite) promote(backend registry.Backend, from, content string) error {
	reg, err := registry.Open(s.Context(), backend)
	if err != nil {
		return err
	}
	if _, err := reg.Record(s.Context(), attempt(content), []byte(content)); err != nil {
		return err
	}
	store := NewStore(s.T)
	v, err := reg.Add(s.Context(), store, NewVersion(s.T, store, content))
	if err != nil {
		return err
	}
	_, err = reg.Move(s.Context(), move(from, v.Version))
	return err
}

// unindexed is the backend of an older muster, which kept no index.
type unindexed struct{ registry.Backend }

func (b unindexed) Create(ctx context.Context, files ...registry.File) error {
	var kept []registry.File
	for _, file := range files {
		if !strings.HasPrefix(file.Name, "models/") {
			kept = append(kept, file)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return b.Backend.Create(ctx, kept...)
}

// old goes on with a registry that has no index: what is there is found.
func (s suite) old() {
	reg, err := registry.Open(s.Context(), unindexed{s.place.Open(s.T)})
	if err != nil {
		s.Fatal(err)
	}
	first, second := add(s.T, reg, "a"), add(s.T, reg, "b")
	for range 2 {
		if diff := cmp.Diff(first, add(s.T, s.open(), "a")); diff != "" {
			s.Error(diff)
		}
		if diff := cmp.Diff(second, add(s.T, s.open(), "b")); diff != "" {
			s.Error(diff)
		}
	}
	if third := add(s.T, s.open(), "c"); third.Version != "v3" {
		s.Errorf("the next version is %s", third.Version)
	}
	if names, err := s.place.Open(s.T).List(s.Context(), "models"); err != nil || len(names) != 3 {
		s.Errorf("the index has %v, %v", names, err)
	}
}
