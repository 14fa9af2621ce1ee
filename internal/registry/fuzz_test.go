package registry_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/registry/registrytest"
)

// fuzzDir makes one registry for all inputs, and the file that each input becomes.
func fuzzDir(f *testing.F, elem ...string) (dir, path string) {
	f.Helper()
	dir = f.TempDir()
	if err := registry.InitDir(f.Context(), dir, registrytest.Pipeline); err != nil {
		f.Fatal(err)
	}
	path = filepath.Join(append([]string{dir}, elem...)...)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		f.Fatal(err)
	}
	return dir, path
}

func FuzzVersionFile(f *testing.F) {
	f.Add([]byte(`{"schema": "muster.version/v1", "version": "v1"}`))
	dir, path := fuzzDir(f, "versions", "v1.json")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		v, err := open(t, dir).Version(t.Context(), "v1")
		if err == nil && (v.Version != "v1" || objects.TreeDigest(v.Model.Files) != v.Model.Digest) {
			t.Errorf("a version came through that is not v1: %+v", v)
		}
	})
}

func FuzzMoveFile(f *testing.F) {
	f.Add([]byte(`{"schema": "muster.move/v1", "alias": "production", "serial": 1, "to": "v1", "at": "2026-01-02T03:04:05Z", "versionSha256": "` + strings.Repeat("0", 64) + `"}`))
	dir, path := fuzzDir(f, "aliases", "production", "000001.json")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		history, err := open(t, dir).History(t.Context(), "production")
		if err == nil && (len(history) != 1 || history[0].Serial != 1 || history[0].Alias != "production" || history[0].From != "") {
			t.Errorf("a history came through that is none: %+v", history)
		}
		if _, _, err := open(t, dir).Current(t.Context(), "production"); err == nil {
			t.Error("an alias names a version that is not there")
		}
	})
}
