package maturity_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-ci/muster/maturity"
)

// TestKinds takes each small repository in testdata/kinds for what its file
// "want" says: one of each kind, and what only looks like it.
func TestKinds(t *testing.T) {
	names, err := filepath.Glob("testdata/kinds/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, want := parse(t, name), ""
			for _, f := range archive.Files {
				if f.Name == "want" {
					want = strings.TrimSpace(string(f.Data))
				}
			}
			if got := score(t, unpack(t, archive), maturity.Options{}); string(got.Kind) != want {
				t.Errorf("kind %s (%s), want %s", got.Kind, got.Summary, want)
			}
		})
	}
}
