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

// put writes a document of the registry, whatever it is.
func put(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// verifyFinds wants Verify to come to an end, and to find something if anything is wrong.
func verifyFinds(t *testing.T, dir string, wrong bool) {
	t.Helper()
	found, err := open(t, dir).Verify(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if wrong && len(found.Damages) == 0 {
		t.Errorf("verify finds nothing: %+v", found)
	}
}

func FuzzVersionFile(f *testing.F) {
	f.Add([]byte(`{"schema": "muster.version/v1", "version": "v1"}`))
	dir, path := fuzzDir(f, "versions", "v1.json")
	f.Fuzz(func(t *testing.T, data []byte) {
		put(t, path, data)
		v, err := open(t, dir).Version(t.Context(), "v1")
		if err == nil && (v.Version != "v1" || objects.TreeDigest(v.Model.Files) != v.Model.Digest) {
			t.Errorf("a version came through that is not v1: %+v", v)
		}
		if err == nil && open(t, dir).Check(t.Context(), v) == nil {
			t.Error("the registry has no objects, and holds a model whole")
		}
		verifyFinds(t, dir, true) // at least that the model's files are missing
	})
}

func FuzzMoveFile(f *testing.F) {
	f.Add([]byte(`{"schema": "muster.move/v1", "alias": "production", "serial": 1, "to": "v1", "at": "2026-01-02T03:04:05Z", "versionSha256": "` + strings.Repeat("0", 64) + `"}`))
	dir, path := fuzzDir(f, "aliases", "production", "000001.json")
	f.Fuzz(func(t *testing.T, data []byte) {
		put(t, path, data)
		history, err := open(t, dir).History(t.Context(), "production")
		if err == nil && (len(history) != 1 || history[0].Serial != 1 || history[0].Alias != "production" || history[0].From != "" || history[0].Previous != "") {
			t.Errorf("a history came through that is none: %+v", history)
		}
		if _, _, err := open(t, dir).Current(t.Context(), "production"); err == nil {
			t.Error("an alias names a version that is not there")
		}
		verifyFinds(t, dir, true)
	})
}

func FuzzAttemptFile(f *testing.F) {
	data := strings.Repeat("d", 64)
	f.Add([]byte(`{"schema": "muster.attempt/v1", "data": "` + data + `", "serial": 1, "at": "2026-01-02T03:04:05Z", "change": "1", "candidate": "c", "verdict": "pass"}`))
	dir, path := fuzzDir(f, "ledger", data, "000001.json")
	f.Fuzz(func(t *testing.T, document []byte) {
		put(t, path, document)
		attempts, err := open(t, dir).Attempts(t.Context(), data)
		if err == nil && (len(attempts) != 1 || attempts[0].Serial != 1 || attempts[0].Data != data || attempts[0].Previous != "") {
			t.Errorf("a ledger came through that is none: %+v", attempts)
		}
		verifyFinds(t, dir, err != nil)
	})
}

// FuzzNames has files of any names lie where those of a registry lie.
func FuzzNames(f *testing.F) {
	for _, name := range []string{"000002.json", "999999999.json", "1000000000.json", "-00001.json", "v2.json", "v9223372036854775807.json", "v999999999.json", ".json"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if name == "" || name == "." || name == ".." || len(name) > 100 || strings.ContainsAny(name, "/\x00") {
			t.Skip("no file has such a name")
		}
		dir := newDir(t)
		for _, folder := range []string{"versions", "models", "aliases/production", "ledger/" + strings.Repeat("d", 64)} {
			if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
				t.Fatal(err)
			}
			put(t, filepath.Join(dir, folder, name), []byte("{}"))
		}
		if _, _, err := open(t, dir).Current(t.Context(), "production"); err == nil {
			t.Error("an alias names something")
		}
		verifyFinds(t, dir, false)
	})
}
